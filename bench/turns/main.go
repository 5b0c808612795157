// Command turns runs commands in turns, so that a busy moment hits all alike, and prints the median of each, in microseconds, a line
// each in the order in which they were named.
//
//	turns RUNS COMMAND [ARGS] -- COMMAND [ARGS] …
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "turns:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("turns RUNS COMMAND -- COMMAND …")
	}
	runs, err := strconv.Atoi(args[0])
	if err != nil || runs < 1 {
		return fmt.Errorf("%q is no number of runs", args[0])
	}
	commands := split(args[1:])
	took := make([][]time.Duration, len(commands))
	for range runs {
		for i, c := range commands {
			one := exec.Command(c[0], c[1:]...)
			from := time.Now()
			if err := one.Run(); err != nil {
				return fmt.Errorf("run %q: %w", c, err)
			}
			took[i] = append(took[i], time.Since(from))
		}
	}
	for _, t := range took {
		slices.Sort(t)
		fmt.Println(t[len(t)/2].Microseconds())
	}
	return nil
}

// split takes the commands apart; none is empty.
func split(words []string) [][]string {
	var all [][]string
	for len(words) > 0 {
		end := slices.Index(words, "--")
		if end < 0 {
			end = len(words)
		}
		if end > 0 {
			all = append(all, words[:end])
		}
		words = words[min(end+1, len(words)):]
	}
	return all
}

// Command floor is the least that a Go program can do: what others take beyond it is the price of what they offer.
//
//	floor supervise N COMMAND…   start N processes, start each again when it ends, end them all at TERM
//	floor log DIR                stamp each line of stdin and keep ten old files of 1 MB in DIR
//	floor nothing                end at once, as a client does that has nothing to ask
//
// It has no configuration, no states, no holds and no socket, and it looks at no error that it can't do anything about.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "log" {
		end(log(os.Args[2]))
	}
	if len(os.Args) > 3 && os.Args[1] == "supervise" {
		if n, err := strconv.Atoi(os.Args[2]); err == nil {
			end(supervise(n, os.Args[3:]))
		}
	}
	if len(os.Args) == 2 && os.Args[1] == "nothing" {
		end(nil)
	}
	end(fmt.Errorf("floor supervise N COMMAND…, floor log DIR or floor nothing"))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

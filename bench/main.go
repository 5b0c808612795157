// Command bench measures berth beside its peers and beside a floor, in one run on one machine.
//
//	bench supervise   start, crash, control, stop and memory of N services
//	bench logs        lines through a pipe into stamped, rotated files
//	bench orphans     orphans of which PID 1 has to get rid
//	bench s6          a boot of an image in s6-overlay's manner
//
// The programs in hack/ build what it needs and call it. Figures are medians of rounds in which everybody has a turn, so that
// a busy moment hits all alike; still, absolute figures of a shared machine drift, so the floor of the same run stands
// beside each target, and where the floor is slower than it should be, berth may be as much slower. What is missed makes it
// end with 1.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

func main() {
	code, err := 0, error(nil)
	if rig.IsLaunch() {
		code, err = rig.Launch()
	} else {
		err = run(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// A bench is one run of the program.
type bench struct {
	peer.Tools

	rig       *rig.Rig
	only      []string
	rounds    int
	patience  time.Duration
	noVerdict bool
	strict    bool

	table measure.Table
	notes []string // what a reader of the table has to know
	last  string   // the whole in a line, behind everything else
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("bench supervise, bench logs, bench orphans or bench s6")
	}
	b := &bench{}
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	flags.StringVar(&b.Berth, "berth", "bin/berth", "berth's program")
	flags.StringVar(&b.Floor, "floor", "bin/bench/floor", "the floor's program")
	flags.StringVar(&b.Payload, "payload", "bin/bench/payload", "the service's program")
	flags.IntVar(&b.rounds, "rounds", 3, "rounds of each step")
	flags.DurationVar(&b.patience, "patience", 2*time.Second, "how long to wait for a quiet moment before each step")
	flags.BoolVar(&b.noVerdict, "no-verdict", false, "measure only: nothing is missed")
	flags.BoolVar(&b.strict, "strict", false, "judge as on a quiet machine, whatever the floor needs on this one")
	only := flags.String("only", "", "the candidates, with commas between them; empty: all")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 || b.rounds < 1 {
		return errors.New("bench WORD [flags]; -rounds is at least 1")
	}
	// What is started runs in a directory of its own.
	for _, program := range []*string{&b.Berth, &b.Floor, &b.Payload} {
		var err error
		if *program, err = filepath.Abs(*program); err != nil {
			return err
		}
	}
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	measureAll, ok := map[string]func(*bench) ([]measure.Target, error){
		"supervise": (*bench).supervise, "logs": (*bench).logs, "orphans": (*bench).orphans, "s6": (*bench).overlay,
	}[args[0]]
	if !ok {
		return fmt.Errorf("there is no bench %q: supervise, logs, orphans or s6", args[0])
	}
	var err error
	if b.rig, err = rig.New(b.Payload); err != nil {
		return err
	}
	defer func() { _ = b.rig.Close() }()
	b.closeOnSignal()
	b.Payload = b.rig.Payload
	began := time.Now()
	targets, err := measureAll(b)
	if err != nil {
		return err
	}
	return b.report(args[0], targets, time.Since(began))
}

// closeOnSignal tidies up when somebody ends the bench; what runs is killed by its parent's death.
func (b *bench) closeOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		_ = b.rig.Close()
		os.Exit(130)
	}()
}

// report prints the table, the notes and the verdict.
func (b *bench) report(word string, targets []measure.Target, took time.Duration) error {
	if err := b.table.Print(os.Stdout, word+", medians"); err != nil {
		return err
	}
	for _, n := range b.notes {
		fmt.Println("note:", n)
	}
	fmt.Printf("in %d s\n", int(took.Seconds()))
	var missed error
	if !b.noVerdict {
		fmt.Println()
		missed = measure.Judge(os.Stdout, targets)
	}
	if b.last != "" {
		fmt.Println(b.last)
	}
	return missed
}

// note keeps something for the reader, once.
func (b *bench) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(b.notes, n) {
		b.notes = append(b.notes, n)
	}
}

// wanted says whether a candidate takes part.
func (b *bench) wanted(name string) bool { return len(b.only) == 0 || slices.Contains(b.only, name) }

// say tells who waits how far it is.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

func ms(ns int64) float64 { return float64(ns) / 1e6 }

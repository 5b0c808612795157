// Command standin is a small real program named hermes. It behaves as the app does towards its container layer, so that
// the layer can be built and tested where the app itself can't be had: the same words, files, signals and exit codes,
// and nothing of what makes the app worth running.
//
// Variables of its own, for tests: HERMES_STANDIN_ARGV=1 prints the arguments as a JSON array and ends;
// HERMES_STANDIN_DRAIN=8s makes the gateway and the dashboard take that long to end; HERMES_STANDIN_EXIT=75 makes them
// end by themselves with that code once they are up (1: before they are up).
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// The exit codes that the app's container layer knows.
const (
	codeFailed = 1
	codeUsage  = 2
	codeAgain  = 75 // start me again
	codeConfig = 78 // starting me again helps nobody (EX_CONFIG)
)

// An app is one run of the program: what it was given and what it may touch.
type app struct {
	name    string   // as it was called
	args    []string // after the name
	getenv  func(string) string
	in      *os.File
	out     *os.File
	err     io.Writer
	signals <-chan os.Signal
	pid     int
}

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH)
	a := &app{
		name: os.Args[0], args: os.Args[1:], getenv: os.Getenv,
		in: os.Stdin, out: os.Stdout, err: os.Stderr, signals: signals, pid: os.Getpid(),
	}
	os.Exit(a.run())
}

// run does what the arguments say and gives the exit code.
func (a *app) run() int {
	if a.getenv("HERMES_STANDIN_ARGV") == "1" {
		return a.printArgv()
	}
	words, code := a.globalFlags()
	if code >= 0 {
		return code
	}
	if len(words) == 0 {
		return a.interactive()
	}
	v, known := verbNamed(words[0])
	if !known {
		a.complain("error: argument command: invalid choice: %q", words[0])
		a.usage(a.err)
		return codeUsage
	}
	for _, w := range words[1:] {
		if w == "--help" || w == "-h" {
			v.usage(a.out)
			return 0
		}
	}
	if v.run == nil {
		v.usage(a.err)
		return codeUsage
	}
	return v.run(a, words[1:])
}

// printArgv prints the whole of argv, the name included, for tests of what arrives.
func (a *app) printArgv() int {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(append([]string{a.name}, a.args...)); err != nil {
		return a.fail("print arguments: %w", err)
	}
	return 0
}

// globalFlags eats what stands before the verb; a code of 0 or more ends the program.
func (a *app) globalFlags() (words []string, code int) {
	for i := 0; i < len(a.args); i++ {
		switch arg := a.args[i]; arg {
		case "--help", "-h":
			a.usage(a.out)
			return nil, 0
		case "--version", "-V":
			fmt.Fprintln(a.out, "hermes 0 (stand-in)")
			return nil, 0
		case "--tui":
			return nil, a.tui()
		case "-p", "--profile":
			i++
			if i == len(a.args) {
				a.complain("error: argument %s: expected one argument", arg)
				return nil, codeUsage
			}
			if code := a.enterProfile(a.args[i]); code >= 0 {
				return nil, code
			}
		default:
			if len(arg) > 0 && arg[0] == '-' {
				a.complain("error: unrecognized arguments: %s", arg)
				a.usage(a.err)
				return nil, codeUsage
			}
			return a.args[i:], -1
		}
	}
	return nil, -1
}

// enterProfile makes a profile's directory the home.
func (a *app) enterProfile(unsafeName string) int {
	if unsafeName == "default" {
		return -1
	}
	home := filepath.Join(a.home(), "profiles", unsafeName)
	if filepath.Base(home) != unsafeName {
		return a.fail("profile %q is no name", unsafeName)
	}
	if info, err := os.Stat(home); err != nil || !info.IsDir() {
		return a.fail("no such profile %q: hermes profile create %s", unsafeName, unsafeName)
	}
	getenv := a.getenv
	a.getenv = func(name string) string {
		if name == "HERMES_HOME" {
			return home
		}
		return getenv(name)
	}
	return -1
}

// home is where everything lies that the program keeps.
func (a *app) home() string {
	if home := a.getenv("HERMES_HOME"); home != "" {
		return home
	}
	return filepath.Join(a.getenv("HOME"), ".hermes")
}

func (a *app) complain(format string, args ...any) {
	fmt.Fprintln(a.err, "hermes: "+fmt.Sprintf(format, args...))
}

func (a *app) fail(format string, args ...any) int {
	a.complain("%v", fmt.Errorf(format, args...))
	return codeFailed
}

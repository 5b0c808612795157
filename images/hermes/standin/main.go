// Command standin is a small real program named hermes. It behaves as the app does towards its container layer, so that
// the layer can be built and tested where the app itself can't be had: the same words, files, signals and exit codes,
// and nothing of what makes the app worth running.
//
// HERMES_STANDIN_ARGV=1 prints the arguments as a JSON array and ends. What else tests may wish of the gateway, the
// dashboard and serve is said by a variable, or by a file of the home (of a profile its directory), which beats the
// variable: HERMES_STANDIN_DRAIN=8s for all, or 8s in the file standin.drain for one.
//
//	exit      75: end by itself with that code once it is up; 1: before it is up, as one that can't connect, unless
//	          after is said
//	after     2s: live so long before it ends by itself (exit, crash)
//	crash     1: once it is up, die by KILL and leave everything behind, as a crash does
//	slow      2s: take so long to come up
//	drain     8s: take so long to end when told to
//	stubborn  1: don't end when told to by TERM or INT
//	talk      100ms: print a numbered line so often
//	flood     20000: print so many numbered lines at once when it is up
//	tell      1: write what it was started with to standin.gateway.json (standin.dashboard.json, standin.serve.json) in
//	          the home: argv, environ, cwd, uid, gid, groups
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
	die     func() // by KILL
}

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH)
	a := &app{
		name: os.Args[0], args: os.Args[1:], getenv: os.Getenv,
		in: os.Stdin, out: os.Stdout, err: os.Stderr, signals: signals, pid: os.Getpid(),
		die: func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
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
			if code := a.profileFlag(a.args, i); code >= 0 {
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

// profileFlag enters the profile that the word at i names; a code of 0 or more ends the program.
func (a *app) profileFlag(args []string, i int) (code int) {
	if i >= len(args) {
		a.complain("error: argument %s: expected one argument", args[i-1])
		return codeUsage
	}
	return a.enterProfile(args[i])
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

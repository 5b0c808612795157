// Package early goes through the doors that only need a few packages before all others are initialized.
//
// A Go program initializes every package that it links before main begins: for berth those of YAML, of HTTP and TLS, of compression
// and of command lines, which the supervisor needs and a script's s6-svstat doesn't. That is half of what such a call costs
// (make bench-words: 2.4 times an empty Go program without this package, 1.8 to 1.9 with it), and scripts make many; the child stage is
// started for every service, and the app's own name is called by health checks and by people (make bench-door).
//
// What runs here is complete: a package is initialized after everything that it imports, always (The Go Programming Language
// Specification, "Program initialization"), so that nothing can be missing. That the others come later is only their place in
// the order, by import path since Go 1.21; if it changed, a call would be slower and as right. The price is that the doors run on
// the process's first thread, to which the runtime keeps the first goroutine until main: no harm to what becomes another program
// or ends at once. Words that stay and work, as s6-log does, wait for main.
//
// So it must never import what is heavy; a test of its own holds it to that.
package early

import (
	"os"
	"path/filepath"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/execline"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6words"
	_ "github.com/berth-init/berth/internal/stack" // a start needs one
)

func init() {
	if code, ended := enter(os.Args); ended {
		os.Exit(code)
	}
}

// enter goes through the door that argv names, if it is one of this package's, and gives the code to end with.
func enter(argv []string) (code int, ended bool) {
	if len(argv) == 0 {
		return 0, false
	}
	name := filepath.Base(argv[0])
	if name == proc.StageName {
		proc.ChildStage() // does not come back
	}
	if Late(name) {
		return 0, false
	}
	word := Find(name)
	if word == nil {
		become(argv)
		return 0, false
	}
	c := Call(argv, Find)
	c.Late = Late
	return word(c), true
}

// Call is this process as the call of a word; find gives the words that it may come to.
func Call(argv []string, find func(name string) chain.Word) *chain.Call {
	return &chain.Call{
		Name: filepath.Base(argv[0]), Argv0: argv[0], Args: argv[1:], Env: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Find: find,
	}
}

// Find gives the word of a name that needs nothing heavy, or nil.
func Find(name string) chain.Word {
	if Late(name) {
		return nil
	}
	if word := execline.Find(name); word != nil {
		return word
	}
	return s6words.Find(name)
}

// Late says whether a name is a word's that main has and this package hasn't: a word here that comes to one executes this very
// program again.
func Late(name string) bool {
	switch name {
	case "s6-log", "logutil-service", "logutil-newfifo", "halt", "poweroff", "reboot", "shutdown",
		"s6-rc", "s6-rc-db", "s6-rc-compile", "s6-rc-init", "s6-rc-update", "s6-rc-bundle", "s6-rc-dryrun", "s6-rc-format-upgrade":
		return true
	}
	return false
}

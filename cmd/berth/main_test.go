package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary berth, under each of its names, and the programs that the sessions run.
func TestMain(m *testing.M) {
	if find(filepath.Base(os.Args[0])) != nil { // a program of s6's: too many names to make a file of each
		os.Exit(enter(os.Args))
	}
	testscript.Main(tidy{m}, map[string]func(){
		"berth": main, "init": main, "tini": main, "entrypoint.sh": main, "main-wrapper.sh": main, "hermes": app, "berth-child": main,
		"argv": argv, "guest": guest,
	})
}

// tidy undoes what tests have shared.
type tidy struct{ tests *testing.M }

func (t tidy) Run() int {
	defer func() {
		for _, undo := range cleanups {
			undo()
		}
	}()
	return t.tests.Run()
}

// app is what the name of the app leads to: berth's shim, or the app itself, whose file is named argv.
func app() {
	if exe, err := os.Executable(); err == nil && filepath.Base(exe) == "argv" {
		argv()
		return
	}
	main()
}

// argv prints what it was called with as JSON, so that a session sees every byte.
func argv() { _ = json.NewEncoder(os.Stdout).Encode(os.Args[1:]) }

func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Setup: setup, Condition: condition, RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": code, "start": start, "send": send, "ends": ends, "until": until, "lays": lays,
			"snapshot": snapshot, "unchanged": unchanged, "owner": owner,
			"inside": inside, "within": within, "shows": shows, "spec": spec, "unread": unread, "reads": reads,
		},
	})
}

// condition answers [root]: the session may make namespaces, so that berth is PID 1 of a root directory of its own; and
// [fuse]: it may mount a file system of its own in them.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0 && exec.Command("unshare", "-mpf", "--propagation", "private", "true").Run() == nil, nil
	case "fuse":
		dir, err := os.MkdirTemp("", "fuse-")
		if err != nil {
			return false, err
		}
		defer func() { _ = os.Remove(dir) }()
		return exec.Command("unshare", "-m", "--propagation", "private", "guest", "hang", dir, "true").Run() == nil, nil
	}
	return false, os.ErrInvalid
}

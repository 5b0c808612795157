package door

import (
	"path/filepath"
	"strings"
)

// A Door is one of the ways into berth.
type Door int

// The doors, besides those of the words of scripts and of the child stage.
const (
	Words Door = iota // berth's own words
	Boot              // the container's entry point
	App               // the app's own name: become the app
)

// A Choice is a door with what it is given.
type Choice struct {
	Door  Door
	Args  []string // without argv[0]
	Boots bool     // the door lives long and answers to signals: they have to be caught before anything else
}

// Choose picks the door by the name that berth was called by, without touching a file unless a wrapper's path may
// have to be taken off; itself says whether a path is this very program.
func Choose(argv []string, itself func(path string) bool) Choice {
	name, args := "", []string(nil)
	if len(argv) > 0 {
		name, args = filepath.Base(argv[0]), argv[1:]
	}
	switch {
	case name == "tini":
		return Choice{Door: Boot, Args: unwrap(tini(args), itself), Boots: true}
	case bootName(name):
		return Choice{Door: Boot, Args: unwrap(args, itself), Boots: true}
	case name == "berth" || strings.HasPrefix(name, "berth-") || name == "." || name == "":
		if len(args) > 0 && args[0] == "init" {
			return Choice{Door: Boot, Args: unwrap(args[1:], itself), Boots: true}
		}
		return Choice{Door: Words, Args: args, Boots: boots(args)}
	}
	return Choice{Door: App, Args: args}
}

// bootName says whether a base name is an entry point: berth's own, or one that images had before berth.
func bootName(name string) bool {
	switch name {
	case "init", "entrypoint.sh", "entrypoint-dispatch.sh", "main-wrapper.sh":
		return true
	}
	return false
}

// boots says whether the word is one that boots: the first that is no flag, nor the value of berth's only one. What
// follows it is its own: `berth logs -f run` has to end by Ctrl-C.
func boots(args []string) bool {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "init" || a == "run":
			return true
		case a == "--log-format":
			i++
		case a == "--" || !strings.HasPrefix(a, "-"):
			return false
		}
	}
	return false
}

// unwrap takes off what old entry points put before the command: a first "--", and paths of this very program, so
// that a boot isn't wrapped in a boot. An app's own entrypoint.sh is not this program and stays.
func unwrap(args []string, itself func(path string) bool) []string {
	for len(args) > 0 {
		first := args[0]
		base := filepath.Base(first)
		switch {
		case first == "--":
			return args[1:]
		case !strings.Contains(first, "/") || base != "tini" && !bootName(base) || !itself(first):
			return args // any other file is not looked at: it may lie on a file system that hangs, and no signal is caught yet
		case base == "tini":
			args = tini(args[1:])
		default:
			args = args[1:]
		}
	}
	return args
}

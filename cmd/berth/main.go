// Command berth is PID 1 of a container, berth's own words, and the app under its own name: argv[0] chooses.
package main

import (
	"os"
	"path/filepath"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/cli"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/door"
	"github.com/berth-init/berth/internal/early"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/hermes"
	"github.com/berth-init/berth/internal/s6"
	"github.com/berth-init/berth/internal/s6log"
	"github.com/berth-init/berth/internal/s6rcwords"
	"github.com/berth-init/berth/internal/s6words"
	"github.com/berth-init/berth/internal/shim"
)

func main() { os.Exit(enter(os.Args)) }

// enter goes through the door that argv names, and gives the code to end with.
func enter(argv []string) int {
	if len(argv) > 0 {
		if word := find(filepath.Base(argv[0])); word != nil {
			return word(early.Call(argv, find))
		}
	}
	choice := door.Choose(argv, shim.Itself)
	var signals *daemon.Signals
	if choice.Boots {
		signals = daemon.Catch()
	}
	switch choice.Door {
	case door.App:
		return hermes.Door(filepath.Base(argv[0]), choice.Args, os.Stdout)
	case door.Boot:
		return front.DefaultVoice().Boot(front.Ride{Signals: signals, Args: choice.Args, Guest: s6.Guest(known)})
	default:
		return cli.Main(choice.Args, signals, cli.Beside{Guest: s6.Guest(known), Install: s6.Installer(known, s6words.Absent), Known: known}, os.Stdout)
	}
}

// find gives the program of s6, of execline or of s6-overlay that a name means, or nil.
func find(name string) chain.Word {
	for _, room := range [...]func(string) chain.Word{s6.Find, s6log.Find, s6rcwords.Find, early.Find} {
		if word := room(name); word != nil {
			return word
		}
	}
	return nil
}

func known(name string) bool { return find(name) != nil }

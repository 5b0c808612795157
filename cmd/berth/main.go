// Command berth is PID 1 of a container, berth's own words, and the app under its own name: argv[0] chooses.
package main

import (
	"os"
	"path/filepath"

	"github.com/berth-init/berth/internal/cli"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/hermes"
	"github.com/berth-init/berth/internal/proc"
	_ "github.com/berth-init/berth/internal/stack" // a start needs one
)

func main() { os.Exit(enter(os.Args)) }

// enter goes through the door that argv names, and gives the code to end with.
func enter(argv []string) int {
	choice := front.Choose(argv, daemon.Itself)
	var signals *daemon.Signals
	if choice.Boots {
		signals = daemon.Catch()
	}
	switch choice.Door {
	case front.Stage:
		proc.ChildStage()
		return 125 // it does not come back
	case front.App:
		return hermes.Door(filepath.Base(argv[0]), choice.Args, os.Stdout)
	case front.Boot:
		return front.DefaultVoice().Boot(front.Ride{Signals: signals, Args: choice.Args})
	default:
		return cli.Main(choice.Args, signals, os.Stdout)
	}
}

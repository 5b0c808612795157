package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// rideVar holds a ride as JSON.
const rideVar = "DAEMON_TEST_RIDE"

// A ride is a Run in a process of its own: outside a container, on a directory of the test's.
type ride struct {
	Spec    spec.Spec
	Environ []string
	Args    []string
	Dir     string
	JSON    bool
	Plugin  []string // what a plugin does, with "plugin" in front; empty: there is none
}

// options are what Run and Plan are given for a ride.
func (r *ride) options() Options {
	return Options{Spec: &r.Spec, Environ: r.Environ, Args: r.Args, Develop: r.Dir, JSON: r.JSON, Version: "test"}
}

// newRide is a ride with the words of a container, on a new directory. Nothing in it is killed because the machine is slow.
func newRide(t *testing.T, words ...string) *ride {
	t.Helper()
	return &ride{
		Spec: spec.Spec{Version: 1, App: "app", Volume: spec.Volume{Path: "${DATA:-/data}"}},
		Args: words, Dir: open(t), Environ: []string{"PATH=" + boot.SafePath, StopTimeoutEnv + "=" + patience.String()},
	}
}

// shell is a ride whose main is a script.
func shell(t *testing.T, script string) *ride {
	t.Helper()
	return newRide(t, "sh", "-c", script)
}

// hook adds a script that runs at a point of the boot.
func (r *ride) hook(at spec.HookPoint, script string) *ride {
	r.Spec.Hooks = append(r.Spec.Hooks, spec.Hook{At: at, Command: []spec.Text{"sh", "-c", spec.Text(script)}})
	return r
}

// command is the command that rides.
func (r *ride) command(t *testing.T) *proc.Command {
	t.Helper()
	data, err := json.Marshal(r)
	ok(t, err)
	return part("run", rideVar+"="+string(data))
}

// off starts the ride.
func (r *ride) off(t *testing.T) *player {
	t.Helper()
	return play(t, r.command(t))
}

// helperRun rides. Each note, and why main didn't run, is a line on stderr: stdout is main's.
func helperRun() error {
	var r ride
	if err := json.Unmarshal([]byte(os.Getenv(rideVar)), &r); err != nil {
		return err
	}
	o := r.options()
	if len(r.Plugin) > 0 {
		o.Plugin = &stranger{words: r.Plugin}
	}
	o.Tell = func(n boot.Note) { fmt.Fprintf(os.Stderr, "%s: %s\n", n.Level, n.Text) }
	code, err := Run(context.Background(), o)
	if stopped, ok := errors.AsType[*Stopped](err); ok {
		fmt.Fprintln(os.Stderr, stopped)
		os.Exit(128 + int(stopped.Signal))
	}
	if err != nil {
		return err
	}
	os.Exit(code)
	return nil
}

package hermes

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// Env is what an answer needs.
type Env struct {
	Args []string   // the words after the app's name
	Spec *spec.Spec // what the image says
	// Volume is the app's home as the boot found it, whatever HERMES_HOME says here: inside a profile's gateway that is
	// the profile's own directory. Tree is the app's code, nil where there is none.
	Volume, Tree *fsx.Dir
	Root         fs.FS                            // the container's /, for what only gets read
	As           func(func() error) error         // runs file work as the app's user ((*fsx.Actor).Do); nil: as the caller
	Supervisor   Supervisor                       // nil where nobody is there
	Lookup       func(name string) (string, bool) // the caller's environment
	Exec         func(args []string) int          // becomes the app with these words; gives the code of its failure, which it has told
	In           io.Reader                        // answers of a person
	Out          io.Writer                        // answers
	Tell         func(boot.Note)                  // hears berth's own lines; nil: nobody does
	Now          func() time.Time                 // nil: the clock
	S6           bool                             // berth speaks s6-overlay's words here
	StaysRoot    bool                             // the app would run as root
}

// Supervisor is who keeps the gateways running: PID 1, through its control socket. Errors may carry a hint as
// [boot.HintFor] finds it.
type Supervisor interface {
	// Status gives every slot, in any order.
	Status(ctx context.Context) ([]Slot, error)
	// Start wants a slot up, and doesn't wait for it.
	Start(ctx context.Context, slot string) error
	// Stop and Restart come back when what ran has ended, or with context.DeadlineExceeded; what was ordered stays ordered.
	Stop(ctx context.Context, slot string) error
	Restart(ctx context.Context, slot string) error
	// Register gives a profile its slots, down.
	Register(ctx context.Context, profile string) error
	// Unregister stops a profile's slots and takes them away. One without slots is no error.
	Unregister(ctx context.Context, profile string) error
}

// What a Supervisor's errors wrap.
var (
	ErrUnknownSlot = errors.New("there is no such slot")
	ErrRegistered  = errors.New("it is registered already")
	ErrNobody      = errors.New("nobody answers")
)

// A Slot is the state of one slot.
type Slot struct {
	Name     string
	State    string // down, waiting, standby, starting, up, ready, stopping, killing, holding, done, failed
	Wanted   bool
	Pid      int
	Since    time.Time
	Restarts int
	LastExit string // such as "code 78" or "signal KILL"; empty before the first end
	Hold     time.Time
	Verdict  string
	Why      string // the reason for the state, or what is waited for
}

// running says whether the slot's program is at work.
func (s Slot) running() bool { return s.State == "up" || s.State == "ready" }

// word says what a person would.
func (s Slot) word() string {
	switch s.State {
	case "up", "ready":
		return "running"
	case "down", "done":
		return "stopped"
	case "standby":
		return "standing by for another container"
	case "holding":
		return "waiting for its next run"
	default:
		return s.State
	}
}

// as runs file work as the app's user.
func (e *Env) as(fn func() error) error {
	if e.As == nil {
		return fn()
	}
	return e.As(fn)
}

func (e *Env) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// env gives a variable's value, empty where it isn't set.
func (e *Env) env(name string) string {
	if e.Lookup == nil {
		return ""
	}
	value, _ := e.Lookup(name)
	return value
}

package supervise

import (
	"context"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Starter starts a run of a slot. Start may block: it is called on a goroutine of the slot's own. ctx bounds the
// start alone, not the process; a process that is given after ctx has ended is killed. The supervisor doesn't call it
// for a slot whose call before hasn't returned.
type Starter interface {
	Start(ctx context.Context, slot string, run int) (Process, error)
}

// A Process is one run. Signal and KillGroup may block: they are called on goroutines of their own.
type Process interface {
	Pid() int
	Done() <-chan struct{} // closed at its end; what is left of its group is the Starter's to end
	Exit() Exit            // asked once Done is closed
	Signal(sig syscall.Signal) error
	KillGroup() error
	Ready() <-chan struct{}    // closed when it is ready; nil: ready as soon as it runs
	ReadyFailed() <-chan error // gives why it will never be ready; nil: it can't know
}

// A Prober asks a slot's health. Check may block.
type Prober interface {
	Check(ctx context.Context, slot string) error
}

// A Sink is told every event, in order, on one goroutine of its own. One that is too slow loses events and is told how
// many by the next one's Lost.
type Sink interface {
	Event(e Event)
}

// Exit is how a process ended.
type Exit struct {
	Code   int            // what it gave to exit, if Signal is 0
	Signal syscall.Signal // what killed it, or 0
	Final  string         // why a daemon gets no other run whatever its policy is; empty: it may
}

// Success says that the process ended by itself with code 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 }

// ExitCode is the code of the shell convention: the process's own, or 128+n if signal n killed it.
func (e Exit) ExitCode() int {
	if e.Signal != 0 {
		return 128 + int(e.Signal)
	}
	return e.Code
}

// String is the end in words: "exit 3", "killed by SIGKILL".
func (e Exit) String() string {
	if e.Signal == 0 {
		return fmt.Sprintf("exit %d", e.Code)
	}
	if name := unix.SignalName(e.Signal); name != "" {
		return "killed by " + name
	}
	return fmt.Sprintf("killed by signal %d", int(e.Signal))
}

// A Failure is the end of a critical service, which ends the container.
type Failure struct {
	Slot string
	Code int // the last run's, by the shell convention; 1 where it had none or ended well
	Why  string
}

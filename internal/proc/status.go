package proc

import (
	"fmt"
	"syscall"
)

// Status is how a process ended.
type Status struct {
	Code   int            // what it gave to exit, if Signal is 0
	Signal syscall.Signal // what killed it, or 0
	Core   bool           // it left a core dump
}

// ExitCode is the code of the shell convention: the process's own, or 128+n
// if signal n killed it.
func (s Status) ExitCode() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// Success says that the process ended by itself with code 0.
func (s Status) Success() bool { return s == Status{} }

// String is the status in words: "exit 3", "killed by SIGKILL".
func (s Status) String() string {
	switch {
	case s.Core:
		return fmt.Sprintf("killed by %s, core dumped", SignalName(s.Signal))
	case s.Signal != 0:
		return "killed by " + SignalName(s.Signal)
	}
	return fmt.Sprintf("exit %d", s.Code)
}

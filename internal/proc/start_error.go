package proc

import (
	"errors"
	"fmt"
	"syscall"
)

// What a StartError's Op may be: the verb of what went wrong.
const (
	OpFind       = "find"                   // LookPath
	OpRun        = "run"                    // execve
	OpEnter      = "enter the directory of" // chdir
	OpFork       = "start"                  // fork, pipes, the table
	OpBecome     = "change identity for"    // setgroups, setgid, setuid
	OpTerminal   = "give the terminal to"
	OpStage      = "prepare" // the child stage itself
	OpNoNewPrivs = "set no_new_privs for"
	OpBounding   = "drop capabilities for"
	OpLimit      = "set a resource limit for"
	OpNice       = "set nice for"
	OpOOM        = "set oom_score_adj for"
)

// A StartError says why a program could not be started.
type StartError struct {
	Op   string // one of the Op constants
	Path string // the program
	Err  error
	hint string
}

// Error is "verb object: cause".
func (e *StartError) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Path, e.Err) }

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.Err }

// Hint says what to do next, or nothing.
func (e *StartError) Hint() string { return e.hint }

// Code is the exit code of the shell convention: 127 the program (or the
// interpreter it names) was not found, 126 it is there and can't be executed,
// 125 it was not even tried.
func (e *StartError) Code() int {
	if e.Op != OpFind && e.Op != OpRun {
		return 125
	}
	var no syscall.Errno
	if !errors.As(e.Err, &no) {
		return 125
	}
	switch no {
	case syscall.ENOENT, syscall.ENOTDIR:
		return 127
	case syscall.EACCES, syscall.EPERM, syscall.ENOEXEC, syscall.EISDIR, syscall.ELOOP, syscall.ETXTBSY,
		syscall.ELIBBAD, syscall.E2BIG, syscall.ENAMETOOLONG, syscall.EINVAL:
		return 126
	}
	return 125
}

package proc

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exec turns this process into the command: groups, gid and uid, umask, limits,
// working directory, then execve. It is for front doors (docker exec) and never
// for PID 1, and it returns only a *StartError; after that the process is no
// longer what it was (its threads differ) and should end with its Code. Descriptors, session
// and terminal stay as they are: a command that asks for others is refused.
func Exec(c *Command) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Stdin != nil || c.Stdout != nil || c.Stderr != nil || len(c.ExtraFiles) > 0 || c.leadsGroup() {
		return &StartError{Op: OpFork, Path: c.Path, Err: syscall.EINVAL, hint: "descriptors, session and terminal can't be changed without a new process"}
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.execute()
}

// Attempt is Exec for a process that goes on as it was where that fails. The identity is changed on a thread of its own, which
// takes it along when it ends: the others never have it (credentials(7): to the kernel it is one thread's). The umask is the
// whole process's and set back. What else would be is refused.
func Attempt(c *Command) error {
	if c.Dir != "" || c.needsStage() {
		return &StartError{Op: OpFork, Path: c.Path, Err: syscall.EINVAL, hint: "what the whole process has can't be changed for an attempt"}
	}
	if c.Umask >= 0 {
		defer syscall.Umask(syscall.Umask(c.Umask))
	}
	failed := make(chan error)
	go attempt(c, failed)
	return <-failed
}

// attempt executes a command, on any thread but the process's first: that one never ends, and would stay what it became.
func attempt(c *Command, failed chan<- error) {
	var room [9 << 10]byte // the stack grows once to what Exec needs, and not step by step, each time with all frames copied
	defer runtime.KeepAlive(&room)
	runtime.LockOSThread() // the thread ends with the goroutine, which doesn't unlock it
	if unix.Gettid() == unix.Getpid() {
		other := make(chan error)
		go attempt(c, other)
		failed <- <-other
		runtime.UnlockOSThread()
		return
	}
	failed <- Exec(c)
}

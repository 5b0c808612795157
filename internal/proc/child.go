package proc

import (
	"errors"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Spawn starts a command for a program that is no owner of processes but one link of a chain, as the commands of scripts
// are: it has no table, it waits for the child itself or leaves that to the program that it becomes. Never in PID 1.
//
// It forks on the calling thread, because a program that changed its identity with [Become] did so on this thread alone:
// a child of another thread would be root's. The child gets files as its descriptors 0, 1 and 2 (-1: closed), and every
// other descriptor that is inherited, which scripts count on.
func Spawn(c *Command, files [3]int) (pid int, err error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	if c.Stdin != nil || c.Stdout != nil || c.Stderr != nil || len(c.ExtraFiles) > 0 || c.Terminal || c.needsStage() || c.Umask >= 0 {
		return 0, &StartError{Op: OpFork, Path: c.Path, Err: syscall.EINVAL, hint: "only a program, its words, its environment and its identity can be given to a child like this"}
	}
	attr := &syscall.ProcAttr{Dir: c.Dir, Env: c.Env, Files: make([]uintptr, len(files))}
	for n, fd := range files {
		attr.Files[n] = uintptr(fd)
		if fd < 0 {
			attr.Files[n] = ^uintptr(0)
		}
	}
	if attr.Sys, err = c.sysProcAttr(c.Credential); err != nil {
		return 0, err
	}
	release, err := occupy()
	if err != nil {
		return 0, &StartError{Op: OpFork, Path: c.Path, Err: err}
	}
	defer release()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, err = syscall.ForkExec(c.Path, c.argv(), attr)
	if err != nil {
		return 0, diagnose(c, err)
	}
	return pid, nil
}

// occupy puts something onto those of the descriptors 0, 1 and 2 that are closed, for as long as a fork takes. Go's fork
// has a pipe of its own; where that gets such a number, the child moves it away, onto a descriptor that may be inherited
// (forkAndExecInChild in the syscall package: the first number after those that it was given).
func occupy() (release func(), err error) {
	var held []int
	release = func() {
		for _, fd := range held {
			_ = unix.Close(fd)
		}
	}
	for fd := range 3 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			continue
		}
		got, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0) // there is always one, even without a /dev
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, got)
	}
	return release, nil
}

// Await waits for a child's end, and takes the child from the kernel's table. pid -1 is any child. hang says whether to
// wait for one that still runs; if not, and it does, the pid that comes back is 0.
func Await(pid int, hang bool) (ended int, s Status, err error) {
	options := 0
	if !hang {
		options = syscall.WNOHANG
	}
	for {
		var w syscall.WaitStatus
		ended, err = syscall.Wait4(pid, &w, options, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil || ended == 0:
			return 0, Status{}, err
		case w.Signaled():
			return ended, Status{Signal: w.Signal(), Core: w.CoreDump()}, nil
		}
		return ended, Status{Code: w.ExitStatus()}, nil
	}
}

// Forward sends a signal to a child that has been started with Spawn and was not yet taken from the kernel's table by
// Await: until then its number is no stranger's.
func Forward(pid int, sig syscall.Signal) error {
	if pid <= 0 {
		return syscall.ESRCH
	}
	return syscall.Kill(pid, sig)
}

// Self is a path that executes this program again.
func Self() (string, error) { return self() }

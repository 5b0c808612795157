package proc

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// IsTerminal says whether a file is a terminal.
func IsTerminal(f *os.File) bool { return isTerminal(int(f.Fd())) }

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// handOver readies the terminal fd for a child, and says in attr how the child
// takes it.
func handOver(fd int, attr *syscall.SysProcAttr) error {
	if !isTerminal(fd) {
		return syscall.ENOTTY
	}
	// Answered only for our own controlling terminal.
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGSID); err == nil {
		sid, err := unix.Getsid(0)
		if err != nil {
			return err
		}
		if sid != os.Getpid() {
			// The session is led by a shell, or by an init in front of us: the terminal
			// can't leave it, but another process group can have its keys.
			attr.Setsid, attr.Setpgid, attr.Foreground, attr.Ctty = false, false, true, fd
			return nil
		}
		if err := letGo(fd); err != nil {
			return err
		}
	}
	attr.Setsid, attr.Setpgid, attr.Setctty, attr.Ctty = true, false, true, 0
	return nil
}

// letGo gives up our controlling terminal. The kernel sends HUP and CONT to the
// foreground group of a session whose leader does that; we are in it, and would
// forward the HUP to main. Both are sent before the call returns.
func letGo(fd int) error {
	return ignoring(func() error {
		return unix.IoctlSetInt(fd, unix.TIOCNOTTY, 0)
	}, syscall.SIGHUP, syscall.SIGCONT)
}

// Suspend follows a child that was started with Terminal and has been stopped
// (see Table.Stops) under a shell with job control: this process takes the
// terminal back and stops too, so that the shell has its prompt again; when the
// shell continues us, the child gets the terminal and goes on. Where nobody
// could continue us (PID 1, which the kernel doesn't stop) the child just goes on.
func (p *Process) Suspend() error {
	fd := 0
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGSID); err == nil {
		if err := foreground(syscall.Getpgrp()); err != nil {
			return err
		}
		if err := stopHere(); err != nil {
			return err
		}
		if err := foreground(p.pid); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return p.SignalGroup(syscall.SIGCONT)
}

// stopHere stops this process, and does not return before it is continued. A
// signal to the process would be taken by any thread, and this one could give
// the terminal away again before the stop reaches it; one to this thread is
// taken before the system call returns.
func stopHere() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return unix.Tgkill(os.Getpid(), unix.Gettid(), syscall.SIGSTOP)
}

// foreground gives the keys of the terminal on descriptor 0 to a process group of our session. From
// the background this raises TTOU unless it is ignored.
func foreground(group int) error {
	return ignoring(func() error {
		return unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, group)
	}, syscall.SIGTTOU)
}

// ignoring runs f while the kernel drops some signals of this process, then
// puts the dispositions back as they were. It goes past os/signal, whose Ignore
// would also take the signal from everybody who was notified of it.
func ignoring(f func() error, signals ...syscall.Signal) error {
	for _, sig := range signals {
		// struct sigaction of the kernel: the handler is the first word on every
		// machine that berth is built for, the rest is carried unread.
		var ignore, before [16]uintptr
		ignore[0] = 1 // SIG_IGN
		if err := sigaction(sig, &ignore, &before); err != nil {
			return err
		}
		defer func() { _ = sigaction(sig, &before, nil) }()
	}
	return f()
}

func sigaction(sig syscall.Signal, act, before *[16]uintptr) error {
	const setSize = 8 // bytes of the kernel's sigset_t
	_, _, no := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(before)), setSize, 0, 0)
	runtime.KeepAlive(act)
	runtime.KeepAlive(before)
	if no != 0 {
		return no
	}
	return nil
}

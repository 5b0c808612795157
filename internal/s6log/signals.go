package s6log

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// What signals ask for.
const (
	askRotate = 1 << iota
	askEnd
	askLeave // if not protected
	askReap
)

// listen has signals noted, and gives what ends that.
func (l *logger) listen() (stop func()) {
	// PIPE is caught, so that a closed output is an error and no end. Processors find it as it was.
	got := make(chan os.Signal, 16)
	signal.Notify(got, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGALRM, syscall.SIGCHLD, syscall.SIGPIPE)
	go func() {
		for s := range got {
			ask := uint32(askEnd)
			switch s {
			case syscall.SIGALRM:
				ask = askRotate
			case syscall.SIGTERM:
				ask = askLeave
			case syscall.SIGCHLD:
				ask = askReap
			case syscall.SIGPIPE:
				continue
			}
			l.signals.Or(ask)
			l.wake()
		}
	}()
	return func() { signal.Stop(got); close(got) }
}

// wake ends a wait.
func (l *logger) wake() { _, _ = unix.Write(l.wakeup, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// answer does what signals asked for.
func (l *logger) answer() {
	var n [8]byte
	_, _ = unix.Read(l.wakeup, n[:])
	asked := l.signals.Swap(0)
	if asked&askReap != 0 {
		l.table.Reap()
	}
	if asked&askRotate != 0 {
		for _, d := range l.dirs {
			if d.stage == quiet && !d.torn && d.size > 0 {
				d.begin()
			}
		}
	}
	if (asked&askEnd != 0 || asked&askLeave != 0 && !l.f.protect) && !l.ended {
		if l.leaving = true; len(l.held) == 0 {
			l.end()
		}
	}
}

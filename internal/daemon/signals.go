package daemon

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/berth-init/berth/internal/proc"
)

// Signals are caught signals that wait to be read. The kernel keeps one of each kind while nobody reads; so does this.
type Signals struct {
	passed chan os.Signal // those that belong to main
	child  chan os.Signal // SIGCHLD
	broken chan os.Signal // SIGPIPE: caught so that it does nothing; ignoring it would be inherited by every child
}

// Catch catches every signal that can be. It has to be the first thing a boot does: before it TERM ends PID 1 with the
// code 2, and QUIT dumps its stacks. A HUP or INT that berth was started with as ignored (nohup, a script's
// &) stays so, for main too, unless berth is PID 1, where main is meant to get whatever the engine sends. Go keeps no others.
func Catch() *Signals {
	firstThread.Do(keepFirstThread) // before somebody waits for signals on that very thread, and leaves it later
	s := &Signals{
		passed: make(chan os.Signal, 256), child: make(chan os.Signal, 1), broken: make(chan os.Signal, 1),
	}
	signal.Notify(s.child, syscall.SIGCHLD)
	signal.Notify(s.broken, syscall.SIGPIPE)
	all := proc.Forwarded()
	if os.Getpid() != 1 {
		all = slices.DeleteFunc(all, signal.Ignored)
	}
	signal.Notify(s.passed, all...)
	return s
}

// Release gives the signals their old meaning back.
func (s *Signals) Release() {
	for _, c := range []chan os.Signal{s.passed, s.child, s.broken} {
		signal.Stop(c)
	}
}

// endsBoot says whether a signal that comes while main isn't there yet ends berth: those that end a program that
// doesn't catch them, when people or engines send them to end it.
func endsBoot(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP:
		return true
	}
	return false
}

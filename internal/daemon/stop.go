package daemon

import (
	"context"
	"errors"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
)

const (
	// StopTimeoutEnv is the variable that says how long a stop may take, as 9s, 1m30s or a number of seconds.
	StopTimeoutEnv = "BERTH_STOP_TIMEOUT"

	defaultStopTimeout = 9 * time.Second
	killPatience       = 2 * time.Second // a process in uninterruptible sleep doesn't die; nobody waits for it for ever
)

// stopTimeout reads the budget of a stop.
func stopTimeout(o *Options) time.Duration {
	text, _ := o.lookup(StopTimeoutEnv)
	if text == "" {
		return defaultStopTimeout
	}
	d, err := time.ParseDuration(text)
	if seconds, bad := strconv.ParseFloat(text, 64); bad == nil && seconds > 0 && seconds < 1e9 {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d <= 0 {
		o.warn("write a time such as 9s, 1m30s or 30", "read %s: %q is no length of time: %v is used", StopTimeoutEnv, text, defaultStopTimeout)
		return defaultStopTimeout
	}
	return d
}

// bringDown ends main and everything below it: TERM to all at once, as service managers do, so that a shell that
// waits for its child is not stuck behind it; KILL when the budget is spent. What the supervisor runs it stops itself, in
// its order. It returns when main has ended.
func (l *life) bringDown(main *proc.Process) {
	if _, err := l.table.SignalDescendants(syscall.SIGTERM, l.supervised()...); err != nil && !errors.Is(err, proc.ErrNoProc) {
		l.o.warn("", "stop: %v", err)
	}
	budget := time.NewTimer(time.Until(l.deadline))
	defer budget.Stop()
	select {
	case <-main.Done():
		return
	case <-budget.C:
	}
	l.note(boot.Warning, "stop: time is up ("+l.budget.String()+"): main is killed")
	l.kill()
	<-main.Done() // the kernel owes us this one, or the engine ends us
}

// supervised gives the processes whose end the supervisor sees to.
func (l *life) supervised() []*proc.Process {
	var all []*proc.Process
	if l.services.fleet != nil {
		all = l.services.fleet.Processes()
	}
	if l.services.plugin != nil {
		all = append(all, l.services.plugin.Processes()...)
	}
	return all
}

// sweep ends what outlived main: TERM, what is left of the budget, KILL. Where nothing is left it returns at once.
func (l *life) sweep() {
	l.mu.Lock()
	l.begin()
	deadline, p := l.deadline, l.services.plugin
	l.mu.Unlock()
	if p != nil && p.Grace() > 0 {
		if grace := time.Now().Add(p.Grace()); grace.Before(deadline) {
			deadline = grace
		}
	}
	l.table.Reap()
	if l.table.Empty() {
		return
	}
	_, _ = l.table.SignalDescendants(syscall.SIGTERM)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	if l.table.WaitEmpty(ctx) != nil {
		l.kill()
	}
}

// kill kills every descendant and waits for their end; those that were forked meanwhile come in the next round.
func (l *life) kill() {
	patience, cancel := context.WithTimeout(context.Background(), killPatience)
	defer cancel()
	for patience.Err() == nil {
		_, _ = l.table.SignalDescendants(syscall.SIGKILL)
		round, done := context.WithTimeout(patience, 100*time.Millisecond)
		err := l.table.WaitEmpty(round)
		done()
		if err == nil {
			return
		}
	}
}

// stopped answers a child that was stopped by a signal. Under a shell with job control berth stops as well, so that
// the shell has its prompt again. Behind an init that is no shell (docker run --init -it) nobody would continue us, so
// main goes on, as the kernel has it for a program without a parent that does job control. A stop that somebody sent
// on purpose (STOP) is theirs to end.
func (l *life) stopped(stop proc.Stop) {
	l.mu.Lock()
	main := l.main
	l.mu.Unlock()
	if stop.Process != main || stop.Signal == syscall.SIGSTOP {
		return
	}
	if _, err := unix.IoctlGetInt(0, unix.TIOCGSID); err != nil {
		return // main has a session of its own; the kernel knows what to do
	}
	if l.o.Develop != "" {
		_ = main.Suspend()
		return
	}
	_ = main.SignalGroup(syscall.SIGCONT)
}

package s6run

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/probe"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/supervise"
)

// A life is one run of a service, from run to the end of finish. The slot's mutex guards what is behind the blank line.
type life struct {
	s     *slot
	set   s6rc.RunDir
	run   *proc.Process
	group int            // its process group
	said  *probe.Newline // nil: nobody says that it is ready
	ready chan struct{}  // likewise
	done  chan struct{}  // closed when finish has ended too

	finish *proc.Process
	over   bool        // run has ended
	killed bool        // the time for all of it is up
	limit  *time.Timer // of the first wish to stop; nil: nobody wished
	final  string
}

// begin starts a run.
func (s *slot) begin(ctx context.Context) (supervise.Process, error) {
	if !s.enter() {
		return nil, fmt.Errorf("start %s: it was taken away", s.name)
	}
	l, err := s.live(ctx)
	if err != nil {
		s.leave()
		return nil, err
	}
	return l, nil
}

// live executes run, and sees to it until its end.
func (s *slot) live(ctx context.Context) (*life, error) {
	l := &life{s: s, set: s.settings(), done: make(chan struct{})}
	c, err := s.command(s6dir.Run, s.name)
	if err != nil {
		return nil, err
	}
	c.Session = !l.set.NoSetsid
	there, err := s.dir.Exists(s6dir.Finish)
	c.KillGroup = err == nil && !there // a finish gets the group's number instead
	end, err := l.notification(c)
	if err != nil {
		return nil, err
	}
	l.run, err = s.room.o.Table.StartContext(ctx, c)
	if end != nil {
		_ = end.Close()
	}
	if err != nil {
		l.hush()
		return nil, err
	}
	if l.group = l.run.Pid(); l.set.NoSetsid {
		l.group = unix.Getpgrp()
	}
	s.change(func(t *s6dir.Status) {
		s.life = l
		t.Pid, t.Changed = l.run.Pid(), now()
		t.Ready, t.Paused, t.Finishing = false, false, false
	}, string(s6dir.EventUp))
	if l.said != nil {
		go l.hear()
	}
	go l.follow()
	return l, nil
}

// notification gives the run the descriptor on which it says that it is ready, if it has one.
func (l *life) notification(c *proc.Command) (end *os.File, err error) {
	fd := l.set.NotificationFD
	if fd < 1 {
		return nil, nil //nolint:nilnil // nobody says
	}
	if l.said, end, err = probe.NewNewline(); err != nil {
		return nil, err
	}
	l.ready = make(chan struct{})
	switch fd {
	case 1:
		c.Stdout = end
	case 2:
		c.Stderr = end
	default:
		for len(c.ExtraFiles) < fd-3 {
			c.ExtraFiles = append(c.ExtraFiles, l.s.room.null)
		}
		c.ExtraFiles = append(c.ExtraFiles, end)
	}
	return end, nil
}

// hush ends the wait for the newline: what holds the descriptor after run may be a stranger.
func (l *life) hush() {
	if l.said != nil {
		_ = l.said.Close()
	}
}

// hear waits for the newline, or for the end of the descriptor: without one the run is never ready, as s6 has it.
func (l *life) hear() {
	<-l.said.Done()
	if l.said.Ask(context.Background()) != nil {
		return
	}
	l.s.change(func(t *s6dir.Status) {
		if !l.over {
			t.Ready, t.ReadyAt = true, now()
		}
	}, string(s6dir.EventReady))
	close(l.ready)
}

// The accessors of supervise.Process.

// Pid gives run's.
func (l *life) Pid() int { return l.run.Pid() }

// Done is closed when finish has ended, too.
func (l *life) Done() <-chan struct{} { return l.done }

// Ready is closed by the newline.
func (l *life) Ready() <-chan struct{} { return l.ready }

// ReadyFailed is never: who isn't ready may still become it.
func (l *life) ReadyFailed() <-chan error { return nil }

// Exit gives how run ended, and whether that was the last one.
func (l *life) Exit() supervise.Exit {
	st := l.run.Status()
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return supervise.Exit{Code: st.Code, Signal: st.Signal, Final: l.final}
}

// end ends a life; the slot's mutex is held. What is wished from now on is about the next one.
func (l *life) end(final string) {
	if l.s.once && final == "" {
		final = "it was to run once"
	}
	l.final, l.s.once, l.s.life = final, false, nil
}

// Signal is the supervisor's word to stop.
func (l *life) Signal(syscall.Signal) error {
	if l.s.in != nil && l.s.room.ends(l.s) {
		l.drain()
		return nil
	}
	return l.stop()
}

// stop tells run to stop; a finish is left to its bound.
func (l *life) stop() error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.over {
		return nil
	}
	return l.down()
}

// down sends the signal that stops, wakes who was paused, so that it takes it, and bounds the wait if the directory says so;
// the slot's mutex is held.
func (l *life) down() error {
	if err := l.run.Signal(l.set.DownSignal); err != nil {
		return err
	}
	if d := l.set.TimeoutKill; d > 0 && l.limit == nil {
		l.limit = time.AfterFunc(d, l.kill)
	}
	return l.run.Signal(syscall.SIGCONT)
}

// kill ends run, whose time to stop is up; with the group only where the directory says so.
func (l *life) kill() {
	if l.set.KillGroup {
		_ = l.run.SignalGroup(syscall.SIGKILL)
	} else {
		_ = l.run.Signal(syscall.SIGKILL)
	}
}

// drainTime is how long who reads a pipe may take to come to its end before it is told to stop: what holds the other end may
// be a stranger.
const drainTime = time.Second

// drain ends the input of who reads a pipe, whose producers are gone.
func (l *life) drain() {
	l.s.in.finish()
	select {
	case <-l.run.Done():
	case <-time.After(drainTime):
		_ = l.stop()
	}
}

// KillGroup ends all of it: the time of the whole stop is up, and no finish comes any more.
func (l *life) KillGroup() error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.killed = true
	switch {
	case l.finish != nil:
		return l.finish.SignalGroup(syscall.SIGKILL)
	case l.over:
		return nil
	}
	return l.run.SignalGroup(syscall.SIGKILL)
}

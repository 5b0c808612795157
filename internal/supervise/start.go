package supervise

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// quick is how long a start may hold its place: one that takes longer waits for something else than the processor, and
// others go on beside it.
const quick = 20 * time.Millisecond

// begin asks for a run, if nothing has come between since the slot was free to start.
func (s *Supervisor) begin(x *slot) {
	if x.state != Waiting || !x.wanted || s.closing || s.blocked(x) != (block{}) || !s.leased(x) {
		s.mark(x)
		return
	}
	x.run++
	if x.automatic {
		x.restarts++
	}
	x.automatic, x.soon, x.due = false, false, time.Time{}
	x.free = x.Loose
	x.doom, x.sick, x.lease.lost, x.blocker = "", "", "", nil
	x.pending, x.placed = true, true
	s.starting++
	s.move(x, onBegin, "free to start")
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	run := x.run
	go s.start(ctx, cancel, x, run)
	s.arm(x, quick, func() {
		s.release(x)
		s.arm(x, s.o.StartTimeout-quick, func() {
			cancel()
			s.refused(x, fmt.Errorf("start: no answer within %v", s.o.StartTimeout))
		})
	})
}

// release gives a slot's place among the quick starts back.
func (s *Supervisor) release(x *slot) {
	if x.placed {
		x.placed = false
		s.starting--
	}
}

// A live is a process and what its accessors give, asked on the slot's goroutine: they are a stranger's.
type live struct {
	Process
	pid    int
	done   <-chan struct{}
	ready  <-chan struct{}
	failed <-chan error
}

// start asks the starter, on the slot's goroutine.
func (s *Supervisor) start(ctx context.Context, cancel context.CancelFunc, x *slot, run int) {
	defer cancel()
	p, err := s.o.Starter.Start(ctx, x.Name, run)
	if err == nil && p == nil {
		err = errors.New("start: nothing came of it")
	}
	if err != nil {
		s.post(func() { s.failedToStart(x, err) })
		return
	}
	l := &live{Process: p, pid: p.Pid(), done: p.Done(), ready: p.Ready(), failed: p.ReadyFailed()}
	if !s.post(func() { s.runs(x, run, l) }) {
		_ = p.KillGroup() // nobody is there to own it
	}
}

// failedToStart hears that a start came to nothing.
func (s *Supervisor) failedToStart(x *slot, err error) {
	x.pending = false
	s.mark(x)
	s.lay(x)
	switch x.state {
	case Starting:
		s.refused(x, err)
	case Stopping, Killing:
		s.stopped(x, "its start was called off")
	default: // the answer came too late to matter
	}
}

// runs hears that a process runs.
func (s *Supervisor) runs(x *slot, run int, l *live) {
	if x.run != run || !x.alive() {
		s.stray(x, l)
		return
	}
	x.pending = false
	x.process, x.pid, x.started = l, l.pid, time.Now()
	go s.watch(x, run, l)
	switch x.state {
	case Stopping:
		s.signal(x, l, "stop", func() error { return l.Signal(x.Stop.Signal) })
	case Killing:
		s.signal(x, l, "kill", l.KillGroup)
	default:
		s.move(x, onRun, "runs")
		s.awaitReady(x, l)
	}
}

// stray ends a process that came after its start had been given up. Until it is dead the slot starts no other.
func (s *Supervisor) stray(x *slot, l *live) {
	s.note(x, fmt.Sprintf("pid %d came too late and is killed", l.pid))
	s.signal(x, l, "kill", l.KillGroup)
	go func() {
		select {
		case <-l.done:
			s.post(func() {
				x.pending = false
				s.mark(x)
				s.lay(x)
			})
		case <-s.ended:
		}
	}()
}

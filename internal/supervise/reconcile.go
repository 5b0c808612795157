package supervise

import (
	"fmt"
	"time"
)

// reconcile takes a slot one step from what it is towards what is wanted.
func (s *Supervisor) reconcile(x *slot) {
	s.yield(x)
	if s.byName[x.Name] != x {
		return // removed
	}
	x.answerWaiters()
	unwanted := !x.wanted || s.closing
	switch x.state {
	case Down:
		if x.removing {
			s.drop(x)
		} else if !unwanted && x.Enabled {
			s.move(x, onWant, "wanted")
		}
	case Waiting:
		if unwanted {
			s.rest(x, "not wanted any more")
		} else {
			s.wait(x)
		}
	case Standby, Holding:
		if unwanted {
			s.rest(x, "not wanted any more")
		}
	case Starting, Up, Ready:
		s.checkStop(x)
	case Stopping, Killing:
	case Done:
		switch {
		case !x.wanted:
			s.rest(x, "not wanted any more")
		case x.Schedule != nil && !s.closing:
			s.move(x, onWant, "its schedule goes on")
		}
	case Failed:
		switch {
		case x.process != nil || s.closing:
			if x.removing {
				s.drop(x)
			}
		case !x.wanted:
			s.rest(x, "not wanted any more")
		case x.Schedule != nil:
			s.move(x, onWant, "its schedule goes on")
		case x.blocker != nil && x.blocker.state != Failed:
			x.failure = ""
			s.move(x, onWant, "requirement "+x.blocker.Name+" was started")
		}
	}
}

// rest takes a slot down.
func (s *Supervisor) rest(x *slot, why string) {
	x.short, x.tries, x.failure, x.blocker = 0, 0, "", nil
	x.succeeded, x.soon, x.due, x.automatic, x.free = false, false, time.Time{}, false, false
	s.move(x, onRest, why)
}

// wait sees to a slot that is wanted: it waits for its time, then for what it depends on, for its lease, then for a place.
// A schedule is one container's: its lease comes before the time.
func (s *Supervisor) wait(x *slot) {
	if x.Schedule != nil && !s.leased(x) {
		return
	}
	if !s.timely(x) {
		return
	}
	b := s.blocked(x)
	if b.dead != nil {
		x.blocker = nil
		if b.dead.state == Failed {
			x.blocker = b.dead // and when it is started this one comes along
		}
		s.giveUp(x, b.why)
		return
	}
	s.setStuck(x, b.stuck)
	if b.why != "" {
		x.why = b.why
		return
	}
	if !s.leased(x) {
		return
	}
	if !x.queued {
		x.queued = true
		s.queue = append(s.queue, x)
	}
}

// setStuck notes whether what a slot waits for is on its way; those behind it want to know.
func (s *Supervisor) setStuck(x *slot, stuck bool) {
	if x.stuck != stuck {
		x.stuck = stuck
		s.mark(x.needed...)
		s.mark(x.followed...)
	}
}

// A block is what keeps a slot from starting.
type block struct {
	why   string // empty: nothing
	dead  *slot  // a requirement that won't come
	stuck bool   // what is waited for isn't on its way
}

// blocked says what keeps a slot from starting.
func (s *Supervisor) blocked(x *slot) block {
	if x.pending {
		return block{why: fmt.Sprintf("what came of run %d is still waited for", x.run), stuck: true}
	}
	if s.ghosts[x.Name] != nil {
		return block{why: "what is left of the one that was removed is still waited for", stuck: true}
	}
	var b block
	if x.free {
		return b
	}
	for i, r := range x.needs {
		switch {
		case r == nil:
			return block{why: "waits for " + x.Requires[i] + ", which was removed", stuck: true}
		case !r.Enabled:
			return block{why: "requirement " + r.Name + " is not enabled", dead: r}
		case r.state == Failed && r.wanted && r.process == nil && r.Schedule == nil:
			return block{why: "requirement " + r.Name + " failed: " + r.failure, dead: r}
		case r.good():
		default:
			if b.why == "" || (!b.stuck && !r.coming()) {
				b.why = "waits for " + r.Name + ", which is " + string(r.state)
			}
			b.stuck = b.stuck || !r.coming()
		}
	}
	if b.why != "" {
		return b
	}
	for _, r := range x.follows {
		if r.coming() && !r.good() {
			return block{why: "comes after " + r.Name + ", which is " + string(r.state)}
		}
	}
	return b
}

// giveUp ends a slot in failed.
func (s *Supervisor) giveUp(x *slot, why string) {
	x.failure, x.tries, x.succeeded = why, 0, false
	s.move(x, onGiveUp, why)
	s.fatal(x, why)
}

// fatal tells that a critical service is no more, unless it was told to stop.
func (s *Supervisor) fatal(x *slot, why string) {
	if !x.Critical || !x.wanted || s.closing {
		return
	}
	f := Failure{Slot: x.Name, Code: 1, Why: why}
	if x.exit != nil && !x.exit.Success() {
		f.Code = x.exit.ExitCode()
	}
	select {
	case s.critical <- f:
	default: // the first one is the cause
	}
}

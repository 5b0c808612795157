package supervise

import (
	"fmt"
	"time"
)

// spread finds anew who must not run: a requirement that leaves takes its dependants along.
func (s *Supervisor) spread() {
	for _, x := range s.ordered {
		leaving := s.closing || !x.wanted || x.bounce
		for _, r := range x.needs {
			leaving = leaving || !x.Loose && (r == nil || r.leaving)
		}
		if leaving == x.leaving {
			continue
		}
		x.leaving, x.leaveSince = leaving, time.Now()
		s.markAround(x)
		s.visits++
		s.markBelow(x)
	}
}

// checkStop begins to stop a slot that must not run, once those that come after it don't any more.
func (s *Supervisor) checkStop(x *slot) {
	switch {
	case x.doom != "":
		s.stop(x, x.doom)
	case x.sick != "":
		s.stop(x, x.sick)
	case x.lease.lost != "":
		s.stop(x, x.lease.lost)
	case x.leaving && !s.holdsUp(x):
		s.stop(x, s.reason(x))
	}
}

// holdsUp says that somebody runs who has to stop first, perhaps behind one that doesn't run: a task that is done.
func (s *Supervisor) holdsUp(x *slot) bool {
	s.visits++
	return s.runsAbove(x)
}

// runsAbove looks at each slot once a visit, however many ways lead to it.
func (s *Supervisor) runsAbove(x *slot) bool {
	for _, d := range x.needed {
		if (d.leaving || !d.Loose) && d.visited != s.visits && (d.alive() || s.runsAbove(d)) {
			return true
		}
		d.visited = s.visits
	}
	for _, d := range x.followed {
		if d.leaving && d.visited != s.visits && (d.alive() || s.runsAbove(d)) {
			return true
		}
		d.visited = s.visits
	}
	return false
}

// markBelow has those looked at that may have waited for a slot to stop.
func (s *Supervisor) markBelow(x *slot) {
	for _, list := range [][]*slot{x.needs, x.follows} {
		for _, r := range list {
			if r == nil || r.visited == s.visits {
				continue
			}
			r.visited = s.visits
			s.mark(r)
			if !r.alive() {
				s.markBelow(r)
			}
		}
	}
}

// reason says why a slot must not run.
func (s *Supervisor) reason(x *slot) string {
	switch {
	case s.closing:
		return "everything stops"
	case x.removing:
		return "removed"
	case !x.wanted:
		return "told to stop"
	case x.bounce:
		return "told to restart"
	}
	for i, r := range x.needs {
		if r == nil || r.leaving {
			return "requirement " + x.Requires[i] + " stops"
		}
	}
	return "told to stop"
}

// stop tells a process to stop and bounds the wait.
func (s *Supervisor) stop(x *slot, why string) {
	s.move(x, onStop, why)
	x.cancel()
	if p := x.process; p != nil {
		sig := x.Stop.Signal
		s.signal(x, p, "stop", func() error { return p.Signal(sig) })
	}
	s.bound(x)
}

// bound bounds the wait for a process that was told to stop.
func (s *Supervisor) bound(x *slot) {
	if x.Stop.Patient && !s.closing {
		return
	}
	d := s.patience(x)
	s.arm(x, d, func() { s.kill(x, fmt.Sprintf("did not stop within %v", d.Round(time.Millisecond))) })
}

// patience is how long a slot may take to stop: its own time-out, or what is left of the budget. The last tenth of the
// budget is shared by those below it, so that they are told to stop before they are killed.
func (s *Supervisor) patience(x *slot) time.Duration {
	d := x.Stop.Timeout
	if !x.leaving {
		return d
	}
	end := x.leaveSince.Add(s.o.StopTimeout)
	if s.closing && s.deadline.Before(end) {
		end = s.deadline
	}
	if s.highest > 0 {
		end = end.Add(-s.o.StopTimeout / 10 * time.Duration(x.level) / time.Duration(s.highest))
	}
	return max(0, min(d, time.Until(end)))
}

// kill ends a process and all of its group, and bounds the wait.
func (s *Supervisor) kill(x *slot, why string) {
	if x.cancel != nil {
		x.cancel()
	}
	s.move(x, onKill, why)
	if p := x.process; p != nil {
		s.signal(x, p, "kill", p.KillGroup)
	}
	s.awaitDeath(x)
}

// awaitDeath bounds the wait for what KILL does.
func (s *Supervisor) awaitDeath(x *slot) {
	d := s.o.KillTimeout
	if s.closing {
		d = min(d, max(s.o.StopTimeout/20, 400*time.Millisecond)) // the engine's grace is not ours to spend, but a busy machine takes a while to bury one
	}
	s.arm(x, d, func() { s.survived(x, d) })
}

// survived gives up on what KILL doesn't end: it hangs in the kernel, or its start does.
func (s *Supervisor) survived(x *slot, d time.Duration) {
	if x.process == nil { // the slot may go on; another run waits for what comes of this one
		s.stopped(x, fmt.Sprintf("the start of run %d was called off and has not returned", x.run))
		return
	}
	x.bounce, x.doom, x.sick = false, "", ""
	s.giveUp(x, fmt.Sprintf("pid %d did not die within %v of KILL", x.pid, d))
	s.spread()
}

// signal does what may hang on a goroutine of its own; what goes wrong is told.
func (s *Supervisor) signal(x *slot, p Process, verb string, send func() error) {
	go func() {
		if err := send(); err != nil {
			s.post(func() {
				if x.process == p { // else it has died, and was a moment early
					s.note(x, verb+": "+err.Error())
				}
			})
		}
	}()
}

// stopped takes a slot whose process ended as it was told to what comes after.
func (s *Supervisor) stopped(x *slot, why string) {
	bounced, doom, sick := x.bounce, x.doom, x.sick
	x.bounce, x.doom, x.sick = false, "", ""
	switch {
	case !x.wanted || s.closing:
		s.rest(x, why)
	case doom != "" && !bounced:
		s.giveUp(x, doom)
	case sick != "" && !bounced:
		s.follow(x, x.another(sick, time.Since(x.started), x.short))
	default:
		if bounced {
			x.short, x.tries = 0, 0
		}
		x.soon = bounced
		s.move(x, onAgain, why)
	}
	if bounced {
		s.spread()
	}
}

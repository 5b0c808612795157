package supervise

import (
	"fmt"
	"time"
)

// awaitReady waits for a daemon's readiness, with its bound. A task is never ready: its end counts.
func (s *Supervisor) awaitReady(x *slot, l *live) {
	if x.Kind == Task {
		return
	}
	if l.ready == nil {
		s.ready(x, "runs")
		return
	}
	limit := x.Ready.Timeout
	s.arm(x, limit, func() { s.unready(x, fmt.Sprintf("not ready within %v", limit)) })
}

// watch waits for what a process does. It ends with the process, or with the supervisor.
func (s *Supervisor) watch(x *slot, run int, l *live) {
	ready, failed := l.ready, l.failed
	mine := func(f func()) {
		s.post(func() {
			if x.run == run && x.state == Up && x.Kind == Daemon {
				f()
			}
		})
	}
	for {
		select {
		case <-ready:
			ready = nil
			mine(func() { s.ready(x, "ready") })
		case err := <-failed:
			failed = nil
			if err != nil {
				mine(func() { s.unready(x, "not ready: "+err.Error()) })
			}
		case <-l.done:
			exit := l.Exit()
			s.post(func() {
				if x.run == run {
					s.died(x, exit)
				}
			})
			return
		case <-s.ended:
			return
		}
	}
}

// ready lets dependants start.
func (s *Supervisor) ready(x *slot, why string) {
	s.move(x, onAnswer, why)
	s.watchHealth(x)
}

// unready hears that the question was not answered, or with no.
func (s *Supervisor) unready(x *slot, why string) {
	if x.Ready.Verdict == GoOn {
		s.ready(x, why+": goes on")
		return
	}
	x.doom = why
	s.mark(x)
}

// died hears that a process has ended.
func (s *Supervisor) died(x *slot, exit Exit) {
	if s.byName[x.Name] != x {
		x.process = nil
		s.lay(x)
		return
	}
	x.exit, x.news = &exit, &exit
	switch x.state {
	case Up, Ready:
		if x.bounce || !x.wanted || s.closing { // it was to be stopped, but for those that come before it
			s.stopped(x, exit.String())
		} else {
			s.judge(x, exit)
		}
	case Failed: // KILL was a long time about it
		why := "the process is gone at last: " + exit.String()
		if x.wanted && !s.closing {
			x.failure = ""
			s.move(x, onWant, why)
		} else {
			s.rest(x, why)
		}
	default:
		s.stopped(x, exit.String())
	}
	x.process, x.pid, x.news = nil, 0, nil
	s.markAround(x)
}

// judge takes a slot whose process ended by itself to what its rule says.
func (s *Supervisor) judge(x *slot, exit Exit) {
	var o outcome
	if x.Kind == Task {
		o = x.judgeTask(exit, x.tries)
	} else {
		o = x.judgeDaemon(exit, time.Since(x.started), x.short)
	}
	s.follow(x, o)
}

// refused takes a slot that could not be started to what its rule says.
func (s *Supervisor) refused(x *slot, err error) {
	if x.bounce { // what was to be restarted isn't there
		x.bounce, x.short, x.tries = false, 0, 0
		s.spread()
	}
	s.follow(x, x.judgeRefusal(err, x.short, x.tries))
}

// follow does what a rule says.
func (s *Supervisor) follow(x *slot, o outcome) {
	x.short, x.tries = o.short, o.tries
	switch o.on {
	case onFinish:
		if x.Kind == Task {
			x.succeeded, x.failure = true, ""
		}
		s.move(x, onFinish, o.why)
		if x.Kind != Task && !x.exit.Success() {
			s.fatal(x, o.why)
		}
	case onGiveUp:
		s.giveUp(x, o.why)
	case onAgain:
		x.automatic, x.soon = true, true
		s.move(x, onAgain, o.why)
	default:
		x.automatic, x.soon = true, true
		d := o.hold
		if x.Kind != Task {
			d = jittered(d, s.o.Rand())
		}
		until := time.Now().Add(d)
		s.move(x, onHold, o.why)
		x.until = &until
		s.arm(x, d, func() { s.move(x, onAgain, "the hold is over") })
	}
}

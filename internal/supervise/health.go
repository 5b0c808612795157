package supervise

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// health is what is known of a run's health.
type health struct {
	verdict *bool // nil: not known yet
	bad     string
	misses  int
	round   int  // numbers the questions; an answer to an older one is no answer
	asking  bool // a Check hasn't returned, perhaps one of a run before
	timer   *time.Timer
	cancel  context.CancelFunc
}

// drop forgets it with the run that it was about.
func (h *health) drop() {
	h.round++
	if h.timer != nil {
		h.timer.Stop()
	}
	if h.cancel != nil {
		h.cancel()
	}
	h.verdict, h.bad, h.misses, h.timer, h.cancel = nil, "", 0, nil, nil
}

// healthLater has f done after a while, if the question then is still the one now.
func (s *Supervisor) healthLater(x *slot, d time.Duration, f func()) {
	round := x.health.round
	x.health.timer = time.AfterFunc(d, func() {
		s.post(func() {
			if x.health.round == round {
				f()
			}
		})
	})
}

// watchHealth begins to ask a slot that has just become ready.
func (s *Supervisor) watchHealth(x *slot) {
	if x.Health != nil {
		s.healthLater(x, x.Health.Period, func() { s.ask(x) })
	}
}

// ask asks once. A question that hangs costs one goroutine, not one each period.
func (s *Supervisor) ask(x *slot) {
	h := &x.health
	h.round++
	if h.asking {
		s.answered(x, errors.New("the question before is not answered yet"))
		return
	}
	h.asking = true
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	round := h.round
	go func() {
		defer cancel()
		err := s.o.Prober.Check(ctx, x.Name)
		s.post(func() {
			x.health.asking = false
			if x.health.round == round {
				s.answered(x, err)
			}
		})
	}()
	limit := x.Health.Timeout
	s.healthLater(x, limit, func() {
		cancel()
		s.answered(x, fmt.Errorf("no answer within %v", limit))
	})
}

// answered counts an answer and asks again later.
func (s *Supervisor) answered(x *slot, err error) {
	h := &x.health
	h.round++
	h.timer.Stop()
	was := h.verdict
	if err == nil {
		h.misses = 0
		s.setHealth(x, true, "")
		if was != nil && !*was {
			s.note(x, "healthy again")
		}
	} else if h.misses++; h.misses >= x.Health.Threshold {
		s.setHealth(x, false, err.Error())
		if was == nil || *was {
			s.note(x, "unhealthy: "+err.Error())
		}
		if x.Health.Action == RestartSick {
			x.sick = "unhealthy: " + err.Error()
			s.mark(x)
			return
		}
	}
	s.healthLater(x, x.Health.Period, func() { s.ask(x) })
}

// setHealth gives a slot a verdict of its own, which a status may hold on to.
func (s *Supervisor) setHealth(x *slot, good bool, bad string) {
	x.health.verdict, x.health.bad = &good, bad
}

package supervise

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// lastWords is how long the sink may take over the last events.
const lastWords = 200 * time.Millisecond

// Shutdown stops everything, dependants first, within StopTimeout or until ctx ends: then what is left is killed. It
// returns when nothing is left, or what KILL doesn't end has had its time, and says what that is. The supervisor can
// then only be asked.
func (s *Supervisor) Shutdown(ctx context.Context) error {
	s.do(func() {
		if s.closing {
			return
		}
		s.closing = true
		s.deadline = time.Now().Add(s.o.StopTimeout)
		if d, ok := ctx.Deadline(); ok && d.Before(s.deadline) {
			s.deadline = d
		}
		s.spread()
		for _, x := range s.slots {
			s.mark(x)
			if x.state == Stopping && x.Stop.Patient {
				s.bound(x)
			}
		}
		time.AfterFunc(time.Until(s.deadline), func() { s.post(s.killAll) })
	})
	select {
	case <-s.ended:
	case <-ctx.Done():
		s.post(s.killAll)
		<-s.ended // which the bound of each KILL brings
	}
	words := time.NewTimer(lastWords)
	defer words.Stop()
	select {
	case <-s.fed:
	case <-words.C:
	}
	var left []error
	s.do(func() {
		for _, x := range slices.Concat(s.slots, slices.Collect(maps.Values(s.ghosts))) {
			if x.process != nil || x.pending {
				left = append(left, errors.New("stop "+x.Name+": "+x.why))
			}
		}
	})
	return errors.Join(left...)
}

// killAll ends what is left when the budget is spent, in no order.
func (s *Supervisor) killAll() {
	for _, x := range s.slots {
		switch {
		case x.state == Killing:
			s.awaitDeath(x) // which may have been promised more time
		case x.alive():
			s.kill(x, "the time of the whole stop is up")
		}
	}
}

package supervise

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Add gives services a slot each, all of them or none, and starts those that are desired. They may require each other.
func (s *Supervisor) Add(who string, services ...Service) error {
	var err error
	s.do(func() {
		if s.closing {
			err = fmt.Errorf("add: %w", ErrStopping)
			return
		}
		if err = s.check(services); err != nil {
			return
		}
		for _, v := range services {
			v.complete(&s.o)
			x := &slot{
				Service: v, state: Down, since: time.Now(), why: "added", by: who, wanted: v.Desired && v.Enabled, leaving: true,
			}
			if !v.Enabled {
				x.why = "not enabled"
			}
			s.slots = append(s.slots, x)
			s.byName[v.Name] = x
			s.mark(x)
		}
		s.link()
		s.spread()
	})
	return err
}

// Remove stops a slot and takes it away. Slots that require it wait until there is one of that name again. It returns
// when the slot is gone, or when ctx ends; the slot goes all the same.
func (s *Supervisor) Remove(ctx context.Context, who, name string) error {
	return s.verb(ctx, "remove", true, []string{name}, nil, func(x *slot) {
		x.wanted, x.bounce, x.removing, x.by = false, false, true, who
	}, func(x *slot) (bool, error) {
		if x.state == Failed && x.process != nil {
			return true, fmt.Errorf("%s", x.failure)
		}
		return s.byName[name] != x, nil
	})
}

// drop takes a slot away.
func (s *Supervisor) drop(x *slot) {
	if s.byName[x.Name] != x {
		return
	}
	s.note(x, "removed")
	s.mark(x.needed...)
	s.mark(x.followed...)
	s.visits++
	s.markBelow(x) // what is behind it is behind it no more
	delete(s.byName, x.Name)
	s.yield(x)
	if x.process != nil || x.pending {
		s.ghosts[x.Name] = x
	}
	s.slots = slices.DeleteFunc(s.slots, func(y *slot) bool { return y == x })
	s.link()
	s.spread()
	x.disarm()
	x.answerWaiters()
}

// lay lets a slot that has taken the name of a removed one go on, once nothing is left of that.
func (s *Supervisor) lay(x *slot) {
	if s.ghosts[x.Name] == x && x.process == nil && !x.pending {
		s.yield(x)
		delete(s.ghosts, x.Name)
		s.mark(s.byName[x.Name])
	}
}

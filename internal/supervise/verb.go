package supervise

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A waiter waits until a slot is where a verb wants it.
type waiter struct {
	over  func(x *slot) (bool, error)
	reply chan error
	gone  <-chan struct{} // closed when nobody waits any more
}

// answerWaiters tells those whose wait is over, and forgets those that have gone.
func (x *slot) answerWaiters() {
	kept := x.waiters[:0]
	for _, w := range x.waiters {
		select {
		case <-w.gone:
			continue
		default:
		}
		if over, err := w.over(x); over {
			w.reply <- err
			continue
		}
		kept = append(kept, w)
	}
	clear(x.waiters[len(kept):])
	x.waiters = kept
	if len(kept) == 0 {
		x.waiters = nil
	}
}

// Start wants slots up, and what they require, whatever failed or holds. With wait it returns when all are ready
// (tasks: done), or with an error when one has failed, holds, or ctx ends.
func (s *Supervisor) Start(ctx context.Context, who string, wait bool, names ...string) error {
	return s.verb(ctx, "start", wait, names, s.startable, func(x *slot) { s.wantAll(x, who) }, s.risen)
}

// StartAlone wants slots up that are Loose, now, whatever is with what they require and come after.
func (s *Supervisor) StartAlone(ctx context.Context, who string, wait bool, names ...string) error {
	return s.verb(ctx, "start", wait, names, s.startable, func(x *slot) {
		s.want(x, who)
		x.free = x.Loose
	}, s.risen)
}

// Stop wants slots down. Those that require them are stopped before, and wait. With wait it returns when all are down.
func (s *Supervisor) Stop(ctx context.Context, who string, wait bool, names ...string) error {
	return s.verb(ctx, "stop", wait, names, nil, func(x *slot) {
		x.wanted, x.bounce, x.by = false, false, who
	}, fallen)
}

// Restart gives slots another run, and starts those that have none. Those that require them are stopped before, and
// come back. With wait it returns as Start does.
func (s *Supervisor) Restart(ctx context.Context, who string, wait bool, names ...string) error {
	return s.verb(ctx, "restart", wait, names, s.startable, func(x *slot) {
		if !x.alive() {
			s.wantAll(x, who)
			return
		}
		x.wanted, x.bounce, x.by = true, true, who
		s.wantNeeds(x, who, map[*slot]bool{})
	}, s.risen)
}

// verb does one verb to slots: to all, or, if one can't be, to none.
func (s *Supervisor) verb(ctx context.Context, verb string, wait bool, names []string, may func(x *slot) error, act func(x *slot), over func(x *slot) (bool, error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	var err error
	var list []*slot
	var waiting []waiter
	s.do(func() {
		if list, err = s.find(verb, names); err != nil {
			return
		}
		if s.closing {
			err = fmt.Errorf("%s: %w", verb, ErrStopping)
			return
		}
		for _, x := range list {
			if may != nil {
				if err = may(x); err != nil {
					err = fmt.Errorf("%s %s: %w", verb, x.Name, err)
					return
				}
			}
		}
		for _, x := range list {
			act(x)
			s.markAround(x) // whether those after it wait depends on what is wanted
			if wait {
				w := waiter{over: over, reply: make(chan error, 1), gone: ctx.Done()}
				x.waiters = append(x.waiters, w)
				waiting = append(waiting, w)
			}
		}
		s.spread()
	})
	if err != nil {
		return err
	}
	var all []error
	for i, w := range waiting {
		if err := s.await(ctx, w, list[i]); err != nil {
			all = append(all, fmt.Errorf("%s %s: %w", verb, list[i].Name, err))
		}
	}
	return errors.Join(all...)
}

// await waits for one waiter's reply.
func (s *Supervisor) await(ctx context.Context, w waiter, x *slot) error {
	select {
	case err := <-w.reply:
		return err
	case <-s.ended:
	case <-ctx.Done():
	}
	select {
	case err := <-w.reply: // it was a tie
		return err
	default:
	}
	if ctx.Err() == nil {
		return ErrStopping
	}
	var err error
	s.do(func() {
		x.answerWaiters()
		err = fmt.Errorf("it is %s (%s): %w", x.state, x.why, ctx.Err())
	})
	return err
}

// find gives the slots of names.
func (s *Supervisor) find(verb string, names []string) ([]*slot, error) {
	list := make([]*slot, 0, len(names))
	for _, name := range names {
		x := s.byName[name]
		if x == nil {
			return nil, unknown(verb, name, s.names())
		}
		list = append(list, x)
	}
	return list, nil
}

func (s *Supervisor) names() []string {
	names := make([]string, len(s.slots))
	for i, x := range s.slots {
		names[i] = x.Name
	}
	return names
}

// startable refuses what can't be started.
func (s *Supervisor) startable(x *slot) error {
	switch {
	case !x.Enabled:
		return refuse("set the variable that enables it and start the container anew", "it is not enabled")
	case x.removing:
		return refuse("add it again when it is gone", "it is being removed")
	case x.state == Failed && x.process != nil:
		return refuse("it hangs in the kernel: look at what it reads or writes, or start the container anew", "%s, and is still there", x.failure)
	}
	return nil
}

// want wants a slot up now.
func (s *Supervisor) want(x *slot, who string) {
	x.wanted, x.by, x.soon = true, who, true
	switch x.state {
	case Down, Done, Failed, Holding:
		x.short, x.tries, x.failure, x.blocker, x.automatic, x.free = 0, 0, "", nil, false, false
		x.succeeded = x.succeeded && x.Schedule != nil
		s.move(x, onWant, "told to start")
	case Stopping, Killing:
		x.doom, x.sick = "", ""
	default:
	}
}

// wantAll wants a slot up, and what it requires.
func (s *Supervisor) wantAll(x *slot, who string) {
	s.want(x, who)
	s.wantNeeds(x, who, map[*slot]bool{})
}

// wantNeeds wants up what a slot requires and isn't there, each once however many ways lead to it.
func (s *Supervisor) wantNeeds(x *slot, who string, seen map[*slot]bool) {
	for _, r := range x.needs {
		if r == nil || seen[r] || s.startable(r) != nil {
			continue
		}
		seen[r] = true
		good := r.good()
		if there := r.state == Waiting || r.state == Standby || r.alive() || r.Kind == Task && r.succeeded; !r.wanted || !there {
			s.want(r, who)
		}
		if !good {
			s.wantNeeds(r, who, seen)
		}
	}
}

// risen says whether the wait for a start is over. Where all is stopped nothing rises any more, and who waits is told at once:
// at the end it is killed with the rest of the container.
func (s *Supervisor) risen(x *slot) (bool, error) {
	if s.closing {
		return true, ErrStopping
	}
	switch x.state {
	case Ready:
		return !x.leaving, nil
	case Done:
		if x.Kind == Task {
			return true, nil
		}
		return true, fmt.Errorf("it ended: %s", x.why)
	case Standby:
		return true, fmt.Errorf("%s; it takes over when that one ends", x.why)
	case Holding:
		return true, fmt.Errorf("%s; the next run comes in %v", x.why, time.Until(*x.until).Round(time.Millisecond))
	case Failed:
		return true, errors.New(x.why)
	case Down:
		return !x.wanted || x.removing, errors.New("it was stopped")
	default:
		return false, nil
	}
}

// fallen says whether the wait for a stop is over.
func fallen(x *slot) (bool, error) {
	switch {
	case x.state == Down && !x.wanted:
		return true, nil
	case x.state == Failed && x.process != nil:
		return true, errors.New(x.failure)
	case x.wanted:
		return true, errors.New("it was started again")
	}
	return false, nil
}

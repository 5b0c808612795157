package hermes

import (
	"context"
	"errors"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/profile"
)

const (
	leastWait = 30 * time.Second // for a gateway that drains
	afterStop = 10 * time.Second // for what comes when the spec's own bound of a stop is over
)

// endWait bounds the wait for the end of a gateway: longer than the spec lets it drain, or an end in good time would be
// called none.
func (s *session) endWait() time.Duration {
	return max(leastWait, time.Duration(s.Spec.Services[service].Stop.Timeout)+afterStop)
}

// start wants a profile's gateway up, and registers one that came to the volume without a word.
func (s *session) start(ctx context.Context, slots []Slot, force bool) int {
	name, err := s.target()
	if err != nil {
		return s.wrongName(err)
	}
	sl, registered := find(slots, s.slot(name))
	there, held := s.elsewhere(slots, name)
	if held && (sl.Wanted || !registered) { // where it has no slot, it can have none: a dashboard's container
		s.standsBy(there, name, registered)
		return codeDone
	}
	if !registered {
		if err := s.exists(name); errors.Is(err, profile.ErrNone) {
			return s.noGateway(name)
		} else if err != nil {
			return s.wrongName(err)
		}
	}
	if !force && !sl.Wanted && s.shared(name) {
		return s.refuseShared("start", name)
	}
	if !registered {
		if code, ok := s.register(ctx, name); !ok {
			return code
		}
	}
	s.desire(name, profile.Up)
	if sl.running() && sl.Wanted {
		s.say("%s runs already (pid %d)", sl.Name, sl.Pid)
		return codeDone
	}
	if !held {
		return s.order(ctx, "start", name, quick, s.Supervisor.Start)
	}
	if code := s.give(ctx, "start", name, quick, s.Supervisor.Start); code != codeDone {
		return code
	}
	s.standsBy(there, name, true)
	return codeDone
}

// stop wants a profile's gateway down, now and after the container's next start. What is to be remembered is written
// first: an app that is being stopped writes as well.
func (s *session) stop(ctx context.Context, slots []Slot) int {
	name, err := s.target()
	if err != nil {
		return s.wrongName(err)
	}
	if there, held := s.elsewhere(slots, name); held {
		return s.leaves(there, "stop", name)
	}
	if _, ok := find(slots, s.slot(name)); !ok {
		return s.noGateway(name)
	}
	s.desire(name, profile.Down)
	return s.order(ctx, "stop", name, s.endWait(), s.Supervisor.Stop)
}

// restart ends a profile's gateway and starts it again.
func (s *session) restart(ctx context.Context, slots []Slot, force bool) int {
	name, err := s.target()
	if err != nil {
		return s.wrongName(err)
	}
	if there, held := s.elsewhere(slots, name); held {
		return s.leaves(there, "restart", name)
	}
	sl, ok := find(slots, s.slot(name))
	if !ok {
		return s.noGateway(name)
	}
	if !force && !sl.Wanted && s.shared(name) {
		return s.refuseShared("restart", name)
	}
	s.desire(name, profile.Up)
	return s.order(ctx, "restart", name, s.endWait(), s.Supervisor.Restart)
}

// order gives one order and says what became of it.
func (s *session) order(ctx context.Context, verb, name string, wait time.Duration, give func(context.Context, string) error) int {
	if code := s.give(ctx, verb, name, wait, give); code != codeDone {
		return code
	}
	s.say("%s %s", done(verb), s.slot(name))
	return codeDone
}

// give gives one order and tells what went wrong.
func (s *session) give(ctx context.Context, verb, name string, wait time.Duration, give func(context.Context, string) error) int {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := give(ctx, s.slot(name))
	switch {
	case err == nil:
		return codeDone
	case errors.Is(err, ErrUnknownSlot):
		return s.noGateway(name)
	case errors.Is(err, ErrNobody):
		return s.nobody()
	case errors.Is(err, context.DeadlineExceeded):
		return s.refuse("it stays ordered; `hermes -p "+name+" gateway status` shows how far it is",
			"Could not %s %s: it did not come about within %v", verb, s.slot(name), wait)
	}
	return s.refuse(boot.HintFor(err), "Could not %s %s: %v", verb, s.slot(name), err)
}

// done is the past of a verb.
func done(verb string) string {
	switch verb {
	case "stop":
		return "Stopped"
	case "restart":
		return "Restarted"
	default:
		return "Started"
	}
}

// register gives a profile its slots. One that has them by now is as good.
func (s *session) register(ctx context.Context, name string) (code int, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	err := s.Supervisor.Register(ctx, name)
	switch {
	case err == nil, errors.Is(err, ErrRegistered):
		return codeDone, true
	case errors.Is(err, ErrNobody):
		return s.nobody(), false
	}
	return s.refuse(boot.HintFor(err), "Could not register %s: %v", s.slot(name), err), false
}

// exists says whether a profile is on the volume: nil, or why not.
func (s *session) exists(name string) error {
	return s.as(func() error {
		p, err := s.set.Open(name)
		if err != nil {
			return err
		}
		return p.Close()
	})
}

// desire records what was asked for, so that the container's next start does the same. An order goes through without it.
func (s *session) desire(name string, want profile.Want) {
	err := s.as(func() error {
		p, err := s.set.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		_, err = p.Desire(want)
		return err
	})
	if err != nil && !errors.Is(err, profile.ErrNone) {
		s.tell("it counts until the container ends", "could not record that %s is to be %s: %v", s.slot(name), want, err)
	}
}

package hermes

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/spec"
)

// run answers `gateway run`, as old compose files say it. Where a supervisor is, the gateway becomes its slot and this
// command only waits: a container whose command it is must stay up. Two gateways would fight for one bot's messages.
func (s *session) run(ctx context.Context, rest []string) (code int, handled bool) {
	switch {
	case spec.Truthy(s.env("HERMES_SUPERVISED_CHILD")), spec.Truthy(s.env("HERMES_S6_SUPERVISED_CHILD")):
		return s.foreground() // it is the slot's own
	case slices.Contains(rest, "--no-supervise"), spec.Truthy(s.env("HERMES_GATEWAY_NO_SUPERVISE")):
		return s.foreground()
	}
	slots, err := s.slots(ctx)
	if errors.Is(err, ErrNobody) {
		return s.foreground()
	}
	if err != nil {
		return s.fail(err), true
	}
	name, err := s.target()
	if err != nil {
		return s.wrongName(err), true
	}
	for _, word := range rest {
		if strings.HasPrefix(word, "-") && word != "--replace" && word != "--force" {
			s.tell("say what the gateway gets in the spec's services.gateway.command", "gateway run: %q is not passed on to the supervised gateway", word)
		}
	}
	if code := s.redirect(ctx, slots, name, slices.Contains(rest, "--force")); code != codeDone {
		return code, true
	}
	<-ctx.Done()
	return codeDone, true
}

// foreground leaves the gateway to the app, which must not be root: what it writes would be root's.
func (s *session) foreground() (code int, handled bool) {
	if s.StaysRoot && !spec.Truthy(s.env("HERMES_ALLOW_ROOT_GATEWAY")) {
		return s.refuse("run it as the app's user, or set HERMES_ALLOW_ROOT_GATEWAY=1",
			"gateway run: refused as root: what it writes to %s would be root's", s.Volume.Path()), true
	}
	return codeDone, false
}

// redirect starts the slot in the command's place. Who stopped it by hand meant it: the command was written long before.
func (s *session) redirect(ctx context.Context, slots []Slot, name string, force bool) int {
	slot, want := s.slot(name), profile.Unknown
	err := s.as(func() error {
		p, err := s.set.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		if st := p.State(); st.Recorded {
			want = st.Want
		}
		return nil
	})
	sl, registered := find(slots, slot)
	switch {
	case errors.Is(err, profile.ErrNone) && !registered:
		return s.noGateway(name)
	case err != nil && !registered:
		return s.wrongName(err)
	case want == profile.Down && !sl.Wanted:
		s.tell("`"+s.phrase(name, "start")+"` starts it", "gateway run: %s was stopped and stays so; this command only waits", slot)
		return codeDone
	case !force && !sl.Wanted && s.shared(name):
		return s.refuseShared("run", name)
	}
	there, held := s.elsewhere(slots, name)
	if !registered {
		if code, ok := s.register(ctx, name); !ok {
			return code
		}
	}
	if want != profile.Up {
		s.infer(name)
	}
	if code := s.give(ctx, "start", name, quick, s.Supervisor.Start); code != codeDone {
		return code
	}
	if held {
		s.tell(there.hint(s.phrase(name, "status")), "gateway run: %s runs in %s, and this container takes over when that one ends; this command only waits: %s",
			slot, there, there.who)
		return codeDone
	}
	s.tell("--no-supervise, or HERMES_GATEWAY_NO_SUPERVISE=1, runs it in the foreground instead",
		"gateway run: %s runs supervised by berth, as under s6 supervision, and comes back by itself; this command only waits", slot)
	return codeDone
}

// infer records that a gateway was wanted by the command, if nobody said anything else yet.
func (s *session) infer(name string) {
	err := s.as(func() error {
		p, err := s.set.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		_, err = p.Infer(profile.Up, "legacy-container-cmd", s.now())
		return err
	})
	if err != nil && !errors.Is(err, profile.ErrNone) {
		s.tell("it counts until the container ends", "could not record that %s is to be running: %v", s.slot(name), err)
	}
}

// phrase writes a command about a profile's gateway as a person would type it.
func (s *session) phrase(name, verb string) string {
	if name == s.set.Root() {
		return "hermes gateway " + verb
	}
	return "hermes -p " + name + " gateway " + verb
}

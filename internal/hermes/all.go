package hermes

import (
	"context"

	"github.com/berth-init/berth/internal/profile"
)

// all stops or restarts every registered gateway, one after the other, and goes on past one that won't. What is down
// on purpose isn't brought up by a restart of all.
func (s *session) all(ctx context.Context, verb string, slots []Slot) int {
	names, by := s.gateways(slots)
	if len(names) == 0 {
		s.say("No profile gateways registered")
		return codeDone
	}
	give, want := s.Supervisor.Stop, profile.Down
	if verb == "restart" {
		give, want = s.Supervisor.Restart, profile.Up
	}
	n, kept, code := 0, 0, codeDone
	for _, name := range names {
		if verb == "restart" && !by[name].Wanted {
			kept++
			continue
		}
		if there, held := s.elsewhere(slots, name); held {
			code = s.leaves(there, verb, name)
			continue
		}
		s.desire(name, want)
		if c := s.give(ctx, verb, name, s.endWait(), give); c != codeDone {
			code = c
			continue
		}
		n++
	}
	s.say("%s %d profile gateway(s)", done(verb), n)
	if kept > 0 {
		s.say("%d stopped before, and stay so", kept)
	}
	return code
}

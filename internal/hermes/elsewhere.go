package hermes

import (
	"fmt"

	"github.com/berth-init/berth/internal/lease"
)

// A lessee is another container on the volume, which has the lease of a profile's gateway: it runs there, and an order
// that is given here reaches nobody.
type lessee struct {
	who  string // what is known of it
	name string // empty where it has none that may be typed
}

// elsewhere says who has a gateway's lease, if that isn't this container: by what its slot waits for here, and where it
// doesn't wait here, by the lease itself. A slot that is wanted here, or at work, has its lease for itself.
func (s *session) elsewhere(slots []Slot, name string) (l lessee, is bool) {
	v := s.Spec.Services[service]
	sl, registered := find(slots, s.slot(name))
	switch {
	case !v.Leased():
		return l, false
	case sl.State == "standby":
		l.who = sl.Why
	case registered && (sl.Wanted || sl.State != "down"), !s.set.Valid(name):
		return l, false
	default:
		_ = s.as(func() error { l.who, _ = lease.Held(s.Volume, s.slot(name)); return nil })
	}
	l.name, is = lease.Elsewhere(l.who)
	return l, is
}

// String says where the gateway runs, as a person would.
func (l lessee) String() string {
	if l.name == "" {
		return "another container"
	}
	return "container " + l.name
}

// hint says how to give an order there.
func (l lessee) hint(command string) string {
	if l.name == "" {
		return "give the order in the container that runs it; who has the lease's file open shows on the host (lsof, fuser)"
	}
	return fmt.Sprintf("there: docker exec %s %s", l.name, command)
}

// leaves refuses an order about a gateway that runs elsewhere. Nothing is recorded: the volume's word is the other's too.
func (s *session) leaves(l lessee, verb, name string) int {
	return s.refuse(l.hint(s.phrase(name, verb)), "%s %s: it runs in %s, not in this one: %s", verb, s.slot(name), l, l.who)
}

// standsBy says that what was asked for is so, elsewhere. A container that has no slot for it doesn't take over: one with
// a dashboard has no gateways.
func (s *session) standsBy(l lessee, name string, registered bool) {
	if registered {
		s.say("%s runs in %s; this container stands by and takes over when that one ends", s.slot(name), l)
	} else {
		s.say("%s runs in %s already", s.slot(name), l)
	}
	s.tell(l.hint(s.phrase(name, "status")), "%s: %s", s.slot(name), l.who)
}

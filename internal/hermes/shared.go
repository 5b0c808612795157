package hermes

import "github.com/berth-init/berth/internal/profile"

// shared says whether another profile's gateway serves this one.
func (s *session) shared(name string) (yes bool) {
	if name == s.set.Root() {
		return false
	}
	lookup := s.Lookup
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	_ = s.as(func() error { yes = profile.Shared(s.Volume, s.Spec.Profiles.Shared, lookup); return nil })
	return yes
}

func (s *session) refuseShared(verb, name string) int {
	return s.refuse("`"+s.phrase(name, verb)+" --force` runs one of its own all the same",
		"%s %s: the gateway of %s serves every profile here", verb, s.slot(name), s.set.Root())
}

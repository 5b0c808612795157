package hermes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/profile"
)

const (
	service    = "gateway" // the per-profile service that the words are about
	activeFile = "active_profile"
	maxActive  = 1 << 10

	quick = 10 * time.Second // for what is answered at once
)

// target gives the profile that a call is about: the one that is named; inside a gateway its own; else the one that
// the app was told to use; else the volume's own.
func (s *session) target() (string, error) {
	if s.Named {
		if !s.set.Valid(s.Profile) {
			return "", s.badName(s.Profile)
		}
		return s.Profile, nil
	}
	home := strings.TrimSuffix(s.env("HERMES_HOME"), "/")
	if name, ok := strings.CutPrefix(home, s.Volume.Path()+"/"+s.Spec.Profiles.Dir+"/"); ok && s.set.Valid(name) {
		return name, nil
	}
	if name := s.active(); name != "" {
		return name, nil
	}
	return s.set.Root(), nil
}

// active gives the profile that the app was told to use, if there is such a one.
func (s *session) active() (name string) {
	_ = s.as(func() error {
		data, _, err := s.Volume.Read(activeFile, maxActive)
		if err != nil {
			return err // none is chosen
		}
		p, err := s.set.Open(strings.TrimSpace(string(data)))
		if err != nil {
			return err
		}
		name = p.Name
		return p.Close()
	})
	return name
}

// badName refuses what can't be a profile's name.
func (s *session) badName(unsafeName string) error {
	hint := "a name matches " + s.Spec.Profiles.Name
	if lower := strings.ToLower(unsafeName); lower != unsafeName && s.set.Valid(lower) {
		hint = fmt.Sprintf("names are lower case: did you mean %s?", lower)
	}
	return boot.Fail(codeRefused, fmt.Errorf("read the name %q: %w", unsafeName, profile.ErrName), hint)
}

// slots gives the slots by the supervisor.
func (s *session) slots(ctx context.Context) ([]Slot, error) {
	if s.Supervisor == nil {
		return nil, fmt.Errorf("ask the supervisor: %w", ErrNobody)
	}
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	return s.Supervisor.Status(ctx)
}

// slot names a profile's gateway.
func (s *session) slot(name string) string { return s.Spec.Slot(service, name) }

// gateways gives the registered gateways by their profiles' names, the volume's own first.
func (s *session) gateways(slots []Slot) (names []string, by map[string]Slot) {
	by = map[string]Slot{}
	for _, sl := range slots {
		name, ok := strings.CutPrefix(sl.Name, service+"-")
		if _, other := s.Spec.Services[sl.Name]; !ok || other || !s.set.Valid(name) {
			continue
		}
		if _, twice := by[name]; !twice {
			names = append(names, name)
		}
		by[name] = sl
	}
	s.set.Sort(names)
	return names, by
}

// find gives a slot by its name.
func find(slots []Slot, name string) (Slot, bool) {
	i := slices.IndexFunc(slots, func(sl Slot) bool { return sl.Name == name })
	if i < 0 {
		return Slot{}, false
	}
	return slots[i], true
}

// noGateway tells that there is no such gateway, and what would make one.
func (s *session) noGateway(unsafeName string) int {
	if s.exists(unsafeName) == nil {
		return s.refuse("`"+s.phrase(unsafeName, "start")+"` registers and starts it", "no such gateway '%s': it is not registered", unsafeName)
	}
	return s.refuse("`hermes profile list` shows the profiles that there are",
		"no such gateway '%s': register it with `hermes profile create %s`", unsafeName, unsafeName)
}

// wrongName tells that a name can't have a gateway: there is nothing to create either.
func (s *session) wrongName(err error) int {
	if errors.Is(err, profile.ErrName) {
		return s.refuse(boot.HintFor(err), "no such gateway: %v", err)
	}
	return s.fail(err)
}

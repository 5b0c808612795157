package hermes

import (
	"context"
	"errors"
	"slices"

	"github.com/berth-init/berth/internal/profile"
)

// profiles answers the words about the profiles.
func (s *session) profiles(ctx context.Context) int {
	switch verb, rest := s.Rest[0], s.Rest[1:]; verb {
	case "create":
		return s.create(ctx, rest)
	case "delete":
		return s.delete(ctx, rest)
	default:
		return s.list(ctx, rest)
	}
}

// list lists the profiles, how their gateways do, and marks the one that the app was told to use.
func (s *session) list(ctx context.Context, rest []string) int {
	if _, err := (form{verb: "profile list"}).fill(rest); err != nil {
		return s.fail(err)
	}
	var names []string
	var skipped []profile.Skipped
	err := s.as(func() (err error) { names, skipped, err = s.set.Names(); return err })
	for _, sk := range skipped {
		s.tell(sk.Hint, "%v", sk.Err)
	}
	slots, serr := s.slots(ctx)
	if serr != nil && !errors.Is(serr, ErrNobody) {
		s.tell("", "%v", serr)
	}
	active := s.active()
	if active == "" {
		active = s.set.Root()
	}
	for _, name := range names {
		mark, word := " ", "-"
		if name == active {
			mark = "*"
		}
		if sl, ok := find(slots, s.slot(name)); ok {
			word = sl.word() + pid(sl)
		} else if serr == nil {
			word = "not registered"
		}
		s.say("%s %-20s %-24s %s", mark, name, word, s.set.Path(name))
	}
	if err != nil {
		return s.fail(err)
	}
	return codeDone
}

// reserved says whether a name means something else already.
func (s *session) reserved(name string) bool {
	return name == s.set.Root() || slices.Contains([]string{"hermes", "default", "test", "tmp", "root", "sudo"}, name)
}

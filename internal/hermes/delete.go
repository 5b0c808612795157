package hermes

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/profile"
)

// delete stops a profile's gateway, takes its slots away and removes its directory. It asks first.
func (s *session) delete(ctx context.Context, rest []string) int {
	f, err := form{verb: "profile delete", switches: []string{"--yes", "-y"}, operands: []string{"NAME"}}.fill(rest)
	if err != nil {
		return s.fail(err)
	}
	name := f.operands[0]
	switch {
	case name == s.set.Root():
		return s.refuse("", "delete profile %q: it is the volume's own and cannot be deleted", name)
	case !s.set.Valid(name):
		return s.fail(s.badName(name))
	}
	switch err := s.exists(name); {
	case errors.Is(err, profile.ErrNone):
		return s.noProfile(name)
	case err != nil:
		return s.fail(err)
	}
	if !f.has("--yes") && !f.has("-y") {
		if code, ok := s.confirm(name); !ok {
			return code
		}
	}
	return s.remove(ctx, name)
}

func (s *session) noProfile(name string) int {
	return s.refuse("`hermes profile list` shows the profiles that there are", "no such profile '%s'", name)
}

// confirm has a person type the name.
func (s *session) confirm(name string) (code int, ok bool) {
	s.say("This removes %s with all its sessions, memories and secrets.", s.set.Path(name))
	s.say("Type the name of the profile to go on:")
	var line string
	if s.In != nil {
		line, _ = bufio.NewReader(io.LimitReader(s.In, maxActive)).ReadString('\n')
	}
	if strings.TrimSpace(line) == name {
		return codeDone, true
	}
	return s.refuse("type the name, or say --yes", "delete profile %q: nobody confirmed it", name), false
}

// remove removes a profile. A gateway that won't end doesn't keep it: the supervisor ends it in its own time.
func (s *session) remove(ctx context.Context, name string) int {
	if s.Supervisor != nil {
		short, cancel := context.WithTimeout(ctx, quick)
		err := s.Supervisor.Unregister(short, name)
		cancel()
		if err != nil && !errors.Is(err, ErrNobody) && !errors.Is(err, ErrUnknownSlot) {
			s.tell(boot.HintFor(err), "Could not unregister %s: %v", s.slot(name), err)
		}
	}
	var gone bool
	var inactive error
	err := s.as(func() (err error) {
		if gone, err = s.set.Remove(ctx, name); gone {
			inactive = s.deactivate(name)
		}
		return err
	})
	switch {
	case err != nil && !gone && errors.Is(err, profile.ErrNone):
		return s.noProfile(name)
	case err != nil && !gone:
		return s.fail(err)
	}
	s.say("Deleted profile %s", name)
	if inactive != nil {
		s.tell("remove the file", "could not reset %s, which names it: %v", activeFile, inactive)
	}
	if err != nil {
		return s.refuse("", "what is left of it goes with the next profile that is made or at the next boot: %v", err)
	}
	return codeDone
}

// deactivate resets the choice of the profile that is gone.
func (s *session) deactivate(name string) error {
	data, _, err := s.Volume.Read(activeFile, maxActive)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case strings.TrimSpace(string(data)) != name:
		return nil
	}
	return s.Volume.Remove(activeFile)
}

package hermes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/berth-init/berth/internal/fsx"
)

// doctor looks at what berth answers for: the supervision and the files that must be there and private. --fix makes them so.
func (s *session) doctor(ctx context.Context) int {
	f, err := form{verb: "doctor", switches: []string{"--fix"}}.fill(s.Rest)
	if err != nil {
		return s.fail(err)
	}
	s.supervision(ctx)
	return s.files(f.has("--fix"))
}

// finding says one line of a section.
func (s *session) finding(mark, format string, args ...any) {
	s.say("  %-4s %s", mark, fmt.Sprintf(format, args...))
}

// supervision tells what runs. The main program has no slot: it is what the container is for, so it runs while
// anybody answers.
func (s *session) supervision(ctx context.Context) {
	s.say("s6 Supervision, by %s", s.manager())
	slots, err := s.slots(ctx)
	switch {
	case errors.Is(err, ErrNobody) && s.container() == "":
		s.finding("-", "no container: the app's own doctor knows the services of a host")
		return
	case errors.Is(err, ErrNobody):
		s.finding("!!", "nobody supervises this container: start it with the image's own entry point")
		return
	case err != nil:
		s.finding("!!", "%v", err)
		return
	}
	s.finding("ok", "main-%s: up", s.Spec.App)
	for _, name := range slices.Sorted(maps.Keys(s.Spec.Services)) {
		if !s.Spec.Services[name].PerProfile {
			s.single(slots, name)
		}
	}
	if s.set == nil {
		return
	}
	names, by := s.gateways(slots)
	up := 0
	for _, name := range names {
		if by[name].running() {
			up++
		}
	}
	if len(names) == 0 {
		s.finding("!!", "per-profile gateways: none; `hermes profile create NAME` registers one")
		return
	}
	s.finding("ok", "per-profile gateways: %d up / %d", up, len(names))
	for _, name := range names {
		if there, held := s.elsewhere(slots, name); held {
			s.finding("-", "%s: runs in %s; %s here", by[name].Name, there, here(by[name], true))
		}
		if sl := by[name]; sl.Verdict != "" {
			s.finding("!!", "%s: %s, %s", sl.Name, sl.word(), sl.Verdict)
		}
	}
}

// single tells of a service that has one slot.
func (s *session) single(slots []Slot, name string) {
	sl, ok := find(slots, name)
	v := s.Spec.Services[name]
	switch {
	case ok && sl.running():
		s.finding("ok", "%s: up%s", name, pid(sl))
	case !ok || !sl.Wanted && (v.Enabled != "" || len(v.IfSet)+len(v.IfUnset) > 0):
		s.finding("-", "%s: down (expected if not enabled via env)", name)
	case sl.Verdict != "":
		s.finding("!!", "%s: %s, %s", name, sl.State, sl.Verdict)
	default:
		s.finding("-", "%s: %s", name, sl.State)
	}
}

// files looks at the files of secrets and settings.
func (s *session) files(fix bool) int {
	s.say("Files")
	config, known := s.template(configFile)
	err := s.as(func() error {
		dir, err := s.home()
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		err = s.envFinding(dir, fix)
		if !known {
			return err
		}
		return errors.Join(err, s.configFinding(dir, fix, config))
	})
	if err != nil {
		return s.fail(err)
	}
	return codeDone
}

func (s *session) envFinding(dir *fsx.Dir, fix bool) error {
	file := dir.Path() + "/" + envFile
	if fix {
		switch done, err := privateEnv(dir, nil); {
		case err != nil:
			return err
		case done == envCreated:
			s.finding("ok", "Created empty %s, 0600", file)
		case done == envTightened:
			s.finding("ok", "Tightened %s to 0600", file)
		default:
			s.finding("ok", "%s: 0600", file)
		}
		return nil
	}
	e, err := dir.Look(envFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.finding("!!", "%s is missing: `hermes doctor --fix` creates it", file)
	case errors.Is(err, fsx.ErrMount):
		s.finding("-", "%s is mounted by itself", file)
	case err != nil:
		return err
	default:
		defer func() { _ = e.Close() }()
		switch in := e.Info(); {
		case in.Kind != fsx.Regular:
			s.finding("!!", "%s is no file but a %s: put a file there", file, in.Kind)
		case in.Perm != envMode:
			s.finding("!!", "%s: %04o, others may read it: `hermes doctor --fix` makes it 0600", file, in.Perm)
		default:
			s.finding("ok", "%s: 0600", file)
		}
	}
	return nil
}

func (s *session) configFinding(dir *fsx.Dir, fix bool, config template) error {
	file := dir.Path() + "/" + configFile
	there, err := dir.Exists(configFile)
	switch {
	case err != nil:
		return err
	case there:
		s.finding("ok", "%s is there", file)
		return nil
	case !fix:
		s.finding("!!", "%s is missing: `hermes doctor --fix` creates it from the example", file)
		return nil
	}
	err = dir.Create(configFile, config.data, fsx.Attr{Mode: config.mode})
	if err == nil {
		s.finding("ok", "Created %s from the example", file)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return err
}

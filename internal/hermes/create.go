package hermes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/profile"
)

// configFile is where the app keeps its settings.
const configFile = "config.yaml"

// homeDirs are what every profile has.
func homeDirs() []string {
	return []string{"memories", "sessions", "skills", "skins", "logs", "plans", "workspace", "cron", "home"}
}

// A wish is what a profile is to be made of.
type wish struct {
	name     string
	source   string // the profile that it is a copy of; empty: of none
	all      bool   // with everything, not only with what shapes its behaviour
	channels bool   // with the tokens of its channels

	laid []template // what the image lays down; read as the caller, who may read more of the image than the app does
}

// create makes a profile: built out of sight, there in one step, its gateway registered and down.
func (s *session) create(ctx context.Context, rest []string) int {
	w, err := s.wish(rest)
	if err != nil {
		return s.fail(err)
	}
	for _, name := range []string{configFile, s.Spec.Profiles.Marker} {
		if t, ok := s.template(name); ok {
			w.laid = append(w.laid, t)
		}
	}
	left := &remarks{}
	err = s.as(func() error { return s.make(ctx, w, left) })
	left.tell(s.Env)
	switch {
	case errors.Is(err, profile.ErrThere):
		return s.refuse("take another name, or delete it first: hermes profile delete "+w.name, "create profile %q: it is there already", w.name)
	case err != nil:
		return s.fail(err)
	}
	s.say("Created profile %s in %s", w.name, s.set.Path(w.name))
	s.registerMade(ctx, w.name)
	s.say("`%s` starts its gateway", s.phrase(w.name, "start"))
	return codeDone
}

// registerMade gives the new profile its slots. It is made in any case: the next boot, or the next start of its gateway,
// registers it too.
func (s *session) registerMade(ctx context.Context, name string) {
	if s.Supervisor == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	err := s.Supervisor.Register(ctx, name)
	if err != nil && !errors.Is(err, ErrRegistered) && !errors.Is(err, ErrNobody) {
		s.tell(boot.HintFor(err), "Could not register %s gateway service: %v", name, err)
	}
}

// wish reads the words.
func (s *session) wish(rest []string) (wish, error) {
	f, err := form{
		verb: "profile create", switches: []string{"--clone", "--clone-all", "--clone-channels", "--no-alias"},
		values: []string{"--clone-from"}, operands: []string{"NAME"},
	}.fill(rest)
	if err != nil {
		return wish{}, err
	}
	w := wish{name: f.operands[0], all: f.has("--clone-all"), channels: f.has("--clone-channels")}
	switch {
	case s.reserved(w.name):
		return w, boot.Failf(codeRefused, "take another name", "create profile %q: the name is reserved", w.name)
	case !s.set.Valid(w.name):
		return w, s.badName(w.name)
	}
	from, named := f.value["--clone-from"]
	switch {
	case named:
		w.source = from
		if !s.set.Valid(from) {
			return w, s.badName(from)
		}
	case w.all || f.has("--clone"):
		w.source, err = s.target()
	case w.channels:
		return w, usagef("add --clone or --clone-all", "--clone-channels says what to clone, and nothing is cloned")
	}
	return w, err
}

// make builds a profile and publishes it. What a killed command left behind goes first.
func (s *session) make(ctx context.Context, w wish, left *remarks) error {
	if exists, err := s.taken(w.name); err != nil || exists {
		return errors.Join(err, thereIf(exists, w.name))
	}
	if _, err := s.set.Sweep(ctx); err != nil {
		left.say("could not remove what a killed command left: %v", err)
	}
	source, err := s.source(w)
	if err != nil {
		return err
	}
	if source != nil {
		defer func() { _ = source.Close() }()
	}
	d, err := s.set.Draft()
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	c := &copier{volume: s.Volume, stage: path.Join(s.Spec.Profiles.Dir, d.Place()), remarks: left}
	err = s.fill(ctx, c, d.Dir, source, w)
	if err == nil {
		err = d.Publish(w.name)
	}
	if err != nil {
		// Whatever it was that stopped it, what is made so far is nobody's.
		return errors.Join(err, d.Discard(context.WithoutCancel(ctx)))
	}
	return nil
}

// source opens the profile that is to be copied; nil where none is.
func (s *session) source(w wish) (*profile.Profile, error) {
	if w.source == "" {
		return nil, nil
	}
	p, err := s.set.Open(w.source)
	if errors.Is(err, profile.ErrNone) {
		return nil, boot.Failf(codeRefused, "`hermes profile list` shows the profiles that there are", "clone profile %q: there is no such profile", w.source)
	}
	return p, err
}

func thereIf(yes bool, name string) error {
	if !yes {
		return nil
	}
	return fmt.Errorf("create profile %q: %w", name, profile.ErrThere)
}

// taken says whether a profile is there. Anything else of that name is found when the new one is published.
func (s *session) taken(name string) (bool, error) {
	p, err := s.set.Open(name)
	if errors.Is(err, profile.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, p.Close()
}

// fill makes what is in a profile: what the source gives first, then what every profile has and is missing still.
func (s *session) fill(ctx context.Context, c *copier, to *fsx.Dir, source *profile.Profile, w wish) error {
	if source != nil {
		if err := s.clone(ctx, c, to, source, w); err != nil {
			return err
		}
	}
	for _, dir := range homeDirs() {
		if err := to.Mkdir(dir, fsx.Attr{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := createEnv(to, []byte("# Secrets of the profile "+w.name+", one NAME=value a line.\n")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	marker := s.Spec.Profiles.Marker
	laid := w.laid
	if marker != "" {
		laid = append(laid, template{name: marker, data: []byte("# " + w.name + "\n"), mode: 0o644}) // an image may lay none down
	}
	for _, t := range laid {
		if err := to.Create(t.name, t.data, fsx.Attr{Mode: t.mode}); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

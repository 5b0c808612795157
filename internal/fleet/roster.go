package fleet

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/spec"
)

// legacyCommand is what an inferred state says that it was found out by, as the image's own tools know it.
const legacyCommand = "legacy-container-cmd"

// A Roster is what a boot found out about the profiles.
type Roster struct {
	Found  []Found
	Exempt map[string]bool // services that another container runs on this volume
	lines  []profile.Line
}

// Found is a profile, and whether its services are wanted up.
type Found struct {
	Name string
	Up   bool
}

// Reconcile gives the phase that looks at the profiles: what a run before left is removed, and what is wanted is found
// out and recorded. words are main's, redirected says which slot main became, if it did.
func Reconcile(into *Roster, words []string, redirected string) boot.Phase {
	return boot.Func("profiles", func(ctx context.Context, r *boot.Run) error {
		w := r.World
		if w.Spec.Profiles == nil || w.Volume == nil || !slices.ContainsFunc(names(w.Spec), func(n string) bool { return w.Spec.Services[n].PerProfile }) {
			return nil
		}
		into.Exempt = exempt(r, words)
		left := 0
		for _, n := range names(w.Spec) {
			if w.Spec.Services[n].PerProfile && !into.Exempt[n] {
				left++
			}
		}
		if left == 0 {
			return nil // another container's gateways may run: nothing of theirs is touched
		}
		return reconcile(ctx, r, into, redirected)
	})
}

// exempt gives the services whose slots main's words leave to another container.
func exempt(r *boot.Run, words []string) map[string]bool {
	all := map[string]bool{}
	told := ""
	for _, name := range names(r.World.Spec) {
		s := r.World.Spec.Services[name]
		first := Verb(&r.World.Spec.Main, s.ProfileArgs, words)
		if s.PerProfile && first != "" && slices.Contains(s.UnlessMain, first) {
			all[name], told = true, first
		}
	}
	for grown := true; grown; { // what requires one of them could never start
		grown = false
		for name, s := range r.World.Spec.Services {
			if s.PerProfile && !all[name] && slices.ContainsFunc(s.Requires, func(other string) bool { return all[other] }) {
				all[name], grown = true, true
			}
		}
	}
	if told != "" {
		r.Inform("reconcile: skipping (%s container: this volume's profiles are another container's)", told)
	}
	return all
}

// Verb gives the first word of main's that says what it does: behind the app's own name and flags, of which a profile's
// takes the next word with it. Empty where there is none.
func Verb(main *spec.Main, profileArgs, words []string) string {
	if len(words) == 0 {
		for _, w := range main.Command {
			words = append(words, string(w))
		}
	}
	if len(words) > 0 && (len(main.Command) > 0 && words[0] == string(main.Command[0]) || main.Program != "" && words[0] == main.Program) {
		words = words[1:]
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		takes := words[0] == "--profile" || len(profileArgs) > 1 && words[0] == profileArgs[0]
		words = words[1:]
		if takes && len(words) > 0 {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// reconcile looks at each profile.
func reconcile(ctx context.Context, r *boot.Run, into *Roster, redirected string) error {
	w := r.World
	set := profile.On(w.Volume, w.Spec.Profiles)
	var all []string
	var skipped []profile.Skipped
	var shared bool
	err := w.AsApp(func() (err error) {
		if !r.Planning() && !w.ReadOnly {
			if n, err := set.Sweep(ctx); err == nil && n > 0 {
				r.Inform("removed what was left of %d unfinished profiles", n)
			}
		}
		all, skipped, err = set.Names()
		shared = profile.Shared(w.Volume, w.Spec.Profiles.Shared, w.Lookup)
		return err
	})
	if err != nil {
		r.Warn("let the app's user read it; until then only the volume's own profile is run", "list profiles: %v", err)
	}
	for _, s := range skipped {
		r.Warn(s.Hint, "%v", s.Err)
	}
	for _, name := range all {
		f := Found{Name: name}
		err := w.AsApp(func() error {
			p, err := set.Open(name)
			if err != nil {
				return err
			}
			defer func() { _ = p.Close() }()
			if who, held := heldElsewhere(w, name); held { // what that one's run needs is not stale
				state := p.State()
				f.Up = (state.Want == profile.Up || isSlotOf(w.Spec, redirected, name) && !state.Recorded) && (!shared || name == set.Root())
				r.Inform("profile %s: %s; its slots stand by here", name, who)
				into.lines = append(into.lines, profile.Line{At: time.Now(), Profile: name, Prior: state.Word, Holder: holder(who)})
				return nil
			}
			line, err := look(r, p, isSlotOf(w.Spec, redirected, name))
			if shared && name != set.Root() {
				line.Started = false
			}
			f.Up = line.Started
			into.lines = append(into.lines, line)
			return err
		})
		switch {
		case errors.Is(err, profile.ErrNone): // gone meanwhile
			continue
		case err != nil && boot.Refusable(err):
			r.Refuse("read", set.Path(name), err)
		case err != nil:
			r.Warn("", "read profile %s: %v", name, err)
		}
		into.Found = append(into.Found, f)
	}
	return nil
}

// isSlotOf says whether a slot is one of a profile's.
func isSlotOf(s *spec.Spec, slot, profile string) bool {
	return slot != "" && slices.ContainsFunc(names(s), func(n string) bool {
		return s.Services[n].PerProfile && s.Slot(n, profile) == slot
	})
}

// look looks at one profile. asked says that the container's command asks for it.
func look(r *boot.Run, p *profile.Profile, asked bool) (profile.Line, error) {
	w := r.World
	state := p.State()
	line := profile.Line{At: time.Now(), Profile: p.Name, Prior: state.Word, Started: state.Want == profile.Up, Exit: p.PriorExit()}
	if state.Trouble != nil && !errors.Is(state.Trouble, fs.ErrNotExist) {
		r.Warn("mend or remove the file; until then the profile stays down", "profile %s: %v", p.Name, state.Trouble)
	}
	from := ""
	if asked && !state.Recorded {
		line.Started = true
		if state.Word == "" {
			from = legacyCommand
		}
	}
	if w.ReadOnly {
		return line, nil
	}
	if err := stale(r, p); err != nil {
		return line, err
	}
	if line.Started && !state.Recorded && w.Spec.Profiles.State != "" && !boot.Refusable(state.Trouble) {
		s := boot.Step{
			Target: target(w, p) + w.Spec.Profiles.State, Verb: "record", After: "desired_state=running",
			Why: "the app's own word must not decide whether it comes back",
		}
		_, err := r.Do(s, func() error {
			_, err := p.Infer(profile.Up, from, line.At)
			return err
		})
		return line, err
	}
	return line, nil
}

// stale removes what a run before left in a profile: a pid in it is somebody else's by now.
func stale(r *boot.Run, p *profile.Profile) error {
	var gone []string
	for _, name := range r.World.Spec.Profiles.Stale {
		switch err := file(p, name); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil && boot.Refusable(err):
			r.Refuse(boot.VerbRemove, target(r.World, p)+name, err)
			continue
		case err != nil:
			return err
		}
		s := boot.Step{Target: target(r.World, p) + name, Verb: boot.VerbRemove, Why: "a run before left it"}
		ok, err := r.Do(s, func() error { return p.Dir.Remove(name) })
		if err != nil {
			return err
		}
		if ok {
			gone = append(gone, name)
		}
	}
	if len(gone) > 0 {
		r.Changed("Removed stale %s of profile %s", strings.Join(gone, ", "), p.Name)
	}
	return nil
}

// file says why a name is nothing that could be removed as a file.
func file(p *profile.Profile, name string) error {
	e, err := p.Dir.Look(name)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if e.Info().Kind == fsx.Directory {
		return fsx.ErrKind
	}
	return nil
}

// target names a profile's files below the volume.
func target(w *boot.World, p *profile.Profile) string {
	if p.Name == w.Spec.Profiles.Root {
		return ""
	}
	return w.Spec.Profiles.Dir + "/" + p.Name + "/"
}

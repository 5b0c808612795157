package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/supervise"
)

// What may be wrong with a profile that is to be registered, for callers that answer it with a code.
var (
	ErrNoProfile  = errors.New("there is no such profile")
	ErrRegistered = errors.New("it is registered already")
)

// lookEvery is how often the directory of the profiles is looked at: one appears and goes within two of them. Where the
// disk tells of changes (inotify(7)) it isn't asked to, because network and shared file systems don't, and the look is
// the same few reads there.
const lookEvery = time.Second

// lookAnyway is how often the whole look is made, however little has changed.
const lookAnyway = time.Minute

// Profile is a profile with the slots that it has.
type Profile struct {
	Name  string
	Slots []string
}

// Profiles gives those that have slots, the volume's own first.
func (f *Fleet) Profiles() []Profile {
	f.mu.Lock()
	by := map[string][]string{}
	for _, s := range f.slots {
		if s.service.PerProfile {
			by[s.profile] = append(by[s.profile], s.name)
		}
	}
	f.mu.Unlock()
	all := make([]Profile, 0, len(by))
	for name, slots := range by {
		slices.Sort(slots)
		all = append(all, Profile{name, slots})
	}
	if f.set != nil {
		slices.SortFunc(all, func(a, b Profile) int { return f.set.Compare(a.Name, b.Name) })
	}
	return all
}

// registered gives a profile's slots.
func (f *Fleet) registered(name string) []string {
	for _, p := range f.Profiles() {
		if p.Name == name {
			return p.Slots
		}
	}
	return nil
}

// Register gives a profile's directory its slots, down.
func (f *Fleet) Register(ctx context.Context, who, unsafeName string) (Profile, error) {
	f.changes.Lock()
	defer f.changes.Unlock()
	if f.set == nil || !f.perProfile() {
		return Profile{}, fmt.Errorf("register profile: the spec has no services for profiles: %w", ErrNoProfile)
	}
	if err := ctx.Err(); err != nil {
		return Profile{}, err
	}
	err := f.o.World.AsApp(func() error {
		p, err := f.set.Open(unsafeName)
		if err == nil {
			err = p.Close()
		}
		return err
	})
	switch {
	case errors.Is(err, profile.ErrNone), errors.Is(err, profile.ErrName):
		return Profile{}, fmt.Errorf("register profile %q: %w", unsafeName, errors.Join(ErrNoProfile, err))
	case err != nil:
		return Profile{}, fmt.Errorf("register profile %q: %w", unsafeName, err)
	}
	if f.registered(unsafeName) != nil {
		return Profile{}, fmt.Errorf("register profile %q: %w", unsafeName, ErrRegistered)
	}
	delete(f.left, unsafeName)
	return f.register(who, unsafeName, false)
}

// register adds the slots; f.changes is held.
func (f *Fleet) register(who, name string, up bool) (Profile, error) {
	p := Profile{Name: name}
	var add []supervise.Service
	for _, service := range names(f.spec) {
		if f.spec.Services[service].PerProfile {
			v := f.add(service, name, up)
			add, p.Slots = append(add, v), append(p.Slots, v.Name)
		}
	}
	if err := f.sup.Add(who, add...); err != nil {
		for _, slot := range p.Slots {
			f.forget(slot)
		}
		return Profile{}, err
	}
	return p, nil
}

// Unregister stops a profile's slots and takes them away. One that has none is no error. Until its directory has gone or
// it is registered again, the watch leaves it alone: who takes a profile away unregisters it first.
func (f *Fleet) Unregister(ctx context.Context, who, unsafeName string) error {
	f.changes.Lock()
	defer f.changes.Unlock()
	slots := f.registered(unsafeName)
	if slots == nil {
		return nil
	}
	f.left[unsafeName] = true
	return f.unregister(ctx, who, slots)
}

func (f *Fleet) unregister(ctx context.Context, who string, slots []string) error {
	var errs []error
	for _, slot := range slots {
		err := f.sup.Remove(ctx, who, slot)
		if err != nil && !errors.Is(err, supervise.ErrUnknown) {
			errs = append(errs, err)
		}
		f.forget(slot)
	}
	return errors.Join(errs...)
}

// forget takes a slot out of the books and lets its log end by itself.
func (f *Fleet) forget(name string) {
	f.mu.Lock()
	s := f.slots[name]
	delete(f.slots, name)
	f.mu.Unlock()
	if s == nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = s.log.Close(ctx)
	}()
}

// watch gives profiles that appear their slots, and takes those of profiles that go.
func (f *Fleet) watch() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	last := time.Now()
	told := ""
	for {
		select {
		case <-f.quit.Done():
			return
		case <-ticker.C:
		}
		err := f.look(&last)
		text := ""
		if err != nil && f.quit.Err() == nil {
			text = err.Error()
		}
		if text != "" && text != told {
			f.warn("let the app's user read it; profiles that are known already stay", "list profiles: "+text)
		}
		told = text
	}
}

// look looks once, and further only where something has changed.
func (f *Fleet) look(last *time.Time) error {
	known := map[string]bool{}
	for _, p := range f.Profiles() {
		known[p.Name] = true
	}
	f.changes.Lock()
	for name := range f.left {
		known[name] = true
	}
	f.changes.Unlock()
	var changed bool
	err := f.watching.Do(func() (err error) {
		changed, err = f.set.Glance(func(name string) bool { return known[name] }, len(known))
		return err
	})
	if err != nil {
		return err
	}
	if !changed && time.Since(*last) < lookAnyway {
		return nil
	}
	*last = time.Now()
	return f.follow()
}

// follow makes the slots those of the profiles that are there.
func (f *Fleet) follow() error {
	f.changes.Lock()
	defer f.changes.Unlock()
	var there []string
	var skipped []profile.Skipped
	up := map[string]bool{}
	err := f.watching.Do(func() (err error) {
		if there, skipped, err = f.set.Names(); err != nil {
			return err
		}
		shared := profile.Shared(f.o.World.Volume, f.spec.Profiles.Shared, f.o.World.Lookup)
		for _, name := range there {
			if f.registered(name) == nil && !f.left[name] {
				up[name] = f.wantsUp(name) && (!shared || name == f.set.Root())
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(up)) {
		if _, err := f.register("", name, up[name]); err != nil {
			return err
		}
	}
	for name := range f.left {
		if !slices.Contains(there, name) {
			delete(f.left, name)
		}
	}
	for _, p := range f.Profiles() {
		unsure := slices.ContainsFunc(skipped, func(s profile.Skipped) bool { return s.Unsure && s.Name == p.Name })
		if slices.Contains(there, p.Name) || unsure {
			continue
		}
		if err := f.unregister(f.quit, "", p.Slots); err != nil && f.quit.Err() == nil {
			f.warn("", "take profile "+strings.ToValidUTF8(p.Name, "?")+" away: "+err.Error())
		}
	}
	return nil
}

// wantsUp says what a profile's own state says; the app user's rights are held.
func (f *Fleet) wantsUp(name string) bool {
	p, err := f.set.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = p.Close() }()
	return p.State().Want == profile.Up
}

// Desire records what a person wants of slots, in the state files of their profiles. Slots that are of no profile have
// none: what the spec says of them holds again at the next start of the container.
func (f *Fleet) Desire(up bool, slots ...string) error {
	want := profile.Down
	if up {
		want = profile.Up
	}
	var errs []error
	for _, name := range slots {
		s := f.find(name)
		if s == nil || f.set == nil || !s.service.PerProfile || s.service.Off(f.o.World.Lookup) != "" {
			continue
		}
		err := f.o.World.AsApp(func() error {
			p, err := f.set.Open(s.profile)
			if err != nil {
				return err
			}
			defer func() { _ = p.Close() }()
			_, err = p.Desire(want)
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("record that %s is wanted %s: %w", name, word(up), err))
		}
	}
	return errors.Join(errs...)
}

func word(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

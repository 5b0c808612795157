package fleet

import (
	"maps"
	"slices"
	"time"

	"github.com/berth-init/berth/internal/profile"
)

// lookEvery is how often the directory of the profiles is looked at: one appears and goes within two of them. Where the
// disk tells of changes (inotify(7)) it isn't asked to, because network and shared file systems don't, and the look is
// the same few reads there.
const lookEvery = time.Second

// lookAnyway is how often the whole look is made, however little has changed.
const lookAnyway = time.Minute

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
			f.warn("let the app's user read it; profiles that are known already stay", "look for profiles: "+text)
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

// A finding is what a whole look at the volume has found.
type finding struct {
	there  []string
	unsure []string        // may be there: the disk didn't answer
	up     map[string]bool // of those that weren't known: wanted up
}

// follow makes the slots those of the profiles that are there. One that was registered since the look began isn't in it,
// and stays.
func (f *Fleet) follow() error {
	before := f.Profiles()
	var found finding
	err := f.watching.Do(func() (err error) {
		found, err = f.search(before)
		return err
	})
	if err != nil {
		return err
	}
	f.changes.Lock()
	defer f.changes.Unlock()
	for _, name := range slices.Sorted(maps.Keys(found.up)) {
		if f.left[name] || f.registered(name) != nil {
			continue
		}
		if _, err := f.register("", name, found.up[name]); err != nil {
			return err
		}
	}
	is := map[string]bool{}
	for _, name := range slices.Concat(found.there, found.unsure) {
		is[name] = true
	}
	for name := range f.left {
		if !is[name] {
			delete(f.left, name)
		}
	}
	for _, p := range before {
		if !is[p.Name] && f.registered(p.Name) != nil {
			f.dismiss("", p.Name)
		}
	}
	return nil
}

// search looks at the volume; the app user's rights are held.
func (f *Fleet) search(before []Profile) (finding, error) {
	found := finding{up: map[string]bool{}}
	there, skipped, err := f.set.Names()
	if err != nil {
		return found, err
	}
	found.there = there
	for _, s := range skipped {
		if s.Unsure {
			found.unsure = append(found.unsure, s.Name)
		}
	}
	known := map[string]bool{}
	for _, p := range before {
		known[p.Name] = true
	}
	shared := profile.Shared(f.o.World.Volume, f.spec.Profiles.Shared, f.o.World.Lookup)
	for _, name := range there {
		if !known[name] {
			found.up[name] = f.wantsUp(name) && (!shared || name == f.set.Root())
		}
	}
	return found, nil
}

// wantsUp says what a profile's own state says. What is only inferred is recorded, as a boot does: an app that writes that
// it stops while the container stops it must not turn its profile over.
func (f *Fleet) wantsUp(name string) bool {
	p, err := f.set.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = p.Close() }()
	state := p.State()
	if state.Want == profile.Up && !state.Recorded && !f.o.World.ReadOnly {
		if _, err := p.Infer(profile.Up, "", time.Now()); err != nil {
			f.warn("mend or remove the file", "record that profile "+name+" is wanted up: "+err.Error())
		}
	}
	return state.Want == profile.Up
}

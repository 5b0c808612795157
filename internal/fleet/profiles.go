package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/supervise"
)

// What may be wrong with a profile that is to be registered, for callers that answer it with a code.
var (
	ErrNoProfile  = errors.New("there is no such profile")
	ErrElsewhere  = errors.New("no services for profiles run in this container")
	ErrRegistered = errors.New("it is registered already")
)

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
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, s := range f.slots {
		if s.service.PerProfile && s.profile == name {
			all = append(all, s.name)
		}
	}
	slices.Sort(all)
	return all
}

// Register gives a profile's directory its slots, down.
func (f *Fleet) Register(ctx context.Context, who, unsafeName string) (Profile, error) {
	refuse := func(err error) (Profile, error) {
		return Profile{}, fmt.Errorf("register profile %q: %w", unsafeName, err)
	}
	if f.set == nil || len(f.instances()) == 0 {
		return refuse(ErrElsewhere)
	}
	if err := ctx.Err(); err != nil {
		return refuse(err)
	}
	err := f.asApp(func() error {
		p, err := f.set.Open(unsafeName)
		if err == nil {
			err = p.Close()
		}
		return err
	})
	switch {
	case errors.Is(err, profile.ErrNone):
		return refuse(ErrNoProfile)
	case errors.Is(err, profile.ErrName):
		return refuse(fmt.Errorf("%w: %w", ErrNoProfile, profile.ErrName))
	case err != nil:
		return refuse(err)
	}
	f.changes.Lock()
	defer f.changes.Unlock()
	for f.leaving[unsafeName] != nil { // it comes back once it has gone
		gone := f.leaving[unsafeName].gone
		f.changes.Unlock()
		select {
		case <-gone:
		case <-ctx.Done():
		}
		f.changes.Lock()
		if err := ctx.Err(); err != nil {
			return refuse(err)
		}
	}
	if f.registered(unsafeName) != nil {
		return refuse(ErrRegistered)
	}
	delete(f.left, unsafeName)
	return f.register(who, unsafeName, false)
}

// register adds the slots; f.changes is held.
func (f *Fleet) register(who, name string, up bool) (Profile, error) {
	p := Profile{Name: name}
	var add []supervise.Service
	for _, service := range f.instances() {
		v := f.add(service, name, up)
		add, p.Slots = append(add, v), append(p.Slots, v.Name)
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
// it is registered again, the watch leaves it alone: who takes a profile away unregisters it first. When ctx ends it
// returns, and the slots go all the same.
func (f *Fleet) Unregister(ctx context.Context, who, unsafeName string) error {
	f.changes.Lock()
	if f.registered(unsafeName) == nil {
		f.changes.Unlock()
		return nil
	}
	f.left[unsafeName] = true
	l := f.dismiss(who, unsafeName)
	f.changes.Unlock()
	select {
	case <-l.gone:
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A leave is the end of a profile's slots, which takes as long as what runs in them takes to stop.
type leave struct {
	gone chan struct{}
	err  error // set before gone is closed
}

// dismiss begins to take a profile's slots away, or gives the leave that has begun already; f.changes is held. Nobody
// else waits for it: other profiles come and go meanwhile. The logs stay open until the slots are gone.
func (f *Fleet) dismiss(who, name string) *leave {
	if l := f.leaving[name]; l != nil {
		return l
	}
	l := &leave{gone: make(chan struct{})}
	slots := f.registered(name)
	ours := f.beside(func() {
		errs := make([]error, len(slots))
		var all sync.WaitGroup
		for i, slot := range slots {
			all.Go(func() {
				err := f.sup.Remove(context.Background(), who, slot) // the supervisor bounds it
				if !errors.Is(err, supervise.ErrUnknown) {
					errs[i] = err
				}
			})
		}
		all.Wait()
		for _, slot := range slots {
			f.forget(slot)
		}
		l.err = errors.Join(errs...)
		if l.err != nil && who == "" && f.quit.Err() == nil {
			f.warn("", "take profile "+strings.ToValidUTF8(name, "?")+" away: "+l.err.Error())
		}
		f.changes.Lock()
		delete(f.leaving, name)
		f.changes.Unlock()
		close(l.gone)
	})
	if !ours {
		l.err = supervise.ErrStopping
		close(l.gone)
		return l
	}
	f.leaving[name] = l
	return l
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
	f.beside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = s.log.Close(ctx)
	})
}

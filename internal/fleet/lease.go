package fleet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/lease"
	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// leases says whether any service of a spec takes one.
func leases(s *spec.Spec) bool {
	for _, name := range names(s) {
		if v := s.Services[name]; v.Leased() {
			return true
		}
	}
	return false
}

// keeper makes what keeps the leases: none where nothing takes one, or nothing could be written down.
func (f *Fleet) keeper() error {
	w := f.o.World
	if !leases(f.spec) || w.Volume == nil {
		return nil
	}
	if w.ReadOnly { // nobody can take one there, and the boot has said what is wrong
		return nil
	}
	with := f.watching
	if f.set == nil { // nobody watches, so nobody else is held up by a volume that hangs
		var err error
		if with, err = rights(w); err != nil {
			return err
		}
	}
	f.keeps = lease.New(lease.Options{
		Volume: w.Volume, Rights: with, Attr: fsx.Attr{UID: w.Identity.UID, GID: w.Identity.GID, Owner: true},
		Tell: func(text, hint string) { f.warn(hint, text) },
	})
	return nil
}

// Lease waits for a slot's lease. Where another container had it meanwhile, the slot is looked at again as a boot would:
// what that one's run has left is removed, and a slot that was told there to stay down stays down here.
func (f *Fleet) Lease(ctx context.Context, name string, told func(why string)) (supervise.Lease, error) {
	waited := false
	l, err := f.keeps.Take(ctx, name, func(why string) {
		waited = true
		told(why)
	})
	if err != nil {
		return nil, fmt.Errorf("lease %s: %w", name, err)
	}
	if !waited {
		return l, nil
	}
	if up := f.succeed(name); !up {
		err := f.sup.Stop(ctx, "its state file", false, name)
		if err == nil || ctx.Err() != nil {
			l.Release()
			<-ctx.Done() // which the stop brings
			return nil, ctx.Err()
		}
	}
	return l, nil
}

// succeed looks after a slot that another container has left, and says whether it is to run.
func (f *Fleet) succeed(name string) (up bool) {
	s := f.find(name)
	if s == nil || f.set == nil || !s.service.PerProfile {
		return true
	}
	up = true
	err := f.asApp(func() error {
		p, err := f.set.Open(s.profile)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		state := p.State()
		up = !state.Recorded || state.Want == profile.Up
		var all []error
		for _, left := range f.spec.Profiles.Stale {
			if err := p.Dir.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
				all = append(all, err)
			}
		}
		return errors.Join(all...)
	})
	if err != nil {
		f.warn("mend or remove it", name+": take over from another container: "+err.Error())
	}
	return up
}

// holder gives the one word that names a container in a log.
func holder(who string) string {
	if container, _ := lease.Elsewhere(who); container != "" {
		return container
	}
	return "unknown"
}

// heldElsewhere says who runs a profile's slots now, if another container does; the app user's rights are held.
func heldElsewhere(w *boot.World, of string) (who string, held bool) {
	for _, name := range names(w.Spec) {
		if v := w.Spec.Services[name]; v.PerProfile && v.Leased() {
			if who, held = lease.Held(w.Volume, w.Spec.Slot(name, of)); held {
				return who, held
			}
		}
	}
	return "", false
}

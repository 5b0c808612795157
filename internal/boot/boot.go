// Package boot knows how a preparation runs, not what it prepares: phases that want steps, the plan that lists
// them, the boot that makes them true, the ledger that remembers, the hooks that the image hangs between.
//
// A phase is written once. It looks at the disk and hands each difference to [Run.Do]; a plan writes the
// difference down, a boot makes it true first. So `berth plan` shows the very value that a boot applies, and
// the law plan, apply, plan is empty can be tested for each phase on any tree.
package boot

import (
	"context"
	"errors"
	"slices"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/variable"
)

// A Phase is a named part of a boot. Run looks, and hands every difference to r.Do. An error ends the boot;
// what only degrades it is noted with r.Warn or refused by r.Do itself.
type Phase interface {
	Name() string
	Run(ctx context.Context, r *Run) error
}

// Func makes a Phase of a name and a function.
func Func(name string, run func(ctx context.Context, r *Run) error) Phase {
	return phaseFunc{name, run}
}

type phaseFunc struct {
	name string
	run  func(context.Context, *Run) error
}

func (p phaseFunc) Name() string                          { return p.name }
func (p phaseFunc) Run(ctx context.Context, r *Run) error { return p.run(ctx, r) }

// World is what the phases of one boot see, and what a phase leaves for the later ones.
type World struct {
	Spec    *spec.Spec
	Environ []string // the container's environment as PID 1 got it
	Args    []string // the container's command, for routing and redirects

	FromFile []string // the variables of Environ whose values files gave: secrets, which no record holds

	// What berth itself was started with.
	EUID, EGID uint32
	Groups     []uint32

	Root     *fsx.Dir          // the image's root directory: / (a directory of the test's own in tests)
	Identity identity.Identity // who the app is; in a plan: who it would be
	Path     string            // the volume's path; empty where the spec declares none
	Volume   *fsx.Dir          // the volume; fsx.Empty in a plan where a boot would make it; nil where there is none
	ReadOnly bool              // the volume is mounted read-only: nothing on it is planned or changed
	Lock     *fsx.Lock         // the volume's boot lock; nil where none is held
	Actor    *fsx.Actor        // writes with the app user's rights

	Look   *Look             // how the owners on the volume are looked at; nil where berth has nothing to hand over
	Seeded map[string]bool   // volume-relative names that this very boot laid down
	Laid   map[string][]byte // in a plan: what the files that a boot would have written by now would hold; may hold secrets
	Find   map[string]string // what discovery adds to the children's environment

	close []func() error
}

// Lookup answers for a variable of the container's environment.
func (w *World) Lookup(name string) (string, bool) {
	return variable.Lookup(w.Environ, name)
}

// AsApp runs fn with the app user's rights: through the Actor, or as it is where berth itself has no more than those.
// Without either it refuses, so that nothing is ever written as root by an oversight.
func (w *World) AsApp(fn func() error) error {
	switch {
	case w.Actor != nil:
		return w.Actor.Do(fn)
	case w.EUID != 0 || w.Identity.UID == 0:
		return fn()
	default:
		return errors.New("act as the app's user: no actor was made")
	}
}

// Unlock gives the volume's boot lock back, if it is held: the preparation is over.
func (w *World) Unlock() error {
	l := w.Lock
	if l == nil {
		return nil
	}
	w.Lock = nil
	return l.Unlock()
}

// OnClose has f called when the world is closed, last first.
func (w *World) OnClose(f func() error) { w.close = append(w.close, f) }

// Close releases what phases left open: the volume's lock, descriptors, the actor's thread.
func (w *World) Close() error {
	var first error
	for _, f := range slices.Backward(w.close) {
		if err := f(); err != nil && first == nil {
			first = err
		}
	}
	w.close = nil
	return first
}

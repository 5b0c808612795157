package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const seedMode = 0o644

// Seeds lays files down that aren't there, complete and with their mode from birth, as the app's user. Whatever stands at
// the name already wins, a dangling link included. World.Seeded tells later phases which files are this boot's own.
func Seeds() boot.Phase { return phase("seeds", seeds) }

func seeds(ctx context.Context, r *boot.Run) error {
	var done []string
	for _, s := range r.World.Spec.Seed {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		ok, err := seed(r, s)
		if err != nil {
			return err
		}
		if ok {
			done = append(done, s.Path)
		}
	}
	if len(done) > 0 {
		r.Changed("Seeded %s", strings.Join(done, ", "))
	}
	return nil
}

func seed(r *boot.Run, s spec.Seed) (bool, error) {
	w, name := r.World, path.Clean(s.Path)
	if !holds(w, s.When) || s.FromEnv != "" && !set(w, s.FromEnv) {
		return false, nil
	}
	there, err := stands(w, name)
	if err != nil {
		return false, refused(r, "seed", name, err)
	}
	if there || laid(r, name) {
		return false, nil
	}
	data, from, err := source(w, s)
	if err != nil {
		r.Warn("put the file into the image, or take the seed out of the spec", "seed %s: %v", name, err)
		return false, nil
	}
	if dir := path.Dir(name); dir != "." {
		if err := makeDirs(r, "seed", dir, "the seed "+name+" lies in it"); err != nil {
			return false, err
		}
		if err := isDir(w, dir); err != nil && !laid(r, dir) {
			return false, nil // told by makeDirs
		}
	}
	return lays(r, name, data, seedPerm(w, s), "it is absent; seeded from "+from)
}

// lays creates a file.
func lays(r *boot.Run, name string, data []byte, perm uint32, why string) (bool, error) {
	w := r.World
	if err := admits(r, path.Dir(name)); err != nil {
		return false, refused(r, "seed", name, err)
	}
	step := boot.Step{Target: name, Verb: "create", After: mode(perm) + " " + owner(w.Identity.UID, w.Identity.GID), Why: why}
	var cause error
	ok, err := r.Do(step, func() error {
		at, err := reach(w, name)
		if err != nil {
			return err
		}
		defer at.close()
		err = w.AsApp(func() error { return at.dir.Create(at.name, data, attr(w, perm)) })
		if errors.Is(err, fs.ErrExist) {
			return boot.ErrMoot // somebody was quicker, and wins
		}
		if err != nil && boot.Refusable(err) {
			cause = err
			return boot.ErrMoot
		}
		return err
	})
	if err != nil || cause != nil {
		return false, errors.Join(err, refused(r, "seed", name, cause))
	}
	if ok {
		if w.Seeded == nil {
			w.Seeded = map[string]bool{}
		}
		w.Seeded[name] = true
		lay(r, name, data)
	}
	return ok, nil
}

// stands says whether anything stands at a name. A link there is told, as whoever made it may expect a seed behind it.
func stands(w *boot.World, name string) (bool, error) {
	at, e, err := look(w, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, fsx.ErrMount):
		return true, nil
	case err != nil:
		return false, err
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	if e.Info().Kind == fsx.Symlink {
		return true, fmt.Errorf("seed %s: %w", name, fsx.ErrSymlink)
	}
	return true, nil
}

// holds says whether a condition on the container's environment is met.
func holds(w *boot.World, when *spec.When) bool {
	if when == nil {
		return true
	}
	value, _ := w.Lookup(when.Env)
	if when.Is != nil {
		return value == *when.Is
	}
	return spec.Truthy(value)
}

// owed says whether a seed of a file that isn't there should have been laid: whoever makes the file now keeps the seed
// away for good.
func owed(w *boot.World, name string) bool {
	return slices.ContainsFunc(w.Spec.Seed, func(s spec.Seed) bool {
		if path.Clean(s.Path) != name || !holds(w, s.When) || s.FromEnv != "" && !set(w, s.FromEnv) {
			return false
		}
		_, _, err := source(w, s)
		return err == nil
	})
}

func set(w *boot.World, name string) bool {
	value, _ := w.Lookup(name)
	return value != ""
}

// seedPerm gives a seed's mode: the one that Modes would restore, if any, so that the file is born with it.
func seedPerm(w *boot.World, s spec.Seed) uint32 {
	if m, ok := listedMode(w, s.Path); ok {
		return m
	}
	return s.Mode.Or(seedMode)
}

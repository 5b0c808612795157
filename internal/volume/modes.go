package volume

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Modes restores the modes of the listed files at each boot: editors and `docker cp` leave a file of secrets readable by
// all. The app's user does it to its own files; root only to those that couldn't be handed over, and there it only takes
// rights away.
func Modes() boot.Phase { return phase("modes", modes) }

func modes(ctx context.Context, r *boot.Run) error {
	for _, name := range slices.Sorted(maps.Keys(r.World.Spec.Volume.Modes)) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		want := r.World.Spec.Volume.Modes[name]
		if !want.Set {
			continue
		}
		if err := restore(ctx, r, path.Clean(name), want.Perm); err != nil {
			return err
		}
	}
	return nil
}

func restore(ctx context.Context, r *boot.Run, name string, want uint32) error {
	w := r.World
	at, e, err := look(w, name)
	if errors.Is(err, fsx.ErrMount) {
		if in, ok := glimpse(ctx, w, name); ok && in.Perm == want {
			return nil
		}
	}
	if err != nil {
		return refused(r, "chmod", name, err)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	in := e.Info()
	if err := mayChmod(w, in); err != nil {
		return refused(r, "chmod", name, err)
	}
	if !willOwn(r, name, in) {
		want &= in.Perm
	} else if in.UID != w.Identity.UID || r.Planning() && listed(w, name) && in.GID != w.Identity.GID {
		in.Perm = afterChown(in.Perm)
	}
	if in.Perm == want {
		return nil
	}
	s := boot.Step{Target: name, Verb: "chmod", Before: mode(in.Perm), After: mode(want), Why: "the spec lists its mode"}
	ok, err := r.Do(s, func() error {
		if err := asNeeded(w, e.StillAt); err != nil {
			return err
		}
		if err := mayChmod(w, e.Info()); err != nil {
			return err
		}
		change := func() error { return e.Chmod(want) }
		if e.Info().UID == w.Identity.UID {
			return w.AsApp(change)
		}
		if err := asNeeded(w, e.Sole); err != nil { // somebody else's: see ownFile
			return err
		}
		return change()
	})
	if ok {
		r.Changed("Restored mode %s of %s", mode(want), name)
	}
	return err
}

// afterChown foresees what the kernel leaves of a file's mode when its owner changes (chown(2)).
func afterChown(perm uint32) uint32 {
	perm &^= unix.S_ISUID
	if perm&unix.S_IXGRP != 0 {
		perm &^= unix.S_ISGID
	}
	return perm
}

// mayChmod allows regular files. One of somebody else's with other names may lie elsewhere.
func mayChmod(w *boot.World, in fsx.Info) error {
	switch {
	case in.Kind == fsx.Symlink:
		return fsx.ErrSymlink
	case in.Kind != fsx.Regular:
		return fsx.ErrKind
	case in.Nlink > 1 && in.UID != w.Identity.UID:
		return fsx.ErrHardlink
	}
	return nil
}

// listedMode gives the mode that the spec lists for a file.
func listedMode(w *boot.World, name string) (uint32, bool) {
	for n, m := range w.Spec.Volume.Modes {
		if path.Clean(n) == path.Clean(name) && m.Set {
			return m.Perm, true
		}
	}
	return 0, false
}

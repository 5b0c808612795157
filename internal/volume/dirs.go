package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const dirMode = 0o755

// Directories makes the directories of the spec as the app's user, and what is missing above them. One that is there keeps
// its mode.
func Directories() boot.Phase { return phase("directories", directories) }

func directories(ctx context.Context, r *boot.Run) error {
	for _, name := range r.World.Spec.Volume.Dirs {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := makeDirs(r, "mkdir", path.Clean(name), "the spec lists it"); err != nil {
			return err
		}
	}
	if n := r.Count(); n > 0 {
		r.Changed("Created %d directories in %s", n, boot.Word(r.World.Path))
	}
	return nil
}

// makeDirs makes a directory and those above it, with the app user's own rights: where these don't reach, there is
// nothing for root to help with. A refusal is told about the whole name with the given verb.
func makeDirs(r *boot.Run, verb, name, why string) error {
	for _, dir := range prefixes(name) {
		if dir == "." || laid(r, dir) {
			continue
		}
		err := isDir(r.World, dir)
		if errors.Is(err, fs.ErrNotExist) {
			err = makeDir(r, dir, why)
		}
		if err == nil {
			continue
		}
		if !boot.Refusable(err) {
			return err
		}
		r.Refuse(verb, dir, err)
		return nil
	}
	return nil
}

// isDir says whether a directory is there: nil, fs.ErrNotExist, or what stands in its place.
func isDir(w *boot.World, name string) error {
	at, e, err := look(w, name)
	if err != nil {
		return err
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	switch e.Info().Kind {
	case fsx.Directory:
		return nil
	case fsx.Symlink:
		return fsx.ErrSymlink
	default:
		return syscall.ENOTDIR
	}
}

func makeDir(r *boot.Run, name, why string) error {
	w := r.World
	if err := admits(r, path.Dir(name)); err != nil {
		return err
	}
	var refused error
	s := boot.Step{Target: name, Verb: "mkdir", After: mode(dirMode) + " " + owner(w.Identity.UID, w.Identity.GID), Why: why}
	_, err := r.Do(s, func() error {
		at, err := reach(w, name)
		if err != nil {
			return err
		}
		defer at.close()
		err = w.AsApp(func() error { return at.dir.Mkdir(at.name, attr(w, dirMode)) })
		if errors.Is(err, fs.ErrExist) {
			if err = isDir(w, name); err == nil {
				return boot.ErrMoot
			}
		}
		if err != nil && boot.Refusable(err) {
			refused = err // told by the caller, with what comes below it
			return boot.ErrMoot
		}
		return err
	})
	if err == nil && refused == nil {
		lay(r, name, nil)
	}
	if err == nil {
		err = refused
	}
	return err
}

// admits foresees, in a plan, whether the app's user may make something in a directory. A boot finds out by trying.
func admits(r *boot.Run, dir string) error {
	if !r.Planning() || dir == "." || laid(r, dir) {
		return nil // of the volume's top Take has spoken
	}
	at, e, err := look(r.World, dir)
	if err != nil {
		return err
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	id := r.World.Identity
	if e.Info().UID != id.UID && willOwn(r, dir, e.Info()) {
		in := e.Info()
		in.UID, in.GID = id.UID, id.GID
		return in.Usable(id.UID, id.GID, id.Groups)
	}
	return e.Info().Usable(id.UID, id.GID, id.Groups)
}

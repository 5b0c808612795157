package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// A spot is a name below a handle: the volume's own, or that of a file system mounted on it where the spec names a directory.
type spot struct {
	dir     *fsx.Dir
	name    string
	mounted bool
}

func (s spot) close() {
	if s.mounted {
		_ = s.dir.Close()
	}
}

// reach finds the handle for a name of the spec's. Nothing crosses a mount point that the spec doesn't name: people mount
// logs or a cache apart, and these are listed; a single file mounted by itself is reached by nobody.
func reach(w *boot.World, name string) (at spot, err error) {
	err = asNeeded(w, func() error {
		at, err = below(w, name)
		return err
	})
	return at, err
}

// below is reach with the rights of the calling thread.
func below(w *boot.World, name string) (spot, error) {
	at := spot{dir: w.Volume, name: path.Clean(name)}
	for _, dir := range prefixes(at.name) {
		e, err := at.dir.Look(at.name)
		if err == nil {
			_ = e.Close()
		}
		if errors.Is(err, fs.ErrPermission) {
			return at, err
		}
		if !errors.Is(err, fsx.ErrMount) {
			return at, nil
		}
		if !named(w, dir) {
			continue
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(path.Clean(name), dir), "/")
		rel := strings.TrimSuffix(strings.TrimSuffix(at.name, rest), "/")
		if !mountHere(at.dir, rel) {
			continue
		}
		d, err := at.dir.Mount(rel)
		if err != nil {
			at.close()
			return spot{}, err
		}
		at.close()
		at = spot{dir: d, name: path.Clean(rest), mounted: true}
	}
	return at, nil
}

// mountHere says whether a name itself, and nothing above it, is the mount point.
func mountHere(dir *fsx.Dir, name string) bool {
	e, err := dir.Look(name)
	if err == nil {
		_ = e.Close()
		return false
	}
	if !errors.Is(err, fsx.ErrMount) {
		return false
	}
	up, err := dir.Look(path.Dir(name))
	if err == nil {
		_ = up.Close()
	}
	return err == nil
}

// prefixes gives the directories above a name and the name itself, outermost first.
func prefixes(name string) []string {
	var all []string
	for i, c := range name {
		if c == '/' {
			all = append(all, name[:i])
		}
	}
	return append(all, name)
}

func named(w *boot.World, dir string) bool {
	is := func(s string) bool { return path.Clean(s) == dir }
	v := w.Spec.Volume
	return slices.ContainsFunc(v.Own.Trees, is) || slices.ContainsFunc(v.Dirs, is)
}

// look pins a name of the spec's. The entry must be closed before the spot.
func look(w *boot.World, name string) (at spot, e *fsx.Entry, err error) {
	err = asNeeded(w, func() error {
		if at, err = below(w, name); err != nil {
			return err
		}
		if e, err = at.dir.Look(at.name); err != nil {
			at.close()
		}
		return err
	})
	if err != nil {
		return spot{}, nil, err
	}
	return at, e, nil
}

// read reads the file at a spot.
func read(w *boot.World, at spot, limit int64) (data []byte, in fsx.Info, err error) {
	err = asNeeded(w, func() error {
		data, in, err = at.dir.Read(at.name, limit)
		return err
	})
	return data, in, err
}

// asNeeded looks at something as berth is, and where that isn't enough as the app's user: a root without DAC_OVERRIDE, or
// one whom a server squashes to nobody, sees less of the volume than the app does.
func asNeeded(w *boot.World, f func() error) error {
	err := f()
	if errors.Is(err, fs.ErrPermission) && w.Actor != nil {
		return w.AsApp(f)
	}
	return err
}

// glimpse looks at what is mounted at a name without going there: enough to know that there is nothing to say about it.
func glimpse(ctx context.Context, w *boot.World, name string) (in fsx.Info, found bool) {
	up, err := w.Volume.Sub(path.Dir(path.Clean(name)))
	if err != nil {
		return in, false
	}
	defer func() { _ = up.Close() }()
	err = up.Walk(ctx, func(f fsx.Found) error {
		if f.Path == path.Base(name) {
			in, found = f.Info, true
			return fs.SkipAll
		}
		return fs.SkipDir
	})
	return in, found && err == nil
}

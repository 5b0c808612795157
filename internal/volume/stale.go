package volume

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// maxStale bounds what is read of a file that might be stale: a larger one isn't.
const maxStale = 64 << 10

// Stale removes the files whose whole content, blanks trimmed, the spec calls stale, and the temporary files that a killed boot
// left behind. It does so as the app's user.
func Stale() boot.Phase { return phase("stale", stale) }

func stale(ctx context.Context, r *boot.Run) error {
	var gone []string
	for _, rm := range r.World.Spec.Volume.Remove {
		ok, err := removeStale(r, rm)
		if err != nil {
			return err
		}
		if ok {
			gone = append(gone, rm.Path)
		}
	}
	if len(gone) > 0 {
		r.Changed("Removed stale %s", strings.Join(gone, ", "))
	}
	return sweep(ctx, r)
}

func removeStale(r *boot.Run, rm spec.Remove) (bool, error) {
	w := r.World
	at, err := reach(w, rm.Path)
	if err != nil {
		return false, refused(r, boot.VerbRemove, rm.Path, err)
	}
	defer at.close()
	data, _, err := read(w, at, maxStale)
	switch {
	case errors.Is(err, fsx.ErrTooBig), errors.Is(err, fsx.ErrKind):
		return false, nil
	case err != nil:
		return false, refused(r, boot.VerbRemove, rm.Path, err)
	case rm.WhenContent == nil || string(bytes.TrimSpace(data)) != strings.TrimSpace(*rm.WhenContent):
		return false, nil
	}
	s := boot.Step{Target: rm.Path, Verb: boot.VerbRemove, Before: *rm.WhenContent, Why: "what it says is stale"}
	return r.Do(s, func() error {
		return w.AsApp(func() error { return at.dir.Remove(at.name) })
	})
}

// refused notes a refusal, keeps quiet about what isn't there, and gives any other error back.
func refused(r *boot.Run, verb, name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case boot.Refusable(err):
		r.Refuse(verb, name, err)
		return nil
	}
	return err
}

// sweep removes the temporary names of a boot that was killed, from the directories in which berth makes anything.
func sweep(ctx context.Context, r *boot.Run) error {
	for _, dir := range workplaces(r.World.Spec) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := sweepDir(r, dir); err != nil {
			return err
		}
	}
	return nil
}

func workplaces(s *spec.Spec) []string {
	all := []string{"."}
	for _, d := range s.Volume.Dirs {
		all = append(all, prefixes(path.Clean(d))...)
	}
	add := func(file string) { all = append(all, prefixes(path.Dir(path.Clean(file)))...) }
	for _, f := range s.Seed {
		add(f.Path)
	}
	for _, f := range s.Generate {
		add(f.Path)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func sweepDir(r *boot.Run, name string) error {
	w := r.World
	at, e, err := look(w, name)
	if err != nil {
		return nil // absent, or told by the phase that needs it
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	dir, err := e.Dir()
	if err != nil {
		return nil // no directory: there is nothing of ours in it
	}
	defer func() { _ = dir.Close() }()
	left, err := dir.Leftovers()
	if err != nil {
		return nil // a directory that can't be read keeps what is in it
	}
	for _, l := range left {
		if !empty(dir, l) {
			continue // not ours: we fill no directory under a temporary name
		}
		s := boot.Step{Target: path.Join(name, l), Verb: boot.VerbRemove, Why: "a boot that was killed left it"}
		_, err := r.Do(s, func() error {
			// Locked as who looked at it for the plan: the app may not read what bears such a name and is somebody
			// else's, but it removes it, since the directory is the app's.
			claim, err := dir.Claim(l)
			if err == nil {
				defer func() { _ = claim.Close() }()
				err = w.AsApp(claim.Remove)
			}
			if errors.Is(err, fsx.ErrLocked) || errors.Is(err, syscall.ENOTEMPTY) {
				return boot.ErrMoot
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// empty says whether a leftover is a file, or a directory in which nothing is.
func empty(dir *fsx.Dir, name string) bool {
	sub, err := dir.Sub(name)
	if err != nil {
		return errors.Is(err, fsx.ErrKind)
	}
	defer func() { _ = sub.Close() }()
	items, err := sub.List()
	return err == nil && len(items) == 0
}

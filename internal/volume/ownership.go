package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Ownership hands the listed trees and files to the app's user, entry by entry and only where an owner differs, so that a
// right volume keeps its ctimes. Everything else on the volume keeps its owner. Without root there is nothing to hand
// over: Access says what is wrong.
func Ownership() boot.Phase { return phase("ownership", ownership) }

func ownership(ctx context.Context, r *boot.Run) error {
	w := r.World
	if w.EUID != 0 || w.Identity.UID == 0 {
		return nil
	}
	h := &healer{r: r, w: w, told: time.Now()}
	// The outer of two nested trees comes first and covers the inner one, unless that is mounted apart.
	trees := slices.Clone(w.Spec.Volume.Own.Trees)
	slices.SortStableFunc(trees, func(a, b string) int { return strings.Count(path.Clean(a), "/") - strings.Count(path.Clean(b), "/") })
	for _, name := range trees {
		if err := h.listed(name, func() error { return h.tree(ctx, path.Clean(name)) }); err != nil {
			return err
		}
	}
	for _, name := range w.Spec.Volume.Own.Files {
		if err := h.listed(name, func() error { return h.file(ctx, path.Clean(name)) }); err != nil {
			return err
		}
	}
	h.tell()
	return nil
}

type healer struct {
	r     *boot.Run
	w     *boot.World
	done  []string // trees that were walked
	apart []string // mount points that a walk came by
	names []string // listed names in which something changed
	told  time.Time

	shared map[string]uint32 // directories whose group was chosen
}

// listed heals one listed name and remembers whether anything changed there.
func (h *healer) listed(name string, heal func() error) error {
	before := h.r.Count()
	err := heal()
	if h.r.Count() > before {
		h.names = append(h.names, name)
	}
	return err
}

// covered says whether a walk has been where this name is.
func (h *healer) covered(name string) bool {
	in := func(dir string) bool { return within(name, dir) }
	return slices.ContainsFunc(h.done, in) && !slices.ContainsFunc(h.apart, in)
}

func (h *healer) tree(ctx context.Context, name string) error {
	if h.covered(name) {
		return nil
	}
	at, e, err := look(h.w, name)
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	if err := h.own(name, e.Info(), func() error { return ownFile(h.w, e) }); err != nil || e.Info().Kind != fsx.Directory {
		return err
	}
	dir, err := e.Dir()
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer func() { _ = dir.Close() }()
	// What was mounted apart above is reached by this walk.
	h.apart = slices.DeleteFunc(h.apart, func(m string) bool { return m == name })
	h.done = append(h.done, name)
	err = dir.Walk(ctx, func(f fsx.Found) error { return h.found(name, f) })
	if err != nil {
		return h.failed(ctx, name, err)
	}
	return nil
}

// file heals a listed file; a directory listed as a file is healed without what is in it.
func (h *healer) file(ctx context.Context, name string) error {
	if h.covered(name) {
		return nil
	}
	at, e, err := look(h.w, name)
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	return h.own(name, e.Info(), func() error { return ownFile(h.w, e) })
}

// failed says what a look or a walk that failed means: an absent name nothing, a file system's no a refusal.
func (h *healer) failed(ctx context.Context, name string, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fsx.ErrMount):
		if in, ok := glimpse(ctx, h.w, name); ok && in.UID == h.w.Identity.UID {
			return nil
		}
	}
	if !boot.Refusable(err) {
		return err
	}
	h.r.Refuse("chown", name, err)
	return nil
}

// found heals what a walk came by.
func (h *healer) found(tree string, f fsx.Found) error {
	name := path.Join(tree, f.Path)
	if now := time.Now(); now.Sub(h.told) > 2*time.Second {
		h.told = now
		h.r.Progress("Fixing ownership in %s: %d entries so far", boot.Word(h.w.Path), h.r.Count())
	}
	switch {
	case errors.Is(f.Skip, fsx.ErrMount):
		h.apart = append(h.apart, name)
		if f.Info.UID != h.w.Identity.UID && !named(h.w, name) {
			h.r.Refuse("chown", name, f.Skip)
		}
		return fs.SkipDir
	case errors.Is(f.Skip, fsx.ErrVanished), errors.Is(f.Skip, fs.ErrNotExist):
		return nil
	case f.Skip != nil && !errors.Is(f.Skip, fsx.ErrTooDeep):
		h.r.Refuse("chown", name, f.Skip)
		return nil
	}
	err := h.own(name, f.Info, func() error {
		if f.Info.Kind == fsx.Directory { // has no other names
			return f.Chown(h.w.Identity.UID, h.w.Identity.GID)
		}
		e, err := f.Pin()
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		return ownFile(h.w, e)
	})
	if err == nil && f.Skip != nil {
		h.r.Refuse("chown", name+"/", f.Skip)
	}
	return err
}

// own wants one entry's owner changed, unless a rule forbids it.
func (h *healer) own(name string, in fsx.Info, change func() error) error {
	id := h.w.Identity
	if in.UID == id.UID && (in.GID == id.GID || h.chosen(name, in)) && !h.topLink(name, in) {
		return nil
	}
	if h.topLink(name, in) {
		h.r.Refuse("chown", name, fsx.ErrSymlink)
		return nil
	}
	if err := mayOwn(h.w, in); err != nil {
		h.r.Refuse("chown", name, err)
		return nil
	}
	s := boot.Step{
		Target: name, Verb: "chown", Before: owner(in.UID, in.GID), After: owner(id.UID, id.GID),
		Why: "it is listed to belong to the app's user",
	}
	_, err := h.r.Do(s, change)
	return err
}

// chosen says whether the app's own entry has a group that somebody chose: a directory with setgid, as shares have, and
// what was made in one and so has its group. To pull it back at each boot would be a war.
func (h *healer) chosen(name string, in fsx.Info) bool {
	gid, inherited := h.shared[path.Dir(name)]
	if in.Kind == fsx.Directory && in.Perm&unix.S_ISGID != 0 {
		if h.shared == nil {
			h.shared = map[string]uint32{}
		}
		h.shared[name] = in.GID
		return true
	}
	return inherited && gid == in.GID
}

// topLink says whether a listed name itself is a link: what it leads to is meant, and that is not touched. A link in a tree is only
// an entry like others: it is re-owned itself.
func (h *healer) topLink(name string, in fsx.Info) bool {
	is := func(s string) bool { return path.Clean(s) == name }
	own := h.w.Spec.Volume.Own
	return in.Kind == fsx.Symlink && (slices.ContainsFunc(own.Trees, is) || slices.ContainsFunc(own.Files, is))
}

// tell says in one line what Take and Ownership have handed over.
func (h *healer) tell() {
	n := h.r.Count()
	top := slices.ContainsFunc(h.r.Steps(), func(s boot.Step) bool { return s.Verb == "chown" && s.Target == h.w.Path })
	where := boot.Word(h.w.Path)
	switch {
	case n == 0 && top:
		h.r.Changed("Fixing ownership of %s (targeted)", where)
	case n > 0 && top:
		h.r.Changed("Fixing ownership of %s and of %s in it (targeted): %d entries", where, strings.Join(h.names, ", "), n+1)
	case n > 0:
		h.r.Changed("Fixing ownership of %s in %s (targeted): %d entries", strings.Join(h.names, ", "), where, n)
	}
}

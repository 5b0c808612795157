package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Ownership hands the listed trees and files to the app's user, entry by entry and only where an owner differs, so that a
// right volume keeps its ctimes. Everything else on the volume keeps its owner. Without root there is nothing to hand
// over: Access says what is wrong.
//
// All of it is looked at before the start, unless the last look makes it likely that all is right and the volume is
// large: then what must be right comes first, and the rest behind the services (World.Look). A plan lists both.
func Ownership() boot.Phase { return phase("ownership", ownership) }

func ownership(ctx context.Context, r *boot.Run) error {
	w := r.World
	if !hands(w) {
		return nil
	}
	w.Look = whenToLook(w)
	h := newHealer(r)
	if err := h.heal(ctx); err != nil {
		return err
	}
	h.tell()
	if h.forgot != nil {
		r.Warn("make room on the volume, or mend its .berth; the next start looks at everything again before the app", "%v", h.forgot)
	}
	return nil
}

// hands says whether berth can hand anything over, and there is somebody to hand it to.
func hands(w *boot.World) bool { return w.EUID == 0 && w.Identity.UID != 0 }

// heal looks at what World.Look says.
func (h *healer) heal(ctx context.Context) error {
	if h.w.Look == nil || h.w.Look.When == boot.Before {
		h.threads, h.alone = boot.Threads(), true
		if !h.r.Planning() {
			h.forgot = h.begin()
		}
		return h.whole(ctx)
	}
	if err := h.first(ctx); err != nil || !h.r.Planning() {
		return err
	}
	h.rest, h.firsts = true, h.firstNames()
	return h.all(ctx)
}

// whole looks at everything, and remembers that it did.
func (h *healer) whole(ctx context.Context) error {
	stop := h.show()
	err := h.all(ctx)
	stop()
	if err == nil && !h.r.Planning() && !h.left {
		h.remember()
	}
	return err
}

// all looks at everything that is listed.
func (h *healer) all(ctx context.Context) error {
	// The outer of two nested trees comes first and covers the inner one, unless that is mounted apart.
	trees := slices.Clone(h.w.Spec.Volume.Own.Trees)
	slices.SortStableFunc(trees, func(a, b string) int { return strings.Count(path.Clean(a), "/") - strings.Count(path.Clean(b), "/") })
	for _, name := range trees {
		if err := h.listed(name, func() error { return h.tree(ctx, path.Clean(name), 0) }); err != nil {
			return err
		}
	}
	return h.files(ctx)
}

func (h *healer) files(ctx context.Context) error {
	for _, name := range h.w.Spec.Volume.Own.Files {
		if err := h.listed(name, func() error { return h.file(ctx, path.Clean(name)) }); err != nil {
			return err
		}
	}
	return nil
}

type healer struct {
	r       *boot.Run
	w       *boot.World
	threads int                              // that a tree may have; more than one before the start, or in a full look
	alone   bool                             // see fsx.Survey
	pace    func(context.Context, int) error // see fsx.Survey
	rest    bool                             // a plan's look at what a boot would come to behind the services

	began  time.Time
	forgot error // why the look could not be remembered
	left   bool  // it has left something wrong: see fsx.ErrTaken

	firsts []string // see firstNames
	done   []string // trees that were looked at
	names  []string // listed names in which something changed

	mu     sync.Mutex
	apart  []string // mount points that a look came by
	survey *fsx.Survey
	looked int64 // entries of the surveys that are over
}

func newHealer(r *boot.Run) *healer {
	r.Usable = func(name string) bool { return appCan(r.World, name) }
	return &healer{r: r, w: r.World, threads: 1}
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

// covered says whether a look has been where this name is.
func (h *healer) covered(name string) bool {
	in := func(dir string) bool { return within(name, dir) }
	return slices.ContainsFunc(h.done, in) && !slices.ContainsFunc(h.apart, in)
}

// tree heals a listed tree, or as many levels of it as depth says.
func (h *healer) tree(ctx context.Context, name string, depth int) error {
	if h.covered(name) {
		return nil
	}
	at, e, err := look(h.w, name)
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	if e.Info().Kind != fsx.Directory {
		if h.rest && h.isFirst(name) {
			return nil
		}
		return h.own(name, e)
	}
	dir, err := e.Dir()
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer func() { _ = dir.Close() }()
	// What was mounted apart above is reached by this look.
	h.apart = slices.DeleteFunc(h.apart, func(m string) bool { return m == name })
	if depth == 0 {
		h.done = append(h.done, name)
	}
	g := &gather{h: h, tree: name}
	err = h.lookAt(ctx, dir, &fsx.Survey{Top: true, Depth: depth, Amiss: g.amiss})
	g.flush()
	if err != nil {
		return h.failed(ctx, name, err)
	}
	return nil
}

// lookAt runs a survey, so that whoever shows how far it is can ask.
func (h *healer) lookAt(ctx context.Context, dir *fsx.Dir, s *fsx.Survey) error {
	s.UID, s.GID, s.Threads, s.Pace, s.Hand = h.w.Identity.UID, h.w.Identity.GID, h.threads, h.pace, !h.r.Planning()
	s.Alone = h.alone
	h.mu.Lock()
	h.survey = s
	h.mu.Unlock()
	err := dir.Survey(ctx, s)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looked += s.Looked()
	h.survey = nil
	return err
}

// seen gives how many entries were looked at so far.
func (h *healer) seen() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.survey != nil {
		return h.looked + h.survey.Looked()
	}
	return h.looked
}

// file heals a listed file; a directory listed as a file is healed without what is in it.
func (h *healer) file(ctx context.Context, name string) error {
	if h.covered(name) || h.rest && h.isFirst(name) {
		return nil
	}
	at, e, err := look(h.w, name)
	if err != nil {
		return h.failed(ctx, name, err)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	h.mu.Lock()
	h.looked++
	h.mu.Unlock()
	return h.own(name, e)
}

// failed says what a look that failed means: an absent name nothing, a file system's no a refusal.
func (h *healer) failed(ctx context.Context, name string, err error) error {
	switch {
	case errors.Is(err, fsx.ErrTaken):
		h.left = true
		if ctx.Err() != nil {
			return err
		}
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

// own wants the owner of a pinned entry changed, unless a rule forbids it.
func (h *healer) own(name string, e *fsx.Entry) error {
	in, id := e.Info(), h.w.Identity
	if in.UID == id.UID && (in.GID == id.GID || chosen(in, fsx.Owner{})) && !h.topLink(name, in) {
		return nil
	}
	if err := h.mayOwn(name, in); err != nil {
		h.r.Refuse("chown", name, err)
		return nil
	}
	_, err := h.r.Do(h.step(name, in.UID, in.GID), func() error { return ownFile(h.w, e) })
	return err
}

func (h *healer) step(name string, uid, gid uint32) boot.Step {
	id := h.w.Identity
	return boot.Step{
		Target: name, Verb: "chown", Before: owner(uid, gid), After: owner(id.UID, id.GID),
		Why: "it is listed to belong to the app's user", Behind: h.rest,
	}
}

// mayOwn is the rules' word on an entry by its name.
func (h *healer) mayOwn(name string, in fsx.Info) error {
	if h.topLink(name, in) {
		return fsx.ErrSymlink
	}
	return mayOwn(h.w, in)
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

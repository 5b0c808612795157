package volume

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxNamed = 400 // entries of a tree that are named each; more are counted, as memory and readers have bounds
	maxKinds = 16  // owners that they are counted by
)

// mostNamed is maxNamed; tests of what is only counted name less.
var mostNamed = maxNamed

// A gather takes what a survey of one tree comes by, from several goroutines, and hands it to the run when the survey is
// over: in an order that doesn't hang on which thread was where, so that a boot's record is what its plan said.
type gather struct {
	h    *healer
	tree string

	usual atomic.Pointer[kind] // the one that was counted last, once entries are only counted

	mu      sync.Mutex
	steps   []boot.Step
	kinds   map[[2]uint32]*kind
	others  int // of more owners than are counted
	refused boot.Refusals
}

// A kind is how many entries belonged to one owner.
type kind struct {
	owner [2]uint32
	n     atomic.Int64
}

// chosen says whether the group of the app's own entry was chosen by somebody: that of a directory with setgid, as shares
// have, and of what was made in one. To pull it back at each boot would be a war.
func chosen(in fsx.Info, above fsx.Owner) bool {
	if in.Kind == fsx.Directory && in.Perm&unix.S_ISGID != 0 {
		return true
	}
	return above.Perm&unix.S_ISGID != 0 && above.GID == in.GID
}

// amiss heals what the survey came by.
func (g *gather) amiss(s *fsx.Stray) error {
	id := g.h.w.Identity
	if g.h.rest && g.h.isFirst(g.name(s)) {
		return nil
	}
	switch {
	case s.Skip == nil, errors.Is(s.Skip, fsx.ErrTooDeep):
	case errors.Is(s.Skip, fsx.ErrMount):
		name := g.name(s)
		g.h.mu.Lock()
		g.h.apart = append(g.h.apart, name)
		g.h.mu.Unlock()
		if s.Info.UID != id.UID && !named(g.h.w, name) {
			g.refused.Add(name, s.Skip)
		}
		return nil
	case errors.Is(s.Skip, fsx.ErrVanished), errors.Is(s.Skip, fs.ErrNotExist):
		return nil
	case !boot.Refusable(s.Skip):
		return s.Skip
	default:
		g.refused.Add(g.name(s), s.Skip)
		return nil
	}
	err := g.own(s)
	if err == nil && s.Skip != nil {
		g.refused.Add(g.name(s)+"/", s.Skip)
	}
	return err
}

func (g *gather) own(s *fsx.Stray) error {
	h, id, in := g.h, g.h.w.Identity, s.Info
	// A directory that was handed over by now was not the app's: what it handed its group on to is nobody's choice.
	above := s.Above
	if above.UID != id.UID {
		above = fsx.Owner{}
	}
	if in.UID == id.UID && (in.GID == id.GID || chosen(in, above)) {
		return nil
	}
	if err := mayOwn(h.w, in); err != nil || in.Kind == fsx.Symlink && h.topLink(g.name(s), in) {
		g.refused.Add(g.name(s), cmp.Or(err, fsx.ErrSymlink))
		return nil
	}
	if h.r.Planning() {
		g.add(s)
		return nil
	}
	changed, err := s.Own(id.UID, id.GID, !apps(h.w, in))
	switch {
	case err == nil:
		if changed {
			g.add(s)
		}
	case errors.Is(err, fs.ErrNotExist):
	case boot.Refusable(err):
		g.refused.Add(g.name(s), err)
	default:
		return err
	}
	return nil
}

func (g *gather) name(s *fsx.Stray) string { return path.Join(g.tree, s.Path()) }

// add counts an entry that was handed over. Of a big tree they have nearly always the same owner, and threads that waited for each
// other to count them would be a tenth of the time.
func (g *gather) add(s *fsx.Stray) {
	owner := [2]uint32{s.Info.UID, s.Info.GID}
	if k := g.usual.Load(); k != nil && k.owner == owner {
		k.n.Add(1)
		if id := g.h.w.Identity; owner[0] != id.UID {
			s.Alike(id.UID, id.GID, &k.n) // all that the rules ask of another user's file is whether it has other names
		}
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.steps) <= mostNamed {
		g.steps = append(g.steps, g.h.step(g.name(s), s.Info.UID, s.Info.GID))
	}
	k := g.kinds[owner]
	switch {
	case k == nil && len(g.kinds) == maxKinds:
		g.others++
		return
	case k == nil:
		k = &kind{owner: owner}
		if g.kinds == nil {
			g.kinds = map[[2]uint32]*kind{}
		}
		g.kinds[owner] = k
	}
	k.n.Add(1)
	if len(g.steps) > mostNamed {
		g.usual.Store(k)
	}
}

// flush hands it all to the run.
func (g *gather) flush() {
	r := g.h.r
	switch {
	case len(g.steps) <= mostNamed:
		slices.SortFunc(g.steps, func(a, b boot.Step) int { return strings.Compare(a.Target, b.Target) })
		r.Add(g.steps...)
	default:
		for _, owner := range slices.SortedFunc(maps.Keys(g.kinds), func(a, b [2]uint32) int {
			return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
		}) {
			s := g.h.step(g.tree, owner[0], owner[1])
			s.Count, s.Why = int(g.kinds[owner].n.Load()), "what lies there is listed to belong to the app's user"
			r.Add(s)
		}
		if g.others > 0 {
			s := g.h.step(g.tree, 0, 0)
			s.Before, s.Count, s.Why = "others", g.others, "what lies there is listed to belong to the app's user"
			r.Add(s)
		}
	}
	g.refused.Flush(r, "chown")
}

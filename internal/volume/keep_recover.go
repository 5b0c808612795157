package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxSlot  = 200 // bytes of one component, where file systems take 255
	maxSlots = 64  // components: more than any path needs
	sumChars = 32
)

// slot names a place in a part of the stage for a name of the tree. A long one is in pieces: all but the last end in a sign
// that no escaped name ends in.
func (s *stage) slot(part, name string) (string, error) {
	at, rest := s.top+"/"+part, url.PathEscape(name)
	for len(rest) > maxSlot {
		n := min(maxSlot, len(rest)-3) // what is left is never "." or ".."
		at, rest = at+"/"+rest[:n]+"%", rest[n:]
		if err := s.dir.Mkdir(at, attr(s.c.w, stagePerm)); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return at + "/" + rest, nil
}

// A slotted entry lies in the stage, for a name.
type slotted struct{ at, name string }

// slots gives what lies in a part of the stage. Anybody may have made it.
func (s *stage) slots(part string) ([]slotted, error) {
	var all []slotted
	var list func(at, begin string, depth int) error
	list = func(at, begin string, depth int) error {
		dir, err := s.dir.Sub(at)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		items, err := dir.List()
		if err != nil {
			return err
		}
		for _, it := range items {
			more, goes := strings.CutSuffix(it.Name, "%")
			if name, err := url.PathUnescape(begin + it.Name); err == nil {
				all = append(all, slotted{at + "/" + it.Name, name})
			} else if goes && it.Kind == fsx.Directory && depth < maxSlots {
				if err := list(at+"/"+it.Name, begin+more, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return all, list(s.top+"/"+part, "", 1)
}

// recover gives old versions their names back, and edits that a kill has cut off from theirs. It leads from the stage to places
// in kept trees, and nowhere else.
func (s *stage) recover() error {
	old, err := s.slots("old")
	if err != nil {
		return err
	}
	for _, o := range old {
		if path.Clean(o.name) != o.name || !s.inTree(o.name) {
			continue
		}
		err = s.dir.Move(o.at, o.name)
		switch {
		case err == nil, errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist), unseen(err):
		default:
			return err // it stays where it is until it can be put back
		}
	}
	out, err := s.slots("out")
	if err != nil {
		return err
	}
	for _, o := range out {
		if len(o.name) < 2*(sumChars+1) || o.name[sumChars] != '-' || o.name[2*sumChars+1] != '-' {
			continue
		}
		made, was, name := o.name[:sumChars], o.name[sumChars+1:2*sumChars+1], o.name[2*(sumChars+1):]
		if path.Clean(name) != name || !s.inTree(name) {
			continue
		}
		if err := s.giveBack(o.at, name, made, was); err != nil {
			return err
		}
	}
	return nil
}

// giveBack looks at what a boot that was killed left where two versions were changing places: the one that it had made, or
// the one that it had found. Anything else is an edit of that instant, and the only copy.
func (s *stage) giveBack(at, name, made, was string) error {
	sum, err := s.sum(at)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (sum == made || sum == was) {
		return nil
	}
	if s.c.ctx.Err() != nil {
		return err
	}
	now, err := s.sum(name)
	switch {
	case err == nil && now == made:
		err = s.dir.Exchange(at, name)
	case errors.Is(err, fs.ErrNotExist):
		err = s.dir.Move(at, name)
	default:
		return s.aside(at, name)
	}
	if err != nil {
		return s.aside(at, name)
	}
	return nil
}

// aside keeps an edit whose name somebody has put something else at.
func (s *stage) aside(at, name string) error {
	dir := s.top + asideEnd
	if err := s.dir.Mkdir(dir, attr(s.c.w, stagePerm)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for n := 1; ; n++ {
		to := fmt.Sprintf("%s/%d", dir, n)
		err := s.dir.Move(at, to)
		if errors.Is(err, fs.ErrExist) && n < maxAside {
			continue
		}
		if err == nil {
			s.c.r.Warn("take what you want of it, and remove it", "keep %s: an edit of %s that a killed boot was in the way of lies in %s",
				boot.Word(s.c.say.Path), boot.Word(name), boot.Word(path.Join(s.dir.Path(), to)))
		}
		return err
	}
}

const (
	asideEnd = "-aside"
	maxAside = 1000
)

func (s *stage) sum(name string) (string, error) {
	return treeSum(s.c.ctx, s.dir, name, s.c.say.Ignore)
}

// putAway gives the sums of the old versions that a boot which was killed has taken away, for a plan: the next boot puts them
// back first.
func (c *keeping) putAway() map[string]string {
	all := map[string]string{}
	s, err := c.atStage()
	if err != nil {
		return nil
	}
	defer s.close()
	_ = asNeeded(c.w, func() error {
		old, err := s.slots("old")
		for _, o := range old {
			if !s.inTree(o.name) || !within(o.name, s.tree) {
				continue
			}
			if sum, err := s.sum(o.at); err == nil {
				all[strings.TrimPrefix(o.name, s.tree+"/")] = sum
			}
		}
		return err
	})
	return all
}

// handOver gives what a boot for another user has left to this one: clear says what it couldn't remove.
func (s *stage) handOver() {
	w := s.c.w
	if !hands(w) {
		return
	}
	e, err := s.dir.Look(s.top)
	if err != nil {
		return
	}
	defer func() { _ = e.Close() }()
	if e.Info().Kind != fsx.Directory || ownFile(w, e) != nil && e.Info().UID != w.Identity.UID {
		return
	}
	dir, err := e.Dir()
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	_ = dir.Walk(s.c.ctx, func(f fsx.Found) error {
		if f.Skip != nil || f.Info.UID == w.Identity.UID {
			return nil
		}
		e, err := f.Pin()
		if err != nil {
			return nil // somebody is quicker
		}
		defer func() { _ = e.Close() }()
		_ = ownFile(w, e)
		return nil
	})
}

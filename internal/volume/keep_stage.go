package volume

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// A stage is where new versions are made: a directory on the tree's own file system that no app looks into. It has three
// parts. In new lie copies that have no name of their own yet, and may be half made: who finds them after a kill removes
// them. In out lies a copy that is whole and about to change places with an old version, or that one, once it has: who finds
// it after a kill removes it, unless it is neither, as then it is an edit that was made in that very instant. In old lies,
// where two names can't change places in one step, the old version while its name is free for an instant: who finds it after
// a kill there puts it back, if its name still is.
type stage struct {
	c       *keeping
	dir     *fsx.Dir // the volume's, or that of the mount in which the tree lies
	top     string   // the stage's name below it
	tree    string   // and the tree's
	mounted bool
}

const (
	stageName    = boot.LedgerDir + "/keep"
	mountedStage = ".berth-keep"
	stagePerm    = 0o700
)

func (c *keeping) openStage() (*stage, error) {
	s, err := c.atStage()
	if err != nil {
		return nil, err
	}
	s.handOver()
	if err := s.clear(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// atStage finds the place of the stage.
func (c *keeping) atStage() (*stage, error) {
	at, err := reach(c.w, c.say.Path+"/x") // below: the tree itself may be the mount
	if err != nil {
		return nil, err
	}
	s := &stage{c: c, dir: at.dir, top: stageName, tree: path.Dir(at.name), mounted: at.mounted}
	if at.mounted {
		s.top = mountedStage
	}
	return s, nil
}

// stageable says whether a boot would find a place for the stage, for a plan: the app may have put a link where that lies, and then
// nothing of the tree is laid.
func (c *keeping) stageable() error {
	s, err := c.atStage()
	if err != nil {
		return err
	}
	defer s.close()
	return asNeeded(c.w, func() error {
		_, err := s.dir.Exists(s.top)
		return err
	})
}

// clear puts back what a boot that was killed had taken away, and removes the stage.
func (s *stage) clear() error {
	return s.c.w.AsApp(func() error {
		s.sweep()
		there, err := s.dir.Exists(s.top)
		if err != nil || !there {
			return err
		}
		if err := s.recover(); err != nil && !fsx.IsRefusal(err) && !unseen(err) {
			return err // a link or a file in its place isn't ours, and goes
		}
		for _, part := range []string{"/out", "/old"} {
			_ = s.dir.Move(s.top+part, s.top+"/new"+part) // a kill may leave half of it, which is nobody's edit
		}
		return s.dir.RemoveAll(s.c.ctx, s.top)
	})
}

// sweep removes half-made directories beside the stage.
func (s *stage) sweep() {
	dir, err := s.dir.Sub(path.Dir(s.top))
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	left, _ := dir.Leftovers()
	for _, name := range left {
		_ = dir.Sweep(name)
	}
}

func (s *stage) make() error { return s.c.w.AsApp(s.mkdirs) }

func (s *stage) mkdirs() error {
	for _, dir := range []string{path.Dir(s.top), s.top, s.top + "/new", s.top + "/out", s.top + "/old"} {
		if dir == "." {
			continue
		}
		if err := s.dir.Mkdir(dir, attr(s.c.w, stagePerm)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// inTree says whether a name lies in a tree that the spec keeps.
func (s *stage) inTree(name string) bool {
	if s.mounted {
		return s.tree == "." && !strings.HasPrefix(name, "/") || within(name, s.tree) && name != s.tree
	}
	return slices.ContainsFunc(s.c.w.Spec.Keep, func(k spec.Keep) bool { return within(name, k.Path) && name != path.Clean(k.Path) })
}

func (s *stage) copyOf(i int) string { return s.top + "/new/" + strconv.Itoa(i) }

// fill makes a copy ready. What there was no room for makes room for others.
func (s *stage) fill(i int, p piece) error {
	return s.c.w.AsApp(func() error {
		skip := func(base string) bool { return slices.Contains(s.c.say.Ignore, base) }
		err := s.c.from.dir.Copy(s.c.ctx, p.path, s.dir, s.copyOf(i), skip)
		if err != nil && s.c.ctx.Err() == nil {
			_ = s.dir.RemoveAll(s.c.ctx, s.copyOf(i))
		}
		return err
	})
}

func (s *stage) sync() error {
	return s.c.w.AsApp(s.dir.SyncAll)
}

// publish gives a copy its name.
func (s *stage) publish(i int, p piece) error {
	return s.c.w.AsApp(func() error {
		name := path.Join(s.tree, p.path)
		if p.verb != "update" {
			return s.dir.Move(s.copyOf(i), name)
		}
		if !s.untouched(name, p) {
			return boot.ErrMoot // somebody changed it since we looked: it is the user's work now
		}
		out, err := s.slot("out", p.sum+"-"+p.old+"-"+name)
		if err != nil {
			return err
		}
		if err := s.dir.Move(s.copyOf(i), out); err != nil {
			return err
		}
		err = s.dir.Exchange(out, name)
		if errors.Is(err, errors.ErrUnsupported) {
			return s.inTwoSteps(out, p, name)
		}
		if err != nil {
			return err
		}
		if s.untouched(out, p) {
			return nil
		}
		if err := s.dir.Exchange(out, name); err != nil {
			return err
		}
		return boot.ErrMoot
	})
}

// inTwoSteps is for file systems on which names can't change places.
func (s *stage) inTwoSteps(out string, p piece, name string) error {
	aside, err := s.slot("old", name)
	if err != nil {
		return err
	}
	if err := s.dir.Move(name, aside); err != nil {
		return err
	}
	if !s.untouched(aside, p) {
		if err := s.dir.Move(aside, name); err != nil {
			return err
		}
		return boot.ErrMoot
	}
	if err := s.dir.Move(out, name); err != nil {
		return errors.Join(err, s.dir.Move(aside, name))
	}
	return nil
}

// untouched says whether an old version is still the one that was decided on.
func (s *stage) untouched(name string, p piece) bool {
	sum, err := s.sum(name)
	return err == nil && sum == p.old
}

// close gives the handle back. The stage of a boot that failed is the next one's to clear.
func (s *stage) close() {
	if s.mounted {
		_ = s.dir.Close()
	}
}

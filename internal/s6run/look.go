package s6run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

const (
	maxEntries = 4096            // of a scan directory: a user may fill it
	maxSlots   = 1000            // of a room; s6-svscan has as many
	maxName    = 251             // bytes of a service's name, as genuine programs have it
	maxLinks   = 8               // from a name in the scan directory to its service directory
	lookTime   = 5 * time.Second // how long a look may take for those who wait
	awayTime   = 3 * time.Second // how long a slot that goes is waited for
	behind     = time.Second     // when a look follows one that pruned: clients remove a directory only then
	unfinished = ".tmp"          // what clients fill before they give it its name
)

// Rescan looks at the scan directory: what is new there becomes a slot, what is gone ends. It is bounded: a directory on a
// file system that hangs is looked at for as long as that takes, and waited for no longer.
func (r *Room) Rescan() { r.look(true, true) }

// look looks at the scan directory, and waits for it for a while. With add, what is new becomes a slot; with prune, what is
// gone is stopped. What is gone and down is let go in any case.
func (r *Room) look(add, prune bool) {
	if r.scan == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.scanning.Lock()
		defer r.scanning.Unlock()
		r.scan.count(1, 0)
		r.lookNow(add, prune)
		r.scan.count(0, 1)
	}()
	t := time.NewTimer(lookTime)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	case <-r.quit.Done():
	}
}

func (r *Room) lookNow(add, prune bool) {
	items, err := r.scan.top.First(maxEntries)
	if err != nil {
		r.warn("look what has become of it", "scan: "+err.Error())
		return
	}
	if len(items) == maxEntries {
		r.warn("remove what is no service there", fmt.Sprintf("scan %s: more than %d names are there, the others aren't looked at", r.o.Scan, maxEntries))
	}
	slices.SortFunc(items, func(a, b fsx.Item) int { return strings.Compare(a.Name, b.Name) })
	here, names := map[inode]bool{}, map[string]bool{}
	var fresh []entry
	for _, it := range items {
		e, err := r.entry(it)
		switch {
		case err != nil: // what can't be looked at now isn't gone
			names[it.Name] = true
			r.warn("mend or remove it", fmt.Sprintf("scan %q: %v", it.Name, err))
		case e.dir != nil:
			here[e.id] = true
			fresh = append(fresh, e)
		}
	}
	if len(items) < maxEntries {
		r.prune(func(s *slot) bool { return here[s.id] || names[s.name] }, prune)
	}
	for _, e := range fresh {
		if !add || !r.adopt(e) {
			_ = e.dir.Close()
		}
	}
}

// An entry is a service directory that a name in the scan directory leads to.
type entry struct {
	name, path string
	dir        *fsx.Dir
	id         inode
}

// entry opens what a name leads to; its handle is nil where it is nothing that counts.
func (r *Room) entry(it fsx.Item) (entry, error) {
	if strings.HasPrefix(it.Name, ".") || strings.HasSuffix(it.Name, unfinished) || it.Kind != fsx.Directory && it.Kind != fsx.Symlink {
		return entry{}, nil
	}
	e := entry{name: it.Name, path: filepath.Join(r.o.Scan, it.Name)}
	err := named(it.Name)
	if err == nil && it.Kind == fsx.Directory {
		e.dir, err = r.scan.top.Sub(it.Name)
	} else if err == nil {
		e.dir, e.path, err = r.linked(it.Name)
	}
	if err != nil {
		return entry{}, err
	}
	in, err := e.dir.Info()
	if err != nil {
		return entry{}, errors.Join(err, e.dir.Close())
	}
	e.id = inodeOf(in)
	return e, nil
}

// named refuses names that no slot can have.
func named(name string) error {
	switch {
	case len(name) > maxName:
		return fmt.Errorf("the name is longer than %d bytes", maxName)
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name has control characters")
	}
	return nil
}

// linked opens the directory that a link in the scan directory leads to. A user's leads to that user's own.
func (r *Room) linked(name string) (*fsx.Dir, string, error) {
	path, at, owner := filepath.Join(r.o.Scan, name), r.scan.top, uint32(0)
	for range maxLinks {
		e, err := at.Look(filepath.Base(path))
		if at != r.scan.top {
			_ = at.Close()
		}
		if err != nil {
			return nil, "", err
		}
		if e.Info().Kind != fsx.Symlink {
			d, err := e.Dir()
			_ = e.Close()
			if err != nil {
				return nil, "", err
			}
			if err := allowed(d, owner); err != nil {
				return nil, "", errors.Join(err, d.Close())
			}
			return d, path, nil
		}
		to, err := e.Readlink()
		if uid := e.Info().UID; uid != 0 {
			owner = uid
		}
		_ = e.Close()
		if err != nil {
			return nil, "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if path = filepath.Clean(to); path == "/" {
			return nil, "", fsx.ErrName
		}
		if at, err = fsx.Open(realDir(filepath.Dir(path))); err != nil {
			return nil, "", err
		}
	}
	return nil, "", fmt.Errorf("it leads through more than %d links", maxLinks)
}

// realDir gives the path of a directory without links, where there is one.
func realDir(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

// allowed refuses a directory that isn't its link's owner's, where that isn't root.
func allowed(d *fsx.Dir, owner uint32) error {
	in, err := d.Info()
	if err == nil && owner != 0 && in.UID != owner && os.Geteuid() == 0 {
		err = fmt.Errorf("the link is uid %d's, the directory uid %d's", owner, in.UID)
	}
	return err
}

// adopt makes a slot of a directory that is none yet. It says whether it has taken the handle.
func (r *Room) adopt(e entry) bool {
	for _, s := range r.all() {
		if s.dir == nil {
			if s.name == e.name {
				r.warn("give it another name", fmt.Sprintf("scan %q: a service of that name is defined", e.name))
				return false
			}
			continue
		}
		switch {
		case s.id == e.id && !s.removed.Load():
			if s.name != e.name {
				r.warn("remove one of the names", fmt.Sprintf("scan %q: it is supervised as %s already", e.name, s.name))
			}
			return false
		case s.name == e.name:
			r.warn("remove it, then s6-svscanctl -an, before another one takes its name", fmt.Sprintf("scan %q: the one before still runs", e.name))
			return false
		}
	}
	there, err := e.dir.Exists(s6dir.Run)
	if err == nil && !there {
		err = errors.New("there is no run in it: it is no service")
	}
	if err == nil {
		err = r.supervise(e)
	}
	if err != nil {
		hint := "put a program named run there, or remove the directory"
		if e, ok := errors.AsType[*shared](err); ok {
			hint = e.Hint()
		}
		r.warn(hint, fmt.Sprintf("scan %q: %v", e.name, err))
	}
	return err == nil
}

// supervise gives a directory that a client put there its slot.
func (r *Room) supervise(e entry) error {
	if len(r.all()) >= maxSlots {
		return fmt.Errorf("there are %d slots already", maxSlots)
	}
	down, err := e.dir.Exists(s6dir.Down)
	if err != nil {
		return err
	}
	s := &slot{room: r, name: e.name, dynamic: true, seen: true}
	s.service = supervise.Service{Name: e.name, Enabled: true, Desired: !down, Loose: true, Stop: supervise.Stop{Timeout: r.o.Grace}}
	list, err := s.settle(e.dir, e.path)
	if err != nil {
		return err
	}
	return r.add(list...)
}

// prune ends the slots whose directories are not in the scan directory any more: those that clients put there are taken
// away, those that the image defines stopped. Without all, only those of which nothing runs.
func (r *Room) prune(here func(s *slot) bool, all bool) {
	var going sync.WaitGroup
	for _, s := range r.all() {
		switch {
		case s.dir == nil || s.isLogger():
		case here(s):
			s.seen = true
		case !s.seen || s.removed.Load():
		case s.dynamic && (all || s.idle()):
			going.Go(func() { r.remove(s) })
		case !s.dynamic && all:
			s.seen = false
			_ = r.sup.Stop(r.quit, who, false, s.name)
		}
	}
	gone := make(chan struct{})
	go func() {
		going.Wait()
		close(gone)
	}()
	t := time.NewTimer(awayTime)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
}

// idle says that nothing of it runs.
func (s *slot) idle() bool {
	switch s.state() {
	case supervise.Down, supervise.Done, supervise.Failed, supervise.Holding, supervise.Waiting:
		return s.process() == nil
	default:
		return false
	}
}

// remove takes a slot away, and its logger behind it. It waits for their ends.
func (r *Room) remove(s *slot) {
	if s.removed.Swap(true) {
		return
	}
	for _, x := range []*slot{s, s.log} {
		if x == nil {
			continue
		}
		x.removed.Store(true)
		_ = r.sup.Remove(context.WithoutCancel(r.quit), who, x.name) // an error is of a process that KILL didn't end
		r.mu.Lock()
		if r.slots[x.name] == x {
			delete(r.slots, x.name)
		}
		r.mu.Unlock()
		x.release()
		r.drop(x.in)
	}
}

package fsx

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// alikeTree is a rested directory of a former user's with plain files of that user, whose names begin with "plain".
func alikeTree(t *testing.T, dir string, n int) *Dir {
	t.Helper()
	in := mkdir(t, dir+"/in")
	for i := range n {
		p := fmt.Sprintf("%s/plain%d", in, i)
		write(t, p, "x")
		ok(t, os.Lchown(p, 1000, 1000))
	}
	ok(t, os.Lchown(in, 1000, 1000))
	d, err := Open(in)
	ok(t, err)
	return d
}

// askedOf hands the tree over, says of each plain file that more are alike, and gives the names that were asked about, and
// how many more were handed over.
func askedOf(t *testing.T, d *Dir, s *Survey) (asked []string, more int64) {
	t.Helper()
	var count atomic.Int64
	var mu sync.Mutex
	s.UID, s.GID, s.Top, s.Hand = 4242, 4242, true, true
	s.Amiss = func(x *Stray) error {
		name := x.Path()
		mu.Lock()
		asked = append(asked, name)
		mu.Unlock()
		if strings.HasPrefix(filepath.Base(name), "plain") && x.Info.UID == 1000 {
			x.Alike(4242, 4242, &count)
		}
		if x.Skip == nil && (x.Info.Kind == Directory || x.Info.Nlink == 1) {
			_, err := x.Own(4242, 4242, true)
			if err != nil && !strings.HasSuffix(name, "locked") {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	}
	ok(t, d.Survey(t.Context(), s))
	return asked, count.Load()
}

// named counts the names that begin with a prefix.
func named(all []string, prefix string) (n int) {
	for _, name := range all {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return n
}

func TestWhatIsAlikeIsHandedOverWithoutAWord(t *testing.T) {
	needsRoot(t)
	everyKernel(t, func(t *testing.T) {
		const n = 200
		d := alikeTree(t, t.TempDir(), n)
		defer func() { _ = d.Close() }()
		rested(t, d.Path())
		asked, more := askedOf(t, d, &Survey{})
		if named(asked, "plain")+int(more) != n || asked[len(asked)-1] != "" {
			t.Errorf("asked about %q; %d more were handed over", asked, more)
		}
		if len(asked) != 2 && !lacks(mountID) { // without, a mount is not told so easily
			t.Errorf("%d were asked about", len(asked))
		}
		for i := range n {
			if got := owner(t, fmt.Sprintf("%s/plain%d", d.Path(), i)); got != [2]uint32{4242, 4242} {
				t.Errorf("%d belongs to %v", i, got)
			}
		}
		if again, more := askedOf(t, d, &Survey{}); len(again) != 0 || more != 0 {
			t.Errorf("a second time %q, and %d more", again, more)
		}
	})
}

// Each thread counts by itself, and nothing is lost when it ends.
func TestWhatIsAlikeIsCountedByEveryThread(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	const dirs, each = 40, 60
	for i := range dirs {
		ok(t, alikeTree(t, mkdir(t, fmt.Sprintf("%s/d%02d", d.Path(), i)), each).Close())
	}
	rested(t, d.Path())
	s := &Survey{Threads: 4}
	asked, more := askedOf(t, d, s)
	if all := int64(named(asked, "d")) - 2*dirs + more; all != dirs*each || s.Looked() != dirs*(each+2)+1 {
		t.Errorf("%d were handed over, %d looked at", all, s.Looked())
	}
	if len(asked) > 2*dirs+1+4 {
		t.Errorf("%d were asked about", len(asked))
	}
}

// What differs in anything that a rule may go by is the visitor's to judge.
func TestWhatIsNotAlikeIsAskedAbout(t *testing.T) {
	needsRoot(t)
	const n, odd = 60, 8
	each := func(do func(p string) error) func(t *testing.T, in string) {
		return func(t *testing.T, in string) {
			for i := range odd {
				ok(t, do(fmt.Sprintf("%s/odd%d", in, i)))
			}
		}
	}
	file := func(p string, uid, gid int) error {
		if err := os.WriteFile(p, nil, 0o644); err != nil {
			return err
		}
		return os.Lchown(p, uid, gid)
	}
	for _, c := range []struct {
		about string
		grow  func(t *testing.T, in string)
		asked bool // about the plain ones too
	}{
		{"another user's", each(func(p string) error { return file(p, 1001, 1000) }), false},
		{"another group's", each(func(p string) error { return file(p, 1000, 1001) }), false},
		{"root's", each(func(p string) error { return file(p, 0, 0) }), false},
		{"a link", each(func(p string) error {
			if err := os.Symlink("/etc/passwd", p); err != nil {
				return err
			}
			return os.Lchown(p, 1000, 1000)
		}), false},
		{"a FIFO", each(func(p string) error {
			if err := unix.Mkfifo(p, 0o644); err != nil {
				return err
			}
			return os.Lchown(p, 1000, 1000)
		}), false},
		{"one of two names", each(func(p string) error {
			if err := file(p, 1000, 1000); err != nil {
				return err
			}
			return os.Link(p, filepath.Dir(filepath.Dir(p))+"/other-"+filepath.Base(p))
		}), false},
		{"a directory", each(func(p string) error {
			if err := os.Mkdir(p, 0o755); err != nil {
				return err
			}
			return os.Lchown(p, 1000, 1000)
		}), false},
		{"in a directory that a group may write", func(t *testing.T, in string) { ok(t, os.Chmod(in, 0o775)) }, true},
		{"in the app's own directory", func(t *testing.T, in string) { ok(t, os.Lchown(in, 4242, 4242)) }, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			d := alikeTree(t, t.TempDir(), n)
			defer func() { _ = d.Close() }()
			c.grow(t, d.Path())
			rested(t, d.Path())
			asked, more := askedOf(t, d, &Survey{})
			switch {
			case c.asked && (named(asked, "plain") != n || more != 0):
				t.Errorf("only %d were asked about, %d were not", len(asked), more)
			case !c.asked && (named(asked, "odd") != odd || named(asked, "plain") != 1 || more != n-1):
				t.Errorf("asked about %q; %d more", asked, more)
			}
		})
	}
	t.Run("in a directory that has just changed", func(t *testing.T) {
		d := alikeTree(t, t.TempDir(), n)
		defer func() { _ = d.Close() }()
		ok(t, os.Chtimes(d.Path(), time.Now(), time.Now()))
		if asked, more := askedOf(t, d, &Survey{}); named(asked, "plain") != n || more != 0 {
			t.Errorf("only %d were asked about, %d were not", len(asked), more)
		}
	})
	t.Run("while changes are watched", func(t *testing.T) {
		d := alikeTree(t, t.TempDir(), n)
		defer func() { _ = d.Close() }()
		rested(t, d.Path())
		changes := watchChanges(t)
		if asked, more := askedOf(t, d, &Survey{}); named(asked, "plain") != n || more != 0 || len(changes()) < n {
			t.Errorf("only %d were asked about, %d were not, and %d changes seen", len(asked), more, len(changes()))
		}
	})
	t.Run("what something is mounted on", func(t *testing.T) {
		ownMounts(t, func(t *testing.T, dir string) {
			d := alikeTree(t, dir, n)
			defer func() { _ = d.Close() }()
			foreign := dir + "/foreign"
			write(t, foreign, "x")
			ok(t, os.Lchown(foreign, 1000, 1000))
			for i := range odd {
				write(t, fmt.Sprintf("%s/odd%d", d.Path(), i), "")
			}
			rested(t, d.Path())
			for i := range odd {
				bind(t, foreign, fmt.Sprintf("%s/odd%d", d.Path(), i))
			}
			asked, more := askedOf(t, d, &Survey{})
			if named(asked, "odd") != odd || named(asked, "plain") != 1 || more != n-1 {
				t.Errorf("asked about %q; %d more", asked, more)
			}
		})
	})
}

// What fails without a word is asked about after all, and counted as what it is.
func TestWhatIsAlikeAndFailsIsAskedAbout(t *testing.T) {
	needsRoot(t)
	d := alikeTree(t, t.TempDir(), 50)
	defer func() { _ = d.Close() }()
	locked := d.Path() + "/locked"
	write(t, locked, "x")
	ok(t, os.Lchown(locked, 1000, 1000))
	set := immutable(t, locked)
	set(true)
	defer set(false)
	rested(t, d.Path())
	asked, more := askedOf(t, d, &Survey{})
	if named(asked, "locked") != 1 || named(asked, "plain") != 1 || more != 49 {
		t.Errorf("asked about %q; %d more", asked, more)
	}
	if got := owner(t, locked); got != [2]uint32{1000, 1000} {
		t.Errorf("what can't be changed belongs to %v", got)
	}
}

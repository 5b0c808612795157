package profile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// create makes a profile with a file in it and publishes it.
func (g *rig) create(name string) error {
	return g.do(func() error {
		d, err := g.set().Draft()
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		if err := errors.Join(d.Dir.Create("SOUL.md", []byte("x"), fsx.Attr{Mode: 0o644}), d.Dir.Mkdir("logs", fsx.Attr{Mode: 0o755})); err != nil {
			return err
		}
		if err := d.Publish(name); err != nil {
			return errors.Join(err, d.Discard(context.Background()))
		}
		return nil
	})
}

func (g *rig) sweep() (n int, err error) {
	err = g.do(func() (err error) { n, err = g.set().Sweep(context.Background()); return err })
	return n, err
}

func TestADraft(t *testing.T) {
	g := newRig(t)
	g.ok(g.create("a"))
	same(t, "profiles", g.names(), []string{"default", "a"})
	same(t, "on the disk", g.left("profiles"), []string{"a"})
	g.mkdir("profiles/plain")
	g.write("profiles/file", "")
	g.link("/etc", "profiles/link")
	for _, c := range []struct {
		name string
		want error
	}{
		{"a", ErrThere},
		{"plain", ErrThere},
		{"file", ErrThere},
		{"link", ErrThere},
		{"default", ErrTaken},
		{"", ErrName},
		{"Coder", ErrName},
		{"../x", ErrName},
		{".x", ErrName},
		{"a/b", ErrName},
		{strings.Repeat("a", 252), ErrName},
	} {
		wants(t, g.create(c.name), c.want)
	}
	same(t, "on the disk", g.left("profiles"), []string{"a", "file", "link", "plain"})
	if to, err := os.Readlink(g.at("profiles/link")); err != nil || to != "/etc" {
		t.Errorf("the link leads to %s, %v", to, err)
	}
}

func TestADraftInADeepDirectory(t *testing.T) {
	g := newRig(t)
	g.spec.Dir = "some/where/profiles"
	g.ok(g.create("a"))
	same(t, "profiles", g.names(), []string{"default", "a"})
}

func TestADraftIsHiddenAndLockedUntilItIsPublished(t *testing.T) {
	g := newRig(t)
	g.ok(g.do(func() error {
		d, err := g.set().Draft()
		if err != nil {
			return err
		}
		if err := d.Dir.Create("SOUL.md", nil, fsx.Attr{Mode: 0o644}); err != nil {
			return err
		}
		same(t, "profiles", g.names(), []string{"default"})
		if n, err := g.sweep(); n != 0 || err != nil {
			t.Errorf("a sweep took %d, %v", n, err)
		}
		return d.Close()
	}))
	if n, err := g.sweep(); n != 1 || err != nil {
		t.Errorf("a draft that nobody is at: swept %d, %v", n, err)
	}
	same(t, "left", g.left("profiles"), nil)
}

func TestADraftBehindALink(t *testing.T) {
	g := newRig(t)
	g.mkdir("elsewhere")
	g.link("elsewhere", "profiles")
	wants(t, g.create("a"), fsx.ErrSymlink, "refusing")
	same(t, "elsewhere", g.left("elsewhere"), nil)
}

// For all k: who dies at the k-th change leaves no profile or a whole one; the next sweep leaves nothing else, and the
// next command goes through.
func TestADraftThatDies(t *testing.T) {
	for k := 1; ; k++ {
		g := newRig(t)
		if g.crashAt(k, func() error { return g.create("a") }) {
			if k < 8 {
				t.Errorf("only %d changes were announced", k-1)
			}
			return
		}
		names := g.names()
		if len(names) == 2 {
			same(t, "in it", g.left("profiles/a"), []string{"SOUL.md", "logs"})
		}
		_, err := g.sweep()
		g.ok(err)
		if _, err := os.Lstat(g.at("profiles")); err == nil {
			same(t, "swept", g.left("profiles"), names[1:])
		}
		if len(names) == 1 {
			g.ok(g.create("a"))
		}
		same(t, "profiles", g.names(), []string{"default", "a"})
	}
}

// Many make profiles at once, with sweeps in between: each name is one's, and nothing is left over.
func TestDraftsInParallel(t *testing.T) {
	g := newRig(t)
	names := []string{"a", "b", "c", "a", "b", "c"}
	out := make(chan error, len(names))
	for _, name := range names {
		go func() {
			for range 3 {
				_, _ = g.sweep()
			}
			out <- g.create(name)
		}()
	}
	there := 0
	for range names {
		switch err := <-out; {
		case errors.Is(err, ErrThere):
			there++
		case err != nil:
			t.Error(err)
		}
	}
	if there != 3 {
		t.Errorf("%d of three were refused", there)
	}
	same(t, "on the disk", g.left("profiles"), []string{"a", "b", "c"})
}

// Whoever puts a link in the place of what is being made, at whatever moment, gets nothing written where it leads, and
// no success is told for what isn't there.
func TestAnAttackerSwapsADraft(t *testing.T) {
	for k := 1; ; k++ {
		g := newRig(t)
		g.write("victim/precious", "precious")
		n := 0
		swapped := false
		remove := fsx.OnChange(func(string, string) {
			if n++; n != k {
				return
			}
			found, _ := filepath.Glob(g.at("profiles/.berth-*"))
			for _, f := range found {
				if os.Rename(f, g.at("profiles/away")) == nil {
					swapped = os.Symlink(g.at("victim"), f) == nil
				}
			}
		})
		err := g.create("a")
		remove()
		if n < k {
			g.ok(err)
			return
		}
		same(t, "with the victim", g.left("victim"), []string{"precious"})
		switch {
		case !swapped:
			g.ok(err)
		case err == nil: // it began anew
			in, err := os.Lstat(g.at("profiles/a"))
			g.ok(err)
			if !in.IsDir() {
				t.Errorf("swapped at change %d, and it says that it made a %v", k, in.Mode())
			}
			same(t, "in it", g.left("profiles/a"), []string{"SOUL.md", "logs"})
		case !fsx.IsRefusal(err) && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrExist):
			t.Errorf("swapped at change %d: %v", k, err)
		}
	}
}

package profile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

func (g *rig) remove(name string) (gone bool, err error) {
	err = g.do(func() (err error) { gone, err = g.set().Remove(context.Background(), name); return err })
	return gone, err
}

// full makes a profile with something of everything.
func (g *rig) full() {
	g.t.Helper()
	const at = "profiles/a"
	g.profile("a")
	g.write(at+"/skills/deep/er/x", "x")
	g.write(at+"/.berth-0123456789abcdef", "left")
	g.mkdir(at + "/.berth-0123456789abcdee")
	g.mkdir(at + "/shut")
	g.write(at+"/shut/x", "x")
	g.ok(os.Chmod(g.at(at+"/shut"), 0))
	g.ok(unix.Mkfifo(g.at(at+"/fifo"), 0o600))
	g.own(at + "/fifo")
	g.link(g.at("victim"), at+"/link")
	g.link("nowhere", at+"/dangling")
	g.write("victim/precious", "precious")
}

func TestRemove(t *testing.T) {
	g := newRig(t)
	g.full()
	g.profile("b")
	gone, err := g.remove("a")
	if !gone || err != nil {
		t.Fatalf("gone %v, %v", gone, err)
	}
	same(t, "on the disk", g.left("profiles"), []string{"b"})
	if g.read("victim/precious") != "precious" {
		t.Error("it went through a link")
	}
	g.mkdir("profiles/plain")
	g.link("../victim", "profiles/link")
	g.link("b", "profiles/c")
	for _, c := range []struct {
		name string
		want error
	}{
		{"a", ErrNone},
		{"default", ErrTaken},
		{"plain", ErrNone},
		{"link", fsx.ErrSymlink},
		{"c", fsx.ErrSymlink},
		{"../victim", ErrName},
		{"", ErrName},
		{"My Bot", ErrName},
	} {
		gone, err := g.remove(c.name)
		if wants(t, err, c.want); gone {
			t.Errorf("%q is gone", c.name)
		}
	}
	same(t, "on the disk", g.left("profiles"), []string{"b", "c", "link", "plain"})
	if n, err := newRig(t).sweep(); n != 0 || err != nil {
		t.Errorf("a sweep without a directory: %d, %v", n, err)
	}
}

func TestRemoveGoesOnPastWhatStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes what the app may not remove")
	}
	g := newRig(t)
	g.full()
	g.write("profiles/a/roots/x", "")
	g.ok(os.Chown(g.at("profiles/a/roots"), 0, 0))
	gone, err := g.remove("a")
	if !gone || !errors.Is(err, os.ErrPermission) {
		t.Errorf("gone %v, %v", gone, err)
	}
	same(t, "profiles", g.names(), []string{"default"})
	left := g.left("profiles")
	if len(left) != 1 || !fsx.IsTemp(left[0]) {
		t.Fatalf("left %q", left)
	}
	same(t, "of it", g.left("profiles/"+left[0]), []string{"roots"})
	if _, err := g.sweep(); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a sweep says %v", err)
	}
	g.own("profiles/" + left[0] + "/roots")
	if n, err := g.sweep(); n != 1 || err != nil {
		t.Errorf("once it is healed: %d, %v", n, err)
	}
}

func TestRemoveEndsWithItsContext(t *testing.T) {
	g := newRig(t)
	g.full()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var gone bool
	err := g.do(func() (err error) { gone, err = g.set().Remove(ctx, "a"); return err })
	if !gone || !errors.Is(err, context.Canceled) {
		t.Errorf("gone %v, %v", gone, err)
	}
	_, err = g.sweep()
	g.ok(err)
	same(t, "on the disk", g.left("profiles"), nil)
}

func TestATreeWithoutEnd(t *testing.T) {
	g := newRig(t)
	g.profile("a")
	at := g.at("profiles/a")
	for i := range maxDepth + 3 {
		at = filepath.Join(at, "d")
		if i%50 == 0 {
			g.ok(os.MkdirAll(at, 0o755))
		}
	}
	g.ok(os.MkdirAll(at, 0o755))
	if os.Geteuid() == 0 {
		g.ok(filepath.WalkDir(g.at("profiles/a"), func(p string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(p, g.uid, g.uid))
		}))
	}
	gone, err := g.remove("a")
	if wants(t, err, fsx.ErrTooDeep); !gone {
		t.Error("it isn't gone")
	}
	same(t, "profiles", g.names(), []string{"default"})
}

// For all k: who dies at the k-th change leaves the whole profile or none, and the next sweep leaves nothing of one
// that is gone.
func TestARemovalThatDies(t *testing.T) {
	for k := 1; ; k++ {
		g := newRig(t)
		g.full()
		if g.crashAt(k, func() error { _, err := g.set().Remove(context.Background(), "a"); return err }) {
			if k < 10 {
				t.Errorf("only %d changes were announced", k-1)
			}
			return
		}
		if len(g.names()) == 2 {
			if n := len(g.left("profiles/a")); n != 8 {
				t.Fatalf("a death at change %d leaves %d of 8 in a profile that is still there", k, n)
			}
			continue
		}
		_, err := g.sweep()
		g.ok(err)
		same(t, "on the disk", g.left("profiles"), nil)
		if g.read("victim/precious") != "precious" {
			t.Error("it went through a link")
		}
	}
}

// Whoever swaps what is being removed for a link to a victim loses the link, or what was theirs: never the victim.
func TestAnAttackerSwapsWhatIsRemoved(t *testing.T) {
	g := newRig(t)
	g.write("victim/precious", "precious")
	for range 30 {
		g.profile("a")
		for i := range 8 {
			g.write("profiles/a/d"+strings.Repeat("x", i)+"/f", "")
		}
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					swap(g)
				}
			}
		}()
		_, err := g.remove("a")
		close(stop)
		<-done
		if err != nil && !fsx.IsRefusal(err) && !errors.Is(err, ErrNone) && !errors.Is(err, os.ErrExist) && !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, unix.ENOTDIR) {
			t.Fatal(err)
		}
		if g.read("victim/precious") != "precious" {
			t.Fatal("the victim was emptied")
		}
		g.ok(os.RemoveAll(g.at("profiles")))
	}
}

// swap puts links to the victim in the place of whatever is found, the profile and its directories.
func swap(g *rig) {
	found, _ := filepath.Glob(g.at("profiles/*/d*"))
	more, _ := filepath.Glob(g.at("profiles/.berth-*/d*"))
	for _, f := range append(found, more...) {
		if os.Rename(f, f+".away") == nil {
			_ = os.Symlink(g.at("victim"), f)
		}
	}
}

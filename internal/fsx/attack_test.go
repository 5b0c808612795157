package fsx

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// arena is a volume beside what the attacker wants root to touch.
type arena struct {
	dir, in string
	sole    bool // heal asks for files' only names
	d       *Dir
}

func newArena(t *testing.T) *arena {
	dir := t.TempDir()
	mkdir(t, dir+"/outside/sub")
	write(t, dir+"/outside/f", "untouched")
	write(t, dir+"/outside/sub/f", "untouched")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/d/sub")
	write(t, in+"/d/f", "ours")
	write(t, in+"/d/sub/f", "ours")
	write(t, in+"/f", "ours")
	ok(t, os.Symlink("../outside", in+"/d2"), os.Symlink("../outside/f", in+"/f2"), unix.Mkfifo(in+"/f3", 0o644))
	return &arena{dir: dir, in: in, d: opened(t, in)}
}

// untouched is the point of it all: nothing outside has another owner, mode, text or neighbour.
func (a *arena) untouched(t *testing.T) {
	t.Helper()
	for _, f := range []string{"/outside", "/outside/sub", "/outside/f", "/outside/sub/f"} {
		want := uint32(0o755)
		if strings.HasSuffix(f, "f") {
			want = 0o644
			if got := text(t, a.dir+f); got != "untouched" {
				t.Errorf("%s holds %q", f, got)
			}
		}
		if p, o := perm(t, a.dir+f), owner(t, a.dir+f); p != want || o[0] != uint32(os.Geteuid()) {
			t.Errorf("%s has mode %o and owner %v", f, p, o)
		}
	}
	if got := fmt.Sprint(listed(t, a.dir+"/outside"), listed(t, a.dir+"/outside/sub")); got != "[f sub] [f]" {
		t.Errorf("outside are %s", got)
	}
}

// under runs f again and again while attackers run, for a while; it counts the outcomes.
func under(t *testing.T, f func() error, attackers ...func()) {
	t.Helper()
	var stop atomic.Bool
	var all sync.WaitGroup
	for _, attack := range attackers {
		all.Go(func() {
			for !stop.Load() {
				attack()
			}
		})
	}
	outcomes := map[string]int{}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		var err error
		without(besides(durability), func() { err = f() })
		switch {
		case err == nil:
			outcomes["done"]++
		case IsRefusal(err):
			outcomes["refused"]++
		case oneOf(err, fs.ErrNotExist, fs.ErrExist):
			outcomes["missed"]++
		default:
			stop.Store(true)
			all.Wait()
			t.Fatalf("not on the list of allowed outcomes: %v", err)
		}
	}
	stop.Store(true)
	all.Wait()
	t.Log(outcomes)
}

func (a *arena) exchange(x, y string) func() {
	return func() { _ = unix.Renameat2(unix.AT_FDCWD, a.in+"/"+x, unix.AT_FDCWD, a.in+"/"+y, unix.RENAME_EXCHANGE) }
}

// relink puts a foreign file, which has another name, and one that is the volume's own under one name, one after the other.
func (a *arena) relink() {
	_ = os.Link(a.dir+"/outside/f", a.in+"/h")
	_ = os.Rename(a.in+"/h", a.in+"/f")
	if f, err := os.OpenFile(a.in+"/h2", os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		_ = f.Close()
	}
	_ = os.Rename(a.in+"/h2", a.in+"/f")
}

// heal is what a heal would do to everything that isn't so yet.
func (a *arena) heal(n *uint32) error {
	*n++
	mode, id := 0o600+*n%2*0o10, uint32(os.Geteuid())
	if os.Geteuid() == 0 {
		id = 1000 + *n%2
	}
	var first error
	err := a.d.Walk(context.Background(), func(f Found) error {
		if f.Info.Kind == Symlink || f.Skip != nil {
			return nil //nolint:nilerr // what a walk skips, a heal leaves alone
		}
		want := mode
		if f.Info.Kind == Directory {
			want |= 0o100
		}
		// Which files with other names may be changed is the caller's policy; here none.
		e, err := f.Pin()
		if err == nil {
			if a.sole && e.Info().Kind != Directory {
				err = e.Sole()
			}
			if err == nil {
				if err = e.Chown(id, Keep); err == nil {
					err = e.Chmod(want)
				}
			}
			_ = e.Close()
		}
		if first == nil {
			first = err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return first
}

func TestAttackSwappedNames(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		a := newArena(t)
		swaps := []func(){a.exchange("d", "d2"), a.exchange("f", "f2"), a.exchange("f", "f3")}
		var n uint32
		attr := Attr{Mode: 0o600}
		for _, c := range []struct {
			name string
			try  func() error
		}{
			{"heal", func() error { return a.heal(&n) }},
			{"heal without fchmodat2", func() (err error) { without(besides(fchmodat2), func() { err = a.heal(&n) }); return err }},
			{"replace in a swapped directory", func() error { return a.d.Replace("d/f", []byte("new"), attr) }},
			{"replace a swapped file soon", func() error { return a.d.Replace("f", []byte("new"), soon(attr)) }},
			{"replace a swapped file", func() error { return a.d.Replace("f", []byte("new"), attr) }},
			{"create and remove", func() error {
				if err := a.d.Create("d/sub/new", []byte("new"), attr); err != nil {
					return err
				}
				return a.d.Remove("d/sub/new")
			}},
			{"mkdir", func() error {
				n++
				return a.d.Mkdir(fmt.Sprint("d/sub/m", n), Attr{Mode: 0o700})
			}},
			{"append", func() error { return a.d.Append("f", []byte("x"), attr, 1<<30) }},
			{"rename", func() error {
				if err := a.d.Rename("d/f", "d/g"); err != nil {
					return err
				}
				return a.d.Rename("d/g", "d/f")
			}},
			{"read", func() error {
				data, _, err := a.d.Read("d/sub/f", 1<<30)
				if err == nil && strings.Contains(string(data), "untouched") {
					t.Error("it read what is outside")
				}
				return err
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				before := openFiles(t)
				under(t, c.try, swaps...)
				a.untouched(t)
				if after := openFiles(t); after != before {
					t.Errorf("%d descriptors are open, %d were before", after, before)
				}
			})
		}
	})
}

// besides keeps what is withheld already (the descent, say) beside f.
func besides(f feature) feature { return f | feature(withheld.Load()) }

func TestAttackTheTemporaryName(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		a := newArena(t)
		// Whatever temporary name turns up is replaced by a link to the outside, at once.
		steal := func() {
			all, _ := os.ReadDir(a.in)
			for _, e := range all {
				if IsTemp(e.Name()) && os.Remove(a.in+"/"+e.Name()) == nil {
					_ = os.Symlink("../outside/f", a.in+"/"+e.Name())
				}
			}
		}
		n := 0
		under(t, func() error {
			n++
			name := fmt.Sprint("n", n)
			err := a.d.Create(name, []byte("whole"), Attr{Mode: 0o600})
			if err == nil {
				data, _, rerr := a.d.Read(name, 100)
				if rerr != nil || string(data) != "whole" {
					t.Errorf("it said done, and %q is there, %v", data, rerr)
				}
			}
			return err
		}, steal)
		a.untouched(t)
	})
}

func TestAttackHardLinks(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		a := newArena(t)
		var n uint32
		a.sole = true
		under(t, func() error { return a.heal(&n) }, a.relink)
		a.untouched(t)
		under(t, func() error { return a.d.Append("f", []byte("x"), Attr{Mode: 0o600}, 1<<30) }, a.relink)
		a.untouched(t)
		under(t, func() error { return a.d.Replace("f", []byte("x"), Attr{Mode: 0o600}) }, a.relink)
		a.untouched(t)
	})
}

func TestAttackAGrowingAndShrinkingTree(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		a := newArena(t)
		mkdir(t, a.in+"/e")
		grow := func() {
			_ = os.MkdirAll(a.in+"/t/u/v/w", 0o755)
			_ = os.Rename(a.in+"/t/u", a.in+"/e/u")
			_ = os.RemoveAll(a.in + "/e/u")
			_ = os.RemoveAll(a.in + "/t")
		}
		var n uint32
		under(t, func() error { return a.heal(&n) }, grow, a.exchange("d", "d2"))
		a.untouched(t)
	})
}

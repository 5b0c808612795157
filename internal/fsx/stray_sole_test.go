package fsx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// Files of root's in a directory of the app's own: nothing keeps the app from swapping names there while each is proven.
func TestAttackHardLinksInADirectoryThatIsRead(t *testing.T) {
	needsRoot(t)
	bothWays(t, func(t *testing.T) {
		a := newArena(t)
		for _, name := range []string{"", "/d", "/d/sub"} {
			ok(t, os.Lchown(a.in+name, 4242, 4242))
		}
		var handed atomic.Int64
		under(t, func() error {
			return a.d.Survey(context.Background(), &Survey{UID: 4242, GID: 4242, Threads: 2, Hand: true, Amiss: func(s *Stray) error {
				if s.Skip != nil || s.Info.Kind != Regular {
					return nil //nolint:nilerr // what is skipped isn't handed over
				}
				changed, err := s.Own(4242, 4242, true)
				if changed {
					handed.Add(1)
				}
				if IsRefusal(err) {
					return nil
				}
				return err
			}})
		}, a.relink)
		if handed.Load() == 0 {
			t.Error("nothing was handed over")
		}
		a.untouched(t)
	})
}

// What changes between the pin and the proof is seen, whatever the count of names says.
func TestAStrayIsProvenByItsOnlyName(t *testing.T) {
	needsRoot(t)
	everyKernel(t, func(t *testing.T) {
		for _, c := range []struct {
			name          string
			before, after func(in, out string) error
			want          error
		}{
			{"one name, and it stays", nil, nil, nil},
			{"two names", link, nil, ErrHardlink},
			{"a second name since", nil, link, ErrHardlink},
			{"its name is gone, another is left", link, unname, ErrHardlink},
			{"its name is gone, another is new", nil, func(in, out string) error { return errors.Join(link(in, out), unname(in, out)) }, ErrVanished},
			{"no name is left", nil, unname, ErrVanished},
			{"another file has its name", nil, func(in, out string) error {
				return errors.Join(os.Rename(in, out), os.WriteFile(in, nil, 0o644))
			}, ErrVanished},
		} {
			t.Run(c.name, func(t *testing.T) {
				dir := t.TempDir()
				in, out := mkdir(t, dir+"/in")+"/f", dir+"/out"
				write(t, in, "")
				if c.before != nil {
					ok(t, c.before(in, out))
				}
				// As nothing has happened for a while.
				_, err := look(t, opened(t, dir+"/in"), "f").settled()
				ok(t, err)
				told := false
				ok(t, opened(t, dir+"/in").Survey(t.Context(), &Survey{UID: 4242, GID: 4242, Hand: true, Amiss: func(s *Stray) error {
					told = true
					now, err := coarseClock()
					ok(t, err)
					e, err := s.Pin()
					ok(t, err)
					defer func() { ok(t, e.Close()) }()
					if !s.w.v.trusty || !stamped(e.info.Ctime, now) {
						t.Fatal("it would be proven in the other way")
					}
					if c.after != nil {
						ok(t, c.after(in, out))
					}
					wants(t, s.soleHere(e, now), c.want)
					return nil
				}}))
				if !told {
					t.Error("it was not told of")
				}
			})
		}
	})
}

func link(in, out string) error { return os.Link(in, out) }

func unname(in, _ string) error { return os.Remove(in) }

// To wait for what changes in a directory is one more read of it: every name comes all the same, once, wherever in it the read is.
func TestAProofLeavesTheReadingWhereItIs(t *testing.T) {
	needsRoot(t)
	for about, place := range map[string]func(*testing.T) string{
		"on a disk": func(t *testing.T) string { return t.TempDir() }, "in memory": func(t *testing.T) string { return roomy(t) }, "in an overlay": overlaid,
	} {
		t.Run(about, func(t *testing.T) {
			top := place(t)
			const n = 1500 // more than a buffer holds
			for i := range n {
				write(t, fmt.Sprintf("%s/a-name-of-usual-length-or-a-little-more-%d", top, i), "")
			}
			ok(t, os.Lchown(top, 4242, 4242))
			d := opened(t, top)
			changes := watchChanges(t)
			handed, refused, err := handOver(t.Context(), d, 1)
			ok(t, err)
			if handed != n || len(refused) != 0 || len(changes()) != n {
				t.Errorf("%d of %d were handed over by %d changes, refused %v", handed, n, len(changes()), refused)
			}
		})
	}
}

// overlaid mounts an overlay, as containers have one.
func overlaid(t *testing.T) string {
	t.Helper()
	dir := roomy(t)
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		mkdir(t, dir+"/"+name)
	}
	merged := dir + "/merged"
	if err := unix.Mount("overlay", merged, "overlay", 0, fmt.Sprintf("lowerdir=%s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)); err != nil {
		t.Skip("needs an overlay:", err)
	}
	t.Cleanup(func() { ok(t, unix.Unmount(merged, 0)) })
	return merged
}

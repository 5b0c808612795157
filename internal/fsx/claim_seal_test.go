package fsx

import (
	"errors"
	"maps"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever hands a sealed directory over lifts the seal, and its owner, the app, swaps a name between the look at it and the
// change. So while one look is at a directory another may heal what is in it, through pins, but leaves itself alone.
func TestADirectoryIsSealedByOneLookAlone(t *testing.T) {
	needsRoot(t)
	for name, uid := range map[string]int{"root's": 0, "a former user's": 1000} {
		t.Run(name, func(t *testing.T) {
			d := temp(t)
			mkdir(t, d.Path()+"/dir")
			for _, f := range []string{"dir/a", "dir/b"} {
				write(t, d.Path()+"/"+f, "x")
				ok(t, os.Lchown(d.Path()+"/"+f, uid, uid))
			}
			ok(t, os.Lchown(d.Path()+"/dir", uid, uid))
			rested(t, d.Path())
			other, err := Open(d.Path())
			ok(t, err)
			defer func() { ok(t, other.Close()) }()
			calls := 0
			n, refused, err := handOverWhile(t.Context(), d, 1, func() {
				if calls++; calls != 2 { // the first is for the top
					return
				}
				n, refused, err := handOver(t.Context(), other, 1)
				ok(t, err)
				if n != 2 || !slices.Equal(slices.Sorted(maps.Keys(refused)), []string{"dir"}) || !errors.Is(refused["dir"], ErrBusy) {
					t.Errorf("the other look handed over %d and was refused %v", n, refused)
				}
				if got := owner(t, d.Path()+"/dir"); got[0] != 0 {
					t.Errorf("the seal is lifted: the directory belongs to %v", got)
				}
				e, err := other.Look("dir")
				ok(t, err)
				if err := e.Chown(4242, 4242); !errors.Is(err, ErrBusy) {
					t.Errorf("it was handed over by itself: %v", err)
				}
				ok(t, e.Close())
			})
			ok(t, err)
			if len(refused) > 0 || n == 0 || calls < 2 {
				t.Errorf("%d were handed over, refused %v", n, refused)
			}
			for _, p := range []string{"dir", "dir/a", "dir/b"} {
				if got := owner(t, d.Path()+"/"+p); got != [2]uint32{4242, 4242} {
					t.Errorf("%s belongs to %v", p, got)
				}
			}
		})
	}
}

// An app that locks its directory for itself keeps that one from being handed over, and nothing else; it hangs nobody. A
// shared lock, as leases have on the volume's top, keeps it from being sealed alone.
func TestADirectoryThatAProgramHasLocked(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	for _, p := range []string{"locked", "free"} {
		mkdir(t, d.Path()+"/"+p)
		write(t, d.Path()+"/"+p+"/f", "x")
	}
	rested(t, d.Path())
	fd, err := unix.Open(d.Path()+"/locked", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	ok(t, err, unix.Flock(fd, unix.LOCK_EX))
	_, refused, err := handOver(t.Context(), d, 2)
	ok(t, err)
	if len(refused) != 1 || !errors.Is(refused["locked"], ErrBusy) {
		t.Errorf("refused %v", refused)
	}
	for p, want := range map[string]uint32{"locked": 0, "locked/f": 4242, "free": 4242, "free/f": 4242} {
		if got := owner(t, d.Path()+"/"+p); got[0] != want {
			t.Errorf("%s belongs to %v", p, got)
		}
	}
	ok(t, unix.Flock(fd, unix.LOCK_SH))
	defer func() { ok(t, unix.Close(fd)) }()
	if n, refused, err := handOver(t.Context(), d, 2); err != nil || n != 1 || len(refused) > 0 {
		t.Errorf("then %d, %v, %v", n, refused, err)
	}
}

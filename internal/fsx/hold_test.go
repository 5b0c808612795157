package fsx

import (
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// held says whether somebody has the record lock of a file, as another program asks.
func held(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	ok(t, err)
	defer func() { _ = f.Close() }()
	l := unix.Flock_t{Type: unix.F_WRLCK}
	ok(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l))
	return l.Type != unix.F_UNLCK
}

func TestHold(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		at := d.Path() + "/lock"
		h, err := d.Hold("lock", Attr{Fleeting: true})
		ok(t, err)
		if perm(t, at) != 0o644 || !held(t, at) { // and asking, which closes a descriptor, doesn't end it
			t.Errorf("mode %o, held %v", perm(t, at), held(t, at))
		}
		_, err = d.Hold("lock", Attr{})
		wants(t, err, ErrLocked)
		f, err := os.OpenFile(at, os.O_RDWR, 0)
		ok(t, err)
		l := unix.Flock_t{Type: unix.F_WRLCK}
		wants(t, unix.FcntlFlock(f.Fd(), unix.F_SETLK, &l), unix.EAGAIN) // as a program of the older kind asks
		ok(t, f.Close(), h.Release(), h.Release())
		if held(t, at) {
			t.Error("it is held still")
		}
		h, err = d.Hold("lock", Attr{})
		ok(t, err, h.Release())
	})
}

func TestWhatCantBeHeld(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/victim", "untouched")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/dir")
	ok(t, os.Symlink("../victim", in+"/link"), unix.Mkfifo(in+"/fifo", 0o600))
	bothWays(t, func(t *testing.T) {
		d := opened(t, in)
		for name, want := range map[string]error{"dir": ErrKind, "link": ErrSymlink, "fifo": ErrKind, "none/lock": fs.ErrNotExist, "../victim": ErrName} {
			_, err := d.Hold(name, Attr{})
			wants(t, err, want)
		}
	})
}

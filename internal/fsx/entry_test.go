package fsx

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func look(t *testing.T, d *Dir, name string) *Entry {
	t.Helper()
	e, err := d.Look(name)
	ok(t, err)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestChmod(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		write(t, d.Path()+"/file", "")
		write(t, d.Path()+"/closed", "")
		mkdir(t, d.Path()+"/dir")
		ok(t, os.Chmod(d.Path()+"/closed", 0), unix.Mkfifo(d.Path()+"/fifo", 0o600), os.Symlink("file", d.Path()+"/link"))
		for _, c := range []struct {
			name string
			perm uint32
		}{{"file", 0o6751}, {"dir", 0o3775}, {"fifo", 0o660}, {"closed", 0o600}} {
			t.Run(c.name, func(t *testing.T) {
				e := look(t, d, c.name)
				err := e.Chmod(c.perm)
				if withheld.Load()&uint32(fchmodat2|procFD) == uint32(fchmodat2|procFD) {
					// Only opening is left: not for a FIFO, nor for what may not be opened.
					if c.name == "fifo" {
						wants(t, err, ErrKind)
						return
					}
					if c.name == "closed" && os.Geteuid() != 0 {
						wants(t, err, unix.EACCES)
						return
					}
				}
				ok(t, err)
				if got := perm(t, d.Path()+"/"+c.name); got != c.perm || e.Info().Perm != c.perm {
					t.Errorf("mode is %o (the entry says %o), want %o", got, e.Info().Perm, c.perm)
				}
			})
		}
		wants(t, look(t, d, "link").Chmod(0o777), ErrSymlink)
	})
}

func TestAPinHoldsWhileItsNameIsSwapped(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/victim", "")
		in := mkdir(t, dir+"/in")
		write(t, in+"/f", "")
		d := opened(t, in)
		e := look(t, d, "f")
		ok(t, e.StillAt())
		ok(t, os.Rename(in+"/f", in+"/moved"), os.Symlink("../victim", in+"/f"))
		wants(t, e.StillAt(), ErrVanished)
		if err := e.Chmod(0o600); err != nil {
			wants(t, err, ErrVanished) // the last way of all goes by the name, and notices
		} else if got := perm(t, in+"/moved"); got != 0o600 {
			t.Errorf("the pinned file has mode %o", got)
		}
		if got := perm(t, dir+"/victim"); got != 0o644 {
			t.Errorf("the file outside has mode %o", got)
		}
	})
}

func TestALinkCountOfOneCanLie(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		dir := t.TempDir()
		in := mkdir(t, dir+"/in")
		write(t, in+"/f", "")
		d := opened(t, in)
		e := look(t, d, "f")
		if e.Info().Nlink != 1 {
			t.Fatalf("the count is %d", e.Info().Nlink)
		}
		ok(t, os.Link(in+"/f", dir+"/elsewhere"))
		ok(t, e.StillAt()) // and looks again
		if e.Info().Nlink != 2 {
			t.Errorf("the count is still %d", e.Info().Nlink)
		}
		ok(t, os.Remove(in+"/f"))
		fresh, err := e.Fresh()
		if err != nil || fresh.Nlink != 1 {
			t.Errorf("the count is %d, %v", fresh.Nlink, err)
		}
		wants(t, e.StillAt(), ErrVanished)
		write(t, in+"/f", "another one")
		wants(t, e.StillAt(), ErrVanished)
	})
}

func TestChown(t *testing.T) {
	needsRoot(t)
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		in := mkdir(t, dir+"/in")
		write(t, dir+"/victim", "")
		write(t, in+"/f", "")
		mkdir(t, in+"/sub")
		ok(
			t, os.Chmod(in+"/f", 0o755|os.ModeSetuid|os.ModeSetgid), os.Symlink("../victim", in+"/link"), unix.Mkfifo(in+"/fifo", 0o600),
			unix.Mknod(in+"/socket", unix.S_IFSOCK|0o600, 0),
		)
		d := opened(t, in)
		for _, name := range []string{"f", "sub", "link", "fifo", "socket", "."} {
			e := look(t, d, name)
			ok(t, e.Chown(4321, Keep))
			if got := owner(t, in+"/"+name); got != [2]uint32{4321, 0} {
				t.Errorf("%s belongs to %v", name, got)
			}
			ok(t, e.Chown(Keep, 1234))
			if got := e.Info(); got.UID != 4321 || got.GID != 1234 {
				t.Errorf("the entry of %s says %+v", name, got)
			}
		}
		if got := owner(t, dir+"/victim"); got != [2]uint32{0, 0} {
			t.Errorf("what the link points to belongs to %v", got)
		}
		if got := perm(t, in+"/f"); got != 0o755 {
			t.Errorf("a chown left mode %o", got)
		}
	})
}

func TestChownOfADevice(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	// The numbers of /dev/full: nothing happens if it is opened by mistake.
	if err := unix.Mknod(d.Path()+"/dev", unix.S_IFCHR|0o600, int(unix.Mkdev(1, 7))); err != nil {
		t.Skipf("needs device nodes: %v", err)
	}
	bothWays(t, func(t *testing.T) {
		e := look(t, d, "dev")
		if e.Info().Kind != CharDevice {
			t.Fatalf("kind is %v", e.Info().Kind)
		}
		ok(t, e.Chown(77, 77))
		_, _, err := d.Read("dev", 10)
		wants(t, err, ErrKind)
		wants(t, d.Append("dev", []byte("x"), Attr{}, 10), ErrKind)
		wants(t, d.Replace("dev", []byte("x"), Attr{}), ErrKind)
		without(fchmodat2|procFD, func() { wants(t, e.Chmod(0o666), ErrKind) })
	})
}

func TestProcMustBeProven(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	fd, err := openProc("/proc/self/fd")
	ok(t, err)
	_ = unix.Close(fd)
	_, err = openProc(t.TempDir())
	wants(t, err, unix.ENOENT)
}

func TestSole(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		dir := t.TempDir()
		in := mkdir(t, dir+"/in")
		d := opened(t, in)
		for _, c := range []struct {
			name   string
			before func(path string) error
			after  func(path string) error
			want   error
		}{
			{"one name, and it stays", nil, nil, nil},
			{"two names", func(p string) error { return os.Link(p, dir+"/a") }, nil, ErrHardlink},
			{"a second name since", nil, func(p string) error { return os.Link(p, dir+"/b") }, ErrHardlink},
			{"its name is gone, another is left", func(p string) error { return os.Link(p, dir+"/c") }, os.Remove, ErrVanished},
			{"no name is left", nil, os.Remove, ErrHardlink},
			{"it was renamed", nil, func(p string) error { return os.Rename(p, dir+"/d") }, ErrVanished},
		} {
			t.Run(c.name, func(t *testing.T) {
				write(t, in+"/f", "")
				defer func() { _ = os.Remove(in + "/f") }()
				if c.before != nil {
					ok(t, c.before(in+"/f"))
				}
				e := look(t, d, "f")
				if c.after != nil {
					ok(t, c.after(in+"/f"))
				}
				wants(t, e.Sole(), c.want)
			})
		}
	})
}

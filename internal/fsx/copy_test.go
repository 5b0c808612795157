package fsx

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCopy(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d, to := temp(t), temp(t)
		big := strings.Repeat("0123456789abcdef", copyBuffer/8) // two buffers
		write(t, mkdir(t, d.Path()+"/a/b")+"/big", big)
		write(t, d.Path()+"/a/empty", "")
		write(t, d.Path()+"/a/run", "#!")
		write(t, mkdir(t, d.Path()+"/a/cache")+"/x", "x")
		mkdir(t, d.Path()+"/a/nothing")
		ok(t, os.Chmod(d.Path()+"/a/run", 0o4711), os.Chmod(d.Path()+"/a/b/big", 0o400), os.Chmod(d.Path()+"/a/b", 0o700))
		ok(t, d.Copy(t.Context(), "a", to, "new", func(base string) bool { return base == "cache" }))
		want := map[string]string{
			"": "d drwx------ ", "/new": "d rwxr-xr-x", "/new/b": "d rwxr-xr-x", "/new/nothing": "d rwxr-xr-x",
			"/new/b/big": big, "/new/empty": "", "/new/run": "#!",
		}
		got := snapshot(t, to.Path())
		for name := range got {
			if _, wanted := want[name]; !wanted {
				t.Errorf("there is %s", name)
			}
		}
		if text(t, to.Path()+"/new/b/big") != big || perm(t, to.Path()+"/new/b/big") != 0o644 || perm(t, to.Path()+"/new/run") != 0o755 || perm(t, to.Path()+"/new/b") != 0o755 {
			t.Errorf("got %.300v", got)
		}
		ok(t, d.Copy(t.Context(), "a/run", to, "new/b/run", nil), to.SyncAll())
		if text(t, to.Path()+"/new/b/run") != "#!" {
			t.Error("a file was not copied")
		}
	})
}

func TestWhatACopyRefuses(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d, to := temp(t), temp(t)
		for name, plant := range map[string]func(at string) error{
			"link": func(at string) error { return os.Symlink("/etc/passwd", at) },
			"fifo": func(at string) error { return unix.Mkfifo(at, 0o644) },
		} {
			mkdir(t, d.Path()+"/"+name)
			ok(t, plant(d.Path()+"/"+name+"/it"))
		}
		wants(t, d.Copy(t.Context(), "link", to, "a", nil), ErrSymlink)
		wants(t, d.Copy(t.Context(), "link/it", to, "b", nil), ErrSymlink)
		wants(t, d.Copy(t.Context(), "fifo", to, "c", nil), ErrKind)
		wants(t, d.Copy(t.Context(), "../x", to, "d", nil), ErrName)
		wants(t, d.Copy(t.Context(), "link", to, "../x", nil), ErrName)
		write(t, d.Path()+"/file", "mine")
		write(t, to.Path()+"/file", "theirs")
		ok(t, os.Symlink(d.Path(), to.Path()+"/away"))
		wants(t, d.Copy(t.Context(), "file", to, "file", nil), os.ErrExist)
		wants(t, d.Copy(t.Context(), "file", to, "away/new", nil), ErrSymlink)
		wants(t, d.Copy(t.Context(), "fifo", to, "file", nil), os.ErrExist)
		if text(t, to.Path()+"/file") != "theirs" {
			t.Error("a file was written over")
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("told to")
		cancel(why)
		wants(t, d.Copy(ctx, "file", to, "late", nil), why)
	})
}

func TestACopyIsAsDeepAsAWalk(t *testing.T) {
	d, to := temp(t), temp(t)
	mkdir(t, d.Path()+"/a"+strings.Repeat("/d", maxDepth))
	wants(t, d.Copy(t.Context(), "a", to, "a", nil), ErrTooDeep)
	before := openFiles(t)
	wants(t, d.Copy(t.Context(), "a", to, "b", nil), ErrTooDeep)
	if now := openFiles(t); now != before {
		t.Errorf("%d descriptors were open, and %d are", before, now)
	}
}

func TestACopyOnAFullDiskSaysSo(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		ok(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=32k"))
		d := temp(t)
		write(t, d.Path()+"/large", strings.Repeat("x", 256<<10))
		to, err := Open(dir)
		ok(t, err)
		defer func() { _ = to.Close() }()
		wants(t, d.Copy(t.Context(), "large", to, "large", nil), unix.ENOSPC)
		ok(t, to.RemoveAll(t.Context(), "large"))
	})
}

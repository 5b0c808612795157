package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPeek(t *testing.T) {
	top := t.TempDir()
	if err := errors.Join(
		os.Mkdir(filepath.Join(top, "d"), 0o700), os.WriteFile(filepath.Join(top, "d/f"), []byte("abc"), 0o600),
		os.Symlink("f", filepath.Join(top, "d/link")), os.Symlink("d", filepath.Join(top, "dlink")),
	); err != nil {
		t.Fatal(err)
	}
	d, err := Open(top)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for name, kind := range map[string]Kind{"d": Directory, "d/f": Regular, "d/link": Symlink, "dlink": Symlink} {
		if in, err := d.Peek(name); err != nil || in.Kind != kind {
			t.Errorf("%s is %v, %v", name, in.Kind, err)
		}
	}
	for name, want := range map[string]error{"x": fs.ErrNotExist, "dlink/f": ErrSymlink, "../x": ErrName, "": ErrName} {
		if _, err := d.Peek(name); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := Empty(top).Peek("d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in an empty directory: %v", err)
	}
	// /proc is a mount of its own: Look refuses it, Peek tells what it is.
	root, err := Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if in, err := root.Peek("proc"); err == nil && in.MountPoint && in.Kind != Directory {
		t.Errorf("/proc is %v", in.Kind)
	}
}

// A mounted file is read like any other, since what is in it counts; only to replace it is refused.
func TestReadMount(t *testing.T) {
	top := t.TempDir()
	if err := errors.Join(
		os.WriteFile(filepath.Join(top, "f"), []byte("abc"), 0o600), os.Symlink("f", filepath.Join(top, "link")),
		os.Mkdir(filepath.Join(top, "d"), 0o700), unix.Mkfifo(filepath.Join(top, "fifo"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	d, err := Open(top)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if data, in, err := d.ReadMount("f", 3); err != nil || string(data) != "abc" || in.Kind != Regular {
		t.Errorf("read %q, %v, %v", data, in.Kind, err)
	}
	for name, want := range map[string]error{"x": fs.ErrNotExist, "link": ErrSymlink, "d": ErrKind, "fifo": ErrKind, "../x": ErrName} {
		if _, _, err := d.ReadMount(name, 3); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	if _, _, err := d.ReadMount("f", 2); !errors.Is(err, ErrTooBig) {
		t.Errorf("a file of three bytes, two allowed: %v", err)
	}
}

func TestHead(t *testing.T) {
	top := t.TempDir()
	if err := errors.Join(
		os.WriteFile(filepath.Join(top, "f"), []byte("abc"), 0o600), os.WriteFile(filepath.Join(top, "large"), nil, 0o600),
		os.Truncate(filepath.Join(top, "large"), 2<<30), os.Symlink("f", filepath.Join(top, "link")), unix.Mkfifo(filepath.Join(top, "fifo"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	d, err := Open(top)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for _, c := range []struct {
		name string
		max  int
		want string
	}{{"f", 2, "ab"}, {"f", 3, "abc"}, {"f", 100, "abc"}, {"large", 3, "\x00\x00\x00"}} {
		if data, in, err := d.Head(c.name, c.max); err != nil || string(data) != c.want || in.Kind != Regular {
			t.Errorf("%d bytes of %s: %q, %v, %v", c.max, c.name, data, in.Kind, err)
		}
	}
	for name, want := range map[string]error{"x": fs.ErrNotExist, "link": ErrSymlink, ".": ErrName, "fifo": ErrKind, "../x": ErrName} {
		if _, _, err := d.Head(name, 3); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
}

package fsx

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func streamed(t *testing.T, d *Dir, name string) *Stream {
	t.Helper()
	s, err := d.Stream(name, 0o640)
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAStreamIsMadeAppendedToAndCut(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		mkdir(t, d.Path()+"/sub")
		s := streamed(t, d, "sub/log")
		equalBits(t, d.Path()+"/sub/log", 0o640)
		for _, data := range []string{"one\n", "", "two\n"} {
			n, err := s.Append([]byte(data))
			ok(t, err)
			if n != len(data) {
				t.Errorf("%d bytes of %q are written", n, data)
			}
		}
		again := streamed(t, d, "sub/log")
		_, err := again.Append([]byte("three\n"))
		ok(t, err)
		_, err = s.Append([]byte("four")) // the end is where the other one left it
		ok(t, err)
		if got := text(t, d.Path()+"/sub/log"); got != "one\ntwo\nthree\nfour" {
			t.Errorf("the file holds %q", got)
		}
		ok(t, s.Cut(8))
		if got := text(t, d.Path()+"/sub/log"); got != "one\ntwo\n" {
			t.Errorf("the file holds %q", got)
		}
		in, err := s.Info()
		ok(t, err)
		if in.Size != 8 || s.Path() != d.Path()+"/sub/log" {
			t.Errorf("%s has %d bytes", s.Path(), in.Size)
		}
		ok(t, s.Close(), s.Close())
		_, err = s.Append([]byte("x"))
		wants(t, err, unix.EBADF)
	})
}

func equalBits(t *testing.T, path string, want uint32) {
	t.Helper()
	if got := perm(t, path); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

func TestOnlyARegularFileOfOneNameIsStreamed(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		write(t, d.Path()+"/f", "old")
		write(t, d.Path()+"/many", "old")
		mkdir(t, d.Path()+"/dir")
		ok(t, os.Symlink("f", d.Path()+"/link"), os.Symlink("dir", d.Path()+"/linked"), unix.Mkfifo(d.Path()+"/fifo", 0o644), os.Link(d.Path()+"/many", d.Path()+"/other"))
		for _, c := range []struct {
			name string
			want error
		}{
			{"link", ErrSymlink},
			{"linked/f", ErrSymlink},
			{"fifo", ErrKind},
			{"dir", ErrKind},
			{"many", ErrHardlink},
			{"none/f", fs.ErrNotExist},
			{"../f", ErrName},
			{"f", nil},
		} {
			for _, open := range []func(string) (*Stream, error){func(n string) (*Stream, error) { return d.Stream(n, 0o600) }, d.StreamOf} {
				s, err := open(c.name)
				wants(t, err, c.want)
				if err == nil {
					ok(t, s.Close())
				}
			}
		}
		_, err := d.StreamOf("none")
		wants(t, err, fs.ErrNotExist)
		if _, err := os.Lstat(d.Path() + "/none"); err == nil {
			t.Error("StreamOf made a file")
		}
		_, err = Empty(d.Path()).Stream("f", 0o600)
		wants(t, err, fs.ErrNotExist)
	})
}

func TestAStreamWritesNothingWhileNothingMayBeChanged(t *testing.T) {
	d := temp(t)
	s := streamed(t, d, "log")
	thaw := Freeze()
	defer thaw()
	_, err := s.Append([]byte("x"))
	wants(t, err, ErrFrozen)
	wants(t, s.Cut(0), ErrFrozen)
	wants(t, d.Move("log", "old"), ErrFrozen)
	_, err = d.Stream("new", 0o600)
	wants(t, err, ErrFrozen)
	_, err = d.Stream("log", 0o600)
	wants(t, err, ErrFrozen)
	_, err = d.Begin("made", Attr{})
	wants(t, err, ErrFrozen)
	thaw()
	_, err = s.Append([]byte("x"))
	ok(t, err)
}

func TestAStreamOpenedAsTheAppsUserIsWrittenAnywhere(t *testing.T) {
	needsRoot(t)
	d := shared(t)
	a := actor(t, 4321, 4321)
	ok(t, d.Mkdir("own", Attr{UID: 4321, GID: 4321, Mode: 0o700, Owner: true}), d.Create("root", nil, Attr{Mode: 0o644}))
	var s *Stream
	ok(t, a.Do(func() (err error) {
		_, denied := d.Stream("root", 0o600)
		wants(t, denied, unix.EACCES)
		_, denied = d.Stream("new", 0o600)
		wants(t, denied, unix.EACCES)
		s, err = d.Stream("own/log", 0o600)
		return err
	}))
	_, err := s.Append([]byte("x"))
	ok(t, err, s.Close())
	if o := owner(t, d.Path()+"/own/log"); o != [2]uint32{4321, 4321} {
		t.Errorf("the file belongs to %v", o)
	}
}

func TestWhatAFullDiskTookIsCounted(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16384"); err != nil {
			t.Skipf("needs a mount: %v", err)
		}
		d := opened(t, dir)
		s := streamed(t, d, "log")
		n, err := s.Append([]byte(strings.Repeat("x", 100_000)))
		wants(t, err, unix.ENOSPC)
		in, serr := s.Info()
		ok(t, serr)
		if n == 0 || int64(n) != in.Size {
			t.Errorf("%d bytes are said to be written, %d are there", n, in.Size)
		}
	})
}

func TestMove(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		write(t, d.Path()+"/a", "a")
		write(t, d.Path()+"/b", "b")
		mkdir(t, d.Path()+"/dir")
		ok(t, os.Symlink("nowhere", d.Path()+"/link"))
		wants(t, d.Move("a", "b"), fs.ErrExist)
		wants(t, d.Move("a", "link"), fs.ErrExist)
		wants(t, d.Move("none", "c"), fs.ErrNotExist)
		wants(t, d.Move("a", "../c"), ErrName)
		ok(t, d.Move("a", "c"), d.Move("link", "dir/link"), d.Move("dir", "moved"))
		if got := strings.Join(listed(t, d.Path()), " "); got != "b c moved" {
			t.Errorf("there are %s", got)
		}
	})
}

func TestAFileIsReadAnywhereInIt(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "0123456789")
	f, err := d.File("f")
	ok(t, err)
	buf := make([]byte, 4)
	n, err := f.ReadAt(buf, 2)
	if err != nil || string(buf[:n]) != "2345" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	n, err = f.ReadAt(buf, 8)
	if !errors.Is(err, io.EOF) || string(buf[:n]) != "89" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	ok(t, f.StillAt(d, "f"))
	wants(t, f.StillAt(d, "other"), ErrVanished)
	write(t, d.Path()+"/g", "")
	wants(t, f.StillAt(d, "g"), ErrVanished)
	wants(t, f.StillAt(d, "f/g"), ErrVanished)
	ok(t, os.Rename(d.Path()+"/f", d.Path()+"/g"), f.StillAt(d, "g"))
	ok(t, os.Symlink("g", d.Path()+"/f"))
	wants(t, f.StillAt(d, "f"), ErrVanished)
	ok(t, f.Close(), f.Close())
	for name, want := range map[string]error{"f": ErrSymlink, "none": fs.ErrNotExist, ".": ErrKind} {
		_, err := d.File(name)
		wants(t, err, want)
	}
}

func TestAHoleIsTold(t *testing.T) {
	d := temp(t)
	file, err := os.Create(d.Path() + "/f")
	ok(t, err)
	_, err = file.WriteAt([]byte("data"), 1<<20)
	ok(t, err, file.Close())
	f, err := d.File("f")
	ok(t, err)
	defer func() { ok(t, f.Close()) }()
	if at := f.Data(0); at != 0 && (at < 1<<20-64<<10 || at > 1<<20) {
		t.Errorf("data begins at %d", at)
	}
	if at := f.Data(2 << 20); at != 2<<20 {
		t.Errorf("behind the end data begins at %d", at)
	}
}

package fsx

import (
	"bytes"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRead(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		write(t, d.Path()+"/ten", "0123456789")
		write(t, d.Path()+"/empty", "")
		mkdir(t, d.Path()+"/dir")
		ok(
			t, os.Symlink("ten", d.Path()+"/link"), unix.Mkfifo(d.Path()+"/fifo", 0o600),
			unix.Mknod(d.Path()+"/socket", unix.S_IFSOCK|0o600, 0),
		)
		before := openFiles(t)
		for _, c := range []struct {
			name, file string
			max        int64
			want       string
			err        error
		}{
			{"a file smaller than allowed", "ten", 100, "0123456789", nil},
			{"a file just as big as allowed", "ten", 10, "0123456789", nil},
			{"a file a byte too big", "ten", 9, "", ErrTooBig},
			{"an empty file", "empty", 0, "", nil},
			{"a link", "link", 100, "", ErrSymlink},
			{"a FIFO that nobody writes to", "fifo", 100, "", ErrKind},
			{"a socket", "socket", 100, "", ErrKind},
			{"a directory", "dir", 100, "", ErrKind},
			{"the directory itself", ".", 100, "", ErrKind},
			{"nothing", "none", 100, "", fs.ErrNotExist},
		} {
			t.Run(c.name, func(t *testing.T) {
				data, in, err := d.Read(c.file, c.max)
				wants(t, err, c.err)
				if string(data) != c.want || err == nil && in.Size != int64(len(c.want)) {
					t.Errorf("read %q, %+v", data, in)
				}
			})
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

func TestReadCountsWhatAFileSaysItHasNot(t *testing.T) {
	if _, err := os.Stat("/proc/self/maps"); err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	d := opened(t, "/proc/self/task")
	name := listed(t, "/proc/self/task")[0] + "/maps"
	data, in, err := d.Read(name, 1<<20)
	if err != nil || in.Size != 0 || len(data) < 100 {
		t.Errorf("read %d bytes of a file of %d, %v", len(data), in.Size, err)
	}
	_, _, err = d.Read(name, 50)
	wants(t, err, ErrTooBig)
}

func TestReadAllGrows(t *testing.T) {
	d := temp(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	write(t, d.Path()+"/f", string(want))
	e := look(t, d, "f")
	fd, err := e.file(unix.O_RDONLY)
	ok(t, err)
	defer func() { _ = unix.Close(fd) }()
	got, err := readAll(fd, 3, 1<<20) // as if it had 3 bytes when it was looked at
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
}

func TestReadlink(t *testing.T) {
	d := temp(t)
	ok(t, os.Symlink("../any thing", d.Path()+"/link"))
	write(t, d.Path()+"/file", "")
	got, err := d.Readlink("link")
	if got != "../any thing" || err != nil {
		t.Errorf("the link says %q, %v", got, err)
	}
	_, err = d.Readlink("file")
	wants(t, err, ErrKind)
	_, err = d.Readlink("none")
	wants(t, err, fs.ErrNotExist)
	for name, want := range map[string]bool{"link": true, "file": true, "none": false} {
		if there, err := d.Exists(name); there != want || err != nil {
			t.Errorf("exists says %v of %s, %v", there, name, err)
		}
	}
}

// A lease lets the owner of a file hold up whoever opens it, 45 seconds long by default: root must not wait.
func TestALeaseHoldsNobodyUp(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "x")
	f, err := os.OpenFile(d.Path()+"/f", os.O_RDWR, 0)
	ok(t, err)
	defer func() { _ = f.Close() }()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("needs leases: %v", err)
	}
	bothWays(t, func(t *testing.T) {
		_, _, err := d.Read("f", 10)
		wants(t, err, unix.EAGAIN)
	})
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	ok(t, err)
}

func TestList(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/b", "")
	mkdir(t, d.Path()+"/a")
	ok(t, os.Symlink("a", d.Path()+"/c"), unix.Mkfifo(d.Path()+"/d\n", 0o600))
	for i := range 1500 { // more than one buffer
		write(t, d.Path()+"/x"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)), "")
	}
	items, err := d.List()
	ok(t, err)
	names := listed(t, d.Path())
	if len(items) != len(names) {
		t.Fatalf("%d items, %d names", len(items), len(names))
	}
	for i, it := range items {
		if it.Name != names[i] {
			t.Errorf("item %d is %q, want %q", i, it.Name, names[i])
		}
	}
	for i, k := range []Kind{Directory, Regular, Symlink, FIFO} {
		if items[i].Kind != k {
			t.Errorf("%q is a %v, want %v", items[i].Name, items[i].Kind, k)
		}
	}
}

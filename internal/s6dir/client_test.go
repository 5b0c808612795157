package s6dir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhatStandsWhereAFileShould(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(at("file"), []byte("12345"), 0o600))
	must(t, unix.Mkfifo(at("fifo"), 0o600))
	must(t, os.Mkdir(at("dir"), 0o700))
	for _, c := range []struct {
		name, path string
		limit      int
		want       error
	}{
		{"a file", "file", 5, nil},
		{"a file that is too long", "file", 4, syscall.EFBIG},
		{"a FIFO that nobody writes", "fifo", 5, syscall.EINVAL},
		{"a directory", "dir", 5, syscall.EINVAL},
		{"a device without an end", "/dev/zero", 5, syscall.EINVAL},
		{"nothing", "none", 5, syscall.ENOENT},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.path
			if !strings.HasPrefix(path, "/") {
				path = at(path)
			}
			b, err := Read(path, c.limit)
			if !errors.Is(err, c.want) || (err == nil) != (string(b) == "12345") {
				t.Errorf("it gives %q, %v; want %v", b, err, c.want)
			}
		})
	}
	// Who is told to write to a FIFO doesn't write into a file that was put there.
	if err := Send(at("file"), "u"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("letters for a file: %v", err)
	}
	if b, _ := os.ReadFile(at("file")); string(b) != "12345" {
		t.Errorf("the file is %q", b)
	}
}

func TestLettersReachWhoReads(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, Supervise), 0o700))
	if on, err := Listening(dir); on || err != nil {
		t.Errorf("without a FIFO somebody listens: %v, %v", on, err)
	}
	fifo := filepath.Join(dir, Control)
	must(t, unix.Mkfifo(fifo, 0o600))
	if on, err := Listening(dir); on || err != nil {
		t.Errorf("nobody listens: %v, %v", on, err)
	}
	if err := Send(fifo, "d"); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("nobody reads: %v", err)
	}
	r, err := os.OpenFile(fifo, os.O_RDONLY|unix.O_NONBLOCK, 0)
	must(t, err)
	defer func() { _ = r.Close() }()
	if on, err := Listening(dir); !on || err != nil {
		t.Errorf("somebody listens: %v, %v", on, err)
	}
	must(t, Send(fifo, "du"))
	b := make([]byte, 10)
	if n, err := r.Read(b); err != nil || string(b[:n]) != "du" {
		t.Errorf("it reads %q, %v", b[:n], err)
	}
	w, err := os.OpenFile(fifo, os.O_WRONLY|unix.O_NONBLOCK, 0)
	must(t, err)
	defer func() { _ = w.Close() }()
	for err == nil { // full
		_, err = unix.Write(int(w.Fd()), make([]byte, 4096))
	}
	if err := Send(fifo, "d"); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("it is full: %v", err)
	}
}

func TestALockSaysWhoSupervises(t *testing.T) {
	dir := t.TempDir()
	is := func(want bool) {
		t.Helper()
		if on, err := Supervised(dir); on != want || err != nil {
			t.Errorf("supervised is %v, %v", on, err)
		}
	}
	is(false)
	must(t, os.Mkdir(filepath.Join(dir, Supervise), 0o700))
	is(false)
	f, err := os.Create(filepath.Join(dir, Lock))
	must(t, err)
	defer func() { _ = f.Close() }()
	is(false)
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	must(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &l))
	is(true)
	l.Type = unix.F_UNLCK
	must(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &l))
	is(false)
}

func TestReadStatus(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, Supervise), 0o700))
	want := Status{Changed: Stamp{1, 2}, Pid: 7, WantUp: true}
	must(t, os.WriteFile(filepath.Join(dir, StatusAt), want.Append(nil), 0o600))
	if s, err := ReadStatus(dir); err != nil || s != want {
		t.Errorf("it is %+v, %v", s, err)
	}
	if _, err := ReadStatus(filepath.Join(dir, "none")); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("without a directory: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

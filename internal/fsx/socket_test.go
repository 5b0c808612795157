package fsx

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// withAndWithoutProc runs f with /proc and as if there were none.
func withAndWithoutProc(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run("with /proc", f)
	t.Run("without /proc", func(t *testing.T) { without(procFD, func() { f(t) }) })
	t.Run("without anything new", func(t *testing.T) { without(openat2|fchmodat2|renameat2, func() { f(t) }) })
}

// shortTemp opens a directory whose path leaves room for a socket's name.
func shortTemp(t *testing.T) *Dir {
	t.Helper()
	path, err := os.MkdirTemp("/tmp", "fsx")
	ok(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	return opened(t, path)
}

// talks says whether a connection made at the path arrives at the socket.
func talks(t *testing.T, s *Listener) {
	t.Helper()
	f, err := s.File()
	ok(t, err)
	l, err := net.FileListener(f)
	ok(t, err, f.Close())
	defer func() { _ = l.Close() }()
	c, err := net.Dial("unix", s.Path())
	ok(t, err)
	defer func() { _ = c.Close() }()
	go func() {
		for { // who only knocked is in the queue too
			in, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = in.Write([]byte("hello"))
			_ = in.Close()
		}
	}()
	if got, err := io.ReadAll(c); err != nil || string(got) != "hello" {
		t.Errorf("heard %q, %v", got, err)
	}
}

// dead leaves a socket's name whose owner is gone, as a kill does.
func dead(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	ok(t, err)
	l.SetUnlinkOnClose(false)
	ok(t, l.Close())
}

func TestASocketListensWhenItsNameIsThere(t *testing.T) {
	withAndWithoutProc(t, func(t *testing.T) {
		for _, mask := range []int{0, 0o022, 0o777} {
			d := shortTemp(t)
			old := unix.Umask(mask)
			s, err := d.Listen(t.Context(), "s", 0o666)
			unix.Umask(old)
			ok(t, err)
			if s.Path() != d.Path()+"/s" || perm(t, s.Path()) != 0o666 {
				t.Errorf("%s has mode %o under umask %o", s.Path(), perm(t, s.Path()), mask)
			}
			talks(t, s)
			if got := listed(t, d.Path()); len(got) != 2 || got[0] != "s" || got[1] != "s.lock" {
				t.Errorf("the directory holds %v", got)
			}
			ok(t, s.Close(), s.Close())
			if got := listed(t, d.Path()); len(got) != 1 {
				t.Errorf("after the close the directory holds %v", got)
			}
		}
	})
}

func TestASocketBelowADirectory(t *testing.T) {
	d := shortTemp(t)
	mkdir(t, d.Path()+"/a/b")
	s, err := d.Listen(t.Context(), "a/b/s", 0o600)
	ok(t, err)
	talks(t, s)
	ok(t, s.Close())
}

func TestADeadSocketMakesWay(t *testing.T) {
	withAndWithoutProc(t, func(t *testing.T) {
		d := shortTemp(t)
		dead(t, d.Path()+"/s")
		s, err := d.Listen(t.Context(), "s", 0o666)
		ok(t, err)
		talks(t, s)
		ok(t, s.Close())
	})
}

func TestALiveSocketStays(t *testing.T) {
	withAndWithoutProc(t, func(t *testing.T) {
		d := shortTemp(t)
		s, err := d.Listen(t.Context(), "s", 0o666)
		ok(t, err)
		_, err = d.Listen(t.Context(), "s", 0o666)
		wants(t, err, ErrAnswers)
		talks(t, s)
		ok(t, s.Close())
	})
}

// A server that is too busy to accept is alive.
func TestAFullQueueIsSomebody(t *testing.T) {
	d := shortTemp(t)
	fd, err := streamSocket()
	ok(t, err, unix.Bind(fd, &unix.SockaddrUnix{Name: d.Path() + "/s"}), unix.Listen(fd, 0))
	defer func() { _ = unix.Close(fd) }()
	full := false
	for range 8 {
		c, err := streamSocket()
		ok(t, err)
		defer func() { _ = unix.Close(c) }()
		full = full || errors.Is(unix.Connect(c, &unix.SockaddrUnix{Name: d.Path() + "/s"}), unix.EAGAIN)
	}
	if !full {
		t.Skip("this kernel's queue doesn't fill")
	}
	_, err = d.Listen(t.Context(), "s", 0o666)
	wants(t, err, ErrAnswers)
}

func TestADatagramSocketIsSomebody(t *testing.T) {
	d := shortTemp(t)
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: d.Path() + "/s", Net: "unixgram"})
	ok(t, err)
	defer func() { _ = l.Close() }()
	_, err = d.Listen(t.Context(), "s", 0o666)
	wants(t, err, ErrAnswers)
}

func TestWhatIsNoSocketStays(t *testing.T) {
	d := shortTemp(t)
	write(t, d.Path()+"/file", "precious")
	mkdir(t, d.Path()+"/dir")
	dead(t, d.Path()+"/dead")
	ok(t, os.Symlink("dead", d.Path()+"/link"), os.Symlink("none", d.Path()+"/dangling"), unix.Mkfifo(d.Path()+"/fifo", 0o600))
	before := snapshot(t, d.Path())
	for name, want := range map[string]error{
		"file": ErrKind, "dir": ErrKind, "fifo": ErrKind, "link": ErrSymlink, "dangling": ErrSymlink,
		"../s": ErrName, "": ErrName, "/s": ErrName, "none/s": unix.ENOENT,
	} {
		_, err := d.Listen(t.Context(), name, 0o666)
		wants(t, err, want)
		_ = os.Remove(d.Path() + "/" + name + ".lock")
	}
	after := snapshot(t, d.Path())
	for name, was := range before {
		if after[name] != was {
			t.Errorf("%s was %q and is %q", name, was, after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestADirectoryThatOthersCanWriteIsNoPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		mode os.FileMode
		want error
	}{
		{"everybody's", 0o777, ErrOthers},
		{"the group's", 0o770, ErrOthers},
		{"everybody's with the sticky bit", 0o777 | os.ModeSticky, nil},
		{"one's own", 0o700, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := shortTemp(t)
			ok(t, os.Chmod(d.Path(), c.mode))
			s, err := d.Listen(t.Context(), "s", 0o666)
			wants(t, err, c.want)
			if err == nil {
				ok(t, s.Close())
			}
		})
	}
	t.Run("somebody else's", func(t *testing.T) {
		needsRoot(t)
		d := shortTemp(t)
		ok(t, os.Chown(d.Path(), 4321, 4321))
		_, err := d.Listen(t.Context(), "s", 0o666)
		wants(t, err, ErrOthers)
	})
}

func TestAPathThatNobodyCanConnectToIsRefused(t *testing.T) {
	d := shortTemp(t)
	long := strings.Repeat("x", maxSocketPath-len(d.Path())) // with the slash one too many
	_, err := d.Listen(t.Context(), long, 0o666)
	wants(t, err, ErrLongPath)
	s, err := d.Listen(t.Context(), long[1:], 0o666)
	ok(t, err)
	talks(t, s)
	ok(t, s.Close())
}

func TestTheHandleCountsNotThePath(t *testing.T) {
	d := shortTemp(t)
	mkdir(t, d.Path()+"/in")
	in := opened(t, d.Path()+"/in")
	ok(t, os.Rename(d.Path()+"/in", d.Path()+"/moved"), os.Symlink("/", d.Path()+"/in"))
	s, err := in.Listen(t.Context(), "s", 0o666)
	ok(t, err)
	if _, err := os.Lstat(d.Path() + "/moved/s"); err != nil {
		t.Error(err)
	}
	ok(t, s.Close())
}

func TestACloseRemovesItsOwnNameOnly(t *testing.T) {
	d := shortTemp(t)
	s, err := d.Listen(t.Context(), "s", 0o666)
	ok(t, err, os.Remove(s.Path()))
	write(t, s.Path(), "another's")
	ok(t, s.Close())
	if text(t, s.path) != "another's" {
		t.Error("it was removed")
	}
}

func TestOneOfManyListens(t *testing.T) {
	for _, c := range []struct {
		name  string
		stale bool
	}{{"where nothing stands", false}, {"where a dead socket stands", true}} {
		t.Run(c.name, func(t *testing.T) {
			d := shortTemp(t)
			if c.stale {
				dead(t, d.Path()+"/s")
			}
			var won atomic.Pointer[Listener]
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					s, err := d.Listen(t.Context(), "s", 0o666)
					switch {
					case err == nil && !won.CompareAndSwap(nil, s):
						t.Error("two listen")
					case err != nil && !errors.Is(err, ErrAnswers):
						t.Error(err)
					}
				})
			}
			all.Wait()
			if s := won.Load(); s != nil {
				talks(t, s)
				ok(t, s.Close())
			}
		})
	}
}

func TestAWaitForAnotherEnds(t *testing.T) {
	d := shortTemp(t)
	l, err := d.Lock(t.Context(), "s.lock", Attr{})
	ok(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Listen(ctx, "s", 0o666)
	wants(t, err, ErrLocked)
	ok(t, l.Unlock())
}

func TestASocketAfterEachCrash(t *testing.T) {
	for _, stale := range []bool{false, true} {
		for k := 1; ; k++ {
			d := shortTemp(t)
			if stale {
				dead(t, d.Path()+"/s")
			}
			var s *Listener
			ended, err := crashAt(k, func() (err error) { s, err = d.Listen(t.Context(), "s", 0o666); return err })
			if ended {
				ok(t, err, s.Close())
				break
			}
			s, err = d.Listen(t.Context(), "s", 0o666)
			if err != nil {
				t.Fatalf("after a crash at change %d: %v", k, err)
			}
			talks(t, s)
			ok(t, s.Close())
		}
	}
}

func TestAFrozenDiskGetsNoSocket(t *testing.T) {
	d := shortTemp(t)
	defer Freeze()()
	_, err := d.Listen(t.Context(), "s", 0o666)
	wants(t, err, ErrFrozen)
	if got := listed(t, d.Path()); len(got) != 0 {
		t.Errorf("the directory holds %v", got)
	}
}

func TestSocketsLeaveNoDescriptors(t *testing.T) {
	d := shortTemp(t)
	write(t, d.Path()+"/file", "")
	before := openFiles(t)
	for range 20 {
		s, err := d.Listen(t.Context(), "s", 0o666)
		ok(t, err)
		_, err = d.Listen(t.Context(), "s", 0o666)
		wants(t, err, ErrAnswers)
		_, err = d.Listen(t.Context(), "file", 0o666)
		wants(t, err, ErrKind)
		ok(t, s.Close())
	}
	if after := openFiles(t); after > before+1 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if left, _ := filepath.Glob(d.Path() + "/" + tempPrefix + "*"); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

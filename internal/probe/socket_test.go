package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type received struct {
	c   Credentials
	m   Message
	err error
}

// served gives a socket and what comes to it.
func served(t *testing.T) (*Socket, <-chan received) {
	t.Helper()
	s, err := Listen()
	ok(t, err)
	return s, serve(t, s)
}

func serve(t *testing.T, s *Socket) <-chan received {
	t.Helper()
	all, end := make(chan received, 10), make(chan error, 1)
	go func() {
		end <- s.Serve(func(c Credentials, m Message, err error) { all <- received{c, m, err} })
	}()
	t.Cleanup(func() {
		_ = s.Close() // the test may have closed it
		ok(t, <-end)
	})
	return all
}

func dial(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	ok(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func next(t *testing.T, all <-chan received) received {
	t.Helper()
	select {
	case r := <-all:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return received{}
	}
}

func TestTheKernelSaysWhoSentAMessage(t *testing.T) {
	s, all := served(t)
	if !strings.HasPrefix(s.Name(), "@") {
		t.Fatalf("the socket is named %q", s.Name())
	}
	_, err := io.WriteString(dial(t, s.Name()), "READY=1\nSTATUS=well")
	ok(t, err)
	r := next(t, all)
	want := Credentials{PID: os.Getpid(), UID: uint32(os.Getuid()), GID: uint32(os.Getgid())}
	if r.err != nil || r.c != want || !r.m.Ready || r.m.Status != "well" {
		t.Errorf("got %+v", r)
	}
}

func TestASocketThatIsBoundAlreadyIsServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	ok(t, err)
	s, err := NewSocket(conn)
	ok(t, err)
	all := serve(t, s)
	_, err = io.WriteString(dial(t, path), "STOPPING=1")
	ok(t, err)
	if r := next(t, all); r.err != nil || !r.m.Stopping || s.Name() != path {
		t.Errorf("got %+v from %s", r, s.Name())
	}
	ok(t, conn.Close())
	if _, err := NewSocket(conn); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCantBeReadIsGivenWithItsSender(t *testing.T) {
	s, all := served(t)
	c := dial(t, s.Name())
	for _, data := range []string{strings.Repeat("x", MostMessage+1), strings.Repeat("x", 100_000), "\n"} {
		_, err := io.WriteString(c, data)
		ok(t, err)
		if r := next(t, all); r.err == nil || r.m != (Message{}) || r.c.PID != os.Getpid() {
			t.Errorf("got %+v", r)
		}
	}
	_, err := io.WriteString(c, "READY=1")
	ok(t, err)
	if r := next(t, all); !r.m.Ready {
		t.Errorf("got %+v", r)
	}
}

func TestNoDescriptorIsReceived(t *testing.T) {
	s, all := served(t)
	c := dial(t, s.Name())
	r, w, err := os.Pipe()
	ok(t, err)
	fd := int(w.Fd())
	raw, err := c.SyscallConn()
	ok(t, err)
	var sent error
	ok(t, raw.Control(func(to uintptr) {
		sent = unix.Sendmsg(int(to), []byte("BARRIER=1"), unix.UnixRights(fd, fd, fd), nil, 0)
	}), sent, w.Close())
	next(t, all)
	// The reader's end sees the end: nobody holds the other one. This is also what sd_notify_barrier(3) waits for.
	ended := make(chan error, 1)
	go func() {
		_, err := r.Read(make([]byte, 1))
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("a descriptor was kept")
	}
	ok(t, r.Close())
}

// house is who leads what.
type house map[int]int // pid to group

func (h house) Leads(pid int) bool { return h[pid] == pid }
func (h house) Group(pid int) (int, error) {
	g, ok := h[pid]
	if !ok {
		return 0, syscall.ESRCH
	}
	return g, nil
}

func TestWhoseWordCounts(t *testing.T) {
	h := house{10: 10, 11: 10, 20: 20, 30: 25, 40: 1, 50: 0}
	for _, c := range []struct {
		name string
		pid  int
		want int
		no   string
	}{
		{"a main process speaks for itself", 10, 10, ""},
		{"a process of its group speaks for it", 11, 10, ""},
		{"another service speaks for itself alone", 20, 20, ""},
		{"a process of a group that is no service's", 30, 0, "neither a service's main process nor in its group"},
		{"a process of init's group", 40, 0, "neither a service's main process nor in its group"},
		{"a process of no group", 50, 0, "neither a service's main process nor in its group"},
		{"one that has ended", 60, 0, "it has ended already"},
		{"one from outside the container", 0, 0, "it isn't a process of this container"},
		{"nonsense", -1, 0, "it isn't a process of this container"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Sender(Credentials{PID: c.pid, UID: 5}, h)
			if got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if c.no == "" {
				ok(t, err)
			} else {
				says(t, err, "accept notify message from pid ", "(uid 5): ", c.no)
			}
		})
	}
}

func TestCredentialsAreNeededAndDescriptorsAreClosed(t *testing.T) {
	_, err := credentials(nil)
	says(t, err, "the kernel doesn't say who sent it")
	r, w, err := os.Pipe()
	ok(t, err)
	fd, err := unix.Dup(int(w.Fd()))
	ok(t, err)
	_, err = credentials(unix.UnixRights(fd))
	says(t, err, "the kernel doesn't say who sent it")
	if err := unix.Close(fd); !errors.Is(err, unix.EBADF) {
		t.Errorf("a descriptor was kept: %v", err)
	}
	ok(t, r.Close(), w.Close())
}

func TestServeEndsWithItsSocket(t *testing.T) {
	s, err := Listen()
	ok(t, err)
	end := make(chan error, 1)
	go func() { end <- s.Serve(func(Credentials, Message, error) {}) }()
	ok(t, s.Close())
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	select {
	case err := <-end:
		ok(t, err)
	case <-ctx.Done():
		t.Error("it goes on")
	}
}

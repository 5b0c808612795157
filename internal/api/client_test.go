package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dead leaves a socket's name whose owner is gone.
func dead(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
}

func TestNobodyAnswers(t *testing.T) {
	top := shortTemp(t)
	dead(t, top+"/dead")
	blocked(t, top+"/file")
	for name, path := range map[string]string{
		"nothing is there": top + "/none", "a dead socket": top + "/dead", "a file where a directory should be": top + "/file/s",
		"a file that is no socket": top + "/file", "": "",
	} {
		t.Run(name, func(t *testing.T) {
			c := NewClient(env(map[string]string{SocketEnv: path}))
			c.roots = somewhere(t)
			_, err := c.Status(t.Context())
			if !errors.Is(err, ErrNobody) || HintFor(err) == "" {
				t.Errorf("%v, hint %q", err, HintFor(err))
			}
			if err := c.Events(t.Context(), EventsQuery{}, nil); !errors.Is(err, ErrNobody) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestASocketThatTheCallerCantReach(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reaches every socket")
	}
	r := newRig(t)
	if err := os.Chmod(r.path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := r.client.Status(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != Forbidden || errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
}

func TestAPathThatNoSocketCanHave(t *testing.T) {
	path := "/" + strings.Repeat("x", 200)
	_, err := NewClient(env(map[string]string{SocketEnv: path})).Status(t.Context())
	if err == nil || err.Error() != "connect to "+path+": invalid argument" {
		t.Error(err)
	}
}

// Anybody can put a socket into /tmp. Nothing is sent to it, and nothing it says is believed.
func TestAStrangersSocketIsNotBelieved(t *testing.T) {
	needsRoot(t)
	r := somewhere(t)
	mkdir(t, r.tmp+"/berth-0", 0o755)
	path := r.tmp + "/berth-0/control.sock"
	if err := os.Chown(r.tmp+"/berth-0", 4321, 4321); err != nil {
		t.Fatal(err)
	}
	for at := r.tmp; at != "/tmp"; at = at[:strings.LastIndex(at, "/")] {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var l net.Listener
	asUser(t, 4321, 4321, nil, func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		f := os.NewFile(uintptr(fd), path)
		defer func() { _ = f.Close() }()
		if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 8)); err != nil {
			return err
		}
		l, err = net.FileListener(f)
		return err
	})
	defer func() { _ = l.Close() }()
	heard := make(chan int, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			heard <- -1
			return
		}
		data, _ := io.ReadAll(c)
		heard <- len(data)
	}()
	c := NewClient(env(nil))
	c.roots = r
	_, err := c.Status(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != Untrusted || !strings.Contains(e.Text, "uid 4321") {
		t.Errorf("%v", err)
	}
	if n := <-heard; n != 0 {
		t.Errorf("it was sent %d bytes", n)
	}
	// The right one further down the list is found past it.
	w := r
	w.tmp = r.tmp + "x"
	blocked(t, r.run)
	_, good := serves(t, w, nil)
	good.roots = r
	if v, err := good.Version(t.Context()); err != nil || v.Version != "here" {
		t.Errorf("%v, %v", v, err)
	}
}

// impostor answers each connection with some bytes, as this user, whom the client believes.
func impostor(t *testing.T, answer string, hold bool) *Client {
	t.Helper()
	l, err := net.Listen("unix", shortTemp(t)+"/s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if answer != "" {
					_, _ = http.ReadRequest(bufio.NewReader(c))
				}
				_, _ = io.WriteString(c, answer)
				if hold {
					_, _ = io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return NewClient(env(map[string]string{SocketEnv: l.Addr().String()}))
}

func TestAnswersThatAreNone(t *testing.T) {
	json := func(status int, body string) string {
		return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	}
	for _, c := range []struct {
		name, answer string
		code         Code
	}{
		{"a hang-up", "", Failed},
		{"no HTTP", "220 mail ready\r\n\r\n", Failed},
		{"half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Failed},
		{"no JSON", json(200, "<html>"), Failed},
		{"a refusal without JSON", json(431, "too large"), Failed},
		{"a refusal with other JSON", json(404, "{}"), Failed},
		{"a refusal", json(404, `{"error":"e","hint":"h","code":"unknown_slot"}`), UnknownSlot},
		{"a refusal whose status is also an answer's", json(503, `{"error":"e","hint":"h","code":"stopping"}`), Stopping},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := impostor(t, c.answer, false)
			_, err := client.Status(t.Context())
			if e, ok := errors.AsType[*Error](err); !ok || e.Code != c.code {
				t.Errorf("status: %v", err)
			}
			err = client.Events(t.Context(), EventsQuery{}, func(Event) error { return nil })
			if e, ok := errors.AsType[*Error](err); !ok || e.Code != c.code {
				t.Errorf("events: %v", err)
			}
		})
	}
}

// A stream that breaks off must not read as one that ended.
func TestAStreamThatBreaksOff(t *testing.T) {
	client := impostor(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"seq\":1}\n\r\n", false)
	n := 0
	err := client.Events(t.Context(), EventsQuery{}, func(Event) error { n++; return nil })
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != Failed || n != 1 {
		t.Errorf("%d events, then %v", n, err)
	}
}

func TestAServerThatNeverAnswers(t *testing.T) {
	for name, answer := range map[string]string{"not a byte": "", "half a head": "HTTP/1.1 200 OK\r\n", "half a body": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"} {
		t.Run(name, func(t *testing.T) {
			client := impostor(t, answer, true)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := client.Status(ctx)
			if e, ok := errors.AsType[*Error](err); !ok || e.Code != Timeout || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := client.Status(gone); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A server that is busy has a full queue: who asks waits for a place in it.
func TestABusyServerIsWaitedFor(t *testing.T) {
	path := shortTemp(t) + "/s"
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), path)
	l, err := net.FileListener(f)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	full := false
	for !full {
		c, err := net.Dial("unix", path)
		if full = errors.Is(err, unix.EAGAIN); !full {
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
		}
	}
	client := NewClient(env(map[string]string{SocketEnv: path}))
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Version(short); err == nil || errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
	s := New(Options{About: Version{Version: "busy"}})
	go func() { _ = s.serve(l.(*net.UnixListener), peerOf) }()
	defer func() { _ = s.Close(context.Background()) }()
	if v, err := client.Version(t.Context()); err != nil || v.Version != "busy" {
		t.Errorf("%v, %v", v, err)
	}
}

func TestAClientLeavesNoDescriptors(t *testing.T) {
	r := newRig(t)
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("needs /proc to count descriptors: %v", err)
		}
		return len(all)
	}
	_, _ = r.client.Status(t.Context())
	before := count()
	for range 50 {
		_, _ = r.client.Status(t.Context())
		_, _ = r.client.Status(t.Context(), "none")
		_ = r.client.Events(t.Context(), EventsQuery{}, nil)
	}
	until(t, "the descriptors are back", func() bool { return count() <= before })
}

func TestTheOwnerOfTheFirstProcess(t *testing.T) {
	st, err := os.Stat("/proc/1")
	if err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	if uid, ok := ownerOfFirst(); !ok || fmt.Sprint(uid) == "" || st == nil {
		t.Error("it has none")
	}
}

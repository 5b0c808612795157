package api

import (
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it becomes other users")
	}
}

// asUser runs f on a thread that has another user's rights and ends with it: the kernel tells the rights of the thread
// that connects or listens.
func asUser(t *testing.T, uid, gid int, groups []int, f func() error) {
	t.Helper()
	needsRoot(t)
	done := make(chan error, 1)
	var run func(held chan struct{})
	run = func(held chan struct{}) {
		runtime.LockOSThread()
		if held != nil {
			close(held)
		}
		if unix.Gettid() == unix.Getpid() { // it can't end; while this goroutine sits on it, another one gets another
			held := make(chan struct{})
			go run(held)
			<-held
			runtime.UnlockOSThread()
			return
		}
		err := unix.Setgroups(groups)
		if err == nil {
			err = ofThread(unix.SYS_SETRESGID, gid)
		}
		if err == nil {
			err = ofThread(unix.SYS_SETRESUID, uid)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}
	go run(nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Fatal("the whole process changed its user")
	}
}

// ofThread is the bare call: the library's changes every thread of the process.
func ofThread(call uintptr, id int) error {
	if _, _, no := unix.RawSyscall(call, uintptr(id), uintptr(id), uintptr(id)); no != 0 {
		return no
	}
	return nil
}

// connectHere connects on this very thread, and waits for nothing.
func connectHere(path string) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), path)
	defer func() { _ = f.Close() }()
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, err
	}
	return net.FileConn(f)
}

func accepted(t *testing.T, l *net.UnixListener) *net.UnixConn {
	t.Helper()
	c, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestTheKernelSaysWhoConnected(t *testing.T) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: shortTemp(t) + "/s", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	path := l.Addr().String()
	t.Run("this process", func(t *testing.T) {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		p, err := peerWithGroups(accepted(t, l))
		if err != nil || p.UID != uint32(os.Geteuid()) || p.GID != uint32(os.Getegid()) || p.PID != os.Getpid() {
			t.Errorf("%+v, %v", p, err)
		}
		groups, err := os.Getgroups()
		if err != nil || len(groups) != len(p.Groups) {
			t.Errorf("groups %v, want %v", p.Groups, groups)
		}
	})
	t.Run("another user with many groups", func(t *testing.T) {
		needsRoot(t)
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path[:strings.LastIndex(path, "/")], 0o755); err != nil {
			t.Fatal(err)
		}
		var many []int
		for i := range 300 { // more than the first look has room for
			many = append(many, 1000+i)
		}
		asUser(t, 4321, 1234, many, func() error { c, err := connectHere(path); return errors.Join(err, c.Close()) })
		p, err := peerWithGroups(accepted(t, l))
		if err != nil || p.UID != 4321 || p.GID != 1234 || len(p.Groups) != 300 || !slices.Contains(p.Groups, 1299) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestPeersAreToldInWords(t *testing.T) {
	for want, p := range map[string]Peer{
		"uid 0":                     {},
		"uid 5, pid 7":              {UID: 5, PID: 7},
		"uid 4294967295, pid 7 (x)": {UID: 1<<32 - 1, PID: 7, Comm: "x"},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := plain("a\nb) uid 0\x1b[2J"); got != "a?b? uid 0?[2J" {
		t.Errorf("a program's name reads %q", got)
	}
	if p := (Peer{PID: 1 << 30}).named(); p.Comm != "" {
		t.Errorf("a process that is gone is called %q", p.Comm)
	}
}

// The whole way: real users, a real socket, the kernel's word.
func TestRealUsersAreToldApart(t *testing.T) {
	needsRoot(t)
	r := newRig(t)
	r.peer.Store(nil)
	for _, path := range []string{r.path, r.path[:strings.LastIndex(r.path, "/")]} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name     string
		uid, gid int
		groups   []int
		status   string
	}{
		{"root", 0, 0, nil, "HTTP/1.1 200"},
		{"the app's user", appUID, appUID, nil, "HTTP/1.1 200"},
		{"a granted user", 2002, 1, nil, "HTTP/1.1 200"},
		{"a granted user who may only see", 2001, 1, nil, "HTTP/1.1 403"},
		{"a granted group", 5555, 3003, nil, "HTTP/1.1 200"},
		{"a granted supplementary group", 5555, 1, []int{3003}, "HTTP/1.1 200"},
		{"a stranger", 6666, 6666, nil, "HTTP/1.1 403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			asUser(t, c.uid, c.gid, c.groups, func() error {
				conn, err := connectHere(r.path)
				if err != nil {
					return err
				}
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 12)
				if _, err := conn.Write([]byte(question("POST", "/v1/restart", `{"slots":["web"]}`))); err != nil {
					return err
				}
				_, err = conn.Read(buf)
				got = string(buf)
				return err
			})
			if got != c.status {
				t.Errorf("%s, want %s", got, c.status)
			}
		})
	}
}

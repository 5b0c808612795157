package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A terminal is a pseudo-terminal with a docker client on it, as a person's window has.
type terminal struct {
	master *os.File
	done   chan error
	mu     sync.Mutex
	text   strings.Builder
	seen   int // what earlier calls of expect have passed
}

// onTerminal runs `docker run -it` on a terminal of 80 columns and 24 rows: options, image, command.
func onTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	master, slave := openTerminal(t)
	name := unique("tty")
	cmd := exec.Command("docker", append([]string{"run", "--rm", "-it", "--name", name, "--network", "none"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	// The client learns of a new size by SIGWINCH, which goes to the session whose terminal this is.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	cmd.Env = append(os.Environ(), "TERM=xterm")
	x := &terminal{master: master, done: make(chan error, 1)}
	x.resize(t, 80, 24)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start docker: %v", err)
	}
	_ = slave.Close()
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			x.mu.Lock()
			x.text.Write(buf[:n])
			x.mu.Unlock()
			if err != nil { // EIO once the client has gone
				x.done <- cmd.Wait()
				return
			}
		}
	}()
	t.Cleanup(func() {
		_, _ = client("", "rm", "-f", "-v", name)
		_ = master.Close()
	})
	return x
}

func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("open a terminal: %v", err)
	}
	var unlock, number int32
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("open a terminal: %v", err)
	}
	return master, slave
}

func ioctl(t *testing.T, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var no syscall.Errno
	if err := conn.Control(func(fd uintptr) {
		_, _, no = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	}); err != nil || no != 0 {
		t.Fatalf("ioctl %#x: %v %v", request, err, no)
	}
}

func (x *terminal) resize(t *testing.T, columns, rows uint16) {
	t.Helper()
	size := [4]uint16{rows, columns, 0, 0}
	ioctl(t, x.master, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
}

// types sends keys.
func (x *terminal) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		t.Fatalf("type %q: %v", keys, err)
	}
}

// expect waits until a text appears behind what earlier calls have seen. Keys are echoed, so the text must be one that wasn't typed.
func (x *terminal) expect(t *testing.T, text string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the terminal shows %q", text), func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		all := x.text.String()
		at := strings.Index(all[x.seen:], text)
		if at >= 0 {
			x.seen += at + len(text)
		}
		return at >= 0
	})
}

// shown gives all that the terminal has shown.
func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.String()
}

// ends waits for the client's end and gives its exit code.
func (x *terminal) ends(t *testing.T) int {
	t.Helper()
	select {
	case err := <-x.done:
		x.done <- err
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode()
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0
	case <-time.After(patience):
		t.Fatalf("the container did not end; the terminal shows:\n%s", x.shown())
		return 0
	}
}

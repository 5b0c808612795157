package proc

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// besideTheFirst runs f on a thread that isn't the process's first: that one never ends, and is what /proc/self shows.
func besideTheFirst(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			over := make(chan struct{})
			besideTheFirst(func() { defer close(over); f() })
			<-over
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
}

// The thread that becomes somebody else ends with its goroutine; the process stays who it is.
func TestBecomeIsOneThreads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes identity")
	}
	type seen struct {
		err      error
		uid, gid uintptr
	}
	got := make(chan seen)
	besideTheFirst(func() {
		err := Become(&Credential{UID: 4242, GID: 4343})
		uid, _, _ := unix.RawSyscall(unix.SYS_GETUID, 0, 0, 0)
		gid, _, _ := unix.RawSyscall(unix.SYS_GETGID, 0, 0, 0)
		got <- seen{err, uid, gid}
	})
	if s := <-got; s.err != nil || s.uid != 4242 || s.gid != 4343 {
		t.Errorf("it became %+v", s)
	}
	if os.Getuid() != 0 {
		t.Error("the whole process became it")
	}
}

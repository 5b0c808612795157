package volume

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

// onThread runs f on a thread of its own that prepare has changed, and that ends with f and takes the change along: what
// a test does to its mounts or its rights must not outlive it, however it ends. Goroutines that f starts run on other
// threads, the actor's too, and see nothing of it but what they reach through handles.
func onThread(t *testing.T, prepare, f func(t *testing.T)) {
	t.Helper()
	done := make(chan struct{})
	var run func(held chan<- struct{})
	run = func(held chan<- struct{}) {
		runtime.LockOSThread()
		if held != nil {
			close(held)
		}
		if unix.Gettid() == unix.Getpid() { // the main thread can't end: sit on it while another one is found
			held := make(chan struct{})
			go run(held)
			<-held
			runtime.UnlockOSThread()
			return
		}
		defer close(done)
		prepare(t)
		f(t)
	}
	go run(nil)
	<-done
}

// ownMounts runs f with a mount namespace of its own.
func ownMounts(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: something is mounted")
	}
	onThread(t, func(t *testing.T) {
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			t.Skipf("needs a mount namespace: %v", err)
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Skipf("needs private mounts: %v", err)
		}
	}, f)
}

// without runs f on a thread that lacks capabilities, as docker run --cap-drop leaves root.
func without(t *testing.T, f func(t *testing.T), capabilities ...int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: a capability is dropped")
	}
	onThread(t, func(t *testing.T) {
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		if err := unix.Capget(&head, &data[0]); err != nil {
			t.Fatal(err)
		}
		for _, c := range capabilities {
			data[c/32].Effective &^= 1 << (c % 32)
		}
		if err := unix.Capset(&head, &data[0]); err != nil {
			t.Fatal(err)
		}
	}, f)
}

// asUser runs f as a start with docker run --user: root's tests on a thread with a user's file rights, others as they are.
// What root has to lay out first is done in prepare.
func asUser(t *testing.T, uid, gid uint32, prepare, f func(g *rig)) {
	t.Helper()
	g := newRig(t)
	if os.Geteuid() != 0 {
		prepare(g)
		f(g)
		return
	}
	g.reachable()
	prepare(g)
	g.alter = func(w *boot.World) { w.EUID, w.EGID = uid, gid }
	onThread(t, func(t *testing.T) {
		for _, err := range []error{unix.Setgroups(nil), unix.Setfsgid(int(gid)), unix.Setfsuid(int(uid))} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}, func(*testing.T) { f(g) })
}

// reachable lets other users come as far as the rig: package testing makes directories for its own user alone.
func (g *rig) reachable() {
	g.t.Helper()
	top := filepath.Dir(g.vol)
	for _, dir := range []string{g.root, top, filepath.Dir(top)} {
		g.check(os.Chmod(dir, 0o755))
	}
}

// mount mounts a small file system of memory.
func (g *rig) mount(name, options string) {
	g.t.Helper()
	g.check(os.MkdirAll(g.at(name), 0o755))
	g.check(unix.Mount("tmpfs", g.at(name), "tmpfs", 0, options))
}

// bind mounts a file or directory over another.
func (g *rig) bind(from, to string) {
	g.t.Helper()
	g.check(unix.Mount(from, to, "", unix.MS_BIND, ""))
}

// readOnly makes a mount read-only.
func (g *rig) readOnly(dir string) {
	g.t.Helper()
	g.bind(dir, dir)
	g.check(unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

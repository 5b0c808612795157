package boot

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// An operator mounts a hook into the image (-v ./hook:/etc/hooks/hook). It runs as root only if it is root's own, as
// everything in an image that runs as root must be: what the app's user could change, it would have run as root.
func TestRootsHooksMayBeMounted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: something is mounted")
	}
	top, host := t.TempDir(), t.TempDir()
	lay := func(path string, uid int, perm os.FileMode) {
		t.Helper()
		if err := errors.Join(
			os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600),
			os.Chmod(path, perm), os.Chown(path, uid, uid),
		); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"etc/hooks/file", "etc/dir/x", "etc/theirs/x", "data/x"} {
		lay(filepath.Join(top, name), 0, 0o755)
	}
	lay(host+"/hook", 0, 0o755)
	lay(host+"/dir/sub/hook", 0, 0o755)
	lay(host+"/theirs/hook", 0, 0o755)
	lay(host+"/dir/open", 0, 0o777)
	if err := errors.Join(os.Chown(host+"/theirs", 4242, 4242), os.Symlink("sub/hook", host+"/dir/link"),
		os.Symlink("/data/x", host+"/dir/out"), os.Chown(top+"/data", 4242, 4242)); err != nil {
		t.Fatal(err)
	}
	inOwnMounts(t, func() error {
		return errors.Join(
			unix.Mount(host+"/hook", top+"/etc/hooks/file", "", unix.MS_BIND, ""),
			unix.Mount(host+"/dir", top+"/etc/dir", "", unix.MS_BIND, ""),
			unix.Mount(host+"/theirs", top+"/etc/theirs", "", unix.MS_BIND, ""),
		)
	}, func() {
		root, err := fsx.Open(top)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = root.Close() }()
		for name, want := range map[string]string{
			"/etc/hooks/file": "", "/etc/dir/sub/hook": "", "/etc/dir/link": "", "/etc/dir/sub/../link": "",
			"/etc/dir/open": "may be written by others", "/etc/theirs/hook": "belongs to uid 4242",
			"/etc/dir/out": "belongs to uid 4242", "/etc/dir/none": "no such file", "/etc/dir/sub": "is a directory",
		} {
			path, err := rootsOwn(root, name)
			switch {
			case want == "" && (err != nil || !strings.HasPrefix(path, top+"/etc/")):
				t.Errorf("%s: %q, %v", name, path, err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	})
}

// inOwnMounts runs f on a thread with mounts of its own, which end with it.
func inOwnMounts(t *testing.T, mount func() error, f func()) {
	t.Helper()
	done := make(chan error, 1)
	var run func(held chan<- struct{})
	run = func(held chan<- struct{}) {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if held != nil {
			close(held)
		}
		if unix.Gettid() == unix.Getpid() { // the main thread doesn't end: sit on it while another one is found
			held := make(chan struct{})
			go run(held)
			<-held
			runtime.UnlockOSThread()
			return
		}
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			if err := mount(); err != nil {
				t.Error(err)
			} else {
				f()
			}
		}
		done <- err
	}
	go run(nil)
	if err := <-done; err != nil {
		t.Skipf("needs mounts of its own: %v", err)
	}
}

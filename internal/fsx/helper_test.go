package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// temp opens a fresh directory.
func temp(t *testing.T) *Dir {
	t.Helper()
	return opened(t, t.TempDir())
}

func opened(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// wants fails unless err is want; a nil want is success.
func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	ok(t, os.WriteFile(path, []byte(text), 0o644), os.Chmod(path, 0o644))
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	return string(data)
}

// mkdir makes a directory and its parents 0755, whatever the umask is.
func mkdir(t *testing.T, path string) string {
	t.Helper()
	_, err := MakeAll(path, 0o755)
	ok(t, err)
	return path
}

func perm(t *testing.T, path string) uint32 {
	t.Helper()
	var st unix.Stat_t
	ok(t, unix.Lstat(path, &st))
	return st.Mode & 0o7777
}

func owner(t *testing.T, path string) [2]uint32 {
	t.Helper()
	var st unix.Stat_t
	ok(t, unix.Lstat(path, &st))
	return [2]uint32{st.Uid, st.Gid}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes owners or mounts")
	}
}

// everyKernel runs f on this kernel and on every older one that fsx knows ways for.
func everyKernel(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, k := range []struct {
		name string
		lack feature
	}{
		{"this kernel", 0},
		{"a kernel without openat2", openat2},
		{"a kernel without openat2 and mount ids in statx", openat2 | mountID},
		{"a kernel without openat2, mount ids and proc", openat2 | mountID | procFD},
		{"a kernel without fchmodat2, renameat2 and faccessat2", fchmodat2 | renameat2 | faccessat2},
		{"a kernel without any of them", openat2 | mountID | procFD | fchmodat2 | renameat2 | faccessat2},
	} {
		t.Run(k.name, func(t *testing.T) { without(k.lack, func() { f(t) }) })
	}
}

// bothWays runs f with openat2 and with the descent.
func bothWays(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run("with openat2", f)
	t.Run("with a descent", func(t *testing.T) { WithoutOpenat2(func() { f(t) }) })
}

// ownMounts runs f on a thread with a mount namespace of its own, which ends with the thread.
func ownMounts(t *testing.T, f func(t *testing.T, dir string)) {
	t.Helper()
	needsRoot(t)
	dir := t.TempDir()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // its namespace would be what /proc/self shows
			held := make(chan struct{})
			go func() {
				defer close(held)
				runtime.LockOSThread()
				inOwnMounts(t, dir, f)
			}()
			<-held
			runtime.UnlockOSThread()
			return
		}
		inOwnMounts(t, dir, f)
	}()
	<-done
}

func inOwnMounts(t *testing.T, dir string, f func(t *testing.T, dir string)) {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skipf("needs a mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skipf("needs private mounts: %v", err)
	}
	f(t, dir)
}

func bind(t *testing.T, from, to string) {
	t.Helper()
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("needs bind mounts: %v", err)
	}
}

// snapshot tells a tree: kind, mode, owner and text of each entry.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	ok(t, filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		rel := strings.TrimPrefix(p, root)
		all[rel] = strings.Join([]string{e.Type().String(), fs.FileMode(st.Mode & 0o7777).String()}, " ")
		if e.Type().IsRegular() {
			all[rel] += " " + text(t, p)
		}
		return nil
	}))
	return all
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("needs /proc to count descriptors: %v", err)
	}
	return len(all)
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	ok(t, err)
	var list []string
	for _, e := range all {
		list = append(list, e.Name())
	}
	slices.Sort(list)
	return list
}

func closeFD(fd int) error { return unix.Close(fd) }

// goexit is what a failed test does; in a variable, so that vet doesn't call what follows it dead.
var goexit = runtime.Goexit

// immutable sets a directory's flag that chattr +i sets, until the test ends or it is told otherwise.
func immutable(t *testing.T, dir string) (set func(on bool)) {
	t.Helper()
	flag := func(on bool) error {
		f, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		flags := 0
		if on {
			flags = unix.STATX_ATTR_IMMUTABLE
		}
		return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
	}
	if err := flag(true); err != nil {
		t.Skipf("needs a file system with chattr: %v", err)
	}
	set = func(on bool) { ok(t, flag(on)) }
	set(false)
	t.Cleanup(func() { set(false) })
	return set
}

// deaf runs f on a thread whose every chown by fchownat answers yes and changes nothing, as on a file system with owners of its own. The
// filter ends with the thread.
func deaf(t *testing.T, f func()) {
	t.Helper()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FCHOWNAT, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
		if err == nil {
			f()
		}
		failed <- err
	}()
	if err := <-failed; err != nil {
		t.Skipf("needs seccomp: %v", err)
	}
}

// soon has nobody wait for the disk.
func soon(a Attr) Attr {
	a.Fleeting = true
	return a
}

package fsx

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A feature is something that an older kernel, a seccomp filter or a missing /proc takes away.
type feature uint32

const (
	openat2 feature = 1 << iota
	fchmodat2
	procFD
	mountID
	renameat2
	faccessat2
	durability // fsync, for tests that write thousands of files
)

// withheld are the features that tests take away to play an older kernel.
var withheld atomic.Uint32

func lacks(f feature) bool { return withheld.Load()&uint32(f) != 0 }

// without runs f as on a kernel that lacks these features. It holds for the whole process.
func without(these feature, f func()) {
	before := withheld.Load()
	withheld.Store(before | uint32(these))
	defer withheld.Store(before)
	f()
}

// WithoutOpenat2 runs f as on a kernel without openat2, for tests. It holds for the whole process until f returns.
func WithoutOpenat2(f func()) { without(openat2, f) }

var openat2State atomic.Int32 // 0: not asked yet, 1: there, 2: not there

// hasOpenat2 asks the kernel once. The question needs no rights, so that EPERM can only be a seccomp filter's.
func hasOpenat2() bool {
	if lacks(openat2) {
		return false
	}
	state := openat2State.Load()
	if state == 0 {
		fd, err := unix.Openat2(unix.AT_FDCWD, "/", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS})
		switch {
		case err == nil:
			_ = unix.Close(fd)
			state = 1
		case oneOf(err, unix.ENOSYS, unix.EPERM, unix.EINVAL):
			state = 2
		default:
			return false // out of descriptors, say: the descent will tell
		}
		openat2State.Store(state)
	}
	return state == 1
}

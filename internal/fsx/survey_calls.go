package fsx

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ownerMask leaves the time of birth out, which lies apart from the rest in an inode.
const ownerMask = unix.STATX_BASIC_STATS | unix.STATX_MNT_ID

const lookFlags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT

// call makes a system call, where it may without telling Go's scheduler: that is a tenth of what a look costs and a fifth of a
// change. While such a call doesn't come back, from a file system that is frozen for a snapshot, say, Go can't collect
// garbage, and whoever needs memory waits. So only where nobody else is there to wait: services are to be stopped and
// orphans to be reaped whatever the disk does.
//
//go:uintptrescapes
func (w *worker) call(number, a, b, c, d, e uintptr) (uintptr, error) {
	for {
		var r uintptr
		var errno syscall.Errno
		if w.raw {
			r, _, errno = syscall.RawSyscall6(number, a, b, c, d, e, 0)
		} else {
			r, _, errno = syscall.Syscall6(number, a, b, c, d, e, 0)
		}
		switch errno {
		case 0:
			return r, nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// stat looks at a name that ends with a NUL, into a place that is there already.
func (w *worker) stat(dir int, name []byte, more uintptr) error {
	_, err := w.call(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
		lookFlags|more, ownerMask, uintptr(unsafe.Pointer(&w.st)))
	return err
}

// bareStat and bareChown are stat and chown where Go's scheduler isn't told, for each entry of a million: they are part of their
// caller, as a processor that comes back from the kernel has forgotten where calls return to. What they fail of is asked again.
func bareStat(dir int, name *byte, st *unix.Statx_t) (errno syscall.Errno) {
	_, _, errno = syscall.RawSyscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(name)), lookFlags, ownerMask, uintptr(unsafe.Pointer(st)), 0)
	return errno
}

func bareChown(dir int, name *byte, uid, gid uint32) (errno syscall.Errno) {
	_, _, errno = syscall.RawSyscall6(unix.SYS_FCHOWNAT, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(uid), uintptr(gid), unix.AT_SYMLINK_NOFOLLOW, 0)
	return errno
}

// chown changes the owner of what a name that ends with a NUL stands for, of a link itself.
func (w *worker) chown(dir int, name []byte, uid, gid uint32) error {
	_, err := w.call(unix.SYS_FCHOWNAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])), uintptr(uid), uintptr(gid), unix.AT_SYMLINK_NOFOLLOW)
	return err
}

// chownItself and statItself are about an open directory.
func (w *worker) chownItself(fd int, uid, gid uint32) error {
	_, err := w.call(unix.SYS_FCHOWN, uintptr(fd), uintptr(uid), uintptr(gid), 0, 0)
	return err
}

// atRest waits for the changes of names that are under way in a directory that is being read, and leaves the reading where it
// is: there is no room for a name (getdents64(2): EINVAL), or there are no more.
func (w *worker) atRest(dir int) error {
	_, err := w.names(dir, w.none[:])
	if oneOf(err, unix.EINVAL) {
		err = nil
	}
	return err
}

func (w *worker) statItself(fd int) error {
	return w.stat(fd, append(w.path[:0], 0), unix.AT_EMPTY_PATH)
}

// claim claims a directory to seal it, as claim does.
func (w *worker) claim(fd int) bool {
	_, err := w.call(unix.SYS_FLOCK, uintptr(fd), unix.LOCK_EX|unix.LOCK_NB, 0, 0, 0)
	return !oneOf(err, unix.EWOULDBLOCK)
}

// names reads names of a directory.
func (w *worker) names(dir int, buf []byte) (int, error) {
	n, err := w.call(unix.SYS_GETDENTS64, uintptr(dir), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	return int(n), err
}

// open opens a directory to read it, by its path below the top.
func (w *worker) open(path string) (int, error) {
	if !hasOpenat2() || path == "" || len(path) > maxOpenPath {
		return w.v.openPath(path, readFlags)
	}
	w.path = append(append(w.path[:0], path...), 0)
	w.how = unix.OpenHow{Flags: readFlags | unix.O_CLOEXEC | unix.O_NOFOLLOW, Resolve: beneath}
	fd, err := w.call(unix.SYS_OPENAT2, uintptr(w.v.top), uintptr(unsafe.Pointer(&w.path[0])), uintptr(unsafe.Pointer(&w.how)), unsafe.Sizeof(w.how), 0)
	if err != nil { // again, with the words for what stands in the way
		return w.v.openPath(path, readFlags)
	}
	return int(fd), nil
}

const readFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK

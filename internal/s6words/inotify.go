package s6words

import (
	"golang.org/x/sys/unix"
)

// An inotify tells that something in directories has changed. Nothing depends on what it says: who is woken looks for himself,
// and where there is none he looks now and then.
type inotify struct{ fd int }

// now and then, in milliseconds, where the kernel can't tell.
const lookAgain = 50

const changes = unix.IN_MOVED_TO | unix.IN_CLOSE_WRITE | unix.IN_MODIFY | unix.IN_CREATE | unix.IN_DELETE | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF

func newInotify(dirs ...string) *inotify {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &inotify{-1}
	}
	w := &inotify{fd}
	for _, d := range dirs {
		if !w.add(d) {
			w.close()
			return w
		}
	}
	return w
}

func (w *inotify) add(dir string) bool {
	if w.fd < 0 {
		return false
	}
	_, err := unix.InotifyAddWatch(w.fd, dir, changes|unix.IN_ONLYDIR)
	return err == nil
}

// poll waits until something has changed or the time is over.
func (w *inotify) poll(until deadline) {
	pollAll([]int{w.fd}, until)
	drain(w.fd)
}

func (w *inotify) close() {
	if w.fd >= 0 {
		_ = unix.Close(w.fd)
		w.fd = -1
	}
}

// pollAll waits until one of some descriptors has something to read or the time is over, -1
// tells nothing, so that the wait is a moment at most.
func pollAll(fds []int, until deadline) {
	ms := until.left()
	list := make([]unix.PollFd, 0, len(fds))
	for _, fd := range fds {
		if fd >= 0 {
			list = append(list, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}) //nolint:gosec // a descriptor
		} else if ms < 0 || ms > lookAgain {
			ms = lookAgain
		}
	}
	_, _ = unix.Poll(list, ms)
}

// drain reads all that is there.
func drain(fd int) []byte {
	var all []byte
	b := make([]byte, 4096)
	for len(all) < 1<<20 {
		n, err := unix.Read(fd, b)
		if n <= 0 || err != nil {
			break
		}
		all = append(all, b[:n]...)
	}
	return all
}

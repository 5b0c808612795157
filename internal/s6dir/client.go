package s6dir

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// open gives a descriptor of what is at path, if it is of a kind. It is a bare one: to make a file of Go's of it would start the
// runtime's poller, which costs a front door more than the whole look.
func open(path string, how int, kind uint32) (int, error) {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(path, how|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT != kind {
		err = syscall.EINVAL
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Open opens what is at path to read it, if it is a regular file; nothing that somebody put there makes it wait.
func Open(path string) (*os.File, error) {
	fd, err := open(path, unix.O_RDONLY, unix.S_IFREG)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Read gives the bytes of a regular file, if they are at most limit: EINVAL if it is no regular one, EFBIG if it is longer.
func Read(path string, limit int) ([]byte, error) { return read(path, limit, true) }

func read(path string, limit int, whole bool) ([]byte, error) {
	fd, err := open(path, unix.O_RDONLY, unix.S_IFREG)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	b, err := ReadAll(fd, limit)
	if err != nil || len(b) <= limit {
		return b, err
	}
	if whole {
		return nil, syscall.EFBIG
	}
	return b[:limit], nil
}

// ReadAll reads a descriptor to its end, but at most a byte more than limit. What a regular file gives less than it was asked for is
// its end; to ask once more would cost a start as much as to read it.
func ReadAll(fd, limit int) ([]byte, error) {
	return ReadInto(make([]byte, 0, min(limit, 4095)+1), fd, limit)
}

// ReadInto is ReadAll into b, from its beginning; the memory that comes back may be another.
func ReadInto(b []byte, fd, limit int) ([]byte, error) {
	b = b[:0]
	for {
		space := cap(b) - len(b)
		n, err := unix.Read(fd, b[len(b):cap(b)])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		b = b[:len(b)+max(n, 0)]
		if n < space || len(b) > limit {
			return b, nil
		}
		b = append(b, 0)[:len(b)]
	}
}

// ReadStatus gives the status of the service directory at dir.
func ReadStatus(dir string) (Status, error) {
	b, err := Read(dir+"/"+StatusAt, maxStatus)
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(b)
}

// Supervised says whether somebody supervises the service directory at dir: he holds the lock.
func Supervised(dir string) (bool, error) {
	fd, err := open(dir+"/"+Lock, unix.O_RDONLY, unix.S_IFREG)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = unix.Close(fd) }()
	// A lock of a process and one of an open file keep each other out; this sees both.
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: unix.SEEK_SET}
	if err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &l); err != nil {
		return false, err
	}
	return l.Type != unix.F_UNLCK, nil
}

// Listening says whether somebody reads the control FIFO of the service directory at dir.
func Listening(dir string) (bool, error) {
	fd, err := open(dir+"/"+Control, unix.O_WRONLY, unix.S_IFIFO)
	if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, unix.Close(fd)
}

// Send writes letters to the FIFO at path, at once: ENXIO says that nobody reads it, EAGAIN that it is full, EINVAL that it is
// no FIFO: a file that somebody put there isn't written to.
func Send(path, letters string) error {
	fd, err := open(path, unix.O_WRONLY, unix.S_IFIFO)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	for {
		n, err := unix.Write(fd, []byte(letters))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && n < len(letters) {
			return unix.EAGAIN
		}
		return err
	}
}

// Head gives the first bytes of a regular file, at most limit.
func Head(path string, limit int) ([]byte, error) { return read(path, limit, false) }

package s6dir

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Open opens what is at path to read it, if it is a regular file; nothing that somebody put there makes it wait.
func Open(path string) (*os.File, error) { return open(path, unix.O_RDONLY, unix.S_IFREG) }

// open opens what is at path if it is of a kind.
func open(path string, how int, kind uint32) (*os.File, error) {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(path, how|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	if st.Mode&unix.S_IFMT != kind {
		_ = unix.Close(fd)
		return nil, syscall.EINVAL
	}
	return os.NewFile(uintptr(fd), path), nil //nolint:gosec // a descriptor
}

// Read gives the bytes of a regular file, if they are at most limit.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, syscall.EFBIG
	}
	return b, nil
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
	f, err := Open(dir + "/" + Lock)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	// A lock of a process and one of an open file keep each other out; this sees both.
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l); err != nil {
		return false, err
	}
	return l.Type != unix.F_UNLCK, nil
}

// Listening says whether somebody reads the control FIFO of the service directory at dir.
func Listening(dir string) (bool, error) {
	f, err := open(dir+"/"+Control, unix.O_WRONLY, unix.S_IFIFO)
	if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// Send writes letters to the FIFO at path, at once: ENXIO says that nobody reads it, EAGAIN that it is full.
func Send(path, letters string) error {
	f, err := open(path, unix.O_WRONLY, unix.S_IFIFO)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	b := []byte(letters)
	for {
		n, err := unix.Write(int(f.Fd()), b)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && n < len(b) {
			return unix.EAGAIN
		}
		return err
	}
}

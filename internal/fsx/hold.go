package fsx

import (
	"io"

	"golang.org/x/sys/unix"
)

// A Hold is a lock of the other kind, on the records of a regular file (fcntl(2), F_OFD_SETLK, Linux 3.15): a [Lock] and it
// don't see each other. It belongs to the open file, so that another descriptor of the file that is closed doesn't end it.
type Hold struct{ fd int }

// Hold takes the record lock of a whole file, made with a where there is none (mode 0644 if a has none), without waiting:
// [ErrLocked] where somebody else has it.
func (d *Dir) Hold(unsafeName string, a Attr) (*Hold, error) {
	if a.Mode == 0 {
		a.Mode = 0o644
	}
	p, err := d.place("lock", unsafeName)
	if err != nil {
		return nil, err
	}
	defer p.close()
	h, err := p.hold(a)
	if err != nil {
		return nil, fail("lock", p.path, err)
	}
	return h, nil
}

func (p place) hold(a Attr) (*Hold, error) {
	e, err := p.lockFile(a)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.file(unix.O_RDWR)
	if err != nil {
		return nil, err
	}
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	err = again(func() error { return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &l) })
	if err != nil {
		_ = unix.Close(fd)
		if oneOf(err, unix.EAGAIN, unix.EACCES) {
			err = ErrLocked
		}
		return nil, err
	}
	return &Hold{fd: fd}, nil
}

// Release lets the lock go.
func (h *Hold) Release() error {
	if h.fd < 0 {
		return nil
	}
	fd := h.fd
	h.fd = -1
	return unix.Close(fd)
}

package fsx

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrNobody says that nobody reads a FIFO.
var ErrNobody = errors.New("nobody reads it")

// OpenFIFO opens a FIFO for reading, and for writing too, so that it neither waits for a writer nor ends with one
// (fifo(7)). It is the inode that was looked at, whatever its name leads to meanwhile; [ErrSymlink] and [ErrKind] say what
// stands there otherwise. A reader waits without a thread.
func (d *Dir) OpenFIFO(unsafeName string) (*os.File, error) {
	e, err := d.Look(unsafeName)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.fifo(unix.O_RDWR)
	if err != nil {
		return nil, fail("open", e.path, err)
	}
	return os.NewFile(uintptr(fd), e.path), nil
}

// Ring writes to a FIFO what somebody waits for at its other end. It never waits: a full one is EAGAIN, one that nobody
// reads [ErrNobody]. At most 4 KiB are written, whole or not at all.
func (d *Dir) Ring(unsafeName string, data []byte) error {
	if len(data) > unix.PathMax { // PIPE_BUF is as long
		return fail("write to", d.join(unsafeName), ErrTooBig)
	}
	e, err := d.Look(unsafeName)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.fifo(unix.O_WRONLY)
	if err == nil {
		if err = change("write", e.path); err == nil {
			err = again(func() error { _, err := unix.Write(fd, data); return err })
		}
		_ = unix.Close(fd)
	}
	if err != nil {
		if oneOf(err, unix.ENXIO, unix.EPIPE) {
			err = ErrNobody
		}
		return fail("write to", e.path, err)
	}
	return nil
}

// fifo opens a pinned FIFO, without waiting. Through /proc it is the pin that is opened; without, the name is opened again
// and compared.
func (e *Entry) fifo(how int) (int, error) {
	switch e.info.Kind {
	case FIFO:
	case Symlink:
		return -1, ErrSymlink
	default:
		return -1, ErrKind
	}
	how |= unix.O_NONBLOCK | unix.O_CLOEXEC | unix.O_NOCTTY
	fd := -1
	if dir, err := openProc("/proc/self/fd"); err == nil {
		defer func() { _ = unix.Close(dir) }()
		err := again(func() (err error) { fd, err = unix.Openat(dir, strconv.Itoa(e.fd), how, 0); return err })
		return fd, err
	}
	fd, err := open(e.at, e.name, how)
	if err != nil {
		if oneOf(err, unix.ENOENT, ErrSymlink) {
			err = ErrVanished
		}
		return -1, err
	}
	if err := identical(e.fd, fd); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Through gives a path that leads to this very directory, whatever becomes of its name: for a program that is started in
// it by this process, which has the handle at that number until it executes. Without /proc it is the path that the handle was
// opened with.
func (d *Dir) Through() string {
	if d.fd < 0 {
		return d.path
	}
	fds, err := openProc("/proc/self/fd")
	if err != nil {
		return d.path
	}
	_ = unix.Close(fds)
	return "/proc/self/fd/" + strconv.Itoa(d.fd)
}

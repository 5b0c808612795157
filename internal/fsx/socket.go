package fsx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Causes of a refused socket.
var (
	ErrAnswers  = errors.New("somebody answers there already")
	ErrOthers   = errors.New("others may rename what lies in its directory")
	ErrLongPath = errors.New("a socket's path has at most 107 bytes")
)

// maxSocketPath is what sun_path holds beside its closing zero (unix(7)). The binder needs no such length, as it binds
// through the handle; who connects does.
const maxSocketPath = 107

// A Listener is a unix socket that listens, and the name that leads to it.
type Listener struct {
	fd   int
	at   int // the directory, of our own
	base string
	path string
	pin  *Entry // of the name's inode, so that its number isn't given to another
}

// Listen makes a stream socket that listens at a name, with these permission bits whatever the umask is. The name
// appears in one step: who finds it finds somebody who listens. What stands there must be nothing, or a socket that
// nobody answers at: [ErrAnswers], [ErrSymlink] or [ErrKind] otherwise, and it stays. ctx bounds the wait for another
// process that is at the same name; a file beside it, named with ".lock", keeps them apart.
//
// Binding goes by a name under which the inode can't be pinned first, so the directory must be one in which nobody but
// its owner (the caller or root) can rename what the caller made: [ErrOthers] otherwise.
func (d *Dir) Listen(ctx context.Context, unsafeName string, perm uint32) (*Listener, error) {
	const op = "listen at"
	p, err := d.place(op, unsafeName)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if len(p.path) > maxSocketPath {
		return nil, fail(op, p.path, ErrLongPath)
	}
	if err := p.sheltered(); err != nil {
		return nil, fail(op, p.path, err)
	}
	lock, err := d.Lock(ctx, unsafeName+".lock", Attr{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Unlock() }()
	over, err := p.vacant()
	if err != nil {
		return nil, fail(op, p.path, err)
	}
	s, err := p.listen(perm, over)
	if err != nil {
		return nil, fail(op, p.path, err)
	}
	return s, nil
}

// sheltered says that nobody else can swap names in the directory: theirs are others' to write only with the sticky bit.
func (p place) sheltered() error {
	in, err := stat(p.fd, "")
	if err != nil {
		return err
	}
	me, err := fsuid()
	switch {
	case err != nil:
		return err
	case in.UID != me && in.UID != 0, in.Perm&0o022 != 0 && in.Perm&unix.S_ISVTX == 0:
		return ErrOthers
	}
	return nil
}

// vacant says whether the name may be had, and whether a dead socket has to make way.
func (p place) vacant() (over bool, err error) {
	e, err := pin(p.fd, p.base, p.path)
	if oneOf(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = e.Close() }()
	switch e.info.Kind {
	case Socket:
		return true, e.knock()
	case Symlink:
		return false, ErrSymlink
	default:
		return false, ErrKind
	}
}

// knock asks whether somebody answers at a pinned socket: nil is nobody. It doesn't wait: a full queue (EAGAIN) and a
// socket of another type (EPROTOTYPE) have somebody behind them.
func (e *Entry) knock() error {
	fd, err := streamSocket()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	name := e.path
	if dir, perr := openProc("/proc/self/fd"); perr == nil {
		_ = unix.Close(dir)
		name = fmt.Sprintf("/proc/self/fd/%d", e.fd)
	}
	err = again(func() error { return unix.Connect(fd, &unix.SockaddrUnix{Name: name}) })
	switch {
	case oneOf(err, unix.ECONNREFUSED):
		return nil
	case err == nil, oneOf(err, unix.EAGAIN, unix.EINPROGRESS, unix.EPROTOTYPE):
		return ErrAnswers
	}
	return err
}

func streamSocket() (int, error) {
	return unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
}

// listen makes the socket under a temporary name and publishes it when it listens.
func (p place) listen(perm uint32, over bool) (*Listener, error) {
	fd, err := streamSocket()
	if err != nil {
		return nil, err
	}
	s := &Listener{fd: fd, at: -1, base: p.base, path: p.path}
	done := false
	defer func() { // a crash test's panic too: the kernel closes after a kill
		if !done {
			s.shut()
		}
	}()
	if s.at, err = unix.FcntlInt(uintptr(p.fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
		return nil, err
	}
	temp, err := p.bind(fd)
	if err != nil {
		return nil, err
	}
	draft := &draft{fd: -1, at: p.fd, name: temp, path: strings.TrimSuffix(p.path, p.base) + temp}
	if s.pin, err = pin(s.at, temp, draft.path); err == nil && s.pin.info.Kind != Socket {
		err = ErrVanished
	}
	if err == nil {
		err = s.pin.Chmod(perm)
	}
	if err == nil {
		err = unix.Listen(fd, unix.SOMAXCONN)
	}
	if err == nil {
		err = draft.publish(p, over)
	}
	if err != nil {
		draft.discard()
		return nil, err
	}
	if err := s.leadsHere(); err != nil {
		return nil, err
	}
	done = true
	return s, nil
}

// bind gives the socket a temporary name in the directory. The address goes through the handle; without /proc it is the
// operator's path, and the look at the name through the handle proves that it led there.
func (p place) bind(fd int) (string, error) {
	dir := strings.TrimSuffix(p.path, p.base)
	through := dir
	if fds, err := openProc("/proc/self/fd"); err == nil {
		_ = unix.Close(fds)
		through = fmt.Sprintf("/proc/self/fd/%d/", p.fd)
	}
	for {
		name := fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64())
		if err := change("bind", dir+name); err != nil {
			return "", err
		}
		err := unix.Bind(fd, &unix.SockaddrUnix{Name: through + name})
		if !oneOf(err, unix.EADDRINUSE) {
			return name, err
		}
	}
}

func (s *Listener) leadsHere() error {
	mine, err := stat(s.pin.fd, "")
	if err != nil {
		return err
	}
	there, err := stat(s.at, s.base)
	if oneOf(err, unix.ENOENT) || err == nil && !mine.same(there) {
		return ErrVanished
	}
	return err
}

// Path gives the path that leads to the socket, for words and for those who connect.
func (s *Listener) Path() string { return s.path }

// File gives another handle on the socket, for net.FileListener. Its life is its own.
func (s *Listener) File() (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fail("open", s.path, err)
	}
	return os.NewFile(uintptr(fd), s.path), nil
}

// Close removes the name if it still leads to this socket, then closes it: while it listens nobody takes the name over.
// Handles given by File listen on and have to be closed after it.
func (s *Listener) Close() error {
	if s.fd < 0 {
		return nil
	}
	defer s.shut()
	err := s.leadsHere()
	if oneOf(err, ErrVanished) {
		return nil
	}
	if err == nil {
		err = change("remove", s.path)
	}
	if err == nil {
		err = again(func() error { return unix.Unlinkat(s.at, s.base, 0) })
	}
	if err != nil {
		return fail("remove", s.path, err)
	}
	return nil
}

func (s *Listener) shut() {
	if s.pin != nil {
		_ = s.pin.Close()
	}
	for _, fd := range []int{s.fd, s.at} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	s.fd, s.at = -1, -1
}

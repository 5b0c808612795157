package fsx

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// OpenLock opens a lock's file, made with a where there is none (mode 0600 if a has none), and takes nothing: for who
// looks from time to time whether it is free. The right to write the file is asked for here, whoever uses it later.
func (d *Dir) OpenLock(unsafeName string, a Attr) (*Lock, error) {
	if a.Mode == 0 {
		a.Mode = 0o600
	}
	p, err := d.place("lock", unsafeName)
	if err != nil {
		return nil, err
	}
	defer p.close()
	e, err := p.lockFile(a)
	if err != nil {
		return nil, fail("lock", p.path, err)
	}
	defer func() { _ = e.Close() }()
	fd, err := e.file(unix.O_RDWR)
	if err != nil {
		return nil, fail("lock", p.path, err)
	}
	return &Lock{fd: fd, path: p.path}, nil
}

// OpenSelf opens the directory itself as a lock: what is mounted there can't be put in another's place by who owns it.
func (d *Dir) OpenSelf() (*Lock, error) {
	if d.empty {
		return nil, fail("lock", d.path, unix.ENOENT)
	}
	fd, err := openDir(d.fd, ".")
	if err == nil {
		pinned := fd
		err = again(func() (err error) {
			fd, err = unix.Openat(pinned, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			return err
		})
		_ = unix.Close(pinned)
	}
	if err != nil {
		return nil, fail("lock", d.path, err)
	}
	return &Lock{fd: fd, path: d.path}, nil
}

// Try takes the lock, for its holder alone, without waiting: [ErrLocked]. Whether others still find this file is another
// question: StillAt.
func (l *Lock) Try() error { return l.flock(unix.LOCK_EX) }

// Share takes the lock together with all who share it, without waiting: [ErrLocked]. A lock that was held alone is
// shared from then on; one that was shared and can't be had alone is lost (flock(2)).
func (l *Lock) Share() error { return l.flock(unix.LOCK_SH) }

func (l *Lock) flock(how int) error {
	if err := flock(l.fd, how); err != nil {
		return fail("lock", l.path, err)
	}
	return nil
}

// Give lets the lock go and keeps its file open.
func (l *Lock) Give() error { return again(func() error { return unix.Flock(l.fd, unix.LOCK_UN) }) }

// Text gives what the file holds, at most as much as a note may: whoever may write it may write anything.
func (l *Lock) Text() (string, error) {
	buf := make([]byte, maxNote)
	n, err := (&File{fd: l.fd, path: l.path}).ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return string(buf[:n]), nil
}

// Info looks at the lock's file, whatever its name leads to by now.
func (l *Lock) Info() (Info, error) { return (&File{fd: l.fd, path: l.path}).Info() }

// StillAt says that a name leads to the lock's file; [ErrVanished] otherwise. It proves the moment only.
func (l *Lock) StillAt(d *Dir, unsafeName string) error {
	return (&File{fd: l.fd, path: l.path}).StillAt(d, unsafeName)
}

// Local says whether the file lies on a file system whose locks every container on this machine sees, and nobody else
// needs to: one on a disk or in memory. Those of a network or of another process may be each mount's own.
func (l *Lock) Local() bool { return LocalKind(fileSystem(l.fd)) }

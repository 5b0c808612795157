package fsx

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A Lock is an flock on a regular file. The kernel lets it go when the process ends, however it ends.
type Lock struct {
	fd   int
	path string
}

// maxNote bounds what LockHolder reads: the file may be the attacker's.
const maxNote = 4 << 10

// Lock takes the lock of a file, made with a where there is none (mode 0600 if a has none), and waits until ctx ends:
// [ErrLocked] with the holder's note. The file stays when the lock is let go: removing it would split waiters from newcomers.
func (d *Dir) Lock(ctx context.Context, unsafeName string, a Attr) (*Lock, error) {
	if a.Mode == 0 {
		a.Mode = 0o600
	}
	wait := 2 * time.Millisecond
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		// The directory is looked up each time: what it was may have been replaced while waiting.
		p, err := d.place("lock", unsafeName)
		if err != nil {
			return nil, err
		}
		l, err := p.tryLock(a)
		p.close()
		if err == nil {
			return l, nil
		}
		if !oneOf(err, ErrLocked) {
			return nil, fail("lock", d.join(unsafeName), err)
		}
		select {
		case <-ctx.Done():
			if note := d.LockHolder(unsafeName); note != "" {
				err = fmt.Errorf("%w: %q", err, note)
			}
			return nil, fail("lock", d.join(unsafeName), err)
		case <-timer.C:
		}
		wait = min(2*wait, 100*time.Millisecond)
		timer.Reset(wait)
	}
}

// lockFile pins a lock's file, which it makes where there is none.
func (p place) lockFile(a Attr) (*Entry, error) {
	e, err := pin(p.fd, p.base, p.path)
	if oneOf(err, unix.ENOENT) {
		if err = p.put(false, false, nil, a, nil); err == nil || oneOf(err, unix.EEXIST) {
			e, err = pin(p.fd, p.base, p.path)
		}
	}
	return e, err
}

func (p place) tryLock(a Attr) (*Lock, error) {
	e, err := p.lockFile(a)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.file(unix.O_RDWR)
	if oneOf(err, ErrVanished) {
		err = ErrLocked // replaced since it was pinned: the next try finds what stands there now
	}
	if err != nil {
		return nil, err
	}
	if err = flock(fd, unix.LOCK_EX); err == nil && e.StillAt() != nil {
		err = ErrLocked // a lock on a file that is no longer the one that others find
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &Lock{fd: fd, path: p.path}, nil
}

// flock takes the lock of an open file or directory (flock(2)) without waiting: ErrLocked.
func flock(fd, how int) error {
	err := again(func() error { return unix.Flock(fd, how|unix.LOCK_NB) })
	if oneOf(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	return err
}

// Note writes who holds the lock into its file, for those who wait. Its end comes last: who reads meanwhile finds no empty file, but
// perhaps the end of a longer note behind this one.
func (l *Lock) Note(text string) error {
	if err := change("write", l.path); err != nil {
		return fail("write", l.path, err)
	}
	_, err := unix.Pwrite(l.fd, []byte(text), 0)
	if err == nil {
		err = again(func() error { return unix.Ftruncate(l.fd, int64(len(text))) })
	}
	if err != nil {
		return fail("write", l.path, err)
	}
	return nil
}

// Unlock lets the lock go. The note stays, and says who held it last.
func (l *Lock) Unlock() error {
	if l.fd < 0 {
		return nil
	}
	fd := l.fd
	l.fd = -1
	return unix.Close(fd)
}

// LockHolder gives the note in a lock file, or nothing. It is from outside: whoever may write the file may write
// anything.
func (d *Dir) LockHolder(unsafeName string) string {
	data, _, err := d.Read(unsafeName, maxNote)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(data))
}

package fsx

import (
	"golang.org/x/sys/unix"
)

// Leftovers gives the temporary names in this directory (not below) that nobody is writing to: a kill -9 left them. The
// names are fsx's own (see [IsTemp]); who else uses one loses it to [Dir.Sweep].
func (d *Dir) Leftovers() ([]string, error) {
	items, err := d.List()
	if err != nil {
		return nil, err
	}
	var left []string
	for _, it := range items {
		if !IsTemp(it.Name) || (it.Kind != Regular && it.Kind != Directory) {
			continue
		}
		if fd, err := d.stale(it.Name); err == nil {
			_ = unix.Close(fd)
			left = append(left, it.Name)
		}
	}
	return left, nil
}

// Sweep removes one of the Leftovers: a file, or a directory in which nothing is. [ErrLocked] while somebody writes to it.
func (d *Dir) Sweep(unsafeName string) error {
	l, err := d.Claim(unsafeName)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	return l.Remove()
}

// A Leftover is a temporary name that is locked: nobody writes to it. To lock needs the right to read the file, to remove
// the right to write the directory; they may be different people's.
type Leftover struct {
	dir  *Dir
	name string
	fd   int
}

// Claim locks one of the Leftovers; [ErrLocked] while somebody writes to it.
func (d *Dir) Claim(unsafeName string) (*Leftover, error) {
	if !IsTemp(unsafeName) {
		return nil, fail("sweep", d.join(unsafeName), ErrName)
	}
	fd, err := d.stale(unsafeName)
	if err != nil {
		return nil, fail("sweep", d.join(unsafeName), err)
	}
	return &Leftover{dir: d, name: unsafeName, fd: fd}, nil
}

// Remove removes a file, or a directory in which nothing is.
func (l *Leftover) Remove() error {
	path := l.dir.join(l.name)
	in, err := stat(l.fd, "")
	if err == nil {
		err = change("remove", path)
	}
	if err == nil {
		flags := 0
		if in.Kind == Directory {
			flags = unix.AT_REMOVEDIR
		}
		err = again(func() error { return unix.Unlinkat(l.dir.fd, l.name, flags) })
	}
	if err != nil {
		return fail("sweep", path, err)
	}
	return nil
}

// Close lets the lock go.
func (l *Leftover) Close() error { return unix.Close(l.fd) }

// stale opens and locks a temporary file or directory: who gets the lock knows that nobody is at it.
func (d *Dir) stale(name string) (int, error) {
	if d.empty {
		return -1, unix.ENOENT
	}
	e, err := pin(d.fd, name, d.join(name))
	if err != nil {
		return -1, err
	}
	defer func() { _ = e.Close() }()
	if e.info.Kind != Regular && e.info.Kind != Directory {
		return -1, ErrKind
	}
	fd, err := reopen(e.fd, d.fd, name, unix.O_RDONLY)
	if err != nil {
		return -1, err
	}
	if err := flock(fd, unix.LOCK_EX); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

package fsx

import (
	"fmt"
	"math/rand/v2"

	"golang.org/x/sys/unix"
)

// Symlink puts a symbolic link at a name in one step, over a file or a link but never over a directory ([ErrKind]). The
// target is words to the kernel and isn't looked at. It is on no disk for sure: links that berth makes are made anew by the
// next boot.
func (d *Dir) Symlink(target, unsafeName string) error {
	p, err := d.place("link", unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.symlink(target); err != nil {
		return fail("link", p.path, err)
	}
	return nil
}

func (p place) symlink(target string) error {
	if err := change("link", p.path); err != nil {
		return err
	}
	err := again(func() error { return unix.Symlinkat(target, p.fd, p.base) })
	if !oneOf(err, unix.EEXIST) {
		return err
	}
	in, err := stat(p.fd, p.base)
	switch {
	case err == nil && in.Kind == Directory:
		return ErrKind
	case err != nil && !oneOf(err, unix.ENOENT):
		return err
	}
	for {
		temp := fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64())
		err := again(func() error { return unix.Symlinkat(target, p.fd, temp) })
		if oneOf(err, unix.EEXIST) {
			continue
		}
		if err != nil {
			return err
		}
		err = change("rename", p.path)
		if err == nil {
			err = again(func() error { return unix.Renameat(p.fd, temp, p.fd, p.base) })
		}
		switch {
		case err == nil:
			return nil
		case oneOf(err, unix.EISDIR, unix.ENOTEMPTY, unix.EEXIST):
			err = ErrKind // it became one meanwhile
		}
		_ = again(func() error { return unix.Unlinkat(p.fd, temp, 0) })
		return err
	}
}

// MakeFIFO makes a FIFO, complete with owner and mode or not at all. fs.ErrExist where anything stands already.
func (d *Dir) MakeFIFO(unsafeName string, a Attr) error {
	p, err := d.place("make", unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.fifo(a); err != nil {
		return fail("make", p.path, err)
	}
	return nil
}

func (p place) fifo(a Attr) error {
	if err := change("make", p.path); err != nil {
		return err
	}
	temp := fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64())
	if err := again(func() error { return unix.Mkfifoat(p.fd, temp, a.Mode&0o777) }); err != nil {
		return err
	}
	d := &draft{fd: -1, at: p.fd, name: temp, path: p.path}
	e, err := pin(p.fd, temp, p.path)
	if err == nil {
		err = e.dress(a)
		_ = e.Close()
	}
	if err == nil {
		err = d.publish(p, false)
	}
	if err != nil {
		d.discard()
	}
	return err
}

// dress gives a FIFO that was just made its owner and mode.
func (e *Entry) dress(a Attr) error {
	switch {
	case e.info.Kind != FIFO:
		return ErrVanished // somebody put something else there
	case a.Owner && (a.UID != Keep && e.info.UID != a.UID || a.GID != Keep && e.info.GID != a.GID):
		if err := e.Chown(a.UID, a.GID); err != nil {
			return err
		}
	}
	if e.info.Perm == a.Mode {
		return nil // the umask took nothing away: a kernel that can't chmod a pinned FIFO needn't
	}
	return e.chmod(a.Mode)
}

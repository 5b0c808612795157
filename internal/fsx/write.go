package fsx

import (
	"io"

	"golang.org/x/sys/unix"
)

// Mkdir makes a directory, complete with owner and mode or not at all; its parents must exist. fs.ErrExist where
// anything stands already.
func (d *Dir) Mkdir(unsafeName string, a Attr) error { return d.create(unsafeName, true, nil, a) }

// Create makes a file, complete with data, owner and mode or not at all. fs.ErrExist where anything stands already.
func (d *Dir) Create(unsafeName string, data []byte, a Attr) error {
	return d.create(unsafeName, false, data, a)
}

func (d *Dir) create(unsafeName string, dir bool, data []byte, a Attr) error {
	op := "create"
	if dir {
		op = "mkdir"
	}
	p, err := d.place(op, unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	if _, err := stat(p.fd, p.base); err == nil {
		return fail(op, p.path, unix.EEXIST)
	}
	if err := p.put(dir, false, data, a, nil); err != nil {
		return fail(op, p.path, err)
	}
	return nil
}

// Replace puts a file at a name in one step: whoever opens the name finds the old file or the new one, whole, also after
// a power cut. What stands there must be a regular file or nothing; other names of the old file keep the old file.
func (d *Dir) Replace(unsafeName string, data []byte, a Attr) error {
	return d.replace(unsafeName, data, a, false, nil)
}

// ReplaceSoon is Replace that doesn't wait for the disk. After a power cut the name leads to the old file or to the new one, which
// may be empty. A file system with a journal keeps the order: what is changed after this lasts only with it.
func (d *Dir) ReplaceSoon(unsafeName string, data []byte, a Attr) error {
	return d.replace(unsafeName, data, a, true, nil)
}

// ReplaceIf is Replace that asks once more when the new file is on the disk and has only to get its name: an error of still
// leaves everything as it is. The wait for a slow disk lies before that.
func (d *Dir) ReplaceIf(unsafeName string, data []byte, a Attr, still func() error) error {
	return d.replace(unsafeName, data, a, false, still)
}

func (d *Dir) replace(unsafeName string, data []byte, a Attr, soon bool, still func() error) error {
	p, err := d.place("replace", unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	p.soon = soon
	old, err := pin(p.fd, p.base, p.path)
	if err == nil {
		err = old.mustBeFile()
		_ = old.Close()
	} else if oneOf(err, unix.ENOENT) {
		err = nil
	}
	if err == nil {
		err = p.put(false, true, data, a, still)
	}
	if err != nil {
		return fail("replace", p.path, err)
	}
	return nil
}

func (e *Entry) mustBeFile() error {
	switch e.info.Kind {
	case Regular:
		return nil
	case Symlink:
		return ErrSymlink
	default:
		return ErrKind
	}
}

// Append adds data to a regular file with one write, and makes the file where there is none. A file that would grow
// beyond max is [ErrTooBig]. One with other names is [ErrHardlink]: the data would end up in a file elsewhere.
func (d *Dir) Append(unsafeName string, data []byte, a Attr, max int64) error {
	p, err := d.place("append to", unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	if int64(len(data)) > max {
		return fail("append to", p.path, ErrTooBig)
	}
	for tries := 0; ; tries++ {
		err = p.appendTo(data, max)
		if oneOf(err, unix.ENOENT) {
			err = p.put(false, false, data, a, nil)
		}
		if err == nil {
			return nil
		}
		if tries == 3 || !oneOf(err, unix.EEXIST, unix.ENOENT) {
			return fail("append to", p.path, err)
		}
	}
}

func (p place) appendTo(data []byte, max int64) error {
	e, err := pin(p.fd, p.base, p.path)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if frozen.Load() > 0 {
		return ErrFrozen
	}
	fd, err := e.file(unix.O_WRONLY | unix.O_APPEND)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	in, err := stat(fd, "")
	switch {
	case err != nil:
		return err
	case in.Size+int64(len(data)) > max:
		return ErrTooBig
	}
	if err := e.soleName(); err != nil {
		return err
	}
	if err := change("append", p.path); err != nil {
		return err
	}
	n := 0
	if err := again(func() (err error) { n, err = unix.Write(fd, data); return err }); err != nil {
		return err
	}
	if n < len(data) {
		return io.ErrShortWrite
	}
	return fsync(fd)
}

// Remove removes a file, a FIFO, a socket, a device or a link itself, never a directory ([ErrKind]).
func (d *Dir) Remove(unsafeName string) error {
	p, err := d.place("remove", unsafeName)
	if err != nil {
		return err
	}
	defer p.close()
	if err := change("remove", p.path); err != nil {
		return fail("remove", p.path, err)
	}
	err = again(func() error { return unix.Unlinkat(p.fd, p.base, 0) })
	switch {
	case err == nil:
		return nil
	case oneOf(err, unix.EISDIR):
		err = ErrKind
	case oneOf(err, unix.EBUSY):
		err = ErrMount
	}
	return fail("remove", p.path, err)
}

// Rename gives an entry another name below the same directory, over whatever the kernel lets it replace. A link is
// renamed itself.
func (d *Dir) Rename(unsafeOld, unsafeNew string) error {
	from, err := d.place("rename", unsafeOld)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := d.place("rename", unsafeNew)
	if err != nil {
		return err
	}
	defer to.close()
	err = change("rename", from.path)
	if err == nil {
		err = lookupCause(again(func() error { return unix.Renameat(from.fd, from.base, to.fd, to.base) }))
	}
	if err == nil {
		err = to.sync()
	}
	if err != nil {
		return fail("rename", from.path, err)
	}
	return nil
}

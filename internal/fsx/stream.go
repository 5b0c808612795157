package fsx

import (
	"io"

	"golang.org/x/sys/unix"
)

// A Stream is a regular file that is appended to for long: a log. The rights are asked for when it is opened (inside
// [Actor.Do] the app user's), so that its writes need no actor: a file system that hangs holds up its own writer and
// not everybody who waits for the actor.
//
// Nothing is synced: a log that waits for the disk at each line is a service that waits for the disk. What was written
// survives this process, not a power cut.
type Stream struct{ File }

// Stream opens a regular file to append to it, made with mode where there is none. One with other names is
// [ErrHardlink]: what is appended would show up elsewhere, in a snapshot made of links for one.
func (d *Dir) Stream(unsafeName string, mode uint32) (*Stream, error) {
	return d.stream(unsafeName, func(p place) (int, error) {
		for tries := 0; ; tries++ {
			fd, err := p.openStream()
			if oneOf(err, unix.ENOENT) {
				fd, err = p.makeStream(mode)
			}
			if tries == 3 || !oneOf(err, unix.EEXIST, unix.ENOENT) {
				return fd, err
			}
		}
	})
}

// StreamOf is Stream for a file that must be there.
func (d *Dir) StreamOf(unsafeName string) (*Stream, error) {
	return d.stream(unsafeName, place.openStream)
}

func (d *Dir) stream(unsafeName string, how func(place) (int, error)) (*Stream, error) {
	p, err := d.place("open", unsafeName)
	if err != nil {
		return nil, err
	}
	defer p.close()
	fd, err := how(p)
	if err != nil {
		return nil, fail("open", p.path, err)
	}
	return &Stream{File{fd: fd, path: p.path}}, nil
}

func (p place) openStream() (int, error) {
	e, err := pin(p.fd, p.base, p.path)
	if err != nil {
		return -1, err
	}
	defer func() { _ = e.Close() }()
	if frozen.Load() > 0 {
		return -1, ErrFrozen
	}
	fd, err := e.file(unix.O_RDWR | unix.O_APPEND)
	if err != nil {
		return -1, err
	}
	in, err := stat(fd, "")
	if err == nil && in.Nlink > 1 {
		err = ErrHardlink
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// makeStream makes an empty file under its own name: there is nothing in it yet that could be half written.
func (p place) makeStream(mode uint32) (int, error) {
	if err := change("create", p.path); err != nil {
		return -1, err
	}
	fd := -1
	err := again(func() (err error) {
		flags := unix.O_RDWR | unix.O_APPEND | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
		fd, err = unix.Openat(p.fd, p.base, flags, 0o600)
		return err
	})
	if err != nil {
		return -1, err
	}
	if err := again(func() error { return unix.Fchmod(fd, mode&0o7777) }); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Append writes data at the end, whatever the end is by now. After an error n bytes of it are in the file.
func (s *Stream) Append(data []byte) (n int, err error) {
	if err := change("append", s.path); err != nil {
		return 0, fail("append to", s.path, err)
	}
	for n < len(data) {
		k := 0
		err := again(func() (err error) { k, err = unix.Write(s.fd, data[n:]); return err })
		if err == nil && k == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return n, fail("append to", s.path, err)
		}
		n += k
	}
	return n, nil
}

// Cut makes the file as long as size says.
func (s *Stream) Cut(size int64) error {
	err := change("truncate", s.path)
	if err == nil {
		err = again(func() error { return unix.Ftruncate(s.fd, size) })
	}
	if err != nil {
		return fail("truncate", s.path, err)
	}
	return nil
}

// Move gives an entry another name below the same directory, where nothing stands (fs.ErrExist otherwise). Unlike
// [Dir.Rename] it doesn't wait for the disk.
func (d *Dir) Move(unsafeOld, unsafeNew string) error {
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
	// As a directory's draft: without renameat2 a second name would do for a file, but a crash would leave both.
	err = (&draft{fd: -1, at: from.fd, name: from.base, dir: true}).publish(to, false)
	if err != nil {
		return fail("rename", from.path, lookupCause(err))
	}
	return nil
}

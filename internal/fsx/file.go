package fsx

import (
	"io"

	"golang.org/x/sys/unix"
)

// A File is a regular file that is read bit by bit. The rights are asked for when it is opened: what was opened inside
// [Actor.Do] may be read anywhere.
type File struct {
	fd   int
	path string
}

// File opens a regular file for reading; [ErrSymlink] and [ErrKind] say what it is otherwise.
func (d *Dir) File(unsafeName string) (*File, error) {
	e, err := d.Look(unsafeName)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.file(unix.O_RDONLY)
	if err != nil {
		return nil, fail("open", e.path, err)
	}
	return &File{fd: fd, path: e.path}, nil
}

// Path gives the path that the file was opened by, for words.
func (f *File) Path() string { return f.path }

// Info looks at the open file, whatever its name leads to by now.
func (f *File) Info() (Info, error) {
	in, err := stat(f.fd, "")
	if err != nil {
		return Info{}, fail("look at", f.path, err)
	}
	return in, nil
}

// ReadAt is io.ReaderAt.
func (f *File) ReadAt(buf []byte, off int64) (int, error) {
	done := 0
	for done < len(buf) {
		n := 0
		err := again(func() (err error) { n, err = unix.Pread(f.fd, buf[done:], off+int64(done)); return err })
		if err != nil {
			return done, fail("read", f.path, err)
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

// Data gives the first place at or after off where the file has data: who truncates a file that its writer writes at a
// place of its own gets a hole in front. At the end, or where the file system can't tell holes: off itself.
func (f *File) Data(off int64) int64 {
	at, err := unix.Seek(f.fd, off, unix.SEEK_DATA)
	if err != nil {
		return off
	}
	return at
}

// StillAt says that a name leads to the open file; [ErrVanished] otherwise. It proves the moment only.
func (f *File) StillAt(d *Dir, unsafeName string) error {
	e, err := d.Look(unsafeName)
	switch {
	case oneOf(err, unix.ENOENT, unix.ENOTDIR):
		return fail("look at", f.path, ErrVanished)
	case err != nil:
		return err
	}
	defer func() { _ = e.Close() }()
	if err := identical(f.fd, e.fd); err != nil {
		return fail("look at", f.path, err)
	}
	return nil
}

// Close gives the file back.
func (f *File) Close() error {
	if f.fd < 0 {
		return nil
	}
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

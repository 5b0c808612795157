package fsx

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Read reads a regular file of at most max bytes; [ErrTooBig] beyond, [ErrKind] for what is no regular file. The size is
// counted while reading: the app may be writing, and files of /proc say 0.
func (d *Dir) Read(unsafeName string, max int64) ([]byte, Info, error) {
	e, err := d.Look(unsafeName)
	if err != nil {
		return nil, Info{}, err
	}
	defer func() { _ = e.Close() }()
	fd, err := e.file(unix.O_RDONLY)
	if err != nil {
		return nil, Info{}, fail("read", e.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	return readFile(fd, e.path, max)
}

// readFile reads an open descriptor, which must be a regular file's.
func readFile(fd int, path string, max int64) (data []byte, in Info, err error) {
	in, err = stat(fd, "")
	switch {
	case err != nil:
	case in.Kind != Regular:
		err = ErrKind
	case in.Size > max:
		err = ErrTooBig
	default:
		data, err = readAll(fd, in.Size, max)
	}
	if err != nil {
		return nil, Info{}, fail("read", path, err)
	}
	return data, in, nil
}

// file opens a pinned regular file.
func (e *Entry) file(flags int) (int, error) {
	switch e.info.Kind {
	case Regular:
		return reopen(e.fd, e.at, e.name, flags)
	case Symlink:
		return -1, ErrSymlink
	default:
		return -1, ErrKind
	}
}

func readAll(fd int, size, max int64) ([]byte, error) {
	data := make([]byte, 0, min(size, max)+1)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n := 0
		err := again(func() (err error) { n, err = unix.Read(fd, data[len(data):cap(data)]); return err })
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return data, nil
		}
		data = data[:len(data)+n]
		if int64(len(data)) > max {
			return nil, ErrTooBig
		}
	}
}

// Readlink gives what a link says, which is the attacker's word; [ErrKind] for what is no link.
func (d *Dir) Readlink(unsafeName string) (string, error) {
	e, err := d.Look(unsafeName)
	if err != nil {
		return "", err
	}
	defer func() { _ = e.Close() }()
	return e.Readlink()
}

// Readlink gives what a pinned link says; [ErrKind] for what is no link.
func (e *Entry) Readlink() (string, error) {
	if e.info.Kind != Symlink {
		return "", fail("read link", e.path, ErrKind)
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(e.fd, "", buf)
	if err != nil {
		return "", fail("read link", e.path, err)
	}
	return string(buf[:n]), nil
}

// Exists says whether anything at all stands at a name, a dangling link and a mount point included.
func (d *Dir) Exists(unsafeName string) (bool, error) {
	e, err := d.Look(unsafeName)
	switch {
	case err == nil:
		return true, e.Close()
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, ErrMount):
		return true, nil
	default:
		return false, err
	}
}

package fsx

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A Dir is a handle on a directory. Everything below it is reached from the handle; its path is only for words.
type Dir struct {
	path  string
	fd    int // O_PATH
	empty bool
}

// Open opens an operator's absolute path. Links in its parents are the operator's own and are followed; the last
// component must be a real directory: [ErrSymlink] and [ErrKind] say what it is otherwise. A FIFO there doesn't block.
func Open(dir string) (*Dir, error) {
	if !filepath.IsAbs(dir) {
		return nil, fail("open", dir, ErrName)
	}
	dir = filepath.Clean(dir) // a slash at the end would follow a link
	fd := -1
	err := again(func() (err error) { fd, err = unix.Open(dir, pinFlags, 0); return err })
	if err != nil {
		return nil, fail("open", dir, err)
	}
	return dirOf(fd, dir)
}

// dirOf makes a Dir of a pin, which it owns from now on.
func dirOf(fd int, dir string) (*Dir, error) {
	in, err := stat(fd, "")
	switch {
	case err != nil:
	case in.Kind == Symlink:
		err = ErrSymlink
	case in.Kind != Directory:
		err = ErrKind
	default:
		return &Dir{path: dir, fd: fd}, nil
	}
	_ = unix.Close(fd)
	return nil, fail("open", dir, err)
}

// Empty is a directory in which nothing is, not even itself: every look answers fs.ErrNotExist. A plan uses it for a
// directory that a boot would make.
func Empty(dir string) *Dir { return &Dir{path: dir, fd: -1, empty: true} }

// Path gives the path that the handle was opened with, for words.
func (d *Dir) Path() string { return d.path }

// Close gives the handle back. Handles opened from it live on.
func (d *Dir) Close() error {
	if d.fd < 0 {
		return nil
	}
	fd := d.fd
	d.fd = -1
	return unix.Close(fd)
}

// Info looks at the directory itself.
func (d *Dir) Info() (Info, error) {
	if d.empty {
		return Info{}, fail("look at", d.path, fs.ErrNotExist)
	}
	in, err := stat(d.fd, "")
	if err != nil {
		return Info{}, fail("look at", d.path, err)
	}
	return in, nil
}

// Sub opens a directory below.
func (d *Dir) Sub(unsafeName string) (*Dir, error) {
	e, err := d.Look(unsafeName)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	return e.Dir()
}

// Mount opens a directory below whose last component may be a mount point: for the mounts that the spec names. The way
// there crosses none and no component may be a link.
func (d *Dir) Mount(unsafeName string) (*Dir, error) {
	p, err := d.place("open", unsafeName)
	if err != nil {
		return nil, err
	}
	defer p.close()
	fd := -1
	err = again(func() (err error) { fd, err = unix.Openat(p.fd, p.base, pinFlags, 0); return err })
	if err != nil {
		return nil, fail("open", p.path, err)
	}
	return dirOf(fd, p.path)
}

// join makes words of an outside name as it was given: ".." stays to be seen.
func (d *Dir) join(unsafeName string) string {
	if unsafeName == "" || unsafeName == "." {
		return d.path
	}
	return strings.TrimSuffix(d.path, "/") + "/" + unsafeName
}

// place is a name in a pinned directory: where something is to be made, replaced or removed.
type place struct {
	fd   int
	base string
	path string
	mine bool
	soon bool // nobody waits for the disk
}

func (p place) close() {
	if p.mine {
		_ = unix.Close(p.fd)
	}
}

// place pins the directory that holds an outside name. The directory itself has no such place.
func (d *Dir) place(op, unsafeName string) (place, error) {
	name, err := clean(unsafeName)
	if err == nil && name == "." {
		err = ErrName
	}
	if err != nil {
		return place{}, fail(op, d.join(unsafeName), err)
	}
	full := d.join(name)
	if d.empty {
		return place{}, fail(op, full, fs.ErrNotExist)
	}
	parent, base := path.Split(name)
	if parent == "" {
		return place{fd: d.fd, base: base, path: full}, nil
	}
	fd, err := openDir(d.fd, parent[:len(parent)-1])
	if err != nil {
		return place{}, fail(op, full, err)
	}
	return place{fd: fd, base: base, path: full, mine: true}, nil
}

package fsx

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxList bounds what List holds in memory: the directory is the attacker's to fill. Walk has no such bound.
const maxList = 1 << 20

// An Item is a name in a directory. The name is from outside.
type Item struct {
	Name string
	Kind Kind
}

// List gives what stands in the directory, sorted by name. More than a million names are [ErrTooBig].
func (d *Dir) List() ([]Item, error) {
	if d.empty {
		return nil, nil
	}
	fd, err := openToRead(d.fd)
	if err != nil {
		return nil, fail("list", d.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var items []Item
	r := &names{fd: fd, buf: make([]byte, 32<<10)}
	for {
		name, kind, err := r.next()
		if err != nil {
			return nil, fail("list", d.path, err)
		}
		if name == "" {
			break
		}
		if kind == Unknown {
			in, err := stat(fd, name)
			if err != nil {
				continue // gone, or not to be looked at
			}
			kind = in.Kind
		}
		if len(items) == maxList {
			return nil, fail("list", d.path, ErrTooBig)
		}
		items = append(items, Item{name, kind})
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// openToRead opens a pinned directory to read its names. "." of a handle is that very directory, even where something
// was mounted over it.
func openToRead(dir int) (int, error) {
	fd := -1
	err := again(func() (err error) {
		fd, err = unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		return err
	})
	return fd, err
}

// names reads a directory with a big buffer and keeps the kinds that the kernel tells.
type names struct {
	fd   int
	buf  []byte
	rest []byte
}

// The header of linux_dirent64 (getdents(2)): inode 8 bytes, offset 8, record length 2, type 1, then the name.
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// next gives a name, or an empty one at the end.
func (r *names) next() (string, Kind, error) {
	for {
		if len(r.rest) == 0 {
			n := 0
			err := again(func() (err error) { n, err = unix.Getdents(r.fd, r.buf); return err })
			if err != nil || n == 0 {
				return "", Unknown, err
			}
			r.rest = r.buf[:n]
		}
		length := int(binary.NativeEndian.Uint16(r.rest[direntLength:]))
		rec := r.rest[:length]
		r.rest = r.rest[length:]
		raw := rec[direntName:]
		if end := bytes.IndexByte(raw, 0); end >= 0 {
			raw = raw[:end]
		}
		name := string(raw)
		// A FUSE or network file system is another one's program: a name with a slash would lead elsewhere.
		if name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
			continue
		}
		return name, kindOf(uint32(rec[direntType]) << 12), nil // DT_ values are the mode's type bits
	}
}

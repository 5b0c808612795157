package fsx

import "golang.org/x/sys/unix"

// ReadMount is [Dir.Read] for a file that may be a mount point itself, as engines mount accounts and names into /etc. It is for
// directories of root's own: the name isn't pinned before it is opened.
func (d *Dir) ReadMount(unsafeName string, max int64) ([]byte, Info, error) {
	fd, path, err := d.openMount(unsafeName)
	if err != nil {
		return nil, Info{}, err
	}
	defer func() { _ = unix.Close(fd) }()
	return readFile(fd, path, max)
}

// Head is [Dir.ReadMount] of no more than the first bytes of a file, however large it is.
func (d *Dir) Head(unsafeName string, max int) ([]byte, Info, error) {
	fd, path, err := d.openMount(unsafeName)
	if err != nil {
		return nil, Info{}, err
	}
	defer func() { _ = unix.Close(fd) }()
	in, err := stat(fd, "")
	if err == nil && in.Kind != Regular {
		err = ErrKind
	}
	data, n := make([]byte, max), 0
	for err == nil && n < max {
		var more int
		err = again(func() (err error) { more, err = unix.Read(fd, data[n:]); return err })
		if more <= 0 {
			break
		}
		n += more
	}
	if err != nil {
		return nil, Info{}, fail("read", path, err)
	}
	return data[:n], in, nil
}

func (d *Dir) openMount(unsafeName string) (fd int, path string, err error) {
	p, err := d.place("read", unsafeName)
	if err != nil {
		return -1, "", err
	}
	defer p.close()
	err = again(func() (err error) {
		fd, err = unix.Openat(p.fd, p.base, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		return err
	})
	if oneOf(err, unix.ELOOP) {
		err = ErrSymlink
	}
	if err != nil {
		return -1, p.path, fail("read", p.path, err)
	}
	return fd, p.path, nil
}

// Peek looks at a name whose last component may be a mount point, as an engine's socket or device is. Nothing is pinned
// and a link isn't followed: it is for owners and kinds that are only read. The way there crosses no mount.
func (d *Dir) Peek(unsafeName string) (Info, error) {
	p, err := d.place("look at", unsafeName)
	if err != nil {
		return Info{}, err
	}
	defer p.close()
	in, err := stat(p.fd, p.base)
	if err != nil {
		return Info{}, fail("look at", p.path, err)
	}
	return in, nil
}

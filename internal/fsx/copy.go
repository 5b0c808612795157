package fsx

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// copyBuffer is what a copy holds of a file at once.
const copyBuffer = 64 << 10

// Copy copies a file or directory to a name below another directory, where nothing may stand yet: files with their right
// to run, and nothing else of their modes, owners or times. A link or anything else that is no file stops it, as does a
// mount point. A copy isn't atomic, and isn't on the disk yet: it is for a name that nobody reads, whose entries
// [Dir.SyncAll] writes out before the caller gives them their own. What an error leaves is the caller's to remove.
func (d *Dir) Copy(ctx context.Context, unsafeName string, to *Dir, unsafeTo string, skip func(base string) bool) error {
	p, err := to.place("copy", unsafeTo)
	if err != nil {
		return err
	}
	defer p.close()
	e, err := d.Look(unsafeName)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	c := &copier{ctx: ctx, skip: skip}
	return c.entry(d, unsafeName, e.info.Kind, p, 1)
}

type copier struct {
	ctx  context.Context //nolint:containedctx // it lives exactly as long as the call to Copy
	skip func(base string) bool
	buf  []byte
}

func (c *copier) entry(from *Dir, name string, kind Kind, to place, depth int) error {
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	switch kind {
	case Directory:
		sub, err := from.Sub(name)
		if err != nil {
			return err
		}
		defer func() { _ = sub.Close() }()
		return c.dir(sub, to, depth)
	case Regular:
		return c.file(from, name, to)
	case Symlink:
		return fail("copy", from.join(name), ErrSymlink)
	default:
		return fail("copy", from.join(name), ErrKind)
	}
}

func (c *copier) dir(from *Dir, to place, depth int) error {
	if depth > maxDepth {
		return fail("copy", from.path, ErrTooDeep)
	}
	items, err := from.List()
	if err != nil {
		return err
	}
	err = change("mkdir", to.path)
	if err == nil {
		err = again(func() error { return unix.Mkdirat(to.fd, to.base, 0o700) })
	}
	if err != nil {
		return fail("mkdir", to.path, err)
	}
	fd, err := openMade(to.fd, to.base)
	if err != nil {
		return fail("mkdir", to.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	for _, it := range items {
		if c.skip != nil && c.skip(it.Name) {
			continue
		}
		if err := c.entry(from, it.Name, it.Kind, place{fd: fd, base: it.Name, path: to.path + "/" + it.Name}, depth+1); err != nil {
			return err
		}
	}
	return chmodTo(fd, to.path, 0o755)
}

func (c *copier) file(from *Dir, name string, to place) error {
	src, err := from.File(name)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	in, err := src.Info()
	if err != nil {
		return err
	}
	fd := -1
	if err = change("create", to.path); err == nil {
		err = again(func() (err error) {
			fd, err = unix.Openat(to.fd, to.base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
			return err
		})
	}
	if err != nil {
		return fail("create", to.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := c.fill(src, fd, to.path); err != nil {
		return err
	}
	mode := uint32(0o644)
	if in.Perm&0o111 != 0 {
		mode = 0o755
	}
	return chmodTo(fd, to.path, mode)
}

func (c *copier) fill(src *File, fd int, path string) error {
	if c.buf == nil {
		c.buf = make([]byte, copyBuffer)
	}
	for off := int64(0); ; {
		if err := c.ctx.Err(); err != nil {
			return context.Cause(c.ctx)
		}
		n, rerr := src.ReadAt(c.buf, off)
		if n > 0 {
			err := change("write", path)
			if err == nil {
				err = writeAll(fd, c.buf[:n])
			}
			if err != nil {
				return fail("write", path, err)
			}
			off += int64(n)
		}
		switch {
		case errors.Is(rerr, io.EOF):
			return nil
		case rerr != nil:
			return rerr
		}
	}
}

func chmodTo(fd int, path string, mode uint32) error {
	err := change("chmod", path)
	if err == nil {
		err = again(func() error { return unix.Fchmod(fd, mode) })
	}
	if err != nil {
		return fail("chmod", path, err)
	}
	return nil
}

// SyncAll waits until everything that was changed in the directory's file system is on the disk: one wait, where one for
// each of a thousand small files takes a slow disk half a minute.
func (d *Dir) SyncAll() error {
	if lacks(durability) {
		return nil
	}
	fd, err := openToRead(d.fd)
	if err == nil {
		err = again(func() error { return unix.Syncfs(fd) })
		_ = unix.Close(fd)
	}
	if err != nil {
		return fail("sync", d.path, err)
	}
	return nil
}

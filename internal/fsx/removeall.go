package fsx

import (
	"context"

	"golang.org/x/sys/unix"
)

// RemoveAll removes a name and everything below it; where nothing stands there is nothing to do. It follows no link and
// crosses no mount ([ErrMount]). Who fills the tree while it goes can make it fail, and no more.
func (d *Dir) RemoveAll(ctx context.Context, unsafeName string) error {
	p, err := d.place("remove", unsafeName)
	if oneOf(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer p.close()
	return removeAll(ctx, p, 1)
}

func removeAll(ctx context.Context, p place, depth int) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	in, err := stat(p.fd, p.base)
	if oneOf(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fail("remove", p.path, err)
	}
	if in.Kind != Directory {
		return p.unlink(0)
	}
	if err := below(ctx, p, depth); err != nil {
		return err
	}
	return p.unlink(unix.AT_REMOVEDIR)
}

// below removes what is in a directory.
func below(ctx context.Context, p place, depth int) error {
	if depth > maxDepth {
		return fail("remove", p.path, ErrTooDeep)
	}
	fd, err := openDir(p.fd, p.base)
	if oneOf(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fail("remove", p.path, err)
	}
	dir := &Dir{path: p.path, fd: fd}
	defer func() { _ = dir.Close() }()
	items, err := dir.List()
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := removeAll(ctx, place{fd: fd, base: it.Name, path: p.path + "/" + it.Name}, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p place) unlink(flags int) error {
	err := change("remove", p.path)
	if err == nil {
		err = again(func() error { return unix.Unlinkat(p.fd, p.base, flags) })
	}
	switch {
	case err == nil, oneOf(err, unix.ENOENT):
		return nil
	case oneOf(err, unix.EBUSY):
		err = ErrMount
	}
	return fail("remove", p.path, err)
}

package hermes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxEntries = 1 << 18 // of one copy: links can fold a small tree into an endless one
	maxLevels  = 128
	copyBuffer = 128 << 10
)

// A copier copies what a profile has. Only files and directories come over. A link becomes what it leads to, as long as
// that lies on the volume: a copy must not change when the original does, nor bring in what isn't the app's.
type copier struct {
	volume *fsx.Dir
	stage  string // where the copy is being made, below the volume: it can't hold itself
	*remarks

	chain   []string // the directories that are being copied, below the volume
	entries int
	buf     []byte
}

// tree copies everything in a directory that skip doesn't name. at is its place below the volume; in skip names are
// relative to from.
func (c *copier) tree(ctx context.Context, from *fsx.Dir, at string, to *fsx.Dir, skip func(name string) bool) error {
	if len(c.chain) == maxLevels {
		c.leave(from.Path(), fsx.ErrTooDeep)
		return nil
	}
	c.chain = append(c.chain, at)
	defer func() { c.chain = c.chain[:len(c.chain)-1] }()
	items, err := from.List()
	if err != nil {
		c.leave(from.Path(), err)
		return nil
	}
	for _, it := range items {
		if skip != nil && skip(it.Name) {
			continue
		}
		if err := c.entry(ctx, from, at, it.Name, to, skip); err != nil {
			return err
		}
	}
	return nil
}

// one copies one name, of whatever kind, if it is there.
func (c *copier) one(ctx context.Context, from *fsx.Dir, at, name string, to *fsx.Dir) error {
	return c.entry(ctx, from, at, name, to, nil)
}

// some copies files of a directory.
func (c *copier) some(ctx context.Context, from *fsx.Dir, at, dir string, files []string, to *fsx.Dir) error {
	sub, err := from.Sub(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.leave(from.Path()+"/"+dir, err)
		return nil
	}
	defer func() { _ = sub.Close() }()
	if err := to.Mkdir(dir, fsx.Attr{Mode: 0o755}); err != nil {
		return err
	}
	into, err := to.Sub(dir)
	if err != nil {
		return err
	}
	defer func() { _ = into.Close() }()
	for _, file := range files {
		if err := c.one(ctx, sub, path.Join(at, dir), file, into); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) entry(ctx context.Context, from *fsx.Dir, at, name string, to *fsx.Dir, skip func(string) bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.entries++; c.entries > maxEntries {
		return fmt.Errorf("copy %q: %w", from.Path(), fsx.ErrTooBig)
	}
	e, err := from.Look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.leave(from.Path()+"/"+name, err)
		return nil
	}
	in := e.Info()
	_ = e.Close()
	switch in.Kind {
	case fsx.Symlink:
		return c.link(ctx, path.Join(at, name), name, to)
	case fsx.Directory:
		return c.directory(ctx, from, at, name, to, in.Perm, skip)
	case fsx.Regular:
		return c.file(ctx, from, name, to, name, in)
	default:
		c.leave(from.Path()+"/"+name, fmt.Errorf("it is a %s", in.Kind))
		return nil
	}
}

// directory copies a directory below another.
func (c *copier) directory(ctx context.Context, from *fsx.Dir, at, name string, to *fsx.Dir, perm uint32, skip func(string) bool) error {
	sub, err := from.Sub(name)
	if err != nil {
		c.leave(from.Path()+"/"+name, err)
		return nil
	}
	defer func() { _ = sub.Close() }()
	below := skip
	if skip != nil {
		below = func(n string) bool { return skip(name + "/" + n) }
	}
	return c.into(ctx, sub, path.Join(at, name), to, name, perm, below)
}

// into copies an open directory under a name.
func (c *copier) into(ctx context.Context, from *fsx.Dir, at string, to *fsx.Dir, name string, perm uint32, skip func(string) bool) error {
	if err := to.Mkdir(name, fsx.Attr{Mode: perm&0o777 | 0o700}); err != nil {
		return err
	}
	dir, err := to.Sub(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return c.tree(ctx, from, at, dir, skip)
}

// file copies what a file holds now. It isn't synced piece by piece: who loses power while a copy is made makes another.
func (c *copier) file(ctx context.Context, from *fsx.Dir, name string, to *fsx.Dir, as string, in fsx.Info) error {
	f, err := from.File(name)
	if err != nil {
		c.leave(from.Path()+"/"+name, err)
		return nil
	}
	defer func() { _ = f.Close() }()
	out, err := to.Stream(as, in.Perm&0o777)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	if c.buf == nil {
		c.buf = make([]byte, copyBuffer)
	}
	for off := int64(0); off < in.Size; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := f.ReadAt(c.buf[:min(copyBuffer, in.Size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if _, werr := out.Append(c.buf[:n]); werr != nil {
			return werr
		}
		if off += int64(n); err != nil {
			break // it became shorter
		}
	}
	return nil
}

// link copies what a link leads to.
func (c *copier) link(ctx context.Context, at, name string, to *fsx.Dir) error {
	real, in, err := c.resolve(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.leave(c.volume.Path()+"/"+at, errors.New("the link leads to nothing"))
		return nil
	case err != nil:
		c.leave(c.volume.Path()+"/"+at, err)
		return nil
	}
	switch in.Kind {
	case fsx.Directory:
		if slices.Contains(c.chain, real) || real == "." || strings.HasPrefix(c.stage+"/", real+"/") {
			c.leave(c.volume.Path()+"/"+at, errors.New("the link leads to what holds it"))
			return nil
		}
		sub, err := c.volume.Sub(real)
		if err != nil {
			c.leave(c.volume.Path()+"/"+at, err)
			return nil
		}
		defer func() { _ = sub.Close() }()
		return c.into(ctx, sub, real, to, name, in.Perm, nil)
	case fsx.Regular:
		up, err := c.volume.Sub(path.Dir(real))
		if err != nil {
			c.leave(c.volume.Path()+"/"+at, err)
			return nil
		}
		defer func() { _ = up.Close() }()
		return c.file(ctx, up, path.Base(real), to, name, in)
	default:
		c.leave(c.volume.Path()+"/"+at, fmt.Errorf("the link leads to a %s", in.Kind))
		return nil
	}
}

package s6

import (
	"context"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/s6rc"
)

// fixAttrs gives files and directories the owners and modes that fix-attrs.d says: what its documentation says, of every file of
// a directory with `recurse`, each by its own handle; a link of the app's user is followed nowhere. A line that can't be followed
// is told of, and the others are.
func (p *plugin) fixAttrs(ctx context.Context) (int, error) {
	for i := range p.image.FixAttrs {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		f := &p.image.FixAttrs[i]
		if err := p.fix(ctx, f); err != nil {
			p.say(levelWarn, "fix-attrs", f.File+": "+err.Error())
		}
	}
	return 0, nil
}

// fix follows one line.
func (p *plugin) fix(ctx context.Context, f *s6rc.FixAttr) error {
	uid, gid, err := p.owner(f)
	if err != nil {
		return err
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return err
	}
	w := search{root: p.host.World.Root, me: p.host.World.EUID}
	w.found = func(at *fsx.Dir, name string) error { return p.fixPath(ctx, f, at, name, uid, gid) }
	w.begin(ctx, partsOf(path.Clean(f.Path), true), 0)
	return w.err
}

// owner gives who is to own what a line names.
func (p *plugin) owner(f *s6rc.FixAttr) (uid, gid uint32, err error) {
	if f.User != "" {
		if passwd, _, err := rootfs.ReadPasswd(p.host.World.Root); err == nil {
			if account, ok := passwd.ByName(f.User); ok {
				return account.UID, account.GID, nil
			}
		}
	}
	if !f.Numbers {
		return 0, 0, errNoAccount
	}
	return f.UID, f.GID, nil
}

// fixPath fixes what has a name in a directory, and what is below it if the line says so. A link is followed by nobody.
func (p *plugin) fixPath(ctx context.Context, f *s6rc.FixAttr, parent *fsx.Dir, name string, uid, gid uint32) error {
	at, inside := parent, name
	dir, err := parent.Mount(name)
	if err == nil { // by its own handle: it may be a volume's top, as a pin from outside may not be
		defer func() { _ = dir.Close() }()
		at, inside = dir, "."
	}
	e, err := at.Look(inside)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if err := attrs(e, f, uid, gid); err != nil || !f.Recurse || dir == nil {
		return err
	}
	return dir.Walk(ctx, func(found fsx.Found) error {
		if found.Skip != nil {
			return nil // a mount, or what can't be read: the rest is fixed
		}
		if !p.settings.FixAttrsHidden && hidden(found.Path) {
			return nil
		}
		pin, err := found.Pin()
		if err != nil {
			return nil // it is gone
		}
		defer func() { _ = pin.Close() }()
		return attrs(pin, f, uid, gid)
	})
}

// hidden says whether a path has a component that begins with a dot.
func hidden(path string) bool {
	return strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
}

// attrs gives one file or directory its owner and mode.
func attrs(e *fsx.Entry, f *s6rc.FixAttr, uid, gid uint32) error {
	mode := f.FMode
	switch e.Info().Kind {
	case fsx.Directory:
		mode = f.DMode
	case fsx.Symlink:
		return nil
	default:
		if e.Info().Nlink > 1 {
			return nil // its other name may be anywhere
		}
	}
	if in := e.Info(); in.UID != uid || in.GID != gid {
		if err := e.Chown(uid, gid); err != nil {
			return err
		}
	}
	if e.Info().Perm != mode {
		return e.Chmod(mode)
	}
	return nil
}

package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Install has the install trees that the spec names follow a moved uid, each probed by itself: the owner of a tree's
// top says whether the tree is the app's. Everything below changes first and the top last, so a boot that was killed
// half way leaves a top that the next one probes wrong, and does the rest.
func Install() boot.Phase { return boot.Func("install", install) }

func install(ctx context.Context, r *boot.Run) error {
	w := r.World
	if w.EUID != 0 || w.Spec.Install.Immutable {
		return nil
	}
	for _, own := range w.Spec.Install.Own {
		if err := follows(ctx, r, path.Join("/", w.Spec.Install.Path, own)); err != nil {
			return err
		}
	}
	return nil
}

// follows re-owns one tree if its top isn't the app's.
func follows(ctx context.Context, r *boot.Run, tree string) error {
	w := r.World
	top, err := w.Root.Look(tree[1:])
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, fsx.ErrMount) {
		if in, perr := w.Root.Peek(tree[1:]); perr == nil && in.UID == w.Identity.UID {
			return nil // a directory of the host, and right
		}
	}
	if err != nil {
		r.Refuse("chown", tree, err)
		return nil
	}
	defer func() { _ = top.Close() }()
	in := top.Info()
	switch {
	case in.Kind == fsx.Symlink:
		r.Refuse("chown", tree, fsx.ErrSymlink)
		return nil
	case in.Kind != fsx.Directory:
		r.Refuse("chown", tree, fsx.ErrKind)
		return nil
	case in.UID == w.Identity.UID:
		return nil
	}
	s := boot.Step{
		Target: tree, Verb: "chown", Before: numbers(in.UID, in.GID), After: numbers(w.Identity.UID, w.Identity.GID),
		Why: "the app writes its own tree, with everything below",
	}
	ok, err := r.Do(s, func() error {
		o := &owner{r: r, tree: tree, previous: in.UID}
		err := o.below(ctx, top)
		o.refused.Flush(r, "chown")
		if err != nil {
			return err
		}
		return top.Chown(w.Identity.UID, w.Identity.GID)
	})
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.Warn("give the tree to the app's user when the image is built", "%v", err) // the app may live with a tree that it can't write; a boot that ends helps nobody
		return nil
	}
	if ok {
		r.Changed("Fixing ownership of %s (targeted)", tree)
	}
	return nil
}

// owner re-owns what is in a tree.
type owner struct {
	r        *boot.Run
	tree     string
	previous uint32 // whose the tree was

	refused boot.Refusals
}

func (o *owner) below(ctx context.Context, top *fsx.Entry) error {
	dir, err := top.Dir()
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	id := o.r.World.Identity
	s := &fsx.Survey{UID: id.UID, GID: id.GID, Threads: boot.Threads(), Hand: true, Amiss: o.amiss}
	defer o.r.Watch(s.Looked, 0, false, "Fixing ownership of %s", o.tree)()
	return dir.Survey(ctx, s)
}

// amiss re-owns one entry; several threads come here at once.
func (o *owner) amiss(s *fsx.Stray) error {
	id, in := o.r.World.Identity, s.Info
	if s.Skip != nil {
		if !boot.Refusable(s.Skip) {
			return s.Skip
		}
		o.refuse(s, s.Skip)
		if errors.Is(s.Skip, fsx.ErrMount) || in.UID == id.UID && in.GID == id.GID {
			return nil // the root of a mount is another file system's
		}
	}
	err := o.mayChown(in)
	if err == nil {
		_, err = s.Own(id.UID, id.GID, !o.treeOwners(in))
	}
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil
	case boot.Refusable(err):
		o.refuse(s, err)
		return nil
	default:
		return fmt.Errorf("chown %q: %w", path.Join(o.tree, s.Path()), err)
	}
}

func (o *owner) refuse(s *fsx.Stray, err error) { o.refused.Add(path.Join(o.tree, s.Path()), err) }

// mayChown refuses what could be somebody else's. The app can write the tree, so it may have linked a file of root's
// or of another user's into it, and a chown would hand over the file, not the name. Package managers link a lot too
// (a store and its users), but those files are the tree's owner's.
func (o *owner) mayChown(in fsx.Info) error {
	switch {
	case in.Kind == fsx.CharDevice, in.Kind == fsx.BlockDevice:
		return fsx.ErrKind // a device's owner is the machine's matter
	case in.Kind == fsx.Directory, in.Nlink < 2, o.treeOwners(in):
		return nil
	default:
		return fsx.ErrHardlink
	}
}

// treeOwners says whether a file belongs to who could write the tree all along, whatever its names. The app's own files
// may change their group as well.
func (o *owner) treeOwners(in fsx.Info) bool {
	w := o.r.World
	return in.UID == w.Identity.UID || in.UID != 0 && (in.UID == o.previous || in.UID == defaultUID(w))
}

package volume

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// codeBerth is the exit code for what berth could not bring about.
const codeBerth = 125

// Heal gives the phases that bring owners and entries to what the spec says, in their order.
func Heal() []boot.Phase { return []boot.Phase{Ownership(), Access(), Directories(), Stale()} }

// Fill gives the phases that lay down what is missing, in their order. Modes come before generated values, so that a key is
// never written into a file that others can read.
func Fill() []boot.Phase { return []boot.Phase{Seeds(), Modes(), Keep(), Generate()} }

// phase makes a phase that has nothing to do without a volume that can be changed.
func phase(name string, run func(ctx context.Context, r *boot.Run) error) boot.Phase {
	return boot.Func(name, func(ctx context.Context, r *boot.Run) error {
		if r.World.Volume == nil || r.World.ReadOnly {
			return nil
		}
		return run(ctx, r)
	})
}

// owner is how steps write a uid and gid.
func owner(uid, gid uint32) string { return fmt.Sprintf("%d:%d", uid, gid) }

// mode is how steps write permission bits.
func mode(perm uint32) string { return fmt.Sprintf("%04o", perm) }

// attr is what the app's user makes.
func attr(w *boot.World, perm uint32) fsx.Attr {
	return fsx.Attr{UID: w.Identity.UID, GID: w.Identity.GID, Mode: perm, Owner: true}
}

// within says whether a name is a directory or lies below it.
func within(name, dir string) bool {
	name, dir = path.Clean(name), path.Clean(dir)
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// willOwn says whether an entry is the app's by the time a boot is past ownership. A plan has to foresee that.
func willOwn(r *boot.Run, name string, in fsx.Info) bool {
	w := r.World
	if in.UID == w.Identity.UID {
		return true
	}
	if !r.Planning() || w.EUID != 0 || in.Kind != fsx.Directory && in.Nlink > 1 && !apps(w, in) {
		return false
	}
	return listed(w, name)
}

// listed says whether the spec says that a name belongs to the app's user.
func listed(w *boot.World, name string) bool {
	for _, f := range w.Spec.Volume.Own.Files {
		if path.Clean(f) == path.Clean(name) {
			return true
		}
	}
	for _, t := range w.Spec.Volume.Own.Trees {
		if within(name, t) {
			return true
		}
	}
	return false
}

// laid says whether a plan has already listed that this name would be made.
func laid(r *boot.Run, name string) bool {
	_, ok := r.World.Laid[path.Clean(name)]
	return ok
}

// lay remembers, in a plan, that a name would be made by now, and what it would hold.
func lay(r *boot.Run, name string, data []byte) {
	if !r.Planning() {
		return
	}
	if r.World.Laid == nil {
		r.World.Laid = map[string][]byte{}
	}
	r.World.Laid[path.Clean(name)] = data
}

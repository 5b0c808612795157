package volume

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// codeGuard is the exit code for a user that berth refuses to run as.
const codeGuard = 1

// Access checks, where berth isn't root and can heal nothing, that the app's user can read and write what is listed. The app's own
// user gets a line about what it can't. Another user that the spec adopts is refused by name: a directory that it can write says
// nothing about the files in it, and an app that can't read half of its state loses the other half.
func Access() boot.Phase { return phase("access", access) }

func access(ctx context.Context, r *boot.Run) error {
	w := r.World
	if w.EUID == 0 {
		return nil
	}
	var out []string
	for _, name := range slices.Concat(w.Spec.Volume.Own.Trees, w.Spec.Volume.Own.Files) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !usable(w, name) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return nil
	}
	if w.EUID == uint32(w.Spec.User.UID) {
		for _, name := range out {
			r.Refuse(boot.VerbUse, name, syscall.EACCES)
		}
		return nil
	}
	names := strings.Join(out[:min(len(out), 5)], ", ")
	if len(out) > 5 {
		names += ", …"
	}
	return boot.Failf(codeGuard, "on the host: chown -R "+owner(w.EUID, w.EGID)+" them, or start the container as root",
		"adopt user %s: it can't read and write %s in %q", owner(w.EUID, w.EGID), names, w.Path)
}

// usable says whether the app can read and write a listed name; what isn't there, or is no file or directory, is.
func usable(w *boot.World, name string) bool {
	at, e, err := look(w, name)
	if err != nil {
		return !errors.Is(err, fs.ErrPermission)
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	in := e.Info()
	if in.Kind != fsx.Regular && in.Kind != fsx.Directory {
		return true
	}
	if in.Usable(w.Identity.UID, w.Identity.GID, w.Identity.Groups) == nil {
		return true
	}
	// Where an ACL lets the app in, the group's bits are its mask. If reading works in spite of owner and mode, there is one.
	if in.Kind != fsx.Regular || in.Perm&0o060 != 0o060 {
		return false
	}
	_, _, err = at.dir.Read(at.name, 0)
	return err == nil || errors.Is(err, fsx.ErrTooBig)
}

// appCan says whether the app can read and write a name, whoever owns it.
func appCan(w *boot.World, name string) bool {
	at, e, err := look(w, name)
	if err != nil {
		return false
	}
	in := e.Info()
	_ = e.Close()
	at.close()
	return in.Kind == fsx.Symlink || usable(w, name)
}

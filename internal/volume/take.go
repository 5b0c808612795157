package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Take hands the volume's own top to the app's user, sees that the app can write it, and takes the boot lock. A volume that
// is mounted read-only is left as it is, in one line; main runs on it.
func Take() boot.Phase { return phase("take", take) }

func take(ctx context.Context, r *boot.Run) error {
	w := r.World
	in, err := w.Volume.Info()
	if errors.Is(err, fs.ErrNotExist) { // a plan, where a boot would just have made it
		in = fsx.Info{Kind: fsx.Directory, UID: w.EUID, GID: w.EGID, Perm: 0o755}
		_, err = ownTop(r, in)
		return err
	}
	if err != nil {
		return cannotOpen(w.Path, err)
	}
	if readOnly(w) {
		return leaveAlone(r)
	}
	wanted, err := ownTop(r, in)
	if err != nil {
		return err
	}
	if r.Planning() && (wanted || w.Actor == nil && w.EUID == 0) {
		return nil // what a boot would find then, a plan can't
	}
	if err := w.AsApp(w.Volume.Writable); err != nil {
		return cannotWrite(r, err)
	}
	if r.Planning() {
		return nil
	}
	return takeLock(ctx, r)
}

// ownTop changes the owner of the volume's top, and of nothing else. A top that is the app's but has another group is
// handed over too, except where setgid says that the group was chosen (a directory shared with others).
func ownTop(r *boot.Run, in fsx.Info) (wanted bool, err error) {
	w, id := r.World, r.World.Identity
	if w.EUID != 0 || id.UID == 0 || in.UID == id.UID && (in.GID == id.GID || in.Perm&unix.S_ISGID != 0) {
		return false, nil
	}
	s := boot.Step{
		Target: w.Path, Verb: "chown", Before: owner(in.UID, in.GID), After: owner(id.UID, id.GID),
		Why: "the volume belongs to the app's user",
	}
	return r.Do(s, func() error {
		e, err := w.Volume.Look("")
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		return e.Chown(id.UID, id.GID)
	})
}

// leaveAlone keeps the later phases from a volume that is mounted read-only.
func leaveAlone(r *boot.Run) error {
	r.World.ReadOnly = true
	r.Warn("mount it writable, unless that is meant", "volume %s is mounted read-only: it is neither healed nor seeded", boot.Word(r.World.Path))
	return nil
}

// readOnly says whether nobody can write here, whatever the rights. The path is only asked about the mount's flag.
func readOnly(w *boot.World) bool {
	if errors.Is(w.Volume.Writable(), syscall.EROFS) {
		return true
	}
	var fsys unix.Statfs_t
	return unix.Statfs(w.Path, &fsys) == nil && fsys.Flags&unix.ST_RDONLY != 0
}

func cannotWrite(r *boot.Run, err error) error {
	w, id := r.World, r.World.Identity
	if errors.Is(err, syscall.EROFS) {
		return leaveAlone(r)
	}
	in, ierr := w.Volume.Info()
	if ierr != nil {
		return cannotOpen(w.Path, ierr)
	}
	if in.Immutable {
		return boot.Failf(codeBerth, "chattr -i it on the host", "volume %q: it is marked immutable, and the app could not write it", w.Path)
	}
	hint := fmt.Sprintf("on the host: chown %s the directory that is mounted there", owner(id.UID, id.GID))
	switch uids, gids := w.Spec.User.UIDEnv, w.Spec.User.GIDEnv; {
	case in.UID == id.UID && in.Perm&0o300 == 0o300 && errors.Is(err, fs.ErrPermission) && boot.LabelHint() != "":
		hint = boot.LabelHint()
	case in.UID == id.UID:
		hint = "on the host: chmod u+rwx the directory that is mounted there"
	case w.EUID == 0 && in.UID != 0 && in.GID != 0 && len(uids) > 0 && len(gids) > 0:
		hint += fmt.Sprintf("; or run the app as its owner: -e %s=%d -e %s=%d", uids[len(uids)-1], in.UID, gids[len(gids)-1], in.GID)
	case w.EUID != 0:
		hint += "; or start the container as root, which does it"
	}
	return boot.Failf(codeBerth, hint, "volume %q is mounted writable, but the app's user %s can't write it: it belongs to %s, mode %s",
		w.Path, owner(id.UID, id.GID), owner(in.UID, in.GID), mode(in.Perm))
}

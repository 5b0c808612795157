package rootfs

import (
	"context"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
)

// Identity says who the app is and, as root, moves its account in /etc/passwd and /etc/group there. Where these
// can't be written the app runs by its numbers alone. Other accounts, root's above all, stay byte for byte.
func Identity() boot.Phase { return boot.Func("identity", resolve) }

func resolve(_ context.Context, r *boot.Run) error {
	w, name := r.World, r.World.Spec.User.Name
	if w.Spec.User.AsStarted {
		w.Identity = identity.Identity{UID: w.EUID, GID: w.EGID, Groups: slices.Clone(w.Groups), Umask: Umask(r)}
		return nil
	}
	// Whoever writes user: root means to run the app as root, which berth never does; and root's own line is not
	// one to move.
	if name != "" {
		if err := identity.CheckName(name); err != nil {
			return boot.Failf(codeBerth, "give user.name in the spec a plain word", "user %q: %w", name, err)
		}
	}
	passwd, _, err := ReadPasswd(w.Root)
	account, known := identity.Account{}, false
	if err == nil && name != "" {
		account, known = passwd.ByName(name)
	}
	if name == "root" || known && account.UID == 0 {
		return boot.Failf(codeBerth, "give user.name in the spec a user of the app's own", "user %q: it is root, and the app never runs as root", name)
	}
	id := identity.Identity{Name: name, Home: home(w, account), Umask: Umask(r)}
	if w.EUID != 0 {
		idle(r, w.Spec.User.UIDEnv, w.EUID)
		idle(r, w.Spec.User.GIDEnv, w.EGID)
		w.Identity = asStarted(w, id, passwd, account)
		return nil
	}
	id.UID, id.GID = Numbers(r)
	id.Groups = supplementary(w, id)
	w.Identity = id
	if name == "" {
		return nil
	}
	return settle(r)
}

// asStarted keeps the numbers and groups that the engine gave: without root there are no others to be had.
func asStarted(w *boot.World, id identity.Identity, passwd *identity.Passwd, account identity.Account) identity.Identity {
	id.UID, id.GID = w.EUID, w.EGID
	for _, gid := range w.Groups {
		if gid != id.GID && !slices.Contains(id.Groups, gid) {
			id.Groups = append(id.Groups, gid)
		}
	}
	slices.Sort(id.Groups)
	if id.UID == defaultUID(w) || id.UID == account.UID {
		return id
	}
	if a, ok := passwd.ByUID(id.UID); ok {
		id.Name, id.Home = a.Name, home(w, a)
	}
	return id
}

// supplementary gives the groups of a root start: those that the image's group file gives to the app, and those of
// --group-add. Gid 0 is none of them, whoever gives it.
func supplementary(w *boot.World, id identity.Identity) []uint32 {
	var rootGroups []uint32
	if group, _, err := ReadGroup(w.Root); err == nil {
		rootGroups = group.Of("root", 0)
		for _, gid := range group.Of(id.Name, id.GID) {
			id.Join(gid)
		}
	}
	for _, gid := range identity.Inherited(w.Groups, rootGroups) {
		id.Join(gid)
	}
	return id.Groups
}

// home is the account's home, else the HOME of the spec, else the volume.
func home(w *boot.World, a identity.Account) string {
	if a.Home != "" {
		return a.Home
	}
	if h := w.Spec.Env.Set["HOME"].Expand(w.Lookup); h != "" {
		return h
	}
	if w.Path != "" {
		return w.Path
	}
	return "/"
}

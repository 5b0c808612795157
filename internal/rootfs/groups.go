package rootfs

import (
	"context"
	"fmt"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
)

// Groups has the app join the groups of the sockets and devices that the spec names, by number for its processes and
// by name in /etc/group for whoever looks it up there. A number without a name is enough where /etc/group is not to
// be written.
func Groups() boot.Phase { return boot.Func("groups", join) }

func join(_ context.Context, r *boot.Run) error {
	w := r.World
	all := candidates(r)
	if len(all) == 0 {
		return nil
	}
	if w.EUID != 0 {
		for _, c := range all {
			outside(r, c)
		}
		return nil
	}
	names := openNames(w)
	warned := map[uint32]bool{}
	for _, c := range all {
		gid := c.info.GID
		if gid == 0 {
			// Files of group root are written for root. A device of group root is root's, and the usual case.
			if c.socket() && !warned[0] {
				r.Warn("give the socket a group of its own on the host (chgrp), or use a socket proxy; berth never joins gid 0",
					"%s belongs to group 0 (root), which %s doesn't join", c.path, who(w))
				warned[0] = true
			}
			continue
		}
		w.Identity.Join(gid)
		if err := names.add(r, c); err != nil {
			return err
		}
	}
	return nil
}

// outside says that a socket or device stays out of reach, as only root can join groups.
func outside(r *boot.Run, c candidate) {
	w := r.World
	gid, open := c.info.GID, c.info.Perm&0o006 == 0o006
	if open || gid == 0 || gid == w.Identity.GID || slices.Contains(w.Identity.Groups, gid) {
		return
	}
	r.Warn(fmt.Sprintf("start the container with --group-add %d", gid),
		"%s belongs to group %d, which %s can't join: the container was not started as root", c.path, gid, who(w))
}

func who(w *boot.World) string {
	if w.Identity.Name == "" {
		return "the app"
	}
	return w.Identity.Name
}

// names is the group file as the boot has it so far; nil where it can't be written, or names nobody.
type names struct {
	file *identity.GroupFile
	was  fsx.Info
}

func openNames(w *boot.World) *names {
	if w.Identity.Name == "" {
		return nil
	}
	file, was, err := ReadGroup(w.Root)
	if err != nil || etcWritable(w.Root) != nil {
		return nil
	}
	// What the identity phase wants: in a plan it isn't in the file yet, and a number's name may depend on it.
	settleGroup(file, w.Identity)
	return &names{file, was}
}

// add makes the app a member of a group of the candidate's gid.
func (n *names) add(r *boot.Run, c candidate) error {
	id, gid := r.World.Identity, c.info.GID
	if n == nil || gid == id.GID || slices.Contains(n.file.Of(id.Name, id.GID), gid) {
		return nil
	}
	before := n.file.Bytes()
	name, fresh := n.nameOf(gid, c)
	if name == "" {
		return nil
	}
	if fresh {
		if err := n.file.Add(name, gid); err != nil {
			return err
		}
	}
	if err := n.file.AddMember(name, id.Name); err != nil {
		return err
	}
	ok, err := r.Do(boot.Step{
		Target: "/etc/group", Verb: "join", After: fmt.Sprintf("%s (%d)", name, gid), Why: "the group of " + c.path,
	}, func() error { return store(r.World.Root, groupFile, n.file.Bytes(), n.was) })
	if err != nil {
		return err
	}
	if !ok {
		n.file = identity.ParseGroup(before)
		return nil
	}
	r.Changed("Added %s to group %s (%d) for %s", id.Name, name, gid, c.path)
	return nil
}

// nameOf gives the name to join a gid by, and whether it is to be made. A name that has another gid further up in the
// file would make the app a member of that one; so it is passed over.
func (n *names) nameOf(gid uint32, c candidate) (name string, fresh bool) {
	if e, ok := n.file.ByGID(gid); ok {
		if first, _ := n.file.ByName(e.Name); first.GID == gid {
			return e.Name, false
		}
	}
	fallback := fmt.Sprintf("berth-g%d", gid)
	for _, name := range []string{dockerGroup(c), fallback} {
		if name == "" {
			continue
		}
		if _, taken := n.file.ByName(name); !taken {
			return name, true
		}
	}
	return "", false
}

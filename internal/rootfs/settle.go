package rootfs

import (
	"errors"
	"fmt"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
)

// An edit is one account file with the step that its new content is.
type edit struct {
	name string
	data []byte
	was  fsx.Info
	step boot.Step
	err  error // why the file can't be read or replaced
}

// fixed says why a file can't be replaced: a mount point stays where it is.
func fixed(was fsx.Info) error {
	if was.MountPoint {
		return fsx.ErrMount
	}
	return nil
}

// settle brings the account files to w.Identity. The group goes first: who is killed between the two finds the
// other half undone, and the next boot does it.
func settle(r *boot.Run) error {
	w := r.World
	id := w.Identity
	group, groupWas, groupErr := ReadGroup(w.Root)
	passwd, passwdWas, passwdErr := ReadPasswd(w.Root)
	if missing(passwdErr) {
		return nil // an image FROM scratch has no accounts and wants none
	}
	oldGroup, hadGroup := group.ByName(id.Name)
	old, had := passwd.ByName(id.Name)

	var edits []edit
	if groupErr == nil && settleGroup(group, id) {
		edits = append(edits, edit{groupFile, group.Bytes(), groupWas, step("/etc/group", "group "+id.Name, hadGroup, decimal(oldGroup.GID), decimal(id.GID)), fixed(groupWas)})
	} else if groupErr != nil && !missing(groupErr) {
		edits = append(edits, edit{name: groupFile, err: groupErr})
	}
	if passwdErr == nil && settleUser(passwd, id) {
		edits = append(edits, edit{passwdFile, passwd.Bytes(), passwdWas, step("/etc/passwd", "user "+id.Name, had, numbers(old.UID, old.GID), numbers(id.UID, id.GID)), fixed(passwdWas)})
	} else if passwdErr != nil {
		edits = append(edits, edit{name: passwdFile, err: passwdErr})
	}
	if len(edits) == 0 {
		return nil
	}
	done, err := apply(r, edits)
	if err != nil {
		return err
	}
	if done[groupFile] && !hadGroup {
		r.Changed("Adding group %s (%d)", id.Name, id.GID)
	}
	if done[passwdFile] && !had {
		r.Changed("Adding user %s (%s)", id.Name, numbers(id.UID, id.GID))
	}
	if done[passwdFile] && had && old.UID != id.UID {
		r.Changed("Changing %s UID to %d", id.Name, id.UID)
	}
	if done[passwdFile] && had && old.GID != id.GID || done[groupFile] && hadGroup && had {
		r.Changed("Changing %s GID to %d", id.Name, id.GID)
	}
	return nil
}

// apply has the edits made, and gives up all of them with one warning where the first can't be made: half a move helps
// nobody, and the app runs by its numbers anyway.
func apply(r *boot.Run, edits []edit) (map[string]bool, error) {
	root := r.World.Root
	cause := etcWritable(root)
	for _, e := range edits {
		cause = errors.Join(cause, e.err)
	}
	done := map[string]bool{}
	for _, e := range edits {
		if cause != nil {
			break
		}
		ok, err := r.Do(e.step, func() error {
			if cause = store(root, e.name, e.data, e.was); cause != nil {
				return boot.ErrMoot // told below, once
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		done[e.name] = ok
	}
	if cause != nil {
		id := r.World.Identity
		r.Warn("only look-ups by name notice; to have the account moved, give the container an /etc that root can write",
			"%s runs as %s by number alone: /etc/passwd and /etc/group can't be changed: %s", id.Name, numbers(id.UID, id.GID), boot.Cause(cause))
	}
	return done, nil
}

// settleGroup gives the app's group its gid. An app whose group has another name than its user keeps that group as it
// is: the gid only needs some name.
func settleGroup(g *identity.GroupFile, id identity.Identity) bool {
	e, there := g.ByName(id.Name)
	switch {
	case there && e.GID == 0:
		return false // another name of root's group
	case there:
		return g.Move(id.Name, id.GID)
	}
	if _, named := g.ByGID(id.GID); named {
		return false
	}
	return g.Add(id.Name, id.GID) == nil
}

func settleUser(p *identity.Passwd, id identity.Identity) bool {
	if _, there := p.ByName(id.Name); there {
		return p.Move(id.Name, id.UID, id.GID)
	}
	// No password: "*" matches none, and asks for no line in /etc/shadow as "x" would.
	a := identity.Account{Name: id.Name, Password: "*", UID: id.UID, GID: id.GID, Home: id.Home, Shell: "/usr/sbin/nologin"}
	return p.Add(a) == nil // a home with a colon can't be said there: no account then, and the numbers do
}

func step(target, what string, there bool, before, after string) boot.Step {
	s := boot.Step{Target: target, Verb: "set", After: what + " " + after, Why: "the app runs with these numbers"}
	if there {
		s.Before = what + " " + before
	}
	return s
}

func numbers(uid, gid uint32) string { return fmt.Sprintf("%d:%d", uid, gid) }
func decimal(n uint32) string        { return fmt.Sprint(n) }

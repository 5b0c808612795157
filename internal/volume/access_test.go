package volume

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A start as a user can heal nothing. The image's own user gets a line about what it can't use, and the boot goes on: it may be a
// file that it never needs.
func TestTheAppsUserIsTold(t *testing.T) {
	asUser(t, 4242, 4343, func(g *rig) {
		g.owns([]string{"skills", "logs", "none"}, []string{"auth.json", "state.db", "link", "fifo"})
		g.put("skills/x", "x", 0o600)
		g.put("auth.json", "x", 0o400)
		g.put("state.db", "x", 0o600)
		g.check(os.Mkdir(g.at("logs"), 0o555))
		g.chown(g.at("logs"), g.uid, g.gid)
		g.check(os.Symlink("/etc/passwd", g.at("link")))
		g.check(unix.Mkfifo(g.at("fifo"), 0))
	}, func(g *rig) {
		r := g.lawful(Access())
		g.says(r, "refusal: use logs, auth.json: refused: permission denied (hint: chown it")
		if len(r.Notes()) != 1 {
			g.t.Fatalf("it says:\n%s", notes(r))
		}
	})
}

// Another user that the spec adopts must be able to use all of the app's state: one that lost half of it at a restart would be
// worse than one that doesn't start.
func TestAnAdoptedUserIsRefused(t *testing.T) {
	needRoot(t)
	asUser(t, 1001, 1002, func(g *rig) {
		g.owns([]string{"skills"}, nil)
		g.check(os.Chmod(g.vol, 0o777))
		for i := range 7 {
			name := fmt.Sprintf("state%d", i)
			g.spec.Volume.Own.Files = append(g.spec.Volume.Own.Files, name)
			g.put(name, "x", 0o600)
		}
		g.put("skills/x", "x", 0o666)
		g.check(os.Chmod(g.at("skills"), 0o777))
	}, func(g *rig) {
		spec := g.spec.User.UID
		g.uid, g.gid = 1001, 1002
		_, err := g.boot(Access())
		failure(g.t, err, codeGuard, "adopt user 1001:1002: it can't read and write state0, state1, state2, state3, state4, … in ", "chown -R 1001:1002")
		if _, err = g.plan(Access()); err == nil {
			g.t.Fatalf("the plan of uid %d for the image's %d foresees nothing", g.uid, spec)
		}
	})
}

// A host's ACL may let the adopted user in where the mode's bits alone say no: the group's bits are its mask there.
func TestAnACLLetsTheAdoptedUserIn(t *testing.T) {
	needRoot(t)
	asUser(t, 1001, 1002, func(g *rig) {
		g.owns(nil, []string{"state.db"})
		g.check(os.Chmod(g.vol, 0o777))
		g.put("state.db", "x", 0o660)
	}, func(g *rig) {
		g.uid, g.gid = 1001, 1002
		_, err := g.boot(Access())
		failure(g.t, err, codeGuard, "state.db")
	})
	asUser(t, 1001, 1002, func(g *rig) {
		g.owns(nil, []string{"state.db"})
		g.check(os.Chmod(g.vol, 0o777))
		file := g.put("state.db", "x", 0o660)
		if err := unix.Setxattr(file, "system.posix_acl_access", userACL(1001), 0); err != nil {
			t.Skipf("needs a file system with ACLs: %v", err)
		}
	}, func(g *rig) {
		g.uid, g.gid = 1001, 1002
		g.idle(g.must(Access()))
	})
}

// userACL is what setfacl -m u:UID:rw makes of a file of mode 0660 (acl(5), linux/posix_acl_xattr.h).
func userACL(uid uint32) []byte {
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct{ tag, perm, id uint32 }{
		{0x01, 6, 0xffffffff}, {0x02, 6, uid}, {0x04, 6, 0xffffffff}, {0x10, 6, 0xffffffff}, {0x20, 0, 0xffffffff},
	} {
		acl = binary.LittleEndian.AppendUint16(acl, uint16(e.tag))
		acl = binary.LittleEndian.AppendUint16(acl, uint16(e.perm))
		acl = binary.LittleEndian.AppendUint32(acl, e.id)
	}
	return acl
}

// Root heals; it has nothing to check.
func TestRootChecksNothing(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns(nil, []string{"state.db"})
	g.write(g.at("state.db"), "x", 0)
	g.silent(g.must(Access()))
}

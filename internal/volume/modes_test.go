package volume

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// modes gives a rig whose spec lists modes.
func (g *rig) modes(perm uint32, names ...string) *rig {
	if g.spec.Volume.Modes == nil {
		g.spec.Volume.Modes = map[string]spec.Mode{}
	}
	for _, name := range names {
		g.spec.Volume.Modes[name] = spec.Mode{Perm: perm, Set: true}
	}
	return g
}

// An editor on the host or docker cp leaves a file of secrets readable by all: each boot puts that right, and gives back what
// a script took away.
func TestModesAreRestored(t *testing.T) {
	for _, was := range []uint32{0o644, 0o666, 0o777, 0o400, 0, 0o4755, 0o2640} {
		g := newRig(t).modes(0o600, ".env", "./sub/.env", "absent").modes(0o640, "config.yaml")
		g.spec.Volume.Modes["unset"] = spec.Mode{}
		for _, name := range []string{".env", "sub/.env", "config.yaml", "unset", "unlisted"} {
			g.put(name, "x", 0o600)
			g.check(unix.Chmod(g.at(name), was))
		}
		r := g.lawful(Modes())
		g.wants(".env", g.uid, g.gid, 0o600)
		g.wants("sub/.env", g.uid, g.gid, 0o600)
		g.wants("config.yaml", g.uid, g.gid, 0o640)
		for _, name := range []string{"unset", "unlisted"} {
			if got := g.stat(name).Mode & 0o7777; got != was {
				t.Errorf("%s has %o, had %o", name, got, was)
			}
		}
		g.says(r, "changed: Restored mode 0600 of .env", "changed: Restored mode 0600 of sub/.env", "changed: Restored mode 0640 of config.yaml")
		g.silent(g.must(Modes()))
	}
}

// docker exec as root rewrote it: owner and mode are put right together, and a plan foresees what a chown does to a mode.
func TestOwnerAndMode(t *testing.T) {
	needRoot(t)
	for _, was := range []uint32{0o600, 0o644, 0o640, 0o4755, 0o6711, 0o2640} {
		g := newRig(t).owns(nil, []string{"config.yaml"}).modes(0o640, "config.yaml")
		g.write(g.at("config.yaml"), "a: 1\n", 0o600)
		g.check(unix.Chmod(g.at("config.yaml"), was))
		g.lawful(Ownership(), Modes())
		g.wants("config.yaml", g.uid, g.gid, 0o640)
	}
}

// On a file that isn't the app's root only takes rights away: a mode that gives would publish somebody else's secret.
func TestRootOnlyTakesAway(t *testing.T) {
	needRoot(t)
	for was, want := range map[uint32]uint32{0o666: 0o640, 0o600: 0o600, 0o444: 0o440, 0o4755: 0o640, 0: 0} {
		g := newRig(t).modes(0o640, "theirs")
		g.write(g.at("theirs"), "x", 0o600)
		g.check(unix.Chmod(g.at("theirs"), was))
		g.lawful(Modes())
		if got := g.stat("theirs").Mode & 0o7777; got != want || g.stat("theirs").Uid != 0 {
			t.Errorf("%o became %o", was, got)
		}
	}
}

// A link, or another name of root's file, would have the mode of a file elsewhere changed; a directory without its x bits locks
// the app out.
func TestModesOfWhatIsNoFile(t *testing.T) {
	for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
		with(func() {
			g := newRig(t).modes(0o600, "link", "dangling", "dir", "fifo", "via/file", "last")
			g.write(g.root+"/victim/file", "x", 0o644)
			g.chown(g.root+"/victim/file", g.uid, g.gid)
			g.check(os.Symlink(g.root+"/victim/file", g.at("link")))
			g.check(os.Symlink("nowhere", g.at("dangling")))
			g.check(os.Symlink(g.root+"/victim", g.at("via")))
			g.mkdir(g.at("dir"), 0o755)
			g.check(unix.Mkfifo(g.at("fifo"), 0o644))
			g.put("last", "x", 0o644)
			image := snapshot(t, g.root)
			r := g.lawful(Modes())
			g.spared(g.root, image)
			g.says(r, "refusing chmod through symlinked path dangling, link, via/file", "chmod dir, fifo: refused: it is not a regular file", "Restored mode 0600 of last")
		})
	}
	t.Run("another name of root's file", func(t *testing.T) {
		needRoot(t)
		g := newRig(t).modes(0o600, "hard")
		g.write(g.root+"/victim", "x", 0o644)
		g.check(os.Link(g.root+"/victim", g.at("hard")))
		g.says(g.lawful(Modes()), "chmod hard: refused: the file has other names")
		g.wants("hard", 0, 0, 0o644)
	})
	t.Run("another name of the app's own file", func(t *testing.T) {
		g := newRig(t).modes(0o600, "hard")
		g.put("backup", "x", 0o644)
		g.check(os.Link(g.at("backup"), g.at("hard")))
		g.lawful(Modes())
		g.wants("hard", g.uid, g.gid, 0o600)
	})
}

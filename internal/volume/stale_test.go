package volume

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// stamped gives a rig whose spec calls a stamp stale that says docker.
func stamped(t *testing.T) *rig {
	g := newRig(t)
	g.spec.Volume.Remove = []spec.Remove{{Path: ".install_method", WhenContent: new("docker")}}
	return g
}

// A stamp that an older image left makes the updater on the host refuse its work. Only that very stamp goes: any other content is
// somebody's decision.
func TestOnlyTheExactStampGoes(t *testing.T) {
	big := strings.Repeat(" ", maxStale)
	for _, c := range []struct {
		holds string
		stays bool
	}{
		{"docker", false},
		{"docker\n", false},
		{" \tdocker\r\n\n", false},
		{"git", true},
		{"", true},
		{"\n", true},
		{"Docker", true},
		{"dock er", true},
		{"docker\ngit\n", true},
		{"dockers", true},
		{"docker\x00", true},
		{"docker" + big, true},
	} {
		g := stamped(t)
		g.put(".install_method", c.holds, 0o644)
		g.put("other", "docker", 0o644)
		r := g.lawful(Stale())
		_, err := os.Lstat(g.at(".install_method"))
		if stays := err == nil; stays != c.stays {
			t.Errorf("%.20q stays: %v", c.holds, stays)
		}
		if c.stays && g.read(".install_method") != c.holds {
			t.Errorf("%.20q became %q", c.holds, g.read(".install_method"))
		}
		if c.stays {
			g.silent(r)
		} else {
			g.says(r, "changed: Removed stale .install_method")
		}
		g.read("other")
		g.silent(g.must(Stale()))
	}
	g := stamped(t)
	g.silent(g.lawful(Stale())) // absent
	g.spec.Volume.Remove[0].WhenContent = nil
	g.put(".install_method", "", 0o644)
	g.silent(g.lawful(Stale())) // no content is ever the stale one
}

// What bears the stamp's name may lead root to somebody else's file, or hold it up. Links are refused, what is no file is no
// stamp, and of a file with other names only this one goes.
func TestAStampThatIsNoFile(t *testing.T) {
	victim := func(g *rig) string {
		g.write(g.root+"/victim/stamp", "docker", 0o644)
		g.chown(g.root+"/victim", g.uid, g.gid)
		return g.root + "/victim"
	}
	for _, c := range []struct {
		name, path, says string
		make             func(g *rig) error
	}{
		{"a link", "stamp", "refusing remove through symlinked path stamp", func(g *rig) error { return os.Symlink(victim(g)+"/stamp", g.at("stamp")) }},
		{"a link to nothing", "stamp", "refusing remove through symlinked path stamp", func(g *rig) error { return os.Symlink("nowhere", g.at("stamp")) }},
		{"a link above", "dir/stamp", "refusing remove through symlinked path dir/stamp", func(g *rig) error { return os.Symlink(victim(g), g.at("dir")) }},
		{"a file above", "file/stamp", "remove file/stamp: refused: not a directory", func(g *rig) error { return os.WriteFile(g.at("file"), nil, 0o600) }},
		{"a FIFO", "stamp", "", func(g *rig) error { return unix.Mkfifo(g.at("stamp"), 0o600) }},
		{"a directory", "stamp", "", func(g *rig) error { return os.Mkdir(g.at("stamp"), 0o755) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			g.spec.Volume.Remove = []spec.Remove{{Path: c.path, WhenContent: new("docker")}}
			g.check(c.make(g))
			image, volume := snapshot(t, g.root), snapshot(t, g.vol)
			r := g.lawful(Stale())
			g.spared(g.root, image)
			g.spared(g.vol, volume)
			if c.says == "" {
				g.silent(r)
			} else {
				g.says(r, c.says)
			}
		})
	}
	g := stamped(t)
	g.check(os.Link(victim(g)+"/stamp", g.at(".install_method")))
	before := snapshot(t, g.root)
	g.says(g.lawful(Stale()), "Removed stale")
	g.spared(g.root, before)
}

// The app's own rights remove it: in a directory of root's it stays, and the boot goes on.
func TestAStampInRootsDirectory(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.spec.Volume.Remove = []spec.Remove{{Path: "roots/stamp", WhenContent: new("docker")}}
	g.write(g.at("roots/stamp"), "docker", 0o644)
	g.says(g.must(Stale()), "remove roots/stamp: refused: permission denied")
}

// A boot that was killed leaves half a file, of a key perhaps, under a temporary name. The next one removes it wherever berth
// makes anything, and nothing that is somebody else's: what a live boot is writing now, what only looks like it, what berth
// would never have made.
func TestWhatAKilledBootLeft(t *testing.T) {
	g := newRig(t)
	g.spec.Volume.Dirs = []string{"logs/gateways"}
	g.spec.Seed = []spec.Seed{{Path: "notes/deep/SOUL.md", Content: new("x")}}
	g.spec.Generate = []spec.Generate{{Path: "keys/.env", Key: "K"}}
	ours := []string{"", "logs/", "logs/gateways/", "notes/", "notes/deep/", "keys/"}
	theirs := []string{
		"photos/.berth-0123456789abcdef", ".berth-0123456789abcde", ".berth-0123456789abcdef0", ".berth-0123456789ABCDEF", "logs/gateways/more/.berth-0123456789abcdef",
		"logs/.berth-00000000000000ff",
	}
	for _, dir := range ours {
		g.put(dir+".berth-0123456789abcdef", "half", 0o600)
	}
	for _, name := range theirs {
		g.put(name, "x", 0o600)
	}
	g.mkdir(g.at("logs/.berth-0000000000000000"), 0o700)
	g.put("notes/.berth-1111111111111111/kept", "theirs", 0o600)
	g.check(os.Symlink("/nowhere", g.at(".berth-2222222222222222")))
	g.check(unix.Mkfifo(g.at(".berth-3333333333333333"), 0o600))
	theirs = append(theirs, "notes/.berth-1111111111111111/kept", ".berth-2222222222222222", ".berth-3333333333333333")
	writing, err := os.Open(g.at("logs/.berth-00000000000000ff"))
	g.check(err)
	g.check(unix.Flock(int(writing.Fd()), unix.LOCK_EX))
	r := g.lawful(Stale())
	stays := left(t, g.vol)
	for _, name := range theirs {
		if _, err := os.Lstat(g.at(name)); err != nil {
			t.Errorf("gone: %v", err)
		}
	}
	for _, dir := range ours {
		if slices.Contains(stays, dir+".berth-0123456789abcdef") {
			t.Errorf("it stays in %q", dir)
		}
	}
	if n := len(r.Steps()); n != len(ours)+1 {
		t.Errorf("steps %q", steps(r))
	}
	g.check(writing.Close()) // its boot was killed, too
	g.lawful(Stale())
	if _, err := os.Lstat(g.at("logs/.berth-00000000000000ff")); err == nil {
		t.Error("what nobody writes to any longer stays")
	}
}

// left gives the temporary names below a directory, those in the ledger's included.
func left(t tester, top string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(top, func(p string, _ os.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(p), ".berth-") {
			rel, _ := filepath.Rel(top, p)
			all = append(all, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The lock's own directory is swept as well: whoever dies while making the lock leaves something there.
func TestWhatAKilledBootLeftBesideTheLock(t *testing.T) {
	g := newRig(t)
	g.must()
	g.put(boot.LedgerDir+"/.berth-0123456789abcdef", "", 0o600)
	g.silent(g.must())
	if got := left(t, g.vol); len(got) > 0 {
		t.Errorf("%q stays", got)
	}
}

package volume

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// A fresh volume gets its directories from the app's own hands, with those above them, readable by all under any umask; that is
// all that is made.
func TestDirectoriesAreMade(t *testing.T) {
	g := newRig(t)
	g.spec.Volume.Dirs = []string{"cron", "logs/gateways", "./logs", "platforms/pairing/", "a/b/c/d"}
	setUmask(t, 0o077)
	r := g.lawful(Directories())
	for _, dir := range []string{"cron", "logs", "logs/gateways", "platforms", "platforms/pairing", "a", "a/b", "a/b/c", "a/b/c/d"} {
		g.wants(dir, g.uid, g.gid, 0o755)
	}
	if n := len(r.Steps()); n != 9 {
		t.Errorf("steps %q", steps(r))
	}
	g.says(r, "Created 9 directories in ")
	g.silent(g.must(Directories()))
}

// One that is there is somebody's: it keeps its owner and its mode.
func TestDirectoriesThatAreThere(t *testing.T) {
	g := newRig(t)
	g.spec.Volume.Dirs = []string{"logs", "cron"}
	g.mkdir(g.at("logs"), 0o700)
	g.mkdir(g.at("cron"), 0o777|os.ModeSticky)
	g.chown(g.at("logs"), 999, 998)
	g.chown(g.at("cron"), 999, 998)
	g.silent(g.lawful(Directories()))
	g.wants("logs", 999, 998, 0o700)
	g.wants("cron", 999, 998, 0o1777)
}

// A link in the way would have the directory made elsewhere, as root even. It and whatever else stands there is refused, in its
// place, and the other directories are made.
func TestWhatStandsInADirectorysPlace(t *testing.T) {
	for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
		with(func() {
			g := newRig(t)
			g.spec.Volume.Dirs = []string{"logs", "link/below", "dangling", "file", "file/below", "fifo", "last"}
			g.mkdir(g.root+"/victim", 0o755)
			g.chown(g.root+"/victim", g.uid, g.gid) // the app's own rights would do, and still nothing is made there
			g.check(os.Symlink(g.root+"/victim", g.at("logs")))
			g.check(os.Symlink(g.root+"/victim", g.at("link")))
			g.check(os.Symlink("/nowhere", g.at("dangling")))
			g.put("file", "x", 0o600)
			g.check(unix.Mkfifo(g.at("fifo"), 0o600))
			before := snapshot(t, g.root)
			r := g.lawful(Directories())
			g.says(r, "refusing mkdir through symlinked path logs, link, dangling", "mkdir file, file, fifo: refused: not a directory", "Created 1 directories")
			g.wants("last", g.uid, g.gid, 0o755)
			g.spared(g.root, before)
		})
	}
}

// Where the app's own rights don't reach there is nothing for root to help with: what it made in root's directory the app could
// neither fill nor remove. A plan foresees it.
func TestADirectoryInRootsOwn(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.spec.Volume.Dirs = []string{"roots/logs", "open/logs"}
	g.mkdir(g.at("roots"), 0o755)
	g.mkdir(g.at("open"), 0o777)
	g.says(g.lawful(Directories()), "mkdir roots/logs: refused: permission denied", "Created 1 directories")
	if _, err := os.Lstat(g.at("roots/logs")); err == nil {
		t.Error("it was made")
	}
	// Ownership comes before: a tree that is listed is the app's by then.
	g.owns([]string{"roots"}, nil)
	g.says(g.lawful(Ownership(), Directories()), "Created 1 directories")
	g.wants("roots/logs", g.uid, g.gid, 0o755)
}

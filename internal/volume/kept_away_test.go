package volume

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/spec"
)

// Root runs programs by name (docker exec). Whoever could put a file into one of the directories where they are found
// would be run as root, so no variable makes the volume one of them, one above or one below.
func TestAVolumeIsKeptAwayFromPrograms(t *testing.T) {
	for _, c := range []struct {
		about, dir string
		refused    bool
	}{
		{"the app's tree", "/opt/app", true},
		{"what holds the app's tree", "/opt", true},
		{"the directory of the app's name", "/opt/app/bin", true},
		{"below it", "/opt/app/bin/sub", true},
		{"the directory of the real program", "/opt/app/.venv/bin", true},
		{"where everybody's programs are", "/usr/local/bin", true},
		{"below that", "/usr/bin/zz", true},
		{"a directory of the app's tree that has no programs", "/opt/app/data", false},
		{"a directory of its own", "/data/x", false},
		{"a name that only begins alike", "/opt/app2", false},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.spec.Install.Path = "/opt/app"
			g.spec.Main.Program = "/opt/app/.venv/bin/app"
			g.spec.Env.Path = []spec.Text{"/opt/app/bin", "${VOLUME_DIR:-/data}/.local/bin"}
			w := g.world()
			err := apart(w, c.dir)
			if (err != nil) != c.refused {
				t.Fatalf("%s: %v", c.dir, err)
			}
			if c.refused {
				failure(t, err, codeBerth, c.dir)
			}
		})
	}
}

// A directory with setgid was given to a group on purpose, and the kernel hands that group on: no boot takes it back.
func TestAChosenGroupStays(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.spec.Volume.Own.Trees = []string{"shared", "plain"}
	for _, dir := range []string{"shared", "shared/sub", "plain"} {
		g.put(dir+"/f", "x", 0o664)
	}
	g.put("shared/roots", "x", 0o600)
	g.chown(g.at("shared/roots"), 0, 0)
	for _, name := range []string{"shared", "shared/f", "shared/sub", "shared/sub/f", "plain", "plain/f"} {
		g.chown(g.at(name), g.uid, 1500)
	}
	g.check(unix.Chmod(g.at("shared"), 0o2775))
	g.check(unix.Chmod(g.at("shared/sub"), 0o2775))
	g.lawful()
	g.wants("shared", g.uid, 1500, 0o2775)
	g.wants("shared/f", g.uid, 1500, 0o664)
	g.wants("shared/sub/f", g.uid, 1500, 0o664)
	g.wants("plain/f", g.uid, g.gid, 0o664)
	g.wants("shared/roots", g.uid, g.gid, 0o600)
	g.idle(g.must())
}

// Package managers link a file into many places. Those of the app's user as the image has it follow the user when it is
// moved; root's and strangers' never do.
func TestTheAppsOwnLinkedFilesFollowARemap(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.spec.User.UID = 10000
	g.spec.Volume.Own.Trees = []string{"packages"}
	for name, uid := range map[string]uint32{"own": 10000, "roots": 0, "strangers": 998} {
		g.put("packages/"+name, "x", 0o644)
		g.chown(g.at("packages/"+name), uid, uid)
		g.check(os.Link(g.at("packages/"+name), g.at("packages/"+name+"2")))
	}
	r := g.must()
	g.wants("packages/own", g.uid, g.gid, 0o644)
	g.wants("packages/own2", g.uid, g.gid, 0o644)
	g.wants("packages/roots", 0, 0, 0o644)
	g.wants("packages/strangers", 998, 998, 0o644)
	g.says(r, "refused", "packages/roots", "packages/strangers")
}

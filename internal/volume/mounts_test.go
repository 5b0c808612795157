package volume

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// bothLookups runs f on its own mounts, with openat2 and on a kernel without.
func bothLookups(t *testing.T, f func(t *testing.T)) {
	t.Run("with openat2", func(t *testing.T) { ownMounts(t, f) })
	t.Run("without openat2", func(t *testing.T) {
		fsx.WithoutOpenat2(func() { ownMounts(t, f) })
	})
}

// What is mounted somewhere in a tree is another owner's (the host's music, a secret): a chown of the tree that went on there
// would change it for all who share it. A mount that the spec names is meant.
func TestMountsInATree(t *testing.T) {
	bothLookups(t, func(t *testing.T) {
		g := newRig(t).owns([]string{"skills", "logs", "logs/gateways"}, []string{"music/list", "logs/gateways/late"})
		g.write(g.at("skills/x"), "x", 0o600)
		for _, name := range []string{"skills/music", "skills/ours", "music", "logs/gateways"} {
			g.mount(name, "size=64k")
			g.write(g.at(name+"/list"), "theirs", 0o600)
		}
		g.write(g.at("logs/gateways/deep/late"), "x", 0o600)
		g.mount("logs/gateways/deep/again", "size=64k")
		g.chown(g.at("skills/ours"), g.uid, g.gid)
		g.write(g.at("outside"), "x", 0o600)
		g.bind(g.at("outside"), g.put("skills/file", "below", 0o600))
		before := snapshot(t, g.at("music"))
		r := g.must(Ownership())
		for _, name := range []string{"skills", "skills/x", "logs", "logs/gateways", "logs/gateways/list", "logs/gateways/deep", "logs/gateways/deep/late"} {
			g.wants(name, g.uid, g.gid, 0)
		}
		for _, name := range []string{"skills/music", "skills/music/list", "skills/ours/list", "skills/file", "logs/gateways/deep/again"} {
			g.wants(name, 0, 0, 0)
		}
		g.spared(g.at("music"), before)
		for _, name := range []string{"skills/music", "skills/file", "music/list", "logs/gateways/deep/again"} {
			g.says(r, name)
		}
		g.says(r, "refused: another file system is mounted there", "set its owner and mode on the host")
		if strings.Contains(notes(r), "skills/ours") { // it is the app's already
			t.Errorf("it says:\n%s", notes(r))
		}
		g.idle(g.must(Ownership()))
	})
}

// A single file that is mounted by itself (-v ./env:/data/.env) can't be replaced, re-owned or removed; the boot says so and
// goes on. Of one that is right already it says nothing.
func TestAFileMountedByItself(t *testing.T) {
	bothLookups(t, func(t *testing.T) {
		g := newRig(t).full()
		for _, name := range []string{".env", "config.yaml", ".install_method"} {
			g.write(g.root+"/host/"+name, "docker\n", 0o644)
			g.write(g.at(name), "", 0o644)
			g.bind(g.root+"/host/"+name, g.at(name))
		}
		before := snapshot(t, g.root)
		r := g.must()
		g.says(r,
			"refusal: chown .env, config.yaml: refused: another file system", "refusal: chmod .env, config.yaml: refused",
			"refusal: remove .install_method: refused", "could not write API_KEY to .env: another file system is mounted there", "let the app's user write .env",
		)
		g.spared(g.root, before)

		for name, perm := range map[string]uint32{".env": 0o600, "config.yaml": 0o640} {
			g.check(os.WriteFile(g.at(name), []byte("API_KEY=operators-own\n"), 0o600))
			g.check(os.Lchown(g.at(name), int(g.uid), int(g.gid)))
			g.check(unix.Chmod(g.at(name), perm))
		}
		r = g.must(Ownership(), Modes())
		g.idle(r)
		g.silent(r)
	})
}

// Logs and caches are often volumes of their own: where the spec names the directory, all phases reach into it.
func TestAMountThatTheSpecNames(t *testing.T) {
	bothLookups(t, func(t *testing.T) {
		g := newRig(t).full()
		g.spec.Seed = append(g.spec.Seed, spec.Seed{Path: "logs/README", Content: new("logs")}, spec.Seed{Path: "home/.profile", Content: new("x")})
		g.spec.Volume.Remove[0].Path = "logs/.stamp"
		g.spec.Volume.Modes["logs/private"] = spec.Mode{Perm: 0o600, Set: true}
		g.spec.Generate[0].Path = "home/.env"
		g.mount("logs", "size=256k")
		g.mount("home", "size=256k,uid=4242,gid=4343,mode=700")
		g.write(g.at("logs/.stamp"), "docker", 0o644)
		g.write(g.at("logs/private"), "x", 0o644)
		g.write(g.at("logs/.berth-0123456789abcdef"), "x", 0o600)
		r := g.must()
		for _, name := range []string{"logs", "logs/gateways", "logs/private", "logs/README", "home", "home/.profile", "home/.env"} {
			g.wants(name, g.uid, g.gid, 0)
		}
		g.wants("logs/private", g.uid, g.gid, 0o600)
		g.wants("home/.env", g.uid, g.gid, 0o600)
		g.wants("home", g.uid, g.gid, 0o700)
		for _, name := range []string{"logs/.stamp", "logs/.berth-0123456789abcdef"} {
			if _, err := os.Lstat(g.at(name)); err == nil {
				t.Errorf("%s is still there:\n%s", name, notes(r))
			}
		}
		g.idle(g.lawful())
	})
}

// A mount that the spec doesn't name is left alone by every phase: whoever mounted it fills it.
func TestAMountThatTheSpecDoesNotName(t *testing.T) {
	bothLookups(t, func(t *testing.T) {
		g := newRig(t).full()
		g.mount("notes", "size=64k")
		g.write(g.at("notes/mine"), "x", 0o644)
		before := snapshot(t, g.at("notes"))
		r := g.must()
		g.spared(g.at("notes"), before)
		g.wants("config.yaml", g.uid, g.gid, 0o640)
		for _, s := range r.Steps() {
			if strings.HasPrefix(s.Target, "notes") {
				t.Errorf("step %+v", s)
			}
		}
	})
}

// The lock lies on the volume itself: something mounted over its directory is refused, and the boot goes on without.
func TestAMountOverTheLock(t *testing.T) {
	bothLookups(t, func(t *testing.T) {
		g := newRig(t)
		g.mount(boot.LedgerDir, "size=64k")
		g.says(g.must(), "lock "+boot.LedgerDir+": refused: another file system is mounted there")
	})
}

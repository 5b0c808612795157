package volume

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

func withoutRenameat2(f func()) { fsx.WithoutRenameat2(f) }

// updated gives a volume on which everything a kept tree can ask for is to be done, and what a boot makes of it.
func updated(t *testing.T) (*rig, map[string]string) {
	t.Helper()
	g := kept(t)
	g.must()
	g.put("skills/core/SKILL.md", "mine", 0o644)
	g.check(os.RemoveAll(g.at("skills/web/search")))
	g.bundle("core", "SKILL.md", "core 2")
	g.bundle("web/fetch", "SKILL.md", "fetch 2")
	g.bundle("web/search", "SKILL.md", "search 2")
	g.bundle("new/one", "SKILL.md", "new")
	return g, with(first(), "core/SKILL.md", "mine", "web/fetch/SKILL.md", "fetch 2", "web/search/SKILL.md", "", "new/one/SKILL.md", "new")
}

// Wherever a boot dies, each entry is the old version or the new one, whole, and the next boot ends where an undisturbed one
// does: also on file systems on which an update takes two steps.
func TestAKeptTreeKilledAnywhere(t *testing.T) {
	for name, run := range map[string]func(func()){"in one step": func(f func()) { f() }, "in two steps": withoutRenameat2} {
		t.Run(name, func(t *testing.T) {
			run(func() {
				undisturbed, want := updated(t)
				undisturbed.must()
				undisturbed.wantTree("undisturbed", want)
				manifest := undisturbed.read("skills/.manifest")
				k := 1
				for ; ; k += killStride {
					g, _ := updated(t)
					died := g.bootKilledAt(k)
					if !died {
						break
					}
					got := g.tree()
					for name, text := range got {
						if fsx.IsTemp(name) {
							continue // the next boot's to sweep
						}
						if allowed := []string{want[name], first()[name]}; text != allowed[0] && text != allowed[1] {
							t.Errorf("killed before change %d: %s holds %q", k, name, text)
						}
					}
					if n := strings.Count(strings.Join([]string{got["web/fetch/SKILL.md"], got["web/fetch/lib/run.sh"]}, " "), "1"); name == "in one step" && n != 2 && got["web/fetch/SKILL.md"] != "fetch 2" {
						t.Errorf("killed before change %d: half an entry: %v", k, got)
					}
					g.must()
					if diff := cmp.Diff(want, g.tree()); diff != "" {
						t.Fatalf("killed before change %d, then booted: %s", k, diff)
					}
					if now := g.read("skills/.manifest"); now != manifest {
						t.Fatalf("killed before change %d, then booted: the manifest is %q, want %q", k, now, manifest)
					}
					if _, err := os.Lstat(g.at(stageName)); err == nil {
						t.Errorf("killed before change %d, then booted: the stage is left", k)
					}
					again, err := g.plan()
					g.check(err)
					if len(again.Steps()) > 0 {
						t.Errorf("killed before change %d, then booted, this is left: %q", k, steps(again))
					}
				}
				if k < 20 {
					t.Errorf("only %d changes were seen", k)
				}
				t.Logf("%d changes", k-1)
			})
		})
	}
}

func TestAFreshKeptTreeKilledAnywhere(t *testing.T) {
	for k := 1; ; k++ {
		g := kept(t)
		if !g.bootKilledAt(k) {
			return
		}
		g.must()
		if diff := cmp.Diff(first(), g.tree()); diff != "" {
			t.Fatalf("killed before change %d, then booted: %s", k, diff)
		}
		if got := parseManifest([]byte(g.read("skills/.manifest"))); len(got) != 3 {
			t.Fatalf("killed before change %d, then booted: the manifest is %v", k, got)
		}
	}
}

// What is edited between the look and the step is the user's work, and not lost.
func TestAnEditInTheMiddleOfAnUpdateStays(t *testing.T) {
	for name, run := range map[string]func(func()){"in one step": func(f func()) { f() }, "in two steps": withoutRenameat2} {
		run(func() {
			g, want := updated(t)
			edited := false
			home, err := os.OpenRoot(g.at("skills/web/fetch"))
			g.check(err)
			defer func() { _ = home.Close() }()
			remove := fsx.OnChange(func(op, path string) {
				if !edited && (op == "exchange" || op == "rename" && strings.HasSuffix(path, "web/fetch")) {
					edited = true
					g.check(home.WriteFile("SKILL.md", []byte("mine, just now"), 0o600))
				}
			})
			g.must()
			remove()
			want["web/fetch/SKILL.md"] = "mine, just now"
			if diff := cmp.Diff(want, g.tree()); diff != "" || !edited {
				t.Errorf("%s: edited %v (-want +got):\n%s", name, edited, diff)
			}
		})
	}
}

func TestAFullDiskLosesNothingOfAKeptTree(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		short := 0
		for pages := range int64(16) {
			g := newRig(t)
			g.mount(".", "size=256k")
			g.chown(g.vol, g.uid, g.gid)
			keeps(g).must()
			g.bundle("web/fetch", "lib/large", strings.Repeat("large ", 4000))
			g.bundle("core", "SKILL.md", "core 2")
			free := g.fill(pages)
			r := g.must()
			got := g.tree()
			if got["web/fetch/SKILL.md"] != "fetch 1" || got["web/fetch/lib/run.sh"] != "#!1" || got["core/SKILL.md"] != "core 1" && got["core/SKILL.md"] != "core 2" {
				t.Fatalf("%d pages: %.300v", pages, got)
			}
			if got["web/fetch/lib/large"] == "" {
				short++
				g.says(r, "no space left on device", "make room on the volume's file system")
			}
			free()
			g.settledKeep()
			if got := g.tree(); got["core/SKILL.md"] != "core 2" || len(got["web/fetch/lib/large"]) != 24000 {
				t.Fatalf("%d pages, then room: %.300v", pages, got)
			}
			g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
		}
		if short < 3 {
			t.Errorf("only %d boots ran out of room", short)
		}
	})
}

// A tree that is mounted by itself has its stage beside it.
func TestAKeptTreeOnAMountOfItsOwn(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		g := newRig(t)
		g.mkdir(g.at("skills"), 0o755)
		g.mount("skills", "size=256k")
		g.chown(g.at("skills"), g.uid, g.gid)
		keeps(g).settledKeep()
		g.bundle("core", "SKILL.md", "core 2")
		g.settledKeep()
		g.wantTree("after an update", with(first(), "core/SKILL.md", "core 2"))
	})
}

// The app's user exchanges what is being laid, replaced and staged with links and FIFOs.
func TestAttackAKeptTree(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := keeps(arena(t))
		g.must()
		ledger, err := os.OpenRoot(g.at(boot.LedgerDir)) // what leads out of it is not the attacker's to write either
		g.check(err)
		defer func() { _ = ledger.Close() }()
		g.besieged(t,
			g.swap("skills", "-> /victim/dir"), g.swap("skills/web", "-> /victim"), g.swap("skills/core", "-> /victim/dir"), g.swap("skills/.manifest", "-> /victim/file"),
			g.swap("skills/.manifest", "FIFO"), g.swap("skills/core/SKILL.md", "FIFO"),
			func() {
				_ = os.RemoveAll(g.at("skills/.manifest"))
				_ = os.RemoveAll(g.at("skills/web/fetch"))
			},
			func() {
				_ = ledger.Symlink(g.root+"/open", "keep")
				_ = ledger.Remove("keep")
				_ = ledger.Symlink(g.root+"/victim", "keep/old")
				_ = ledger.Mkdir("keep", 0o755)
				_ = ledger.Lchown("keep", int(g.uid), int(g.gid)) // the attacker is the app's user
				_ = ledger.WriteFile("keep/old", nil, 0o600)
			},
		)
	})
}

// The app may put something else where the stage lies. A boot then lays nothing, and a plan promises nothing.
func TestAStageThatHasNoPlace(t *testing.T) {
	for about, make := range map[string]func(g *rig, at string) error{
		"a link":  func(g *rig, at string) error { return os.Symlink(g.root, at) },
		"a FIFO":  func(_ *rig, at string) error { return unix.Mkfifo(at, 0o600) },
		"a file":  func(_ *rig, at string) error { return os.WriteFile(at, nil, 0o600) },
		"nothing": func(*rig, string) error { return nil },
	} {
		t.Run(about, func(t *testing.T) {
			g := kept(t)
			g.must()
			g.bundle("core", "SKILL.md", "core 2")
			g.check(os.RemoveAll(g.at(boot.LedgerDir)), make(g, g.at(boot.LedgerDir)))
			image := snapshot(t, g.root)
			r := g.lawful()
			if laid := g.read("skills/core/SKILL.md") == "core 2"; laid != (about == "nothing") {
				t.Errorf("laid %v, and it says\n%s", laid, notes(r))
			}
			if about != "nothing" {
				g.says(r, " keep ", " skills")
			}
			g.spared(g.root, image)
		})
	}
}

// What stands where the stage itself goes isn't berth's, and goes: no tree waits for somebody to remove it.
func TestSomethingInTheStagesPlaceGoes(t *testing.T) {
	for about, make := range map[string]func(g *rig, at string) error{
		"a link": func(g *rig, at string) error { return os.Symlink(g.root, at) },
		"a FIFO": func(_ *rig, at string) error { return unix.Mkfifo(at, 0o600) },
		"a file": func(_ *rig, at string) error { return os.WriteFile(at, nil, 0o600) },
	} {
		for _, name := range []string{stageName, stageName + "/old", stageName + "/out"} {
			g := kept(t)
			g.must()
			g.bundle("core", "SKILL.md", "core 2")
			g.mkdir(g.at(filepath.Dir(name)), 0o755)
			g.chown(g.at(filepath.Dir(name)), g.uid, g.gid)
			g.check(make(g, g.at(name)))
			g.chown(g.at(name), g.uid, g.gid)
			image := snapshot(t, g.root)
			r := g.lawful()
			if got := g.read("skills/core/SKILL.md"); got != "core 2" {
				t.Errorf("%s at %s: it holds %q, and the boot says\n%s", about, name, got, notes(r))
			}
			g.spared(g.root, image)
		}
	}
}

// What lies in the stage after a kill may be the attacker's: it leads nowhere but to a free name in the tree.
func TestAPlantedStage(t *testing.T) {
	g := kept(t)
	g.must()
	outside := g.put("config.yaml", "mine", 0o644)
	for _, name := range []string{"..%2F..%2Fescaped", "config.yaml", "escaped", "skills%2Fcore", "skills%2F..%2Fescaped", "%zz", "skills", "skills%2Fback"} {
		g.put(stageName+"/old/"+name, "planted", 0o644)
	}
	g.check(os.Symlink("/etc/passwd", g.at(stageName+"/old/skills%2Flink")))
	g.chown(g.at(stageName), g.uid, g.gid)
	g.must()
	if _, err := os.Lstat(g.at(stageName)); err == nil {
		t.Error("the stage is left")
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "mine" {
		t.Errorf("config.yaml holds %q, %v", data, err)
	}
	for _, name := range []string{"escaped", "../escaped", "../../escaped"} {
		if _, err := os.Lstat(g.at(name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	if g.read("skills/back") != "planted" || g.read("skills/core/SKILL.md") != "core 1" {
		t.Errorf("got %v", g.tree())
	}
}

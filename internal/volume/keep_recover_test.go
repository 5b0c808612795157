package volume

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/fsx"
)

// editedAndKilled gives a rig whose user edits an entry in the instant in which it changes places with a new version, and
// whose boot is killed before it can take that back.
func editedAndKilled(t *testing.T) *rig {
	t.Helper()
	g := kept(t)
	g.must()
	g.bundle("core", "SKILL.md", "core 2")
	home, err := os.OpenRoot(g.at("skills/core"))
	g.check(err)
	defer func() { _ = home.Close() }()
	n := 0
	defer fsx.OnChange(func(op, _ string) {
		if op != "exchange" {
			return
		}
		if n++; n > 1 {
			panic(killed{})
		}
		g.check(home.WriteFile("SKILL.md", []byte("mine, just now"), 0o600))
	})()
	if !g.bootKilledAt(1<<30) || g.tree()["core/SKILL.md"] != "core 2" {
		t.Fatalf("%d exchanges were seen, and the tree has %q", n, g.tree()["core/SKILL.md"])
	}
	return g
}

func TestAnEditCutOffFromItsNameComesBack(t *testing.T) {
	for about, c := range map[string]struct {
		meanwhile func(g *rig)
		want      string
		aside     bool
	}{
		"nothing else happens":       {func(*rig) {}, "mine, just now", false},
		"the new version is removed": {func(g *rig) { g.check(os.RemoveAll(g.at("skills/core"))) }, "mine, just now", false},
		"the new version is edited":  {func(g *rig) { g.put("skills/core/SKILL.md", "mine, later", 0o644) }, "mine, later", true},
	} {
		t.Run(about, func(t *testing.T) {
			g := editedAndKilled(t)
			c.meanwhile(g)
			r := g.must()
			g.wantTree("booted", with(first(), "core/SKILL.md", c.want))
			kept := g.at(stageName + asideEnd + "/1/SKILL.md")
			text, err := os.ReadFile(kept)
			if (err == nil) != c.aside || c.aside && string(text) != "mine, just now" {
				t.Errorf("aside lies %q, %v", text, err)
			}
			if c.aside {
				g.says(r, "an edit of skills/core that a killed boot was in the way of lies in ", "take what you want of it")
			}
			if said := g.settledKeep(); said != "" {
				t.Errorf("a second boot says %s", said)
			}
		})
	}
}

// Wherever a boot for another user was killed, the next user's boot ends where an undisturbed one does.
func TestAStageOfAnotherUserIsTakenOver(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: the user changes")
	}
	for name, run := range map[string]func(func()){"in one step": func(f func()) { f() }, "in two steps": withoutRenameat2} {
		run(func() {
			for k := 1; ; k++ {
				g, want := updated(t)
				if !g.bootKilledAt(k) {
					break
				}
				g.uid, g.gid = 5555, 5556
				g.env = append(g.env, "PUID=5555", "PGID=5556")
				if said := notes(g.must()); strings.Contains(said, "refus") {
					t.Fatalf("%s, killed before change %d: %s", name, k, said)
				}
				if diff := cmp.Diff(want, g.tree()); diff != "" {
					t.Fatalf("%s, killed before change %d: %s", name, k, diff)
				}
				if st := g.stat("skills/web/fetch/SKILL.md"); st.Uid != g.uid || st.Gid != g.gid {
					t.Fatalf("%s, killed before change %d: it belongs to %d:%d", name, k, st.Uid, st.Gid)
				}
				if _, err := os.Lstat(g.at(stageName)); err == nil {
					t.Fatalf("%s, killed before change %d: the stage is left", name, k)
				}
			}
		})
	}
}

// A name may be as long as a file system takes it, also escaped; and a plan after a kill foresees what is put back.
func TestLongNamesAndPlansOfAKeptTreeKilledAnywhere(t *testing.T) {
	long := "web/" + strings.Repeat("\u6280", 85)
	for name, run := range map[string]func(func()){"in one step": func(f func()) { f() }, "in two steps": withoutRenameat2} {
		run(func() {
			for k := 1; ; k += killStride {
				g := kept(t)
				g.bundle(long, "SKILL.md", "long 1")
				g.must()
				g.bundle(long, "SKILL.md", "long 2")
				g.bundle("core", "SKILL.md", "core 2")
				died := g.bootKilledAt(k)
				plan, err := g.plan()
				g.check(err)
				r := g.must()
				keeps := func(all []string) []string {
					return slices.DeleteFunc(all, func(s string) bool { return fsx.IsTemp(s[strings.LastIndexByte(s, '/')+1:]) })
				}
				if diff := cmp.Diff(keeps(steps(plan)), keeps(steps(r))); diff != "" {
					t.Fatalf("%s, killed before change %d, plan and boot differ: %s", name, k, diff)
				}
				g.wantTree(fmt.Sprintf("%s, killed before change %d", name, k), with(first(), long+"/SKILL.md", "long 2", "core/SKILL.md", "core 2"))
				if !died {
					break
				}
			}
		})
	}
}

// What couldn't be seen in an image isn't gone from it: its entries that the user has deleted stay away.
func TestWhatAnImageHidesIsNotForgotten(t *testing.T) {
	for about, c := range map[string]struct {
		hide, show func(g *rig)
		says       string
	}{
		"a category that can't be read": {
			func(g *rig) { g.check(os.Chmod(g.root+"/opt/app/skills/web", 0)) },
			func(g *rig) { g.check(os.Chmod(g.root+"/opt/app/skills/web", 0o755)) },
			"warning: keep skills: web is left out: permission denied",
		},
		"an entry that can't be laid": {
			func(g *rig) { g.check(os.Symlink("SKILL.md", g.root+"/opt/app/skills/web/search/link")) },
			func(g *rig) { g.check(os.Remove(g.root + "/opt/app/skills/web/search/link")) },
			"warning: keep skills: web/search is left out",
		},
		"an empty bundle": {
			func(g *rig) { g.mkdir(g.root+"/empty", 0o755); g.env = append(g.env, "BUNDLE=/empty") },
			func(g *rig) { g.env = nil },
			"",
		},
	} {
		t.Run(about, func(t *testing.T) {
			if os.Geteuid() != 0 && strings.Contains(c.says, "permission") {
				t.Skip("needs root: its owner hides it from the app's user")
			}
			g := kept(t)
			g.must()
			g.check(os.RemoveAll(g.at("skills/web/search")))
			c.hide(g)
			if said := g.settledKeep(); !strings.Contains(said, c.says) {
				t.Errorf("it says %s", said)
			}
			c.show(g)
			g.settledKeep()
			g.wantTree("shown again", with(first(), "web/search/SKILL.md", ""))
		})
	}
}

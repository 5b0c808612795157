package volume

import (
	"crypto/md5"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/spec"
)

// kept gives a rig whose image brings a tree of three entries.
func kept(t *testing.T) *rig {
	t.Helper()
	return keeps(newRig(t))
}

func keeps(g *rig) *rig {
	if !slices.Contains(g.spec.Volume.Own.Trees, "skills") {
		g.spec.Volume.Own.Trees = append(g.spec.Volume.Own.Trees, "skills")
	}
	g.spec.Keep = []spec.Keep{{
		Path: "skills", From: "skills", FromEnv: "BUNDLE", OptOut: ".none", Essential: []string{"core"}, Suppress: ".suppressed",
		Marker: "SKILL.md", Beside: []string{"DESCRIPTION.md"}, Ignore: []string{"__pycache__"}, Manifest: ".manifest",
	}}
	g.bundle("core", "SKILL.md", "core 1")
	g.bundle("web/fetch", "SKILL.md", "fetch 1")
	g.bundle("web/fetch", "lib/run.sh", "#!1")
	g.bundle("web/search", "SKILL.md", "search 1")
	g.bundle("web", "DESCRIPTION.md", "about the web")
	g.check(os.Chmod(g.root+"/opt/app/skills/web/fetch/lib/run.sh", 0o755))
	return g
}

// bundle writes a file of the image's tree.
func (g *rig) bundle(entry, file, text string) {
	g.t.Helper()
	g.write(filepath.Join(g.root, "opt/app/skills", entry, file), text, 0o644)
}

// tree gives the files of the kept tree and what they hold.
func (g *rig) tree() map[string]string {
	g.t.Helper()
	all := map[string]string{}
	for name, what := range snapshot(g.t, g.at("skills")) {
		if _, text, is := strings.Cut(what, ` "`); is && name != ".manifest" {
			all[name] = strings.TrimSuffix(text, `"`)
		}
	}
	return all
}

func (g *rig) wantTree(about string, want map[string]string) {
	g.t.Helper()
	if diff := cmp.Diff(want, g.tree()); diff != "" {
		g.t.Fatalf("%s (-want +got):\n%s", about, diff)
	}
}

// first is what a fresh volume gets.
func first() map[string]string {
	return map[string]string{
		"core/SKILL.md": "core 1", "web/fetch/SKILL.md": "fetch 1", "web/fetch/lib/run.sh": "#!1", "web/search/SKILL.md": "search 1",
		"web/DESCRIPTION.md": "about the web",
	}
}

func with(m map[string]string, pairs ...string) map[string]string {
	for i := 0; i < len(pairs); i += 2 {
		if m[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(m, pairs[i])
		}
	}
	return m
}

func sum(parts ...string) string {
	s := md5.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(s[:])
}

// settledKeep boots and wants the next boot to have nothing to do.
func (g *rig) settledKeep() string {
	g.t.Helper()
	r := g.must()
	again, err := g.plan()
	g.check(err)
	if len(again.Steps()) > 0 {
		g.t.Fatalf("left to do: %q", steps(again))
	}
	return notes(r)
}

func TestAFreshVolumeGetsTheTree(t *testing.T) {
	g := kept(t)
	g.check(os.Mkdir(g.root+"/opt/app/skills/core/__pycache__", 0o755))
	g.bundle("core", "__pycache__/x.pyc", "cache")
	plan, err := g.plan()
	g.check(err)
	r := g.must()
	if diff := cmp.Diff(steps(plan), steps(r)); diff != "" {
		t.Errorf("plan and boot differ:\n%s", diff)
	}
	g.wantTree("a fresh volume", first())
	want := "core:" + sum("SKILL.md", "core 1") + "\nfetch:" + sum("SKILL.md", "fetch 1", "lib/run.sh", "#!1") + "\nsearch:" + sum("SKILL.md", "search 1") + "\n"
	if got := g.read("skills/.manifest"); got != want {
		t.Errorf("the manifest is\n%s\nwant\n%s", got, want)
	}
	if m := g.stat("skills/web/fetch/lib/run.sh").Mode & 0o7777; m != 0o755 {
		t.Errorf("the program has mode %o", m)
	}
	for name := range first() {
		if st := g.stat("skills/" + name); st.Uid != g.uid || st.Gid != g.gid {
			t.Errorf("%s belongs to %d:%d", name, st.Uid, st.Gid)
		}
	}
	g.says(r, "changed: Laid 4 and updated 0 entries of skills")
	if _, err := os.Lstat(g.at(stageName)); err == nil {
		t.Error("the stage is left")
	}
	if said := g.settledKeep(); said != "" {
		t.Errorf("a second boot says %s", said)
	}
}

func TestKeeping(t *testing.T) {
	edit := func(name, text string) func(*rig) {
		return func(g *rig) { g.put("skills/"+name, text, 0o644) }
	}
	newer := func(g *rig) { g.bundle("web/fetch", "SKILL.md", "fetch 2") }
	all := func(fs ...func(*rig)) func(*rig) {
		return func(g *rig) {
			for _, f := range fs {
				f(g)
			}
		}
	}
	remove := func(name string) func(*rig) { return func(g *rig) { g.check(os.RemoveAll(g.at("skills/" + name))) } }
	unbundle := func(name string) func(*rig) {
		return func(g *rig) { g.check(os.RemoveAll(g.root + "/opt/app/skills/" + name)) }
	}
	manifestOf := func(text string) func(*rig) { return func(g *rig) { g.put("skills/.manifest", text, 0o644) } }
	fetched := "fetch:" + sum("SKILL.md", "fetch 1", "lib/run.sh", "#!1")
	for _, c := range []struct {
		about string
		before,
		between func(*rig)
		want     map[string]string
		manifest string // a part of it; "-name" for a name that isn't there
	}{
		{"a pristine copy follows the image", nil, newer, with(first(), "web/fetch/SKILL.md", "fetch 2"), "fetch:" + sum("SKILL.md", "fetch 2", "lib/run.sh", "#!1")},
		{"a file that the image drops goes with it", nil, unbundle("web/fetch/lib"), with(first(), "web/fetch/lib/run.sh", ""), "fetch:" + sum("SKILL.md", "fetch 1")},
		{"an edit stays", nil, all(edit("web/fetch/SKILL.md", "mine"), newer), with(first(), "web/fetch/SKILL.md", "mine"), fetched},
		{"a file that was added is an edit", nil, all(edit("web/fetch/notes.md", "mine"), newer), with(first(), "web/fetch/notes.md", "mine"), fetched},
		{"a file that was removed is an edit", nil, all(remove("web/fetch/lib"), newer), with(first(), "web/fetch/lib/run.sh", ""), fetched},
		{"a program's cache is none", nil, all(edit("web/fetch/__pycache__/x", "cache"), newer), with(first(), "web/fetch/SKILL.md", "fetch 2"), ""},
		{"a link in a copy is an edit", nil, all(func(g *rig) { g.check(os.Symlink("/etc", g.at("skills/web/fetch/link"))) }, newer), first(), fetched},
		{"a deleted entry stays away", nil, all(remove("web/fetch"), newer), with(first(), "web/fetch/SKILL.md", "", "web/fetch/lib/run.sh", ""), fetched},
		{"a deleted entry stays away without news, too", nil, remove("core"), with(first(), "core/SKILL.md", ""), "core:"},
		{"a new entry comes", nil, func(g *rig) { g.bundle("new", "SKILL.md", "new") }, with(first(), "new/SKILL.md", "new"), "new:" + sum("SKILL.md", "new")},
		{"what the user has under that name stays", edit("core/SKILL.md", "mine"), nil, with(first(), "core/SKILL.md", "mine"), "-core"},
		{"what is the same is recorded", edit("core/SKILL.md", "core 1"), nil, first(), "core:" + sum("SKILL.md", "core 1")},
		{"an edit that the image takes over is none any more", nil, all(edit("core/SKILL.md", "core 2"), func(g *rig) { g.bundle("core", "SKILL.md", "core 2") }), with(first(), "core/SKILL.md", "core 2"), "core:" + sum("SKILL.md", "core 2")},
		{"an older manifest's name without a hash is the user's", nil, all(manifestOf("fetch\ncore\r\n"), newer), first(), "\nfetch\n"},
		{"until it is the image's own again", nil, manifestOf("core\n"), first(), "core:" + sum("SKILL.md", "core 1")},
		{"what the image drops is forgotten with its last copy", nil, all(unbundle("core"), remove("core")), with(first(), "core/SKILL.md", ""), "-core"},
		{"but not while there is one", nil, unbundle("core"), first(), "core:" + sum("SKILL.md", "core 1")},
		{"who opts out gets the essential ones", edit(".none", ""), nil, map[string]string{".none": "", "core/SKILL.md": "core 1"}, "-fetch"},
		{"who opts out later keeps what is there, as it is", nil, all(edit(".none", ""), newer), with(first(), ".none", " "), fetched},
		{"suppressed names don't come", edit(".suppressed", "# mine\nsearch\n\nweb/fetch\n"), nil, map[string]string{".suppressed": `# mine\nsearch\n\nweb/fetch\n`, "core/SKILL.md": "core 1", "web/DESCRIPTION.md": "about the web"}, "-search"},
		{"a file beside the entries comes back, but is never replaced", nil, all(remove("web/DESCRIPTION.md"), func(g *rig) { g.bundle("web", "DESCRIPTION.md", "about 2") }), with(first(), "web/DESCRIPTION.md", "about 2"), ""},
		{"one that is there stays", nil, func(g *rig) { g.bundle("web", "DESCRIPTION.md", "about 2") }, first(), ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			for name, run := range map[string]func(func()){"in one step": func(f func()) { f() }, "in two steps": withoutRenameat2} {
				run(func() {
					g := kept(t)
					if c.before != nil {
						c.before(g)
					}
					g.settledKeep()
					if c.between != nil {
						c.between(g)
						plan, err := g.plan()
						g.check(err)
						r := g.must()
						if diff := cmp.Diff(steps(plan), steps(r)); diff != "" {
							t.Errorf("%s: plan and boot differ:\n%s", name, diff)
						}
						g.settledKeep()
					}
					if c.want[".none"] == " " {
						c.want[".none"] = ""
					}
					got := g.tree()
					if diff := cmp.Diff(c.want, got); diff != "" && c.want != nil {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
					text := "\n" + g.read("skills/.manifest")
					if gone, not := strings.CutPrefix(c.manifest, "-"); not && strings.Contains(text, "\n"+gone) || !not && !strings.Contains(text, c.manifest) {
						t.Errorf("%s: the manifest is %q, want %q", name, text, c.manifest)
					}
				})
			}
		})
	}
}

func TestALinkInTheTreeIsLeftAlone(t *testing.T) {
	g := kept(t)
	g.mkdir(g.root+"/elsewhere", 0o755)
	g.mkdir(g.at("skills"), 0o755)
	g.chown(g.at("skills"), g.uid, g.gid)
	g.check(os.Symlink(g.root+"/elsewhere", g.at("skills/core")), os.Symlink(g.root+"/elsewhere", g.at("skills/web")))
	before := snapshot(t, g.root)
	g.settledKeep()
	if d := changed(before, snapshot(t, g.root)); len(d) > 0 {
		t.Errorf("%q changed behind a link", d)
	}
	for _, name := range []string{"skills/core", "skills/web"} {
		if g.stat(name).Mode&unix.S_IFMT != unix.S_IFLNK {
			t.Errorf("%s is no link any more", name)
		}
	}
}

func TestATreeThatIsNoDirectoryIsRefused(t *testing.T) {
	for how, plant := range map[string]func(g *rig) error{
		"refusing keep through symlinked path skills": func(g *rig) error { return os.Symlink(g.root, g.at("skills")) },
		"keep skills: refused: not a directory":       func(g *rig) error { return os.WriteFile(g.at("skills"), nil, 0o644) },
	} {
		g := kept(t)
		g.check(plant(g))
		before := snapshot(t, g.root)
		g.says(g.must(), how)
		if d := changed(before, snapshot(t, g.root)); len(d) > 0 {
			t.Errorf("%s: %q changed", how, d)
		}
	}
}

func TestAManifestThatIsNoFileStopsTheTreeAlone(t *testing.T) {
	for what, plant := range map[string]func(at string) error{
		"a link":      func(at string) error { return os.Symlink("/etc/passwd", at) },
		"a FIFO":      func(at string) error { return unix.Mkfifo(at, 0o666) },
		"a directory": func(at string) error { return os.Mkdir(at, 0o755) },
		"a huge one":  func(at string) error { return os.WriteFile(at, make([]byte, maxManifest+1), 0o644) },
	} {
		g := kept(t)
		g.mkdir(g.at("skills"), 0o755)
		g.chown(g.at("skills"), g.uid, g.gid)
		g.check(plant(g.at("skills/.manifest")))
		r := g.must()
		if got := g.tree(); len(got) > 0 || !strings.Contains(notes(r), "skills") {
			t.Errorf("%s: %v\n%s", what, got, notes(r))
		}
	}
}

func TestABundleThatCannotBeReadIsOneWarning(t *testing.T) {
	g := kept(t)
	g.check(os.RemoveAll(g.root + "/opt/app/skills"))
	if said := g.settledKeep(); !strings.Contains(said, "warning: keep skills: read the bundled tree: no such file") || strings.Count(said, "\n") != 1 {
		t.Errorf("it said %s", said)
	}
	if os.Geteuid() == 0 {
		g = kept(t)
		g.check(os.Chmod(g.root+"/opt/app/skills", 0o700))
		if said := notes(g.must()); !strings.Contains(said, "warning: keep skills: read the bundled tree: permission denied") {
			t.Errorf("it said %s", said)
		}
	}
}

func TestAnotherBundleByAVariable(t *testing.T) {
	g := kept(t)
	g.write(g.root+"/other/mine/SKILL.md", "mine", 0o644)
	g.check(os.Symlink("other", g.root+"/link"))
	for dir := g.root; dir != filepath.Clean(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		g.check(os.Chmod(dir, 0o755)) // the app's user goes there by its path
	}
	g.env = append(g.env, "BUNDLE=/link")
	g.settledKeep()
	g.wantTree("the other bundle", map[string]string{"mine/SKILL.md": "mine"})
}

func TestAnEntryOfTheImageWithALinkIsLeftOut(t *testing.T) {
	g := kept(t)
	g.check(os.Symlink("/etc/passwd", g.root+"/opt/app/skills/core/link"))
	said := g.settledKeep()
	if !strings.Contains(said, "warning: keep skills: core is left out: a symbolic link stands in the way") {
		t.Errorf("it said %s", said)
	}
	g.wantTree("the others", with(first(), "core/SKILL.md", ""))
}

func TestTwoEntriesOfOneName(t *testing.T) {
	g := kept(t)
	g.bundle("other/core", "SKILL.md", "other core")
	g.settledKeep()
	g.wantTree("both", with(first(), "other/core/SKILL.md", "other core"))
	g.bundle("other/core", "SKILL.md", "other core 2")
	g.settledKeep()
	g.wantTree("the second follows", with(first(), "other/core/SKILL.md", "other core 2"))
}

func TestAnotherEntryOfOneNameThatComesFirst(t *testing.T) {
	g := kept(t)
	g.must()
	g.check(os.RemoveAll(g.at("skills/web/search")))
	g.bundle("ai/fetch", "SKILL.md", "another fetch")
	g.bundle("web/fetch", "SKILL.md", "fetch 2")
	g.settledKeep()
	want := with(first(), "web/search/SKILL.md", "", "ai/fetch/SKILL.md", "another fetch", "web/fetch/SKILL.md", "fetch 2")
	g.wantTree("both", want)
	g.check(os.RemoveAll(g.at("skills/web/fetch")))
	g.bundle("web/fetch", "SKILL.md", "fetch 3")
	g.bundle("ai/fetch", "SKILL.md", "another fetch 2")
	g.settledKeep()
	g.wantTree("one is deleted", with(want, "web/fetch/SKILL.md", "", "web/fetch/lib/run.sh", "", "ai/fetch/SKILL.md", "another fetch 2"))
}

func TestAnEntryAtTheTopHasTheShortKey(t *testing.T) {
	g := kept(t)
	g.bundle("a/core", "SKILL.md", "a core")
	g.settledKeep()
	g.bundle("a/core", "SKILL.md", "a core 2")
	g.bundle("core", "SKILL.md", "core 2")
	g.settledKeep()
	g.wantTree("both follow", with(first(), "a/core/SKILL.md", "a core 2", "core/SKILL.md", "core 2"))
}

func TestWithoutAMarkerEntriesAreWhatStandsAtTheTop(t *testing.T) {
	g := newRig(t)
	g.spec.Keep = []spec.Keep{{Path: "themes", From: "themes"}}
	g.write(g.root+"/opt/app/themes/dark/a.css", "a 1", 0o644)
	g.write(g.root+"/opt/app/themes/light.css", "light 1", 0o644)
	g.settledKeep()
	g.write(g.root+"/opt/app/themes/light.css", "light 2", 0o644)
	g.write(g.root+"/opt/app/themes/dark/a.css", "a 2", 0o644)
	g.put("themes/dark/a.css", "mine", 0o644)
	g.settledKeep()
	if g.read("themes/light.css") != "light 2" || g.read("themes/dark/a.css") != "mine" {
		t.Errorf("light is %q, dark %q", g.read("themes/light.css"), g.read("themes/dark/a.css"))
	}
	if got := parseManifest([]byte(g.read("themes/" + spec.KeepManifest))); len(got) != 2 {
		t.Errorf("the manifest says %v", got)
	}
}

func TestManifest(t *testing.T) {
	h := strings.Repeat("0123456789abcdef", 2)
	m := parseManifest([]byte("b:" + h + "\r\n\n  a \nwith:colon\nwith:colon:" + h + "\nlast:"))
	want := manifest{"b": h, "a": "", "with:colon": h, "last": ""}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, parseManifest(m.text())); diff != "" || !slices.IsSorted(strings.Split(strings.TrimSpace(string(m.text())), "\n")) {
		t.Errorf("written and read again: %s", diff)
	}
}

package volume

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// seeded gives a rig whose spec has these seeds.
func seeded(t *testing.T, seeds ...spec.Seed) *rig {
	t.Helper()
	g := newRig(t)
	g.spec.Seed = seeds
	return g
}

// absent wants that nothing stands at a name.
func (g *rig) absent(name string) {
	g.t.Helper()
	if _, err := os.Lstat(g.at(name)); err == nil {
		g.t.Fatalf("%s is there", name)
	}
}

// A fresh volume gets its files, each with its mode under any umask, from the app's own hands, and what is missing above.
func TestAFreshVolumeIsSeeded(t *testing.T) {
	setUmask(t, 0o077)
	g := newRig(t).full()
	r := g.lawful(Seeds())
	for name, want := range map[string]struct {
		text string
		perm uint32
	}{
		".env":               {"# settings\nAPI_KEY=\nOTHER=1\n", 0o600},
		"config.yaml":        {"a: 1\n", 0o640},
		"notes/deep/SOUL.md": {"be kind\n", 0o644},
		"auth.json":          {"s3cret-token", 0o600},
		"state.json":         {`{"state":"running"}`, 0o644},
	} {
		if got := g.read(name); got != want.text {
			t.Errorf("%s holds %q", name, got)
		}
		g.wants(name, g.uid, g.gid, want.perm)
	}
	g.wants("notes/deep", g.uid, g.gid, 0o755)
	g.says(r, "changed: Seeded .env, config.yaml, notes/deep/SOUL.md, auth.json, state.json")
	if strings.Contains(strings.Join(steps(r), "\n")+notes(r), "s3cret") {
		t.Errorf("the secret is shown: %q\n%s", steps(r), notes(r))
	}
	// Later phases are told which files are this boot's own: on the next one they are nobody's.
	if w := r.World; !w.Seeded["auth.json"] || len(w.Seeded) != 5 {
		t.Errorf("seeded are %v", w.Seeded)
	}
	r = g.must(Seeds())
	g.silent(r)
	if len(r.World.Seeded) > 0 {
		t.Errorf("seeded again are %v", r.World.Seeded)
	}
	// What the user removes comes back.
	g.check(os.Remove(g.at("notes/deep/SOUL.md")))
	g.says(g.lawful(Seeds()), "changed: Seeded notes/deep/SOUL.md\n")
}

// A token with a newline more is another token, and one that went through a shell may be anything.
func TestAVariableIsSeededVerbatim(t *testing.T) {
	for _, value := range []string{
		"x", `{"a": "b"}`, "two\nlines", "ends\n", "\r\n", " blanks ", "$HOME ${X} $(touch pwn) `id`", `\n\t\`, "é\xff\xfe", "a=b=c", strings.Repeat("long", 1<<15),
	} {
		g := seeded(t, spec.Seed{Path: "auth.json", FromEnv: "AUTH", Mode: spec.Mode{Perm: 0o600, Set: true}, Secret: true})
		g.env = []string{"AUTH=earlier", "AUTHOR=me", "AUTH=" + value}
		g.lawful(Seeds())
		if got := g.read("auth.json"); got != value {
			t.Errorf("%.40q became %.40q", value, got)
		}
		g.wants("auth.json", g.uid, g.gid, 0o600)
	}
	for _, env := range [][]string{nil, {"AUTH="}, {"AUTHX=x"}} {
		g := seeded(t, spec.Seed{Path: "auth.json", FromEnv: "AUTH"})
		g.env = env
		g.silent(g.lawful(Seeds()))
		g.absent("auth.json")
	}
}

// The state says whether a gateway starts: what is nearly the asked-for value must not start one.
func TestASeedsCondition(t *testing.T) {
	running := &spec.When{Env: "STATE", Is: new("running")}
	truthy := &spec.When{Env: "STATE"}
	for _, c := range []struct {
		when *spec.When
		env  string
		want bool
	}{
		{running, "STATE=running", true},
		{running, "STATE=Running", false},
		{running, "STATE=running ", false},
		{running, "STATE=stopped", false},
		{running, "STATE=", false},
		{running, "", false},
		{running, "STATES=running", false},
		{&spec.When{Env: "STATE", Is: new("")}, "", true},
		{&spec.When{Env: "STATE", Is: new("")}, "STATE=x", false},
		{truthy, "STATE=1", true},
		{truthy, "STATE=YES", true},
		{truthy, "STATE=0", false},
		{truthy, "STATE=running", false},
		{truthy, "", false},
	} {
		g := seeded(t, spec.Seed{Path: "state.json", Content: new(`{"state":"running"}`), When: c.when})
		g.env = []string{c.env}
		g.lawful(Seeds())
		if _, err := os.Lstat(g.at("state.json")); (err == nil) != c.want {
			t.Errorf("%q for %+v: %v", c.env, *c.when, err)
		}
	}
}

// Whatever stands there is the user's: not a byte, mode or owner of it changes, and nothing is said about it.
func TestWhatIsThereWins(t *testing.T) {
	for name, make := range map[string]func(g *rig) error{
		"other content": func(g *rig) error { g.put("state.json", `{"state":"stopped"}`, 0o640); return nil },
		"an empty file": func(g *rig) error { g.put("state.json", "", 0o666); return nil },
		"a shut file":   func(g *rig) error { g.put("state.json", "x", 0); return nil },
		"a directory":   func(g *rig) error { return os.Mkdir(g.at("state.json"), 0o700) },
		"a FIFO":        func(g *rig) error { return unix.Mkfifo(g.at("state.json"), 0o600) },
		"root's file":   func(g *rig) error { return os.WriteFile(g.at("state.json"), []byte("x"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			g := seeded(t, spec.Seed{Path: "state.json", Content: new("seed"), Mode: spec.Mode{Perm: 0o644, Set: true}})
			g.check(make(g))
			was := g.stat("state.json")
			g.silent(g.lawful(Seeds()))
			if g.stat("state.json") != was {
				t.Error("it changed")
			}
		})
	}
}

// The app's user plants a link so that a token is written where others read it, or over root's file. The link stays, nothing is
// made behind it, and whoever expects a seed there is told.
func TestASeedBehindALink(t *testing.T) {
	for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
		with(func() {
			g := seeded(t)
			for _, name := range []string{"link", "dangling", "dir/file", "self", "a/b/c", "file/x", "last"} {
				g.spec.Seed = append(g.spec.Seed, spec.Seed{Path: name, FromEnv: "TOKEN"})
			}
			g.env = []string{"TOKEN=s3cret"}
			g.write(g.root+"/victim/file", "root's own", 0o666)
			g.check(os.Chmod(g.root+"/victim", 0o777))
			g.put("file", "x", 0o600)
			g.mkdir(g.at("a"), 0o755)
			g.chown(g.at("a"), g.uid, g.gid)
			for name, to := range map[string]string{"link": "/victim/file", "dangling": "/victim/new", "dir": "/victim", "a/b": "/victim"} {
				g.check(os.Symlink(g.root+to, g.at(name)))
			}
			g.check(os.Symlink("self", g.at("self")))
			image := snapshot(t, g.root)
			r := g.lawful(Seeds())
			g.spared(g.root, image)
			g.says(r,
				"refusal: refusing seed through symlinked path link, dangling, dir/file, self, a/b/c", "replace the link",
				"refusal: seed file/x: refused: not a directory", "changed: Seeded last\n")
			if to, err := os.Readlink(g.at("dangling")); err != nil || to != g.root+"/victim/new" {
				t.Errorf("the link leads to %q, %v", to, err)
			}
		})
	}
}

// A mode that the spec lists is the file's from birth: a moment in which others may read a token is all that it takes.
func TestTheListedModeIsTheSeedsOwn(t *testing.T) {
	g := seeded(t, spec.Seed{Path: "./auth.json", FromEnv: "AUTH", Mode: spec.Mode{Perm: 0o644, Set: true}}).modes(0o600, "auth.json")
	g.env = []string{"AUTH=s3cret"}
	defer fsx.OnChange(func(string, string) {
		for name, what := range snapshot(t, g.vol) {
			if strings.Contains(what, "s3cret") && !strings.HasPrefix(what, "100600 ") {
				t.Errorf("%s is %s", name, what)
			}
		}
	})()
	g.lawful()
	g.wants("auth.json", g.uid, g.gid, 0o600)
}

// In a directory of root's, and where the app may not write, nothing is seeded, one line says so, and a plan foresees it.
func TestASeedWhereTheAppMayNotWrite(t *testing.T) {
	needRoot(t)
	g := seeded(t, spec.Seed{Path: "roots/file", Content: new("x")}, spec.Seed{Path: "roots/deep/file", Content: new("x")}, spec.Seed{Path: "shut/file", Content: new("x")}, spec.Seed{Path: "last", Content: new("x")})
	g.mkdir(g.at("roots"), 0o755)
	g.mkdir(g.at("shut"), 0o555)
	g.chown(g.at("shut"), g.uid, g.gid)
	g.says(g.lawful(Seeds()), "seed roots/file, roots/deep, shut/file: refused: permission denied", "Seeded last")
}

package volume

import (
	"context"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// sessions is a reseed as a spec says it.
func sessions() spec.Reseed {
	return spec.Reseed{
		Path: "auth.json", Entry: "p.n", Name: "test session", FromEnv: "AGAIN", Require: map[string]string{"id": "me"},
		Tokens: []string{"t", "r"}, Terminal: "err.login", Newer: "at", Mode: spec.Mode{Perm: 0o600, Set: true},
	}
}

const (
	issued    = `{"id":"me","t":"s3cret-new","r":"s3cret-r","at":"2026-03-01T00:00:00+00:00"}`
	liveOne   = `{"v":1,"p":{"n":{"id":"me","t":"s3cret-old","r":"s3cret-x","at":"2026-03-01T01:00:00+02:00"},"other":{"t":1e2}},"active":"n"}`
	overOne   = `{"v":1,"p":{"n":{"id":"me","t":"","err":{"login":true,"s3cret":1},"at":"2027-01-01T00:00:00Z"},"other":{"t":1e2}},"active":"n"}`
	replacing = `{"v":1,"p":{"n":` + issued + `,"other":{"t":1e2}},"active":"n"}`
)

// again gives a rig that reseeds.
func again(t *testing.T, file, variable string) *rig {
	t.Helper()
	g := newRig(t)
	g.spec.Reseed = []spec.Reseed{sessions()}
	g.env = []string{"AGAIN=" + variable}
	if file != "-" {
		g.put("auth.json", file, 0o640)
	}
	return g
}

// comes runs the phase's one item and wants an outcome.
func (g *rig) comes(want outcome) {
	g.t.Helper()
	var got outcome
	g.must(boot.Func("reseed", phase("reseed", func(_ context.Context, r *boot.Run) (err error) {
		got, err = reseedOne(r, g.spec.Reseed[0])
		return err
	}).Run))
	if got != want {
		g.t.Fatalf("it came to %s, want %s", got, want)
	}
}

// untouched is what no change of a file leaves as it is: inode, owner, mode, times. A look may move the time of the last one.
func (g *rig) untouched(name string) unix.Stat_t {
	g.t.Helper()
	st := g.stat(name)
	st.Atim = unix.Timespec{}
	return st
}

// Each outcome, what it says, and what it leaves: a file as it was, or one in which the entry alone is another.
func TestTheOutcomesOfAReseed(t *testing.T) {
	for _, c := range []struct {
		about, file, variable string
		outcome               outcome
		want                  string // "=": as it was
		says                  string
	}{
		{"no variable", overOne, "", noSeed, "=", ""},
		{"blanks", overOne, " \n", noSeed, "=", ""},
		{"a bad seed", overOne, `{"id":"you","t":"s3cret","r":"x"}`, badSeed, "=", `warning: reseed auth.json: bad_seed: AGAIN: id is not "me" (hint: have a new one issued`},
		{"a seed that is no JSON", overOne, `{"id":"me","t":"s3cret`, badSeed, "=", "warning: reseed auth.json: bad_seed: AGAIN: it is not JSON (hint: "},
		{"a seed that is over itself", overOne, `{"id":"me","t":"s3cret","r":"x","err":{"login":true}}`, badSeed, "=", "warning: reseed auth.json: bad_seed: AGAIN: it is terminal itself: it has err.login (hint: "},
		{"no file", "-", issued, noFile, "-", "warning: reseed auth.json: no_auth_file: there is no such file (hint: log in once"},
		{"a file that is no JSON", "{", issued, unreadable, "=", "warning: reseed auth.json: auth_unreadable: it is not JSON (hint: "},
		{"an empty file", "", issued, unreadable, "=", "warning: reseed auth.json: auth_unreadable: it is not JSON (hint: "},
		{"a file that is no object", "[1]", issued, unreadable, "=", "warning: reseed auth.json: auth_unreadable: it is no JSON object (hint: "},
		{"a live session", strings.Replace(liveOne, "01:00:00+02:00", "00:00:00Z", 1), issued, notTerminal, "=", ""},
		{"a session that the user has taken away", `{"p":{"other":{}}}`, issued, notTerminal, "=", ""},
		{"no sessions at all", `{}`, issued, notTerminal, "=", ""},
		{"a session that is over", overOne, issued, reseeded, replacing, "changed: test session was terminal: put the one of AGAIN into auth.json\n"},
		{"a session that is over, and a whole file in the variable", overOne, `{"p":{"n":` + issued + `,"other":{"t":"not this"}}}`, reseeded, replacing, "changed: test session was terminal"},
		{"an older session", liveOne, issued, newer, replacing, "changed: Applied newer orchestrator-issued test session to auth.json\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if c.want == "=" {
				c.want = c.file
			}
			again(t, c.file, c.variable).comes(c.outcome)
			g := again(t, c.file, c.variable)
			var before unix.Stat_t
			if c.file != "-" {
				before = g.untouched("auth.json")
			}
			r := g.lawful(Reseed())
			if got := g.fileOf("auth.json"); got != c.want {
				t.Errorf("%s\nbecame\n%s\nwant\n%s", c.file, got, c.want)
			}
			switch {
			case c.outcome == reseeded || c.outcome == newer:
				g.wants("auth.json", g.uid, g.gid, 0o600)
			case c.file != "-" && g.untouched("auth.json") != before:
				t.Error("the file was touched")
			}
			if got := notes(r); !strings.HasPrefix(got, c.says) || (c.says == "") != (got == "") || len(r.Notes()) > 1 {
				t.Errorf("it says %q, want %q", got, c.says)
			}
			if got := strings.Join(steps(r), "\n") + notes(r); strings.Contains(got, "s3cret") {
				t.Errorf("a secret is shown: %s", got)
			}
			// A second boot has nothing to do, and nothing new to say.
			before = unix.Stat_t{}
			if c.want != "-" {
				before = g.untouched("auth.json")
			}
			r = g.must(Reseed())
			g.idle(r)
			if c.want != "-" && g.untouched("auth.json") != before {
				t.Error("a second boot touched the file")
			}
			if c.outcome == reseeded || c.outcome == newer {
				g.silent(r)
			}
		})
	}
}

// A plan shows what a boot would do, and none of what it would write.
func TestAReseedIsPlanned(t *testing.T) {
	plan, err := again(t, overOne, issued).plan(Reseed())
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Steps()
	if len(s) != 1 || s[0].Target != "auth.json" || s[0].Verb != "reseed" || s[0].After != "p.n" || !strings.Contains(s[0].Why, "only a new login helps") {
		t.Errorf("the plan is %+v", s)
	}
	// On a fresh volume the whole file is seeded by the same boot, and judged as that.
	g := again(t, "-", issued)
	g.spec.Seed = []spec.Seed{{Path: "auth.json", FromEnv: "AUTH", Mode: spec.Mode{Perm: 0o600, Set: true}, Secret: true}}
	g.env = append(g.env, "AUTH="+liveOne)
	r := g.lawful(Seeds(), Reseed())
	g.says(r, "Seeded auth.json", "Applied newer orchestrator-issued test session")
	if g.read("auth.json") != replacing {
		t.Errorf("it holds %s", g.read("auth.json"))
	}
}

// What stands in the file's place is the app's own doing, or an attack: nothing is read or written there, and the boot goes on.
func TestAReseedOfSomethingElse(t *testing.T) {
	for _, c := range []struct {
		about, says string
		make        func(g *rig) error
		root        bool
	}{
		{"a link", "refusal: refusing reseed through symlinked path auth.json (hint: ", func(g *rig) error {
			g.write(g.root+"/victim", overOne, 0o666)
			return os.Symlink(g.root+"/victim", g.at("auth.json"))
		}, false},
		{"a link to nothing", "refusal: refusing reseed through symlinked path auth.json (hint: ", func(g *rig) error { return os.Symlink(g.root+"/none", g.at("auth.json")) }, false},
		{"a FIFO", "warning: reseed auth.json: unsafe: it is not a regular file (hint: put a regular file", func(g *rig) error { return unix.Mkfifo(g.at("auth.json"), 0o600) }, false},
		{"a directory", "warning: reseed auth.json: unsafe: it is not a regular file (hint: ", func(g *rig) error { return os.Mkdir(g.at("auth.json"), 0o755) }, false},
		{"a hard link", "warning: reseed auth.json: unsafe: the file has other names (hard links) (hint: put a copy", func(g *rig) error {
			return os.Link(g.put("elsewhere", overOne, 0o600), g.at("auth.json"))
		}, false},
		{"a huge file", "warning: reseed auth.json: unsafe: it is larger than allowed (hint: ", func(g *rig) error {
			g.put("auth.json", overOne, 0o600)
			return os.Truncate(g.at("auth.json"), maxReseed+1)
		}, false},
		{"a shut file", "warning: reseed auth.json: permission denied (hint: let the app's user", func(g *rig) error { g.put("auth.json", overOne, 0o400); return nil }, false},
		{"root's file", "warning: reseed auth.json: permission denied (hint: let the app's user", func(g *rig) error { g.write(g.at("auth.json"), overOne, 0o644); return nil }, true},
		{"a link above", "refusal: refusing reseed through symlinked path d/auth.json (hint: ", func(g *rig) error {
			g.spec.Reseed[0].Path = "d/auth.json"
			g.write(g.root+"/victim/auth.json", overOne, 0o666)
			return os.Symlink(g.root+"/victim", g.at("d"))
		}, false},
		{"root's directory", "warning: reseed d/auth.json: permission denied (hint: let the app's user", func(g *rig) error {
			g.spec.Reseed[0].Path = "d/auth.json"
			g.write(g.at("d/auth.json"), overOne, 0o644)
			g.chown(g.at("d/auth.json"), g.uid, g.gid)
			return nil
		}, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			if c.root {
				needRoot(t)
			}
			for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
				with(func() {
					g := again(t, "-", issued)
					g.check(c.make(g))
					image, volume := snapshot(t, g.root), snapshot(t, g.vol)
					r := g.lawful(Reseed())
					if got := notes(r); !strings.HasPrefix(got, c.says) || len(r.Notes()) != 1 {
						t.Errorf("it says %q, want %q", got, c.says)
					}
					g.idle(r)
					g.spared(g.root, image)
					g.spared(g.vol, volume)
				})
			}
		})
	}
}

// Others can read it at no moment, whatever the file's mode and the umask were; a mode that the spec lists goes before.
func TestAReseededFileIsPrivateFromBirth(t *testing.T) {
	setUmask(t, 0)
	for listed, want := range map[uint32]uint32{0: 0o600, 0o660: 0o660} {
		g := again(t, overOne, issued)
		g.check(os.Chmod(g.at("auth.json"), 0o666))
		if listed != 0 {
			g.modes(listed, "auth.json")
		}
		done := fsx.OnChange(func(string, string) {
			for name, what := range snapshot(t, g.vol) {
				if strings.Contains(what, "s3cret-new") && listed == 0 && !strings.HasPrefix(what, "100600 ") {
					t.Errorf("%s is %s", name, what)
				}
			}
		})
		g.lawful(Modes(), Reseed())
		done()
		g.wants("auth.json", g.uid, g.gid, want)
	}
}

// Another container's app that writes the file meanwhile wins: what it wrote is a login, too.
func TestAReseedIsNotWrittenOverAnothersWork(t *testing.T) {
	g := again(t, overOne, issued)
	w := g.world()
	defer func() { g.check(w.Close()) }()
	r := boot.NewBoot(w, nil)
	g.check(r.Phases(t.Context(), Directory(), Take()))
	f, err := readText(r, "auth.json", 0o600, maxReseed)
	g.check(err)
	g.put("auth.json", liveOne, 0o600)
	ok, cause, err := f.put(r, boot.Step{Target: "auth.json", Verb: "reseed"}, []byte(replacing), func() error { return f.unchanged(r) })
	if ok || err != nil || boot.Cause(cause) != fsx.ErrVanished.Error() {
		t.Errorf("it gives %v, %v, %v", ok, cause, err)
	}
	if g.read("auth.json") != liveOne {
		t.Errorf("it holds %s", g.read("auth.json"))
	}
	g.check(couldNotPut(r, "reseed", "auth.json", cause))
	g.says(r, "warning: reseed auth.json: it was moved or replaced meanwhile (hint: the next boot looks again)")
}

package migrate

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	oldConfig = "# mine\nversion: 1\n\nold:\n  key: 'v' # keep\ndisplay:\n"
	newConfig = "# mine\nversion: 5\n\nold: {}\ndisplay:\n  mode: all\nnew:\n  key: 'v'\n"
	oldEnv    = "# keys\nTOKEN=abc # old\nA=1\n"
	newEnv    = "# keys\nTOKEN=\"\" # old\nA=1\n"
)

// old gives a rig with a volume of an older image.
func old(t *testing.T) *rig {
	t.Helper()
	return newRig(t).put("config.yaml", oldConfig, 0o640).put(".env", oldEnv, 0o600).put("logs/x", "", 0o644)
}

func TestAnOldFileIsMigrated(t *testing.T) {
	g := old(t)
	r := g.lawful()
	g.wants("config.yaml", newConfig, 0o640)
	g.wants(".env", newEnv, 0o600)
	g.wants("backups/config/config.yaml.bak-20260701T120000Z", oldConfig, 0o640)
	g.wants("backups/config/.env.bak-20260701T120000Z", oldEnv, 0o600)
	says(t, notes(r), "changed: [config-migrate] Migrating config schema 1 -> 5; backups: backups/config/.env.bak-20260701T120000Z, backups/config/config.yaml.bak-20260701T120000Z\n")
	want := fmt.Sprintf("migrate config.yaml 1>5;mkdir backups >0700 %[1]d:%[2]d;mkdir backups/config >0700 %[1]d:%[2]d;back up .env >backups/config;"+
		"back up config.yaml >backups/config;mkdir logs/deep >0755 %[1]d:%[2]d;write .env >", g.uid, g.gid)
	if got := strings.Join(steps(r), ";"); got != want {
		t.Errorf("steps\n%s\nwant\n%s", got, want)
	}
	if out := strings.Join(steps(r), "") + notes(r); strings.Contains(out, "abc") {
		t.Errorf("a secret is shown: %s", out)
	}
	if got := g.idle(); got != "" {
		t.Errorf("a second boot says %s", got)
	}
}

// Without a version a file is the oldest, and so is one whose version is no number from 0 on.
func TestTheVersionIsReadRaw(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\n":                        "0 -> 5",
		"version: 3\n":                  "3 -> 5",
		"version: 0x3\n":                "3 -> 5",
		"version: 0_3\n":                "3 -> 5",
		"version: x\n":                  "0 -> 5",
		"version: \"4\"\n":              "0 -> 5",
		"version: true\n":               "0 -> 5",
		"version: -1\n":                 "0 -> 5",
		"version: 4.0\n":                "0 -> 5",
		"version:\n":                    "0 -> 5",
		"version: [4]\n":                "0 -> 5",
		"version: {a: 4}\n":             "0 -> 5",
		"x: {version: 4}\n":             "0 -> 5",
		"version: 5\n":                  "",
		"version: 999\n":                "info: [config-migrate] config.yaml is left as it is: version 999 is beyond 5: it is newer than this image\n",
		"version: 99999999999999999999": "it is newer than this image",
	} {
		g := newRig(t).put("config.yaml", text, 0o640)
		r := g.lawful()
		if want == "" || strings.Contains(want, "newer") {
			if g.holds("config.yaml") != text || len(r.Steps()) > 0 || notes(r) == "" != (want == "") {
				t.Errorf("%q became %q: %s", text, g.holds("config.yaml"), notes(r))
			}
			says(t, notes(r), want)
			continue
		}
		says(t, notes(r), "Migrating config schema "+want+";")
		if n, err := Version([]byte(g.holds("config.yaml")), "version"); n != 5 || err != nil {
			t.Errorf("%q became %q", text, g.holds("config.yaml"))
		}
	}
}

// What isn't a config file, or not for certain, stays byte for byte, without a backup, and a boot says why.
func TestWhatIsLeftAlone(t *testing.T) {
	for _, c := range []struct{ about, text, says string }{
		{"broken", "a: [1\nb: 2\n", "warning: [config-migrate] config.yaml is left as it is: line 2: it is not YAML: "},
		{"tabs", "a:\n\tb: 1\n", "it is not YAML: "},
		{"empty", "", "it says nothing (hint: mend it, or move it away and a new one is laid down)"},
		{"only comments", "# a\n", "it says nothing"},
		{"null", "~\n", "it says nothing"},
		{"a list", "- a\n", "it is no mapping of keys to values"},
		{"a string", "hello\n", "it is no mapping of keys to values"},
		{"two documents", "a: 1\n---\nb: 2\n", "line 2: a second document begins here"},
		{"UTF-16", "\xff\xfea\x00:\x00", "it is UTF-16"},
		{"no UTF-8", "a: \xff\n", "it is not UTF-8"},
		{"a NUL", "a: \x00\n", "it is not YAML: "},
		{"too large", "a: '" + strings.Repeat("x", maxSize) + "'\n", "could not migrate config.yaml: it is larger than allowed"},
		{"too many", "a: [" + strings.Repeat("1,", maxMarks) + "]\n", "too many lines and elements"},
		{"too deep", "a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "values nest too deep"},
		{"aliases that multiply", bomb(), "aliases make it too large"},
		{"an alias of itself", "a: &x [*x]\n", "line 1: "},
		{"a key that stands there twice", "version: 1\nversion: 2\n", "it can't be edited for certain: a key stands there twice"},
		{"a value that aliases share", "version: 1\nold: &o {key: v}\nother: *o\n", "it can't be edited for certain"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t).put("config.yaml", c.text, 0o640).put(".env", oldEnv, 0o600)
			got := g.idle()
			says(t, got, c.says)
			if strings.Count(got, "\n") != 1 || !strings.Contains(got, "(hint: ") {
				t.Errorf("it says:\n%s", got)
			}
		})
	}
}

func bomb() string {
	s := "a0: &a0 [x, x]\n"
	for i := 1; i < 40; i++ {
		s += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return s
}

func TestWithoutAFileOrAWishNothingHappens(t *testing.T) {
	if got := newRig(t).put(".env", oldEnv, 0o600).idle(); got != "" {
		t.Errorf("it says %s", got)
	}
	for _, value := range []string{"1", "true", "YES", "on"} {
		g := old(t)
		g.env = []string{"SKIP=" + value}
		says(t, g.idle(), "info: [config-migrate] skipping config migration: SKIP is set\n")
	}
	for _, value := range []string{"", "0", "false", "2"} {
		g := old(t)
		g.env = []string{"SKIP=" + value}
		if len(g.lawful().Steps()) == 0 {
			t.Errorf("%q skips it", value)
		}
	}
	g := old(t)
	g.spec.Migrate = nil
	g.idle()
	g = old(t)
	g.alter = func(w *boot.World) { w.ReadOnly = true }
	g.idle()
}

// What this very boot has laid down is nobody's only copy: it is brought up to date without a backup. So is what a boot laid
// down that was killed then.
func TestAFreshFileNeedsNoBackup(t *testing.T) {
	g := newRig(t).put("config.yaml", "a: 1\n", 0o640).put(".env", "A=1\n", 0o600)
	g.alter = func(w *boot.World) { w.Seeded = map[string]bool{"config.yaml": true} }
	says(t, notes(g.lawful()), "Migrating config schema 0 -> 5; no backup, as the image holds the same\n")
	if g.holds("backups/config") != "-" || g.holds(".env") != "A=1\n" {
		t.Errorf("the tree is %v", g.tree())
	}

	g = newRig(t).put("config.yaml", "a: 1\n", 0o640)
	g.write(g.top+"/image/template", "a: 1\n", 0o644)
	g.spec.Seed = []spec.Seed{{Path: "config.yaml", From: "template"}}
	g.lawful()
	if _, err := os.Lstat(g.at("backups")); err == nil {
		t.Error("there is a backup")
	}
	g = newRig(t).put("config.yaml", "a: 1 # mine\n", 0o640)
	g.spec.Seed = []spec.Seed{{Path: "config.yaml", Content: new("a: 1\n")}}
	g.lawful()
	g.wants("backups/config/config.yaml.bak-20260701T120000Z", "a: 1 # mine\n", 0o640)

	// What stands in .env is the user's, also where the config file is new.
	g = newRig(t).put("config.yaml", "a: 1\n", 0o640).put(".env", oldEnv, 0o600)
	g.alter = func(w *boot.World) { w.Seeded = map[string]bool{"config.yaml": true} }
	g.lawful()
	g.wants("backups/config/.env.bak-20260701T120000Z", oldEnv, 0o600)
}

// Backups pile up in other images: here the newest stay, equal ones aren't kept twice, and what isn't one is nobody's business.
func TestBackupsAreBounded(t *testing.T) {
	g := newRig(t)
	g.put("backups/config/config.yaml.bak-mine", "x", 0o600).put("backups/config/config.yaml.bak-20200101T000000Z.01", "y", 0o600)
	for i := range 6 {
		g.put("config.yaml", fmt.Sprintf("n: %d\n", i), 0o600)
		r := g.lawful()
		says(t, notes(r), "Migrating config schema 0 -> 5")
		if i > 3 {
			says(t, strings.Join(steps(r), ";"), "remove backups/config/config.yaml.bak-2026070")
		}
		g.now = g.now.Add(time.Hour)
	}
	g.put("config.yaml", "n: 5\n", 0o600)
	says(t, notes(g.lawful()), "backups: backups/config/config.yaml.bak-20260701T170000Z\n")
	names := ""
	for name := range g.tree() {
		if strings.HasPrefix(name, "backups/config/") {
			names += " " + strings.TrimPrefix(name, "backups/config/config.yaml.bak-")
		}
	}
	for _, want := range []string{"20260701T150000Z", "20260701T160000Z", "20260701T170000Z", "mine", "20200101T000000Z.01"} {
		if !strings.Contains(names, want) || len(strings.Fields(names)) != 5 {
			t.Errorf("there are%s, want %s", names, want)
		}
	}
	// Two of one second have two names.
	for _, text := range []string{"b: 1\n", "b: 2\n"} {
		g.put("config.yaml", text, 0o600)
		g.lawful()
	}
	g.wants("backups/config/config.yaml.bak-20260701T180000Z", "b: 1\n", 0o600)
	g.wants("backups/config/config.yaml.bak-20260701T180000Z.1", "b: 2\n", 0o600)
}

// Who doesn't own the file has not asked for this, and a link leads anywhere: nothing is written, and one line says so.
func TestAFileThatIsNotTheAppsToWrite(t *testing.T) {
	for _, c := range []struct {
		about, says string
		make        func(g *rig) error
		root        bool
	}{
		{"shut", "could not migrate config.yaml: permission denied (hint: let the app's user", func(g *rig) error { return os.Chmod(g.at("config.yaml"), 0o400) }, false},
		{"root's", "could not migrate config.yaml: permission denied", func(g *rig) error {
			g.spec.Volume.Own.Files = nil
			return os.Chown(g.at("config.yaml"), 0, 0)
		}, true},
		{"the other file is shut", "could not migrate .env: permission denied", func(g *rig) error { return os.Chmod(g.at(".env"), 0o400) }, false},
		{"a link", "refusing migrate through symlinked path config.yaml", func(g *rig) error {
			g.write(g.top+"/victim", oldConfig, 0o666)
			return link(g.top+"/victim", g.at("config.yaml"))
		}, false},
		{"the other file is a link", "refusing migrate through symlinked path .env", func(g *rig) error {
			g.write(g.top+"/victim", oldEnv, 0o666)
			return link(g.top+"/victim", g.at(".env"))
		}, false},
		{"a FIFO", "could not migrate config.yaml: it is not a regular file", func(g *rig) error {
			g.check(os.Remove(g.at("config.yaml")))
			return unix.Mkfifo(g.at("config.yaml"), 0o600)
		}, false},
		{"a directory", "could not migrate config.yaml: it is not a regular file", func(g *rig) error {
			g.check(os.Remove(g.at("config.yaml")))
			return os.Mkdir(g.at("config.yaml"), 0o755)
		}, false},
		{"backups lead elsewhere", "refusing migrate through symlinked path backups/config", func(g *rig) error {
			g.mkdir(g.top + "/victim")
			g.mkdir(g.at("backups"))
			return os.Symlink(g.top+"/victim", g.at("backups/config"))
		}, false},
		{"a file where backups lie", "could not migrate backups/config: ", func(g *rig) error {
			g.put("backups/config", "x", 0o600)
			return nil
		}, false},
		{"root's backups", "could not migrate backups/config: permission denied", func(g *rig) error {
			g.mkdir(g.at("backups"))
			g.spec.Volume.Own.Trees = nil
			return os.Mkdir(g.at("backups/config"), 0o755)
		}, true},
		{"no steps", "skipping config migration: ", func(g *rig) error { return os.Remove(g.spec.Migrate.Steps) }, false},
		{"steps with a mistake", `steps.yaml:3:1: the steps: unknown key "step" (hint: `, func(g *rig) error {
			return os.WriteFile(g.spec.Migrate.Steps, []byte("version: 1\nlatest: 5\nstep: []\n"), 0o600)
		}, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			if c.root {
				needRoot(t, "owners are changed")
			}
			for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
				with(func() {
					g := old(t)
					g.check(c.make(g))
					outside := snapshot(t, g.top)
					got := g.idle()
					if says(t, got, c.says); strings.Count(got, "\n") != 1 {
						t.Errorf("it says:\n%s", got)
					}
					if d := changed(outside, snapshot(t, g.top)); len(d) > 0 {
						t.Errorf("outside changed %q", d)
					}
				})
			}
		})
	}
}

// link puts a link in a file's place.
func link(to, name string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink(to, name)
}

package migrate

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// A program stands for an app's own migrator.
type program func(ctx context.Context, call boot.HookCall) (int, error)

func (p program) RunHook(ctx context.Context, call boot.HookCall) (int, error) { return p(ctx, call) }

// byApp gives the rig a spec whose app migrates by itself.
func (g *rig) byApp(p program) *rig {
	m := g.spec.Migrate
	m.Steps, m.Run, m.Latest = "", []spec.Text{"/opt/app/migrate", "--to", "${TO:-latest}"}, 5
	g.start = p
	return g
}

// rewrite is what a program does to a file: in place, in pieces, through fsx so that a crash test can kill it.
func (g *rig) rewrite(name string, pieces ...string) {
	dir, err := fsx.Open(g.vol)
	g.check(err)
	defer func() { _ = dir.Close() }()
	s, err := dir.Stream(name, 0o644)
	g.check(err)
	defer func() { _ = s.Close() }()
	g.check(s.Cut(0))
	for _, p := range pieces {
		_, err := s.Append([]byte(p))
		g.check(err)
	}
}

// migrator rewrites both files.
func migrator(g *rig) program {
	return func(context.Context, boot.HookCall) (int, error) {
		g.rewrite(".env", "# keys\n", strings.TrimPrefix(newEnv, "# keys\n"))
		g.rewrite("config.yaml", "# mine\n", "version: 5\n", strings.TrimPrefix(newConfig, "# mine\nversion: 5\n"))
		return 0, nil
	}
}

func TestAnAppsOwnMigrator(t *testing.T) {
	g := old(t)
	var calls []boot.HookCall
	g.byApp(func(ctx context.Context, call boot.HookCall) (int, error) {
		calls = append(calls, call)
		return migrator(g)(ctx, call)
	})
	r := g.lawful()
	g.wants("config.yaml", newConfig, 0o640)
	g.wants(".env", newEnv, 0o600)
	g.wants("backups/config/config.yaml.bak-20260701T120000Z", oldConfig, 0o640)
	g.wants("backups/config/.env.bak-20260701T120000Z", oldEnv, 0o600)
	says(t, notes(r), "Migrating config schema 1 -> 5; backups: ")
	says(t, strings.Join(steps(r), ";"), "run config.yaml 1>5")
	want := boot.HookCall{
		Name: "migrate", Command: []string{"/opt/app/migrate", "--to", "latest"}, Env: []string{"BERTH_MIGRATE_FROM=1", "BERTH_MIGRATE_TO=5", "BERTH_VOLUME=" + g.vol},
		Dir: g.vol, Timeout: time.Minute,
	}
	want.Identity.Name, want.Identity.UID, want.Identity.GID, want.Identity.Umask = "app", g.uid, g.gid, -1
	if d := cmp.Diff([]boot.HookCall{want}, calls); d != "" {
		t.Error(d)
	}
	if _, err := os.Lstat(g.at(noteName)); err == nil {
		t.Error("the note is still there")
	}
	if g.idle() != "" || len(calls) != 1 {
		t.Errorf("it ran %d times", len(calls))
	}
}

// Whatever a migrator leaves when it fails, both files are what they were, and the app starts with them.
func TestAMigratorThatFails(t *testing.T) {
	for _, c := range []struct {
		about, says string
		run         func(g *rig, ctx context.Context, call boot.HookCall) (int, error)
	}{
		{"a code", "/opt/app/migrate ended with code 3", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			g.rewrite("config.yaml", "half")
			g.rewrite(".env", "")
			return 3, nil
		}},
		{"not there", "no such thing", func(*rig, context.Context, boot.HookCall) (int, error) { return 0, errors.New("no such thing") }},
		{"no new version", "it did not advance config version from 1 to 5 (it says 2)", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			g.rewrite("config.yaml", "version: 2\n")
			return 0, nil
		}},
		{"a broken file", "it is not YAML", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			g.rewrite("config.yaml", "version: [5\n")
			return 0, nil
		}},
		{"the file is gone", "did not advance config version", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			return 0, os.Remove(g.at("config.yaml"))
		}},
		{"a link in its place", "a symbolic link", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			g.write(g.top+"/victim", "version: 5\n", 0o666)
			return 0, link(g.top+"/victim", g.at("config.yaml"))
		}},
		{"another mode", "ended with code 1", func(g *rig, _ context.Context, _ boot.HookCall) (int, error) {
			return 1, os.Chmod(g.at(".env"), 0o666)
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := old(t)
			g.byApp(func(ctx context.Context, call boot.HookCall) (int, error) { return c.run(g, ctx, call) })
			r := g.boot()
			g.wants("config.yaml", oldConfig, 0o640)
			g.wants(".env", oldEnv, 0o600)
			says(t, notes(r), "[config-migrate] ERROR Migration failed; restored config.yaml, .env: ", c.says)
			if len(r.Steps()) > 0 || g.holds("victim") != "-" {
				t.Errorf("steps %q", steps(r))
			}
			if _, err := os.Lstat(g.at(noteName)); err == nil {
				t.Error("the note is still there")
			}
			if text, err := os.ReadFile(g.top + "/victim"); err == nil && string(text) != "version: 5\n" {
				t.Errorf("the victim holds %q", text)
			}
		})
	}
}

// A file that a failed migrator has made goes again.
func TestAMigratorThatMakesAFile(t *testing.T) {
	g := newRig(t).put("config.yaml", oldConfig, 0o640)
	g.byApp(func(context.Context, boot.HookCall) (int, error) {
		g.rewrite(".env", "A=1\n")
		return 1, nil
	})
	says(t, notes(g.boot()), "restored config.yaml, .env")
	if g.holds(".env") != "-" {
		t.Errorf(".env holds %q", g.holds(".env"))
	}
}

// Told to stop while it runs, berth doesn't put files back under a program that may still be writing them: the next boot does.
func TestAMigratorThatIsStopped(t *testing.T) {
	g := old(t)
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("told to stop")
	g.byApp(func(context.Context, boot.HookCall) (int, error) {
		g.rewrite("config.yaml", "half")
		stop(why)
		return 0, why
	})
	w := g.world()
	if err := boot.NewBoot(w, nil).Phases(ctx, g.phase()); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	g.check(w.Close())
	g.byApp(migrator(g))
	r := g.lawful()
	says(t, notes(r), "changed: [config-migrate] a migration was cut off: restored config.yaml\n", "Migrating config schema 1 -> 5")
	g.wants("config.yaml", newConfig, 0o640)
	if len(g.shelfOf("config.yaml")) != 2 { // what was half is kept as well: it may be somebody's work
		t.Errorf("backups %v", g.shelfOf("config.yaml"))
	}
}

// shelfOf gives the backups of a file by what they hold.
func (g *rig) shelfOf(name string) []string {
	w := g.world()
	defer func() { g.check(w.Close()) }()
	var all []string
	for _, c := range (shelf{"backups/config", 3}).of(w, name) {
		all = append(all, g.holds("backups/config/"+c.name))
	}
	return all
}

// The note is the app's to write: it leads to nothing but the spec's own files and their own backups.
func TestAForgedNote(t *testing.T) {
	for _, text := range []string{
		`{"format":1,"files":{"config.yaml":"../../../etc/passwd",".env":"config.yaml.bak-20200101T000000Z","logs/x":"","../x":""}}`,
		`{"format":1,"files":{"config.yaml":"config.yaml.bak-x"}}`, `{"format":1,"files":{"config.yaml":"config.yaml.bak-20200101T000000Z/../../x"}}`,
		`{"format":2,"files":{"config.yaml":""}}`, "{", "", "null", strings.Repeat("x", maxNote+1),
	} {
		g := old(t).put("backups/config/config.yaml.bak-20200101T000000Z", "stolen", 0o600).put(noteName, text, 0o600)
		g.env = []string{"SKIP=1"}
		before := g.tree()
		g.boot()
		if d := changed(before, g.tree()); len(d) > 0 {
			t.Errorf("%.60q changed %q", text, d)
		}
		if _, err := os.Lstat(g.at(noteName)); err == nil && len(text) <= maxNote {
			t.Errorf("%.60q is still there", text)
		}
	}
	g := old(t).put(noteName, `{"format":1,"files":{"config.yaml":"config.yaml.bak-20200101T000000Z"}}`, 0o600)
	says(t, notes(g.boot()), "a migration was cut off, and the backup config.yaml.bak-20200101T000000Z is gone", "Migrating config schema 1 -> 5")
}

// Nobody's program runs as root because no user is known.
func TestAMigratorNeverRunsAsRoot(t *testing.T) {
	needRoot(t, "berth is root")
	g := old(t)
	g.byApp(func(context.Context, boot.HookCall) (int, error) { t.Error("it ran"); return 0, nil })
	g.alter = func(w *boot.World) { w.Identity.UID = 0 }
	says(t, notes(g.boot()), "skipping config migration: it would run as root")
	g = old(t).byApp(nil)
	g.spec.Migrate.Run = []spec.Text{"${NOTHING}"}
	says(t, notes(g.boot()), "skipping config migration: its command is empty")
}

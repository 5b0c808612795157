package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// migrating is a ride with a config file of version 1, and an app whose own migrator is a script.
func migrating(t *testing.T, script, main string) *ride {
	t.Helper()
	r := shell(t, main)
	id := app()
	r.Spec.User = spec.User{UID: spec.ID(id.UID), GID: spec.ID(id.GID)}
	r.Spec.Volume.Own.Files = []string{"config.yaml"}
	r.Spec.Migrate = &spec.Migrate{
		File: "config.yaml", VersionKey: "version", Backup: []string{"config.yaml"}, Run: []spec.Text{"sh", "-c", spec.Text(script)}, Latest: 2,
	}
	ok(t, os.WriteFile(filepath.Join(r.Dir, "config.yaml"), []byte("version: 1\n"), 0o600))
	return r
}

// backups gives what the backups of a ride hold.
func (r *ride) backups(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(r.Dir, "backups/config/config.yaml.bak-*"))
	ok(t, err)
	all := ""
	for _, name := range names {
		data, err := os.ReadFile(name)
		ok(t, err)
		all += string(data)
	}
	return all
}

// helperMigrate migrates a ride's volume: with MODE=dry it only looks.
func helperMigrate() error {
	var r ride
	if err := json.Unmarshal([]byte(os.Getenv(rideVar)), &r); err != nil {
		return err
	}
	o := r.options()
	o.Tell = func(n boot.Note) { fmt.Fprintf(os.Stderr, "%s: %s\n", n.Level, n.Text) }
	_, err := Migrate(context.Background(), o, os.Getenv("MODE") == "dry", func(name string, _, after []byte) { fmt.Printf("%s: %s", name, after) })
	if err != nil {
		return err
	}
	return nil
}

const advance = `echo "$BERTH_MIGRATE_FROM to $BERTH_MIGRATE_TO in $(pwd) as $(id -u)"; echo "version: $BERTH_MIGRATE_TO" > config.yaml`

// The app's own migrator is a child like a hook: the app's user, on the volume, with main's environment; main then finds the new file.
func TestABootRunsTheAppsOwnMigrator(t *testing.T) {
	r := migrating(t, advance, `cat "$DATA/config.yaml"`)
	p := r.off(t)
	if st := p.ends(); st.Code != 0 || p.out.String() != "version: 2\n" {
		t.Errorf("%v: %s\n%s", st, p.out, p.err)
	}
	for _, want := range []string{
		fmt.Sprintf("1 to 2 in %s as %d\n", r.Dir, app().UID), "changed: [config-migrate] Migrating config schema 1 -> 2; backups: backups/config/config.yaml.bak-",
	} {
		if !strings.Contains(p.err.String(), want) {
			t.Errorf("it says %s, want %q", p.err, want)
		}
	}
	if got := r.backups(t); got != "version: 1\n" {
		t.Errorf("the backups hold %q", got)
	}
	if p := r.off(t); p.ends().Code != 0 || strings.Contains(p.err.String(), "config-migrate") {
		t.Errorf("a second time it says %s", p.err)
	}
}

// A container that is stopped or killed while a migrator runs comes back with the old file whole, and migrates it then.
func TestAMigratorThatIsCutOff(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			r := migrating(t, "echo half > config.yaml; echo begun; while [ -e /proc/$PPID ]; do sleep 0.1; done", "true") // kill -0 would be refused, as it is root's
			p := r.off(t)
			p.says(p.err, "begun\n")
			p.signal(sig)
			p.ends()
			r.Spec.Migrate.Run = []spec.Text{"sh", "-c", advance}
			r.Args = []string{"sh", "-c", `cat "$DATA/config.yaml"`}
			p = r.off(t)
			if st := p.ends(); st.Code != 0 || p.out.String() != "version: 2\n" || !strings.Contains(p.err.String(), "a migration was cut off: restored config.yaml\n") {
				t.Errorf("%v: %s\n%s", st, p.out, p.err)
			}
		})
	}
}

// A migrator that fails doesn't keep the app from starting, with the file that it had.
func TestAMigratorThatFailsKeepsNoAppFromStarting(t *testing.T) {
	r := migrating(t, "echo half > config.yaml; exit 3", `cat "$DATA/config.yaml"`)
	p := r.off(t)
	if st := p.ends(); st.Code != 0 || p.out.String() != "version: 1\n" || !strings.Contains(p.err.String(), "Migration failed; restored config.yaml: sh ended with code 3\n") {
		t.Errorf("%v: %s\n%s", st, p.out, p.err)
	}
}

// By itself a migration changes what it is about, and a dry one nothing.
func TestMigrateAlone(t *testing.T) {
	steps := filepath.Join(t.TempDir(), "steps.yaml")
	ok(t, os.WriteFile(steps, []byte("version: 1\nlatest: 2\nsteps: [{to: 2, edits: [{default: a, value: b}]}]\n"), 0o600))
	r := migrating(t, advance, "true")
	m := r.Spec.Migrate
	m.Run, m.Latest, m.Steps = nil, 0, steps
	r.Spec.Volume.Dirs = []string{"never"}
	id := app()
	ok(t, os.Chown(r.Dir, int(id.UID), int(id.GID)), os.Chown(filepath.Join(r.Dir, "config.yaml"), int(id.UID), int(id.GID)))
	alone := func(mode string) *player {
		data, err := json.Marshal(r)
		ok(t, err)
		p := play(t, part("migrate", rideVar+"="+string(data), "MODE="+mode))
		if st := p.ends(); st.Code != 0 {
			t.Errorf("%v: %s", st, p.err)
		}
		return p
	}
	before := snapshot(t, r.Dir)
	if p := alone("dry"); p.out.String() != "config.yaml: version: 2\na: b\n" || snapshot(t, r.Dir) != before {
		t.Errorf("a dry one shows %q and leaves\n%s", p.out, snapshot(t, r.Dir))
	}
	if p := alone(""); !strings.Contains(p.err.String(), "Migrating config schema 1 -> 2") {
		t.Errorf("it says %s", p.err)
	}
	after := snapshot(t, r.Dir)
	if strings.Contains(after, "never") || !strings.Contains(after, "config.yaml.bak-") {
		t.Errorf("it leaves\n%s", after)
	}
	r.Spec.Migrate, m = m, nil
	r.Spec.Migrate.Steps, r.Spec.Migrate.Run, r.Spec.Migrate.Latest = "", []spec.Text{"sh", "-c", advance}, 2
	ok(t, os.WriteFile(filepath.Join(r.Dir, "config.yaml"), []byte("version: 1\n"), 0o600))
	if p := alone(""); !strings.Contains(p.err.String(), fmt.Sprintf("1 to 2 in %s as %d\n", r.Dir, id.UID)) {
		t.Errorf("it says %s", p.err)
	}
}

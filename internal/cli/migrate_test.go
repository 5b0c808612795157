package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/front"
)

const (
	migrating = "migrate:\n  file: config.yaml\n  version-key: version\n  backup: [config.yaml, .env]\n  steps: steps.yaml\n  skip-env: SKIP_IT\n"
	someSteps = "version: 1\nlatest: 2\nenv-file: .env\nsteps:\n  - to: 2\n    edits:\n      - {default: mode, value: all}\n      - blank: [TOKEN]\n"
)

// migratable lays down an image with steps, and a volume of an older one.
func migratable(t *testing.T, steps string) (vol string) {
	t.Helper()
	vol = mkdir(t, filepath.Join(t.TempDir(), "vol"))
	image(t, vol, migrating)
	put(t, filepath.Join(filepath.Dir(os.Getenv(front.SpecEnv)), "steps.yaml"), steps)
	uid, gid := app()
	for _, path := range []string{vol, put(t, vol+"/config.yaml", "# mine\nversion: 1\napi_key: s3cret\n"), put(t, vol+"/.env", "A=1\nTOKEN=s3cret\n")} {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	return vol
}

func TestMigrate(t *testing.T) {
	vol := migratable(t, someSteps)
	before := snapshot(t, vol)
	a := berth(t, "migrate", "--dry-run")
	a.wants(t, 0, `--- a/.env
+++ b/.env
@@ -1,2 +1,2 @@
 A=***
-TOKEN=***
+TOKEN=
--- a/config.yaml
+++ b/config.yaml
@@ -1,3 +1,4 @@
 # mine
-version: 1
+version: 2
 api_key: ***
+mode: all
`, "")
	same(t, before, snapshot(t, vol))

	berth(t, "migrate").wants(t, 0, "", "berth: [config-migrate] Migrating config schema 1 -> 2; backups: backups/config/.env.bak-")
	if got := read(t, vol+"/config.yaml"); got != "# mine\nversion: 2\napi_key: s3cret\nmode: all\n" {
		t.Errorf("it holds %q", got)
	}
	before = snapshot(t, vol+"/config.yaml")
	for _, args := range [][]string{{"migrate"}, {"migrate", "--dry-run"}} {
		berth(t, args...).wants(t, 0, "", "berth: nothing to migrate\n")
	}
	t.Setenv("SKIP_IT", "yes")
	berth(t, "migrate").wants(t, 0, "", "berth: [config-migrate] skipping config migration: SKIP_IT is set\n")
	same(t, before, snapshot(t, vol+"/config.yaml"))
}

// What asked for a migration and got none is told so, and a script sees it by the code.
func TestMigrateThatCannot(t *testing.T) {
	vol := migratable(t, someSteps)
	uid, gid := app()
	if err := os.Chown(put(t, vol+"/config.yaml", "a: [\n"), uid, gid); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--dry-run"}} {
		a := berth(t, args...)
		a.wants(t, 1, "", "berth: [config-migrate] config.yaml is left as it is: line 2: it is not YAML: ")
		if !strings.Contains(a.err, "berth: hint: ") || strings.Count(a.err, "\n") != 2 {
			t.Errorf("it says %q", a.err)
		}
	}
	image(t, vol, "")
	berth(t, "migrate").wants(t, 1, "", "berth: migrate: the spec has no section migrate\n")
	image(t, vol+"/none", migrating)
	put(t, filepath.Join(filepath.Dir(os.Getenv(front.SpecEnv)), "steps.yaml"), someSteps)
	berth(t, "migrate").wants(t, 0, "", "berth: nothing to migrate\n")
	if _, err := os.Lstat(vol + "/none"); err == nil {
		t.Error("it has made a volume")
	}
	t.Setenv(front.SpecEnv, put(t, filepath.Join(filepath.Dir(os.Getenv(front.SpecEnv)), "b.yaml"), "version: 1\n"+migrating))
	berth(t, "migrate").wants(t, 1, "", "berth: migrate: the spec has no volume\n")
	berth(t, "migrate", "x").wants(t, 2, "", "unexpected word")
}

// The author of an image learns of a mistake in the steps where the image is built.
func TestCheckReadsTheSteps(t *testing.T) {
	migratable(t, strings.Replace(someSteps, "blank", "blnk", 1))
	berth(t, "check").wants(t, 1, "1 mistake\n", "steps.yaml:8:9: steps[0].edits[1]: there is no verb")
	migratable(t, someSteps)
	berth(t, "check").wants(t, 0, ": ok\n", "")
	berth(t, "plan").wants(t, 0, "migrate", "")
}

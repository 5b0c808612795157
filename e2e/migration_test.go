package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// An old volume's files as people have them.
const oldEnv = "# keys\\nexport ANTHROPIC_TOKEN=sk-old   # laptop\\nLLM_MODEL=x\\nOTHER=1\\n"

func oldVolume(t *testing.T, config string) *volume {
	t.Helper()
	return prepared(t, fmt.Sprintf("printf '%%b' '%s' > config.yaml; printf '%s' > .env", config, oldEnv))
}

func TestA63_AnOldConfigIsMigratedWithBackups(t *testing.T) {
	needs(t, hermes)
	for from, config := range map[int]string{
		0:  "# mine\\nmodel: x   # keep\\n\\ndisplay:\\n  compact: true\\n",
		11: "# mine\\n_config_version: 11\\ncustom_providers:\\n  - {name: Home, base_url: http://h:1, model: m}\\nmodel: x   # keep\\n",
		17: "# mine\\n_config_version: 17\\nmodel: x   # keep\\n",
		30: "# mine\\nmodel: x   # keep\\nagent: {verify_on_stop: auto}\\n_config_version: 30\\n",
	} {
		v := oldVolume(t, config)
		old := v.sh(t, "cat config.yaml")
		r := runs(t, 0, v.data(), hermes, "true")
		has(t, r.err, fmt.Sprintf("berth: [config-migrate] Migrating config schema %d -> 34; backups: ", from))
		hasNot(t, r.all(), "sk-old")
		same(t, "the first line", v.sh(t, "head -n 1 config.yaml; grep -c '^model: x   # keep$' config.yaml; grep -c '^_config_version: 34$' config.yaml"), "# mine\n1\n1")
		same(t, "the backup", v.sh(t, "cat backups/config/config.yaml.bak-*"), old)
		same(t, "the backup of .env, but for the key of this boot", v.sh(t, "sed '/^API_SERVER_KEY=/d' backups/config/.env.bak-*; stat -c '%a %u' backups/config/.env.bak-*"),
			strings.ReplaceAll(oldEnv, `\n`, "\n")+"600 10000")
		token := `ANTHROPIC_TOKEN=""   # laptop`
		if from >= 9 {
			token = "ANTHROPIC_TOKEN=sk-old   # laptop"
		}
		has(t, v.sh(t, "cat .env"), "# keys\nexport "+token, "OTHER=1")
		v.wants(t, map[string]string{"config.yaml": "10000:10000 640", ".env": "10000:10000 600"})

		// A64: a second boot has nothing to say and adds nothing.
		before := v.snapshot(t)
		quiet(t, runs(t, 0, v.data(), hermes, "true").err)
		same(t, "the volume after a second boot", v.snapshot(t), before)
	}
}

func TestA65_AMigrationIsSkippedByAVariable(t *testing.T) {
	needs(t, hermes)
	v := oldVolume(t, "model: x\\n")
	r := runs(t, 0, v.data(), "-e", "HERMES_SKIP_CONFIG_MIGRATION=yes", hermes, "true")
	has(t, r.err, "skipping config migration")
	same(t, "the config", v.sh(t, "cat config.yaml; ls -A backups"), "model: x")
}

func TestA66_WhatIsNoOldConfigStaysAsItIs(t *testing.T) {
	needs(t, hermes)
	for config, says := range map[string]string{
		"a: [1\\n":                "is not YAML",
		"- a\\n":                  "it is no mapping",
		"":                        "it says nothing",
		"_config_version: 999\\n": "newer than this image",
		"a: &x 1\\n---\\nb: 2\\n": "a second document",
	} {
		v := oldVolume(t, config)
		before := v.sh(t, "md5sum < config.yaml")
		r := runs(t, 0, v.data(), hermes, "echo", "main-ran")
		has(t, r.out, "main-ran")
		has(t, r.err, "[config-migrate] config.yaml is left as it is: ", says)
		same(t, "the config", v.sh(t, "md5sum < config.yaml; ls -A backups | wc -l"), before+"\n0")
	}
	for _, version := range []string{"x", "true", "-1"} {
		v := oldVolume(t, "_config_version: "+version+"\\n")
		has(t, runs(t, 0, v.data(), hermes, "true").err, "Migrating config schema 0 -> 34")
	}
}

func TestA24_AMigrationNeedsNoRoot(t *testing.T) {
	needs(t, hermes)
	v := oldVolume(t, "model: x\\n_config_version: 30\\n")
	v.sh(t, "chown -R 10000:10000 .")
	has(t, runs(t, 0, v.data(), "--user", "10000:10000", hermes, "true").err, "Migrating config schema 30 -> 34")
	has(t, v.sh(t, "cat config.yaml"), "_config_version: 34", "model: x")
}

// A disk that is full, and a file that the app may not read: the app starts with the file that it had.
func TestA67_WhatCannotBeMigratedStaysAndTheContainerRuns(t *testing.T) {
	needs(t, hermes)
	const lay = `cd /opt/data; printf '# mine\nmodel: x\n_config_version: 11\n' > config.yaml; printf 'ANTHROPIC_TOKEN=sk-old\n' > .env; cp config.yaml .env /; chown 10000:10000 . config.yaml .env; `
	const look = `; exec /init sh -c 'cat /opt/data/config.yaml; stat -c %s /opt/data/.env; echo main-ran'`
	full := runs(t, 0, "--tmpfs", "/opt/data:size=64k,mode=755", "--entrypoint", "sh", hermes, "-euc",
		lay+`mkdir -p .berth; chown 10000:10000 .berth; dd if=/dev/zero of=ballast bs=4k 2>/dev/null || :`+look)
	has(t, full.err, "[config-migrate] ERROR Migration failed; restored ", "no space left on device", "make room on the volume's file system")
	same(t, "stdout", full.out, "# mine\nmodel: x\n_config_version: 11\n23\nmain-ran\n")

	// Root's own file with another name isn't handed over, and only root may read it.
	v := oldVolume(t, "model: x\\n_config_version: 11\\n")
	v.sh(t, "chown 0:0 config.yaml; chmod 600 config.yaml; ln config.yaml another")
	before := v.sh(t, "md5sum < config.yaml; stat -c '%u %a %i' config.yaml")
	r := runs(t, 0, v.data(), hermes, "echo", "main-ran")
	has(t, r.out, "main-ran")
	has(t, r.err, "[config-migrate] could not migrate config.yaml: ")
	same(t, "the config", v.sh(t, "md5sum < config.yaml; stat -c '%u %a %i' config.yaml"), before)
}

func TestA68_CommentsAndOrderStayAndBackupsAreFew(t *testing.T) {
	needs(t, hermes)
	v := oldVolume(t, "# one\\nz: 1   # last letter first\\n\\n\\na: {b: \"two\"}   # quoted\\n_config_version: 33 # v\\n# end\\n")
	c := startUp(t, v.data(), hermes)
	same(t, "the config", v.sh(t, "cat config.yaml; echo ."), "# one\nz: 1   # last letter first\n\n\na: {b: \"two\"}   # quoted\n_config_version: 34 # v\nplugins:\n  enabled: []\n# end\n.")
	for n := range 13 {
		v.sh(t, fmt.Sprintf("printf 'n: %d\n_config_version: 30\n' > config.yaml", n))
		has(t, must(t, "exec", "--user", "0", c.id, "sh", "-c", "berth migrate 2>&1"), "Migrating config schema 30 -> 34")
	}
	same(t, "the backups", v.sh(t, "ls backups/config/config.yaml.bak-* | wc -l; cat backups/config/config.yaml.bak-* | grep -c '^n: 12$'"), "10\n1")
	same(t, "the oldest ones", v.sh(t, "cat backups/config/config.yaml.bak-* | grep -c 'n: [012]$' || :"), "0")
}

// Every step of the image's own, in one file. That each step alone does what it says is proven beside the steps.
func TestA69_EveryStepOfTheImage(t *testing.T) {
	needs(t, hermes)
	before, err := os.ReadFile("testdata/a69/before.yaml")
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile("testdata/a69/after.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v := newVolume(t)
	v.sh(t, "cat > config.yaml <<'EOF'\n"+string(before)+"EOF\n"+
		"printf 'ANTHROPIC_TOKEN=sk-1\nLLM_MODEL=m # old\nOPENAI_MODEL=\nHERMES_TOOL_PROGRESS=false\nAPI_SERVER_KEY=0123456789abcdef\n' > .env\n"+
		"mkdir -p plugins/weather plugins/noisy plugins/model-providers/acme; echo 'name: weather-de' > plugins/weather/plugin.yaml; echo 'name: noisy' > plugins/noisy/plugin.yaml; echo 'name: acme' > plugins/model-providers/acme/plugin.yaml\n"+
		"chown -R 10000:10000 .")
	r := runs(t, 0, v.data(), "-e", "HERMES_TIMEZONE=Europe/Berlin", hermes, "true")
	has(t, r.err, "Migrating config schema 2 -> 34; backups: ", "the app also reads these variables by now: ", "TAVILY_API_KEY", "TERMINAL_MODAL_MODE")
	same(t, "config.yaml", v.sh(t, "cat config.yaml; echo ."), string(after)+".")
	same(t, ".env", v.sh(t, "cat .env"), "ANTHROPIC_TOKEN=\nLLM_MODEL=\"\" # old\nOPENAI_MODEL=\nHERMES_TOOL_PROGRESS=false\nAPI_SERVER_KEY=0123456789abcdef")
	v.wants(t, map[string]string{"logs/curator": "10000:10000 755"})
}

// Somebody beside the container sees the first backup come and kills it that instant, until that was in time: the file is the old one
// still, and the next boot ends where an undisturbed one does, with the backups that are there.
func TestA70_KilledWhileItMigrates(t *testing.T) {
	needs(t, hermes)
	const config = "# mine\\nmodel: x\\n_config_version: 11\\n"
	v := oldVolume(t, config)
	old := v.sh(t, "cat config.yaml; echo .")
	runs(t, 0, v.data(), hermes, "true")
	done := v.sh(t, "cat config.yaml; echo .")
	has(t, done, "# mine\nmodel: x\n_config_version: 34\n")
	waits := hooked(t, `
  - {at: after-volume, name: wait, timeout: 60s, command: [sh, -c, "until [ -e /opt/data/go ]; do sleep 0.02; done"]}
`)
	inTime, kills := 0, 0
	for ; kills < 30 && inTime < 3; kills++ {
		v.sh(t, "printf '"+config+"' > config.yaml; rm -rf backups/config go")
		c := start(t, append(append([]string{v.data()}, waits...), hermes, "true")...)
		v.sh(t, "touch go; n=0; until set -- backups/config/*.bak-*; [ -e \"$1\" ] || [ $n = 1000000 ]; do n=$((n+1)); done; kill -KILL "+c.inspect(t, "{{.State.Pid}}")+" || :")
		c.ends(t)
		got := v.sh(t, "cat config.yaml; echo .")
		if got != old && got != done {
			t.Errorf("half of a config: %q", got)
		}
		kept := v.sh(t, "ls backups/config/config.yaml.bak-* 2>/dev/null | wc -l")
		if got == old && kept == "1" {
			inTime++
		}
		runs(t, 0, v.data(), hermes, "true")
		same(t, "the config", v.sh(t, "cat config.yaml; echo ."), done)
		same(t, "the backups of the config", v.sh(t, "ls backups/config/config.yaml.bak-* | wc -l; cat backups/config/config.yaml.bak-*; echo ."), "1\n"+old)
		if got == done {
			same(t, "its backup before", kept, "1")
		}
	}
	t.Logf("%d of %d kills came in time", inTime, kills)
	if inTime == 0 {
		t.Error("none did")
	}
}

func TestMigrateShowsTheDifferenceAndChangesNothing(t *testing.T) {
	needs(t, hermes)
	v := oldVolume(t, "# mine\\nmodel: x\\n_config_version: 30\\n")
	before := v.snapshot(t)
	r := runs(t, 0, v.data(), "--entrypoint", "berth", hermes, "migrate", "--dry-run")
	has(t, r.out, "--- a/config.yaml\n+++ b/config.yaml\n", "-_config_version: 30\n+_config_version: 34\n", "+agent:\n+  verify_on_stop: false\n")
	same(t, "the volume", v.snapshot(t), before)
	c := startUp(t, v.data(), hermes)
	has(t, must(t, "exec", c.id, "berth", "migrate", "--dry-run")+c.exec(t, "berth", "migrate").err, "nothing to migrate")
}

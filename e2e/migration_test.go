package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// An old volume's files as people have them.
const oldEnv = "# keys\\nexport ANTHROPIC_TOKEN=sk-old   # laptop\\nLLM_MODEL=x\\nOTHER=1\\n"

func oldVolume(t *testing.T, config string) *volume {
	t.Helper()
	return prepared(t, fmt.Sprintf("printf '%s' > config.yaml; printf '%s' > .env", config, oldEnv))
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
		has(t, v.sh(t, "cat backups/config/.env.bak-*; stat -c '%a %u' backups/config/.env.bak-*"), "sk-old", "OTHER=1", "600 10000")
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

func TestA70_KilledWhileItMigrates(t *testing.T) {
	needs(t, hermes)
	const config = "# mine\\nmodel: x\\n_config_version: 11\\n"
	v := oldVolume(t, config)
	old := v.sh(t, "cat config.yaml")
	for range 10 {
		v.sh(t, "printf '"+config+"' > config.yaml; rm -rf backups")
		c := start(t, v.data(), hermes, "true")
		docker(t, "kill", "-s", "KILL", c.id) // it may have ended
		if got := v.sh(t, "cat config.yaml"); got != old && !strings.Contains(got, "_config_version: 34") {
			t.Errorf("half of a config: %q", got)
		}
		runs(t, 0, v.data(), hermes, "true")
		has(t, v.sh(t, "cat config.yaml"), "# mine\nmodel: x\n_config_version: 34")
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

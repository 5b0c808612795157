package e2e

import (
	"strings"
	"testing"
)

// attack starts a program of the app's own user that swaps two names on the volume for ever.
func attack(t *testing.T, v *volume, a, b string) {
	t.Helper()
	// Bursts of 20 ms in 100, or three of them would slow every other test down, several times.
	c := start(t, v.data(), "--cpus", "0.2", "--user", "10000:10000", "--entrypoint", "/usr/local/bin/probe", withProbe(t), "swap", "/opt/data/"+a, "/opt/data/"+b)
	c.says(t, "swapping")
}

func TestA44_SwapsDuringABootMoveNothingOutside(t *testing.T) {
	needs(t, hermes)
	outside := prepared(t, "echo root > secret; chmod 600 secret; mkdir -p dir/deep; echo x > dir/deep/x; chmod 700 dir")
	v := prepared(t, `mkdir -p skills/a/b sessions/real profiles; touch skills/a/b/c
		for i in 1 2 3 4 5 6 7 8 9; do mkdir -p sessions/real/d$i; touch sessions/real/d$i/f; done
		echo K=1 > .env; ln -s /outside/secret env-link; ln -s /outside/dir sessions-link; ln -s /outside/dir skills/b-link
		chown -hR 10000:10000 .`)
	// What each boot has to do anew: things of root's in every place that is swapped.
	again := func() {
		v.sh(t, "chown -hR 0:0 sessions sessions-link skills 2>/dev/null || :")
	}
	before := outside.snapshot(t)
	attack(t, v, ".env", "env-link")
	attack(t, v, "sessions", "sessions-link")
	attack(t, v, "skills/a", "skills/b-link")
	// The top has to stay the attacker's own, or it could swap nothing.
	c := startUp(t, v.data(), outside.at("/outside"), hermes)
	for range 6 {
		again()
		c.restart(t)
	}
	same(t, "what lies outside the volume", outside.snapshot(t), before)
	same(t, "the secret", outside.sh(t, "cat secret"), "root")
	hasNot(t, docker(t, "logs", c.id).all(), "panic:", "goroutine ")
	if strings.Contains(c.sh(t, "stat -c '%u' / /etc /etc/passwd /etc/shadow /outside"), "10000") {
		t.Error("something of the image's own became the app's")
	}
}

func TestSecretsAreInNoPlaceOfTheContainer(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), "-e", `HERMES_AUTH_JSON_BOOTSTRAP={"t":"hush-hush-hush"}`, hermes)
	key := v.sh(t, "sed -n 's/^API_SERVER_KEY=//p' .env")
	if len(key) != 64 {
		t.Fatalf("the key is %q", key)
	}
	for name, text := range map[string]string{
		"the log":                docker(t, "logs", c.id).all(),
		"the last boot's table":  must(t, "exec", c.id, "berth", "boot", "--json") + must(t, "exec", c.id, "berth", "boot"),
		"the ledger":             v.sh(t, "find .berth -type f -exec cat {} +"),
		"main's environment":     c.environ(t, "sleep"),
		"a plan of another boot": output(t, v.data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP=hush-hush-hush", "--entrypoint", "berth", hermes, "plan", "--json"),
		"/run":                   c.sh(t, "find /run -type f -exec cat {} + 2>/dev/null || :"),
	} {
		if strings.Contains(text, "hush-hush-hush") || strings.Contains(text, key) {
			t.Errorf("a secret is in %s:\n%s", name, text)
		}
	}
	// PID 1's own environment is root's alone.
	if r := docker(t, "exec", "--user", "10000:10000", c.id, "cat", "/proc/1/environ"); r.code == 0 {
		t.Error("the app's user can read PID 1's environment")
	}
}

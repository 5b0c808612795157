package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheAppsNameUnderDockerExec(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), "-e", "PUID=4242", "-e", "PGID=4243", hermes)
	r := c.exec(t, "hermes", "--help")
	if r.code != 0 {
		t.Errorf("docker exec … hermes --help ended with %d:\n%s", r.code, r.all())
	}
	// Root's exec writes the app's files, whatever the caller's environment says.
	must(t, "exec", c.id, "hermes", "config", "set", "a", "1")
	must(t, "exec", "-e", "HOME=/root", c.id, "env", "-i", "HOME=/root", "/opt/hermes/bin/hermes", "config", "set", "b", "2")
	v.wants(t, map[string]string{"config.yaml": "4242:4243"})
	has(t, v.sh(t, "cat config.yaml; ls -A | grep -c '^.hermes$' || :"), "a", "b", "\n0")
	must(t, "exec", "--user", "hermes", c.id, "hermes", "--version")
	// Its arguments and its code are its own.
	same(t, "argv", must(t, "exec", "-e", "HERMES_STANDIN_ARGV=1", c.id, "hermes", "chat", "two  words", ""), `["hermes","chat","two  words",""]`)
	if r := c.exec(t, "hermes", "no-such-word"); r.code != 2 {
		t.Errorf("docker exec … hermes no-such-word ended with %d, want the app's own 2:\n%s", r.code, r.all())
	}
}

// hooked makes a spec that is the image's own with hooks, and gives the options that use it.
func hooked(t *testing.T, hooks string) []string {
	t.Helper()
	v := prepared(t, "printf '%s' "+quoteAll([]string{"version: 1\nextends: /etc/berth/berth.yaml\nhooks:\n" + hooks})+" > berth.yaml")
	return []string{v.at("/spec"), "-e", "BERTH_SPEC=/spec/berth.yaml"}
}

func TestHooksRunAtTheirPointsAsTheirUser(t *testing.T) {
	needs(t, hermes)
	options := hooked(t, `
  - {at: before-volume, name: first, as: root, command: [sh, -c, "id -u > /tmp/first; ls -A /opt/data | wc -l >> /tmp/first"]}
  - {at: after-seed, name: second, command: [sh, -c, 'id -u > /tmp/second; test -s /opt/data/.env']}
  - {at: before-main, name: third, command: ["false"]}
  - {at: before-main, name: fourth, timeout: 300ms, command: [sleep, "1000"]}
`)
	v := newVolume(t)
	r := runs(t, 0, append(append([]string{v.data(), "-e", "PUID=4242"}, options...), hermes, "sh", "-c", "cat /tmp/first /tmp/second")...)
	same(t, "what the hooks wrote", strings.TrimSpace(r.out), "0\n0\n4242")
	has(t, r.err, "third", "fourth")
	hasNot(t, r.err, "second:")
}

func TestAHookThatStopsTheBoot(t *testing.T) {
	needs(t, hermes)
	options := hooked(t, `
  - {at: before-main, name: gate, on-failure: stop, command: ["false"]}
`)
	r := runs(t, 125, append(options, hermes, "echo", "MARK")...)
	hasNot(t, r.out, "MARK")
	has(t, r.err, "berth: ", "gate", "berth: hint: ")
}

func TestBerthsOwnLinesAsJSON(t *testing.T) {
	needs(t, hermes)
	r := runs(t, 0, "-e", "BERTH_LOG_FORMAT=json", "-e", "PUID=4242", hermes, "echo", "plain")
	same(t, "main's output", r.out, "plain\n")
	for line := range strings.Lines(r.err) {
		if !strings.HasPrefix(line, "{") || !strings.Contains(line, `"level":`) {
			t.Errorf("a line that is no JSON: %q", line)
		}
	}
	has(t, r.err, `"phase":"identity"`)
}

func TestUmask(t *testing.T) {
	needs(t, hermes)
	for _, umask := range []string{"022", "027", "077"} {
		v := newVolume(t)
		same(t, "main's umask", output(t, v.data(), "-e", "UMASK="+umask, hermes, "sh", "-c", "umask"), "0"+umask)
		v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640"})
	}
	r := runs(t, 0, "-e", "UMASK=9z", hermes, "true")
	has(t, r.err, "berth: ", "UMASK")
}

func TestAMainThatWritesALotLosesNothing(t *testing.T) {
	needs(t, hermes)
	const lines = 20000
	r := runs(t, 3, hermes, "sh", "-c", fmt.Sprintf("seq %d; seq %d >&2; exit 3", lines, lines))
	if n := strings.Count(r.out, "\n"); n != lines {
		t.Errorf("%d lines of stdout arrived, want %d", n, lines)
	}
	if n := strings.Count(r.err, "\n") - strings.Count(r.err, "berth: "); n != lines {
		t.Errorf("%d lines of stderr arrived, want %d", n, lines)
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A step is one change as plan and boot tell it.
type step struct{ Phase, Target, Verb, Before, After, Why string }

func (s step) String() string {
	return fmt.Sprintf("%s: %s %s: %s -> %s", s.Phase, s.Verb, s.Target, s.Before, s.After)
}

// steps reads what plan --json or boot --json wrote.
func steps(t *testing.T, text string) []step {
	t.Helper()
	var told struct{ Steps []step }
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		t.Fatalf("read steps: %v:\n%s", err, text)
	}
	return told.Steps
}

// messy is a volume as people have them.
const messy = `mkdir -p skills/deep sessions photos profiles/p cron; echo x > skills/deep/x; echo p > photos/p; echo '{}' > auth.json
	echo K=1 > .env; chmod 644 .env; printf docker > .install_method; echo 'model: x' > config.yaml; chown -R 1000:1000 sessions photos; ln -s /etc/shadow state.db`

func plan(t *testing.T, code int, v *volume, args ...string) result {
	t.Helper()
	return runs(t, code, append([]string{v.data(), "-e", "PUID=4242", "-e", "PGID=4243", "--entrypoint", "berth", hermes, "plan"}, args...)...)
}

func TestPlanShowsWhatABootThenDoes(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, messy)
	before := v.sh(t, "find . -printf '%p %U:%G %m %s %C@\n' | sort")
	text := plan(t, 0, v)
	has(t, text.out, "chown", "skills/deep/x", ".env", "SOUL.md", ".install_method", "4242")
	planned := steps(t, plan(t, 0, v, "--json").out)
	same(t, "the volume after plans", v.sh(t, "find . -printf '%p %U:%G %m %s %C@\n' | sort"), before)

	c := startUp(t, v.data(), "-e", "PUID=4242", "-e", "PGID=4243", hermes)
	booted := steps(t, must(t, "exec", c.id, "berth", "boot", "--json"))
	if len(planned) == 0 {
		t.Fatal("the plan is empty")
	}
	for _, s := range planned {
		if !slices.Contains(booted, s) {
			t.Errorf("planned and not done: %s", s)
		}
	}
	for _, s := range booted {
		if !slices.Contains(planned, s) {
			t.Errorf("done and not planned: %s", s)
		}
	}
	has(t, must(t, "exec", c.id, "berth", "boot"), "skills/deep/x", "chown")
	// In the container that has booted nothing is left to do.
	if left := steps(t, must(t, "exec", c.id, "berth", "plan", "--json")); len(left) != 0 {
		t.Errorf("a plan after the boot still wants %v", left)
	}
}

func TestPlanTellsByItsCode(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, messy)
	plan(t, 3, v, "--exit-code")
	c := startUp(t, v.data(), "-e", "PUID=4242", "-e", "PGID=4243", hermes)
	if r := c.exec(t, "berth", "plan", "--exit-code"); r.code != 0 {
		t.Errorf("a plan with nothing to do ended with %d:\n%s", r.code, r.all())
	}
}

func TestPlanOnAFreshVolumeAndWithoutOne(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	r := plan(t, 0, v)
	has(t, r.out, ".env", "logs/gateways", "SOUL.md")
	same(t, "the volume", v.sh(t, "ls -A"), "")
	r = runs(t, 0, "-e", "HERMES_HOME=/not/there/yet", "--entrypoint", "berth", hermes, "plan")
	has(t, r.out, "/not/there/yet", ".env")
	r = runs(t, 0, "--read-only", "--entrypoint", "berth", v.data()+":ro", hermes, "plan")
	noTrace(t, r)
}

func TestPlanAsAnotherUserTellsTheRefusal(t *testing.T) {
	needs(t, hermes)
	r := run(t, "--user", "1000:1000", "--entrypoint", "berth", hermes, "plan")
	if r.code == 0 {
		t.Errorf("a plan of a boot that is refused ended with 0:\n%s", r.all())
	}
	has(t, r.all(), "not supported")
}

func TestBootWithoutABootSaysSo(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	r := run(t, v.data(), "--entrypoint", "berth", hermes, "boot")
	if r.code == 0 || !strings.Contains(r.err, "berth: ") {
		t.Errorf("boot on a volume that never booted ended with %d:\n%s", r.code, r.all())
	}
}

func TestCheckTellsEveryMistake(t *testing.T) {
	needs(t, hermes)
	runs(t, 0, "--entrypoint", "berth", hermes, "check")
	v := prepared(t, "printf 'version: 1\\nuser:\\n  nam: x\\n  uid: abc\\nseed: 3\\n' > berth.yaml")
	r := runs(t, 1, v.at("/spec"), "--entrypoint", "berth", hermes, "check", "/spec/berth.yaml")
	has(t, r.all(), "/spec/berth.yaml:3:", "/spec/berth.yaml:4:", "/spec/berth.yaml:5:", "did you mean", "^")
	// The same file as the container's spec: nothing starts.
	r = runs(t, 125, v.at("/spec"), "-e", "BERTH_SPEC=/spec/berth.yaml", hermes, "echo", "MARK")
	hasNot(t, r.out, "MARK")
	has(t, r.err, "/spec/berth.yaml:3:", "berth: hint: ")
	r = runs(t, 125, "-e", "BERTH_SPEC=/spec/none.yaml", hermes, "echo", "MARK")
	has(t, r.err, "/spec/none.yaml")
}

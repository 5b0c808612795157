package e2e

import (
	"testing"
	"time"
)

// running has the volume's own gateway run from the first boot on.
const running = "--env=HERMES_GATEWAY_BOOTSTRAP_STATE=running"

// A long budget makes the tests' point: who waits for the whole of it is killed by the engine, whose grace is shorter.
const longBudget = "--env=BERTH_STOP_TIMEOUT=10m"

// stopped stops a container within the engine's grace and checks that it ended by itself, with a code.
func (c *container) stopped(t *testing.T, code int) {
	t.Helper()
	must(t, "stop", "-t", "50", c.id)
	if got := c.code(t); got != code {
		t.Errorf("the container ended with %d, want %d:\n%s", got, code, docker(t, "logs", c.id).all())
	}
}

func TestA13_MainAndItsServicesAreStoppedTogetherAndNobodyWaitsForMore(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), running, "-e", "HERMES_DASHBOARD=1", longBudget, hermes)
	c.awaitGateway(t, "default", 0)
	c.awaitDashboard(t, 0)
	c.stopped(t, 143) // main's own: TERM ended it
	r := docker(t, "logs", c.id)
	has(t, r.out, "hermes gateway: stopped")
	hasNot(t, r.err, "killed", "killing", "time is up")
	has(t, v.sh(t, "cat gateway_state.json"), `"exit_reason":"exit code 0"`, `"desired_state":"running"`)
}

func TestA13_MainsOwnCodeIsTheContainersWhateverTheServicesSay(t *testing.T) {
	needs(t, hermes)
	c := start(t, running, longBudget, hermes, "sh", "-c", `trap 'exit 7' TERM; echo main-is-up; while :; do sleep 0.05; done`)
	c.awaitUp(t)
	c.awaitGateway(t, "default", 0)
	c.stopped(t, 7)
}

func TestA13_AGatewayThatNeeds8sToDrainGetsThem(t *testing.T) {
	needs(t, hermes)
	for name, command := range map[string][]string{"beside a main": up, "as the command": {"gateway", "run"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVolume(t)
			c := start(t, append([]string{v.data(), running, "-e", "HERMES_STANDIN_DRAIN=8s", longBudget, hermes}, command...)...)
			c.awaitGateway(t, "default", 0)
			asked := time.Now()
			c.stopped(t, 143)
			if took := time.Since(asked); took < 8*time.Second {
				t.Errorf("the stop took %v, less than the gateway's 8 s", took)
			}
			r := docker(t, "logs", c.id)
			has(t, r.out, "hermes gateway: stopped")
			hasNot(t, r.err, "killed", "killing", "time is up")
			has(t, v.sh(t, "cat gateway_state.json"), `"gateway_state":"stopped"`, `"exit_reason":"exit code 0"`)
		})
	}
}

func TestA13_AGatewayThatIgnoresTermIsKilledBeforeTheEngineKills(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), running, "-e", "HERMES_STANDIN_STUBBORN=1", "-e", "BERTH_STOP_TIMEOUT=2s", hermes)
	c.awaitGateway(t, "default", 0)
	c.stopped(t, 143)
	has(t, docker(t, "logs", c.id).err, "berth: gateway-default: ", ": killing")
	has(t, v.sh(t, "cat gateway_state.json"), `"desired_state":"running"`)
}

func TestA13_TermWhileItStillBootsIsHonouredAtOnce(t *testing.T) {
	needs(t, hermes)
	for _, at := range []string{"before-volume", "after-volume", "after-seed", "before-main"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			options := hooked(t, `
  - {at: `+at+`, as: root, timeout: 10m, command: [sh, -c, "touch /tmp/here; exec sleep 1000"]}
`)
			c := start(t, append(append(options, running, longBudget, hermes), up...)...)
			eventually(t, "the boot is at "+at, func() bool { return c.exec(t, "test", "-e", "/tmp/here").code == 0 })
			c.stopped(t, 143)
			r := docker(t, "logs", c.id)
			hasNot(t, r.all(), "main-is-up", "hermes gateway")
			has(t, r.err, "berth: stopped by SIGTERM before main ran")
		})
	}
}

func TestA13_TermWhileAGatewayStillComesUpIsHonouredAtOnce(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, running, "-e", "HERMES_STANDIN_SLOW=10m", longBudget, hermes)
	c.awaitRun(t, "gateway-default", 0)
	c.stopped(t, 143)
	hasNot(t, docker(t, "logs", c.id).all(), "hermes gateway: running", "killing")
}

func TestA13_WhoNeedsAServiceIsStoppedBeforeIt(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, append(changed(t, `
  below: {command: [sh, -c, 'trap "echo below ends; exit 0" TERM; while :; do sleep 0.05; done']}
  middle: {requires: [below], command: [sh, -c, 'trap "sleep 1; echo middle ends; exit 0" TERM; while :; do sleep 0.05; done']}
  above: {after: [middle], command: [sh, -c, 'trap "sleep 1; echo above ends; exit 0" TERM; while :; do sleep 0.05; done']}
`), longBudget, hermes)...)
	c.awaitRun(t, "above", 0)
	c.stopped(t, 143)
	var order string
	for _, line := range linesWith(docker(t, "logs", c.id).out, " ends") {
		order += line + "\n"
	}
	same(t, "who ended when", order, "above: above ends\nmiddle: middle ends\nbelow: below ends\n")
}

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// awaitHealth waits until the engine says of a container's health what it should.
func (c *container) awaitHealth(t *testing.T, want string) {
	t.Helper()
	last := ""
	eventually(t, "the engine calls it "+want, func() bool {
		last = c.inspect(t, "{{.State.Health.Status}}")
		return last == want
	})
}

func TestA120_ReadySaysWhetherEverythingThatIsWantedIsThere(t *testing.T) {
	needs(t, hermes)
	options := hooked(t, `
  - {at: before-main, as: root, timeout: 10m, command: [sh, -c, "touch /tmp/here; until [ -e /tmp/go ]; do sleep 0.05; done"]}
services:
  thing: {restart: {hold-max: 10m}, command: [sh, -c, '[ ! -e /opt/data/broken ] || exit 1; exec sleep infinity']}
  brief: {restart: {policy: never}, command: [sh, -c, '[ ! -e /opt/data/broken ] || exit 1; exec sleep infinity']}
`)
	c := start(t, append(append(options, hermes), up...)...)
	eventually(t, "the boot is at its hook", func() bool { return c.exec(t, "test", "-e", "/tmp/here").code == 0 })
	// Nobody is there to answer yet.
	r := c.exec(t, "berth", "ready")
	if r.code != 4 {
		t.Errorf("while it boots, ready ended with %d, want 4:\n%s", r.code, r.all())
	}
	has(t, r.err, "berth: ", "berth: hint: ")
	c.sh(t, "touch /tmp/go")
	ready := func(code int) result {
		t.Helper()
		var r result
		eventually(t, "ready gives its answer", func() bool {
			r = c.exec(t, "berth", "ready")
			return r.code == code
		})
		return r
	}
	has(t, ready(0).out, "ready")
	same(t, "ready -q", c.exec(t, "berth", "ready", "-q").all(), "")
	// One that is held, and one that has failed for good.
	s := c.slots(t)
	c.sh(t, "touch /opt/data/broken")
	c.killHard(t, s["thing"].Pid)
	c.killHard(t, s["brief"].Pid)
	c.awaitSlot(t, "thing", "is held", func(s slotState) bool { return s.State == "holding" })
	c.awaitSlot(t, "brief", "has failed", func(s slotState) bool { return s.State == "failed" })
	r = ready(3)
	has(t, r.out, "not ready: thing: ", "not ready: brief: ", "KILL")
	var told struct {
		Ready   bool
		Reasons []struct{ Slot, Why string }
	}
	// For a moment between two holds one of them is being tried again, and no reason.
	eventually(t, "ready --json gives both reasons", func() bool {
		told.Reasons = nil
		if err := json.Unmarshal([]byte(c.exec(t, "berth", "ready", "--json").out), &told); err != nil || told.Ready {
			t.Errorf("ready --json says %+v (%v), want no", told, err)
		}
		return len(told.Reasons) == 2
	})
	// What is told to be down is not missed.
	must(t, "exec", c.id, "berth", "stop", "thing", "brief", "--wait")
	ready(0)
	c.sh(t, "rm /opt/data/broken")
	must(t, "exec", c.id, "berth", "start", "thing", "brief", "--wait")
	ready(0)
	// Anybody's user gets an answer or a refusal, never yes for no.
	if r := docker(t, "exec", "--user", "10000:10000", c.id, "berth", "ready"); r.code != 0 {
		t.Errorf("as the app's user, ready ended with %d:\n%s", r.code, r.all())
	}
	if r := docker(t, "exec", "--user", "4711:4711", c.id, "berth", "ready"); r.code == 0 {
		t.Errorf("a stranger was told: %s", r.all())
	}
}

func TestA120_TheEngineLearnsTheHealthFromReady(t *testing.T) {
	needs(t, hermes)
	has(t, must(t, "inspect", "--format", "{{json .Config.Healthcheck.Test}}", hermes), `"CMD"`, `berth","ready"`)
	options := changed(t, `
  thing: {command: [sh, -c, '[ ! -e /opt/data/broken ] || exit 1; exec sleep infinity']}
`)
	// The image's own question, asked more often.
	c := startUp(t, append(options, "--health-interval=300ms", "--health-retries=1", "--health-start-period=0s", running, hermes)...)
	c.awaitGateway(t, "default", 0)
	c.awaitHealth(t, "healthy")
	c.sh(t, "touch /opt/data/broken")
	c.killHard(t, c.slots(t)["thing"].Pid)
	c.awaitHealth(t, "unhealthy")
	has(t, c.inspect(t, "{{json .State.Health.Log}}"), "not ready: thing: ")
	c.sh(t, "rm /opt/data/broken")
	must(t, "exec", c.id, "berth", "start", "thing", "--wait")
	c.awaitHealth(t, "healthy")
	if !c.running(t) || c.slots(t)["gateway-default"].Restarts != 0 {
		t.Error("the engine's question changed something")
	}
}

func TestA119_EveryLineIsJSONOnDemand(t *testing.T) {
	needs(t, hermes)
	c := start(t, "-e", "BERTH_LOG_FORMAT=json", "-e", "PUID=4242", "-e", "HERMES_DASHBOARD=1", hermes, "gateway", "run")
	s := c.awaitGateway(t, "default", 0)
	c.awaitDashboard(t, 0)
	c.comesBack(t, s.Pid)
	c.awaitGateway(t, "default", s.Pid)
	must(t, "stop", c.id)
	r := docker(t, "logs", c.id)
	spoke := map[string]int{}
	for line := range strings.Lines(r.out) {
		var said struct{ Time, Slot, Stream, Line string }
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Time == "" || said.Slot == "" || said.Line == "" {
			t.Errorf("a line of stdout is %q (%v), want an object with time, slot and line", line, err)
		}
		spoke[said.Slot]++
	}
	if spoke["gateway-default"] < 3 || spoke["dashboard"] < 1 {
		t.Errorf("spoke %v, want both", spoke)
	}
	for line := range strings.Lines(r.err) {
		var said struct{ Time, Level, Text string }
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Time == "" || said.Level == "" || said.Text == "" {
			t.Errorf("a line of stderr is %q (%v), want an object with time, level and text", line, err)
		}
	}
	has(t, r.err, `"phase":"identity"`, "reconcile: profile=default")
	// The lines of a main are its own.
	r = runs(t, 0, "-e", "BERTH_LOG_FORMAT=json", running, hermes, "echo", "plain")
	has(t, "\n"+r.out, "\nplain\n")
}

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// dashboardAnswers says whether the dashboard answers inside the container; host and port as curl would be told them.
func (c *container) dashboardAnswers(t *testing.T, address string) bool {
	t.Helper()
	return strings.HasPrefix(c.exec(t, "probe", "get", "http://"+address+"/").out, "200\n")
}

// listens gives the addresses, as /proc/net/tcp has them, on which something listens at a port.
func (c *container) listens(t *testing.T, port int) string {
	t.Helper()
	return c.sh(t, fmt.Sprintf(`awk '$4=="0A" && $2 ~ /:%04X$/{sub(/:.*/, "", $2); print $2}' /proc/net/tcp /proc/net/tcp6 2>/dev/null`, port))
}

func (c *container) awaitDashboard(t *testing.T, but int) slotState {
	t.Helper()
	return c.awaitSlot(t, "dashboard", "is ready", func(s slotState) bool { return s.Ready && s.Pid != but })
}

func TestA93_TheDashboardIsOffUnlessAsked(t *testing.T) {
	needs(t, hermes)
	c := serving(t, hermes)
	c.does(t, "gateway", "start")
	c.awaitGateway(t, "default", 0)
	c.wantsDown(t, "dashboard")
	if n := len(c.starts(t, "dashboard")); n != 0 {
		t.Errorf("it was started %d times", n)
	}
	if all := c.named(t, "hermes"); len(all) != 1 {
		t.Errorf("the app's processes are %+v, want the gateway alone", all)
	}
	same(t, "who listens", c.listens(t, 9119), "")
	// What isn't enabled can't be started by hand: the spec's word is the container's variable.
	r := c.exec(t, "berth", "start", "dashboard")
	if r.code != 1 {
		t.Errorf("berth start dashboard ended with %d, want 1:\n%s", r.code, r.all())
	}
	has(t, r.err, "berth: ", "berth: hint: ")
	c.wantsDown(t, "dashboard")
	if r := c.exec(t, "berth", "ready"); r.code != 0 {
		t.Errorf("berth ready ended with %d, want 0:\n%s", r.code, r.all())
	}
}

func TestA94_WhatTurnsTheDashboardOn(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	for _, value := range []string{"1", "True", "on"} {
		c := serving(t, "-e", "HERMES_DASHBOARD="+value, image)
		s := c.awaitDashboard(t, 0)
		if !c.dashboardAnswers(t, "127.0.0.1:9119") {
			t.Errorf("HERMES_DASHBOARD=%s: nothing answers", value)
		}
		if p := c.sh(t, fmt.Sprintf(`awk '/^Uid:|^Gid:/{printf "%%s ", $3}' /proc/%d/status`, s.Pid)); p != "10000 10000" {
			t.Errorf("HERMES_DASHBOARD=%s: it runs as %s", value, p)
		}
		must(t, "rm", "-f", "-v", c.id)
	}
}

func TestA94_WhatLeavesItOff(t *testing.T) {
	needs(t, hermes)
	for _, value := range []string{"", "False", "garbage"} {
		c := serving(t, "-e", "HERMES_DASHBOARD="+value, hermes)
		c.wantsDown(t, "dashboard")
		if n := len(c.starts(t, "dashboard")); n != 0 {
			t.Errorf("HERMES_DASHBOARD=%q started it %d times", value, n)
		}
		must(t, "rm", "-f", "-v", c.id)
	}
}

func TestA95_TheDashboardsPortAndHost(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	c := serving(t, "-e", "HERMES_DASHBOARD=1", "-e", "HERMES_DASHBOARD_PORT=9120", image)
	first := c.awaitDashboard(t, 0)
	if !c.dashboardAnswers(t, "127.0.0.1:9120") {
		t.Error("nothing answers at the port that was asked for")
	}
	same(t, "who listens at the port of the image", c.listens(t, 9119), "")
	same(t, "where it listens unless asked", c.listens(t, 9120), "0100007F")
	env := strings.Join(c.environOf(t, first.Pid), "\n")
	has(t, env, "HOME=/opt/data", "HERMES_DASHBOARD_PORT=9120")
	has(t, c.asOwner(t, first.Pid, fmt.Sprintf(`tr '\0' ' ' < /proc/%d/cmdline`, first.Pid)), "--no-open", "9120")
	hasNot(t, c.asOwner(t, first.Pid, fmt.Sprintf(`tr '\0' ' ' < /proc/%d/cmdline`, first.Pid)), "insecure")

	killed := time.Now()
	c.killHard(t, first.Pid)
	second := c.awaitDashboard(t, first.Pid)
	if took := time.Since(killed); took > 15*time.Second {
		t.Errorf("a new one came after %v, want at most 15 s", took)
	}
	if second.Restarts != 1 || second.LastExit == nil || second.LastExit.Signal != "KILL" {
		t.Errorf("the slot is %+v, want one restart after KILL", second)
	}
	if !c.dashboardAnswers(t, "127.0.0.1:9120") {
		t.Error("the new one doesn't answer")
	}

	other := serving(t, "-e", "HERMES_DASHBOARD=1", "-e", "HERMES_DASHBOARD_HOST=127.0.0.2", image)
	other.awaitSlot(t, "dashboard", "runs", func(s slotState) bool { return s.runs() })
	eventually(t, "it answers at the host that was asked for", func() bool { return other.dashboardAnswers(t, "127.0.0.2:9119") })
	same(t, "where it listens", other.listens(t, 9119), "0200007F")
}

func TestA96_WithoutAWayToLogInItServesNobodyOutside(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	for name, more := range map[string][]string{
		"on every address":               nil,
		"with the word that opened once": {"-e", "HERMES_DASHBOARD_INSECURE=1"},
	} {
		t.Run(name, func(t *testing.T) {
			options := append([]string{"-e", "HERMES_DASHBOARD=1", "-e", "HERMES_DASHBOARD_HOST=0.0.0.0"}, more...)
			c := serving(t, append(options, image)...)
			s := c.awaitSlot(t, "dashboard", "is done", func(s slotState) bool { return s.State == "done" })
			if s.Restarts != 0 || s.LastExit == nil || s.LastExit.Code != 78 {
				t.Errorf("the slot is %+v, want one run that ended with 78", s)
			}
			has(t, s.Why, "78", "final")
			same(t, "who listens", c.listens(t, 9119), "")
			// Something else that takes its time goes by, and it was not started again.
			c.does(t, "gateway", "start")
			c.awaitGateway(t, "default", 0)
			c.does(t, "gateway", "restart")
			if n := len(c.starts(t, "dashboard")); n != 1 {
				t.Errorf("it had %d runs, want one", n)
			}
			has(t, c.does(t, "doctor"), "dashboard")
			if !c.running(t) {
				t.Error("the container ended")
			}
		})
	}
	t.Run("with a way to log in it serves", func(t *testing.T) {
		c := serving(t, "-e", "HERMES_DASHBOARD=1", "-e", "HERMES_DASHBOARD_HOST=0.0.0.0",
			"-e", "HERMES_DASHBOARD_BASIC_AUTH_USERNAME=me", "-e", "HERMES_DASHBOARD_BASIC_AUTH_PASSWORD=a-long-enough-password", image)
		c.awaitDashboard(t, 0)
		if got := c.listens(t, 9119); strings.Trim(got, "0") != "" || got == "" {
			t.Errorf("it listens on %q, want every address", got)
		}
	})
}

func TestA97_ADashboardsContainerStartsNoGateways(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	for _, word := range []string{"dashboard", "serve"} {
		t.Run(word, func(t *testing.T) {
			v := prepared(t, marked(map[string]string{"default": wantsRunning, "coder": wantsRunning}))
			gateways := serving(t, v.data(), image)
			first, coder := gateways.awaitGateway(t, "default", 0), gateways.awaitGateway(t, "coder", 0)
			log := v.awaitBootLog(t, 2)
			pids := v.sh(t, "cat gateway.pid profiles/coder/gateway.pid")

			c := start(t, v.data(), image, word, "--no-open", "--host", "127.0.0.1")
			eventually(t, "it serves", func() bool { return c.dashboardAnswers(t, "127.0.0.1:9119") })
			for name := range c.supervised(t) {
				if strings.HasPrefix(name, "gateway-") {
					t.Errorf("the dashboard's container has a slot %s", name)
				}
			}
			if all := c.gateways(t); len(all) != 0 {
				t.Errorf("gateways run in the dashboard's container: %+v", all)
			}
			has(t, docker(t, "logs", c.id).err, "reconcile: skipping ("+word+" container")
			// Nothing of the other container's was touched.
			same(t, "the pid files", v.sh(t, "cat gateway.pid profiles/coder/gateway.pid"), pids)
			same(t, "the boot log", strings.Join(v.bootLog(t), "\n"), strings.Join(log, "\n"))
			must(t, "stop", c.id)
			for name, was := range map[string]slotState{"gateway-default": first, "gateway-coder": coder} {
				if s := gateways.slots(t)[name]; s.Pid != was.Pid {
					t.Errorf("%s is %+v in the gateways' container, want pid %d as before", name, s, was.Pid)
				}
			}
		})
	}
}

func TestA97_AProfileNamedDashboardIsAProfile(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"dashboard": wantsRunning, "coder": wantsRunning}))
	c := start(t, v.data(), hermes, "-p", "dashboard", "gateway", "run")
	c.awaitGateway(t, "dashboard", 0)
	c.awaitGateway(t, "coder", 0)
	hasNot(t, docker(t, "logs", c.id).err, "reconcile: skipping")
}

func TestA98_ADashboardThatFailsNeverEndsTheContainer(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), "-e", "HERMES_DASHBOARD=1", hermes)
	first := c.awaitDashboard(t, 0)
	c.killHard(t, first.Pid)
	second := c.awaitDashboard(t, first.Pid)
	c.killHard(t, second.Pid)
	c.awaitDashboard(t, second.Pid)
	if !c.running(t) {
		t.Fatalf("the container ended with %d", c.code(t))
	}
	// One that never comes up, either.
	failing := serving(t, "-e", "HERMES_DASHBOARD=1", "-e", "HERMES_DASHBOARD_PORT=99999", hermes)
	failing.awaitSlot(t, "dashboard", "is held", func(s slotState) bool { return s.State == "holding" || s.State == "failed" || s.State == "done" })
	if !failing.running(t) {
		t.Fatalf("the container ended with %d", failing.code(t))
	}
	// Main's end does end it, at once and with its own code.
	c.sh(t, "kill -9 $(pidof sleep)")
	if code := c.ends(t); code != 137 {
		t.Errorf("main's end by KILL ended the container with %d, want 137", code)
	}
	r := runs(t, 42, "-e", "HERMES_DASHBOARD=1", hermes, "sh", "-c", "exit 42")
	noTrace(t, r)
}

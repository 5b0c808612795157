package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// linesWith gives the lines of a text that hold a word.
func linesWith(text, word string) []string {
	var found []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, word) {
			found = append(found, line)
		}
	}
	return found
}

// noOrphans waits until nothing is dead and unreaped, and no process of a name is left.
func (c *container) noOrphans(t *testing.T, name string) {
	t.Helper()
	eventually(t, "no orphan is left, dead or alive", func() bool {
		for _, p := range c.processes(t) {
			if p.state == "Z" || p.name == name {
				return false
			}
		}
		return true
	})
}

func TestA14_OrphansOfAServiceAndOfDockerExecAreReaped(t *testing.T) {
	needs(t, hermes)
	c := start(t, append(changed(t, `
  litter: {command: [sh, -c, 'i=0; while [ $$i -lt 300 ]; do (: &); i=$$((i+1)); done; echo littered; exec tail -f /dev/null']}
`), hermes, "tail", "-f", "/dev/null")...)
	c.says(t, "littered")
	c.sh(t, `i=0; while [ $i -lt 100 ]; do (sleep 0.2 &); i=$((i+1)); done`)
	c.noOrphans(t, "sleep")
	if n := len(c.named(t, "tail")); n != 2 {
		t.Errorf("%d of main and the service are left, want both", n)
	}
}

func TestA15_SignalsReachMainAloneWhileServicesRun(t *testing.T) {
	needs(t, hermes)
	c := start(t, running, withProbe(t), "probe", "signals")
	c.says(t, "ready")
	before := c.awaitGateway(t, "default", 0)
	for _, s := range []struct {
		name   string
		number int
	}{{"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"USR1", 10}, {"USR2", 12}, {"WINCH", 28}} {
		must(t, "kill", "-s", s.name, c.id)
		c.says(t, fmt.Sprintf("signal %d\n", s.number))
	}
	if after := c.slots(t)["gateway-default"]; after.Pid != before.Pid || after.Restarts != 0 {
		t.Errorf("the gateway was %+v and is %+v: the signals were main's", before, after)
	}
	must(t, "kill", "-s", "TERM", c.id)
	if code := c.ends(t); code != 7 {
		t.Errorf("TERM ended the container with %d, want main's own 7", code)
	}
	has(t, docker(t, "logs", c.id).out, "hermes gateway: stopped")
}

func TestA15_WithoutAMainWhatEndsAProgramEndsTheContainer(t *testing.T) {
	needs(t, hermes)
	for signal, code := range map[string]int{"TERM": 143, "INT": 130, "QUIT": 131} {
		t.Run(signal, func(t *testing.T) {
			t.Parallel()
			c := start(t, longBudget, hermes, "gateway", "run")
			before := c.awaitGateway(t, "default", 0)
			for _, s := range []string{"USR1", "USR2", "WINCH"} {
				must(t, "kill", "-s", s, c.id)
			}
			if after := c.slots(t)["gateway-default"]; after.Pid != before.Pid {
				t.Errorf("the gateway was %+v and is %+v", before, after)
			}
			must(t, "kill", "-s", signal, c.id)
			if got := c.ends(t); got != code {
				t.Errorf("%s ended the container with %d, want %d", signal, got, code)
			}
			has(t, docker(t, "logs", c.id).out, "hermes gateway: stopped")
		})
	}
}

// comesBack kills the process of the volume's own gateway and waits for another one.
func (c *container) comesBack(t *testing.T, pid int) {
	t.Helper()
	c.killHard(t, pid)
	c.awaitRun(t, "gateway-default", pid)
}

func TestA16_BesideAnInitOfTheEngineServicesAreSupervisedToo(t *testing.T) {
	needs(t, hermes)
	c := start(t, "--init", longBudget, hermes, "gateway", "run")
	s := c.awaitGateway(t, "default", 0)
	c.comesBack(t, s.Pid)
	s = c.awaitGateway(t, "default", s.Pid)
	c.noOrphans(t, "none")
	r := docker(t, "logs", c.id)
	has(t, r.err, "not PID 1")
	noTrace(t, r)
	c.stopped(t, 143)
	has(t, docker(t, "logs", c.id).out, "hermes gateway: stopped")
}

func TestA18_OldEntrypointsSuperviseToo(t *testing.T) {
	needs(t, hermes)
	t.Run("tini before gateway run", func(t *testing.T) {
		t.Parallel()
		c := start(t, "--entrypoint", "/usr/bin/tini", hermes, "-g", "--", "gateway", "run")
		s := c.awaitGateway(t, "default", 0)
		c.comesBack(t, s.Pid)
		c.stopped(t, 143)
	})
	t.Run("tini with flags that take values", func(t *testing.T) {
		t.Parallel()
		c := start(t, "--entrypoint", "/usr/bin/tini", running, hermes, "-p", "SIGKILL", "-e", "143", "-v", "-v", "--", "sleep", "infinity")
		s := c.awaitGateway(t, "default", 0)
		c.comesBack(t, s.Pid)
		if main := c.named(t, "sleep"); len(main) != 1 || main[0].parent != 1 {
			t.Errorf("main is %+v, want one sleep, a child of PID 1", main)
		}
		c.stopped(t, 143)
	})
	for _, entry := range []string{"/init", "/opt/hermes/docker/entrypoint.sh"} {
		t.Run(entry, func(t *testing.T) {
			t.Parallel()
			// The boot writes "running" to gateway_state.json before any gateway does; the pid file is the gateway's own.
			c := start(t, "--entrypoint", entry, running, hermes, "sh", "-c", `until [ -e /opt/data/gateway.pid ] && berth status gateway-default >/dev/null; do sleep 0.05; done; exit 7`)
			if code := c.ends(t); code != 7 {
				t.Errorf("the container ended with %d, want main's 7", code)
			}
			has(t, docker(t, "logs", c.id).out, "hermes gateway: stopped")
		})
	}
}

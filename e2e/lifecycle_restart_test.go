package e2e

import (
	"strings"
	"testing"
)

// runningAndStopped prepares a volume with a profile whose gateway is to run and one whose gateway was stopped, by the words of
// a person, and gives the container that still runs on it.
func runningAndStopped(t *testing.T, v *volume, args ...string) *container {
	t.Helper()
	c := serving(t, append([]string{v.data()}, args...)...)
	for _, name := range []string{"runs", "rests"} {
		c.does(t, "profile", "create", name)
		c.does(t, "-p", name, "gateway", "start")
		c.awaitGateway(t, name, 0)
	}
	c.does(t, "-p", "rests", "gateway", "stop")
	return c
}

// cameBack checks that what ran runs again, and what was stopped doesn't.
func (c *container) cameBack(t *testing.T) {
	t.Helper()
	s := c.awaitGateway(t, "runs", 0)
	c.wantsDown(t, "gateway-rests")
	c.wantsDown(t, "gateway-default")
	if all := c.gateways(t); len(all) != 1 || all[0].pid != s.Pid {
		t.Errorf("the gateways are %+v, want pid %d alone", all, s.Pid)
	}
}

func TestA77_ARestartBringsBackWhatRanAndNothingElse(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := runningAndStopped(t, v, hermes)
	v.sh(t, ": > logs/container-boot.log")
	c.restart(t)
	lines := v.awaitBootLog(t, 3)
	c.cameBack(t)
	for profile, want := range map[string]string{"default": "registered", "rests": "registered", "runs": "started"} {
		if prior, action := found(lines, profile); action != want {
			t.Errorf("the boot log says of %s prior_state=%s action=%s, want action=%s:\n%s", profile, prior, action, want, strings.Join(lines, "\n"))
		}
	}
	has(t, docker(t, "logs", c.id).all(), "reconcile: profile=runs", "action=started")
	// What a person asks for after it holds over the next one.
	c.does(t, "-p", "runs", "gateway", "stop")
	c.does(t, "-p", "rests", "gateway", "start")
	c.awaitGateway(t, "rests", 0)
	c.restart(t)
	c.awaitGateway(t, "rests", 0)
	c.wantsDown(t, "gateway-runs")
}

func TestA77_BerthsOwnWordsAreKeptToo(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	must(t, "exec", c.id, "berth", "start", "gateway-default", "--wait")
	c.restart(t)
	c.awaitGateway(t, "default", 0)
	must(t, "exec", c.id, "berth", "stop", "gateway-default", "--wait")
	c.restart(t)
	c.supervised(t)
	c.wantsDown(t, "gateway-default")
}

func TestA78_WhatRanComesBackHoweverTheContainerEnded(t *testing.T) {
	needs(t, hermes)
	t.Run("the engine kills it", func(t *testing.T) {
		v := newVolume(t)
		c := runningAndStopped(t, v, hermes)
		must(t, "kill", c.id)
		c.ends(t)
		must(t, "start", c.id)
		c.awaitUp(t)
		c.cameBack(t)
		has(t, strings.Join(v.awaitBootLog(t, 4), "\n"), "profile=runs prior_state=running action=started prior_exit=unclean",
			"profile=rests prior_state=stopped action=registered prior_exit=clean")
	})
	t.Run("the engine stops and starts it, as when it is restarted itself", func(t *testing.T) {
		v := newVolume(t)
		c := runningAndStopped(t, v, hermes)
		must(t, "stop", c.id)
		must(t, "start", c.id)
		c.awaitUp(t)
		c.cameBack(t)
		has(t, strings.Join(v.awaitBootLog(t, 4), "\n"), "profile=runs prior_state=running action=started prior_exit=clean")
	})
	t.Run("it is removed and another takes the volume", func(t *testing.T) {
		v := newVolume(t)
		c := runningAndStopped(t, v, hermes)
		must(t, "rm", "-f", c.id)
		serving(t, v.data(), hermes).cameBack(t)
	})
	t.Run("the gateway writes on its end that it stopped", func(t *testing.T) {
		v := newVolume(t)
		c := runningAndStopped(t, v, hermes)
		must(t, "stop", c.id)
		has(t, v.sh(t, "cat profiles/runs/gateway_state.json"), `"gateway_state":"stopped"`, `"desired_state":"running"`)
		must(t, "rm", c.id)
		serving(t, v.data(), hermes).cameBack(t)
	})
	t.Run("PID 1 is killed from outside", func(t *testing.T) {
		v := newVolume(t)
		c := runningAndStopped(t, v, hermes)
		host(t, "kill -9 "+c.inspect(t, "{{.State.Pid}}"))
		c.ends(t)
		must(t, "start", c.id)
		c.awaitUp(t)
		c.cameBack(t)
	})
}

// tooMuch is a service that eats memory until the kernel ends it, once, and then is the gateway.
const tooMuch = `
  gateway:
    command: [sh, -c, 'if [ ! -e /spec/fed ]; then : > /spec/fed; exec tail /dev/zero; fi; exec hermes gateway run --replace']
    profile-args: []
`

func TestA78_AGatewayThatTheKernelEndsForItsMemoryComesBack(t *testing.T) {
	needs(t, hermes)
	if must(t, "info", "--format", "{{.MemoryLimit}}") != "true" {
		t.Skip("the machine bounds no container's memory")
	}
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	c := serving(t, append(changed(t, tooMuch), v.data(), "--memory", "96m", hermes)...)
	s := c.awaitSlot(t, "gateway-default", "came back", func(s slotState) bool { return s.runs() && s.Restarts > 0 })
	if s.LastExit == nil || s.LastExit.Signal != "KILL" || s.LastExit.Code != 137 {
		t.Errorf("its last run ended with %+v, want signal KILL", s.LastExit)
	}
	c.awaitGateway(t, "default", 0)
	same(t, "main", c.sh(t, "cat /proc/1/oom_score_adj"), "0")
	if score := c.asOwner(t, s.Pid, "cat /proc/self/oom_score_adj"); score == "" {
		t.Error("the gateway has no score")
	}
	if !c.running(t) || c.boots != 1 {
		t.Errorf("the container ended with %d", c.code(t))
	}
}

func TestA78_AContainerThatTheKernelEndsForItsMemoryComesBack(t *testing.T) {
	needs(t, hermes)
	if must(t, "info", "--format", "{{.MemoryLimit}}") != "true" {
		t.Skip("the machine bounds no container's memory")
	}
	v := newVolume(t)
	c := serving(t, v.data(), "--memory", "96m", hermes, "sh", "-c", `[ ! -e /opt/data/hungry ] || { rm /opt/data/hungry; exec tail /dev/zero; }; exec "$@"`, "-")
	c.does(t, "gateway", "start")
	c.awaitGateway(t, "default", 0)
	v.sh(t, ": > hungry; chown 10000:10000 hungry")
	must(t, "restart", c.id)
	if code := c.ends(t); code != 137 {
		t.Errorf("a main that ate too much ended the container with %d, want 137", code)
	}
	same(t, "the engine's word", c.inspect(t, "{{.State.OOMKilled}}"), "true")
	must(t, "start", c.id)
	c.awaitUp(t)
	c.awaitGateway(t, "default", 0)
}

func TestA79_WhatAStateFileSays(t *testing.T) {
	needs(t, hermes)
	states := []struct{ profile, text, prior, action string }{
		{"default", `{"gateway_state":"degraded"}`, "degraded", "started"},
		{"array", `[{"gateway_state":"running"}]`, "None", "registered"},
		{"corrupt", `{"gateway_state":"running"`, "None", "registered"},
		{"degraded", `{"gateway_state":"degraded"}`, "degraded", "started"},
		{"draining", `{"gateway_state":"draining"}`, "draining", "started"},
		{"failed", `{"gateway_state":"startup_failed"}`, "startup_failed", "registered"},
		{"missing", "", "None", "registered"},
		{"number", `{"gateway_state":1}`, "None", "registered"},
		{"running", `{"gateway_state":"running"}`, "running", "started"},
		{"starting", `{"gateway_state":"starting"}`, "starting", "registered"},
		{"stopped", `{"gateway_state":"stopped"}`, "stopped", "registered"},
		{"wanted", `{"gateway_state":"stopped","desired_state":"running"}`, "running", "started"},
		{"word", `"running"`, "None", "registered"},
		{"zzz-unwanted", `{"gateway_state":"running","desired_state":"stopped"}`, "stopped", "registered"},
	}
	texts := map[string]string{}
	for _, s := range states {
		texts[s.profile] = s.text
	}
	v := prepared(t, marked(texts))
	c := serving(t, v.data(), hermes)
	lines := v.awaitBootLog(t, len(states))
	up := 0
	for _, s := range states {
		if prior, action := found(lines, s.profile); prior != s.prior || action != s.action {
			t.Errorf("of %s the boot log says prior_state=%s action=%s, want %s and %s", s.profile, prior, action, s.prior, s.action)
		}
		if s.action == "registered" {
			c.wantsDown(t, "gateway-"+s.profile)
			continue
		}
		up++
		c.awaitGateway(t, s.profile, 0)
	}
	if all := c.gateways(t); len(all) != up {
		t.Errorf("%d gateways run, want %d: %+v", len(all), up, all)
	}
	has(t, docker(t, "logs", c.id).err, "profile corrupt", "profile array", "profile word")
	// What was found out is written down, so that a gateway's own word on its end can't turn it over.
	for _, profile := range []string{"draining", "running"} {
		has(t, v.sh(t, "cat profiles/"+profile+"/gateway_state.json"), `"desired_state":"running"`)
	}
	same(t, "a state file that says nothing", v.sh(t, "cat profiles/corrupt/gateway_state.json"), `{"gateway_state":"running"`)
}

func TestA80_WhatARunBeforeLeftIsRemoved(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning, "coder": wantsRunning, "other": ""})+`
		for d in . profiles/coder profiles/other; do
			echo '{"pid":1,"kind":"hermes-gateway"}' > $d/gateway.pid; echo '[{"pid":1}]' > $d/processes.json; : > $d/gateway.lock
		done`)
	c := serving(t, v.data(), hermes)
	// The pid in it is that of a process that lives and has nothing to do with it: the gateways run all the same.
	c.awaitGateway(t, "default", 0)
	c.awaitGateway(t, "coder", 0)
	for _, dir := range []string{".", "profiles/coder", "profiles/other"} {
		same(t, "processes.json in "+dir, v.sh(t, "ls "+dir+"/processes.json 2>/dev/null || echo none"), "none")
		hasNot(t, v.sh(t, "cat "+dir+"/gateway.pid 2>/dev/null || :"), `"pid":1,`)
	}
	same(t, "gateway.pid of a gateway that is down", v.sh(t, "ls profiles/other/gateway.pid 2>/dev/null || echo none"), "none")
	has(t, docker(t, "logs", c.id).err, "Removed stale gateway.pid, processes.json of profile default", "of profile coder", "of profile other")
	// A link among them is removed as a link.
	v.sh(t, "echo keep > kept; ln -s /opt/data/kept profiles/other/processes.json; ln -s /etc/passwd profiles/other/gateway.pid")
	c.restart(t)
	c.awaitGateway(t, "coder", 0)
	same(t, "what a link led to", v.sh(t, "cat kept"), "keep")
	has(t, c.sh(t, "head -n 1 /etc/passwd"), "root:")
}

func TestA81_WhatIsNoProfileKeepsNoOther(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"coder": wantsRunning, "zeta": wantsRunning, "My Bot": wantsRunning, "UPPER": wantsRunning})+`
		mkdir -p profiles/default profiles/unmarked profiles/.hidden /tmp/away; echo x > profiles/default/SOUL.md; echo x > profiles/.hidden/SOUL.md
		echo model: x > profiles/unmarked/config.yaml; printf '{"gateway_state":"running"}' > profiles/unmarked/gateway_state.json
		echo a file > profiles/notes.txt; ln -s /etc profiles/linked`)
	c := serving(t, v.data(), hermes)
	c.awaitGateway(t, "coder", 0)
	c.awaitGateway(t, "zeta", 0)
	var names []string
	for name := range c.slots(t) {
		if profile, ok := strings.CutPrefix(name, "gateway-"); ok {
			names = append(names, profile)
		}
	}
	if len(names) != 3 {
		t.Errorf("the profiles with slots are %q, want default, coder and zeta", names)
	}
	log := docker(t, "logs", c.id).err
	has(t, log, "My Bot", "UPPER", `profiles/default`, "refusing", "linked")
	hasNot(t, log, "unmarked", "notes.txt", ".hidden")
	if lines := v.awaitBootLog(t, 3); len(lines) != 3 {
		t.Errorf("the boot log tells of other than three profiles:\n%s", strings.Join(lines, "\n"))
	}
	same(t, "what is no profile", v.sh(t, "ls -A profiles | wc -l"), "9")
}

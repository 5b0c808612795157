package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestA71_AProfilesGatewayIsMadeStartedStoppedRestartedAndDeleted(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	c.does(t, "profile", "create", "coder")
	c.wantsDown(t, "gateway-coder")
	v.wants(t, map[string]string{"profiles/coder": "10000:10000", "profiles/coder/.env": "10000:10000 600", "profiles/coder/SOUL.md": "10000:10000"})
	has(t, c.does(t, "profile", "list"), "default", "coder")

	c.does(t, "-p", "coder", "gateway", "start")
	first := c.awaitGateway(t, "coder", 0)
	if all := c.gateways(t); len(all) != 1 || all[0].pid != first.Pid || all[0].uid != 10000 || all[0].gid != 10000 {
		t.Errorf("the gateways are %+v, want pid %d alone, as 10000", all, first.Pid)
	}
	c.wantsDown(t, "gateway-default")

	c.does(t, "-p", "coder", "gateway", "restart")
	second := c.awaitGateway(t, "coder", first.Pid)
	if all := c.gateways(t); len(all) != 1 || all[0].pid != second.Pid {
		t.Errorf("after a restart the gateways are %+v, want pid %d alone", all, second.Pid)
	}

	c.does(t, "-p", "coder", "gateway", "stop")
	c.wantsDown(t, "gateway-coder")
	has(t, v.sh(t, "cat profiles/coder/gateway_state.json"), `"desired_state":"stopped"`)
	// What goes on around it doesn't bring it back.
	runs := len(c.starts(t, "gateway-coder"))
	c.does(t, "profile", "create", "other")
	c.does(t, "-p", "other", "gateway", "start")
	c.awaitGateway(t, "other", 0)
	c.wantsDown(t, "gateway-coder")
	if n := len(c.starts(t, "gateway-coder")); n != runs {
		t.Errorf("a stopped gateway has had %d runs, then %d", runs, n)
	}

	c.does(t, "profile", "delete", "other", "--yes")
	if _, there := c.slots(t)["gateway-other"]; there {
		t.Error("the slot of a profile that was deleted is there")
	}
	if all := c.gateways(t); len(all) != 0 {
		t.Errorf("gateways outlived their profiles: %+v", all)
	}
	same(t, "what is left of it", v.sh(t, "ls -A profiles"), "coder")
	c.does(t, "profile", "delete", "coder", "--yes")
	same(t, "what is left of both", v.sh(t, "ls -A profiles"), "")
	if slots := c.slots(t); slots["gateway-default"].Name == "" || slots["gateway-coder"].Name != "" {
		t.Errorf("the slots are %+v", slots)
	}
}

func TestA71_DeletingAsksFirst(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	c.does(t, "profile", "create", "coder")
	typed := func(text string) result {
		return dockerFed(t, text, "exec", "-i", c.id, "hermes", "profile", "delete", "coder")
	}
	for _, text := range []string{"", "yes\n", "Coder\n"} {
		if r := typed(text); r.code != 1 {
			t.Errorf("who typed %q got exit code %d, want 1:\n%s", text, r.code, r.all())
		}
	}
	same(t, "the profiles", v.sh(t, "ls -A profiles"), "coder")
	if r := typed("coder\n"); r.code != 0 {
		t.Errorf("who typed the name got exit code %d:\n%s", r.code, r.all())
	}
	same(t, "the profiles", v.sh(t, "ls -A profiles"), "")
	has(t, c.refuses(t, "profile", "delete", "default", "--yes"), "cannot be deleted")
}

func TestA71_ACopyKeepsItsSecretsPrivateAndSpeaksForItself(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning, "source": ""})+`
		printf 'OPENAI_API_KEY=k\nTELEGRAM_BOT_TOKEN=t\nAPI_SERVER_PORT=9999\n' > profiles/source/.env; chmod 644 profiles/source/.env
		mkdir -p profiles/source/memories profiles/source/sessions; echo m > profiles/source/memories/MEMORY.md; echo s > profiles/source/sessions/one
		echo soul of the source > profiles/source/SOUL.md; ln -s SOUL.md profiles/source/USER.md; echo '{}' > profiles/source/gateway.pid`)
	c := serving(t, v.data(), hermes)
	must(t, "exec", c.id, "sh", "-c", "umask 022; hermes profile create copy --clone-from source")
	must(t, "exec", c.id, "sh", "-c", "umask 022; hermes -p source profile create whole --clone-all")
	for _, name := range []string{"copy", "whole"} {
		v.wants(t, map[string]string{"profiles/" + name + "/.env": "10000:10000 600"})
		same(t, "the secrets of "+name, v.sh(t, "grep -v '^#' profiles/"+name+"/.env"), "OPENAI_API_KEY=k")
		same(t, "the soul of "+name, v.sh(t, "cd profiles/"+name+"; cat SOUL.md memories/MEMORY.md; stat -c %F USER.md"), "soul of the source\nm\nregular file")
		same(t, "the life of "+name, v.sh(t, "cd profiles/"+name+"; ls sessions; ls gateway.pid gateway_state.json 2>/dev/null || :"), "")
		c.wantsDown(t, "gateway-"+name)
		c.does(t, "-p", name, "gateway", "start")
		c.awaitGateway(t, name, 0)
	}
	c.wantsDown(t, "gateway-source")
}

func TestA72_AnUnknownProfileHasNoGateway(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	for _, verb := range []string{"start", "stop", "restart", "status"} {
		has(t, c.refuses(t, "-p", "nobody", "gateway", verb), "no such gateway 'nobody'", "hermes profile create nobody")
	}
	has(t, c.refuses(t, "profile", "delete", "nobody", "--yes"), "nobody")
	same(t, "the profiles", v.sh(t, "ls -A profiles"), "")
}

func TestA72_NamesThatCanBeNoProfilesAreRefused(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	before := v.snapshot(t)
	var commands [][]string
	for _, name := range []string{"default", "hermes", "test", "tmp", "root", "sudo"} { // may not be made
		commands = append(commands, []string{"hermes", "profile", "create", name})
	}
	for _, name := range []string{
		"Coder", "../x", "../../etc", "/opt/data/profiles/x", "foo/bar", "a b", "a.b", ".", "..", "", "_x", "ünï", "a\nb",
		strings.Repeat("a", 65), strings.Repeat("a", 252),
	} {
		commands = append(commands, []string{"hermes", "profile", "create", name}, []string{"hermes", "-p", name, "gateway", "start"},
			[]string{"hermes", "profile", "delete", name, "--yes"})
	}
	for i, r := range c.codes(t, commands...) {
		noTrace(t, r)
		if r.code != 1 || !strings.Contains(r.out, "berth: ") {
			t.Errorf("%q: exit code %d, want 1 and a reason:\n%s", commands[i], r.code, r.out)
		}
	}
	// A dash makes a flag of it, which is a mistake in the words.
	if r := c.hermes(t, "profile", "create", "-x"); r.code == 0 {
		t.Errorf("profile create -x ended with 0:\n%s", r.all())
	}
	same(t, "the volume", v.snapshot(t), before)
	for name := range c.slots(t) {
		if name != "gateway-default" && name != "dashboard" {
			t.Errorf("a slot %q came about", name)
		}
	}
	c.does(t, "profile", "create", strings.Repeat("a", 64))
	has(t, c.refuses(t, "profile", "create", strings.Repeat("a", 64)), "there already")
}

func TestA73_StopAndRestartOfAll(t *testing.T) {
	needs(t, hermes)
	t.Run("none is registered", func(t *testing.T) {
		// A dashboard's container has no gateways: they are another container's.
		c := start(t, hermes, "dashboard", "--no-open", "--host", "127.0.0.1")
		c.supervised(t)
		for _, verb := range []string{"stop", "restart"} {
			has(t, c.does(t, "gateway", verb, "--all"), "No profile gateways registered")
		}
	})
	for _, names := range [][]string{{"default"}, {"default", "coder", "other"}} {
		t.Run(fmt.Sprintf("%d run", len(names)), func(t *testing.T) {
			c := serving(t, hermes)
			pids := map[string]int{}
			for _, name := range names {
				if name != "default" {
					c.does(t, "profile", "create", name)
				}
				c.does(t, "-p", name, "gateway", "start")
				pids[name] = c.awaitGateway(t, name, 0).Pid
			}
			has(t, c.does(t, "gateway", "restart", "--all"), fmt.Sprintf("Restarted %d profile gateway(s)", len(names)))
			for _, name := range names {
				c.awaitGateway(t, name, pids[name])
			}
			has(t, c.does(t, "gateway", "stop", "--all"), fmt.Sprintf("Stopped %d profile gateway(s)", len(names)))
			for _, name := range names {
				c.wantsDown(t, "gateway-"+name)
			}
			if all := c.gateways(t); len(all) != 0 {
				t.Errorf("gateways are left: %+v", all)
			}
			// What was stopped by hand isn't brought up by a restart of all.
			has(t, c.does(t, "gateway", "restart", "--all"), "Restarted 0 profile gateway(s)")
			for _, name := range names {
				c.wantsDown(t, "gateway-"+name)
			}
		})
	}
}

func TestA73_OneThatFailsDoesNotKeepTheOthers(t *testing.T) {
	needs(t, hermes)
	spec := changed(t, `
  gateway: {command: ["/spec/gateway-{profile}"], profile-args: []}
`)
	v := newVolume(t)
	c := serving(t, append(spec, v.data(), hermes)...)
	pids := map[string]int{}
	for _, name := range []string{"alpha", "beta", "gamma"} {
		must(t, "exec", "--user", "hermes", c.id, "sh", "-euc", fmt.Sprintf(`printf '#!/bin/sh\nexec sleep infinity\n' > /spec/gateway-%[1]s; chmod +x /spec/gateway-%[1]s`, name))
		c.does(t, "profile", "create", name)
		c.does(t, "-p", name, "gateway", "start")
		pids[name] = c.awaitRun(t, "gateway-"+name, 0).Pid
	}
	c.sh(t, "chmod -x /spec/gateway-beta")
	r := c.hermes(t, "gateway", "restart", "--all")
	noTrace(t, r)
	if r.code != 1 {
		t.Errorf("a restart of all of which one fails ended with %d, want 1:\n%s", r.code, r.all())
	}
	has(t, r.all(), "Could not restart gateway-beta", "Restarted 2 profile gateway(s)")
	for _, name := range []string{"alpha", "gamma"} {
		c.awaitRun(t, "gateway-"+name, pids[name])
	}
	has(t, c.does(t, "gateway", "stop", "--all"), "Stopped")
	for _, name := range []string{"alpha", "beta", "gamma"} {
		c.wantsDown(t, "gateway-"+name)
	}
}

func TestA74_InstallAndUninstallOnlyInform(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	before, slots := v.snapshot(t), c.slots(t)
	for _, verb := range []string{"install", "uninstall"} {
		for _, r := range c.codes(t, []string{"hermes", "gateway", verb}, []string{"hermes", "gateway", verb, "--system"}, []string{"hermes", "-p", "default", "gateway", verb}) {
			if r.code != 0 {
				t.Errorf("gateway %s ended with %d:\n%s", verb, r.code, r.out)
			}
			has(t, r.out, "registered automatically", "profile create", "profile delete")
		}
	}
	same(t, "the volume", v.snapshot(t), before)
	if now := c.slots(t); len(now) != len(slots) {
		t.Errorf("the slots were %v and are %v", slots, now)
	}
	// Without a supervisor, in a container.
	r := runs(t, 0, "--entrypoint", "/opt/hermes/bin/hermes", hermes, "gateway", "install")
	has(t, r.out, "not needed in a container")
}

func TestA75_StatusNamesTheSupervisorAndWhatRuns(t *testing.T) {
	needs(t, hermes)
	c := serving(t, hermes)
	down := c.does(t, "gateway", "status")
	has(t, down, "berth (container supervisor)", "gateway-default", "stopped")
	hasNot(t, down, "docker (foreground)")
	c.does(t, "gateway", "start")
	s := c.awaitGateway(t, "default", 0)
	has(t, c.does(t, "gateway", "status"), "berth (container supervisor)", "running", fmt.Sprint(s.Pid))
	has(t, c.does(t, "gateway", "status", "--all"), "berth (container supervisor)", "gateway-default", "running", fmt.Sprint(s.Pid))
	has(t, c.does(t, "dump"), "running (berth (container supervisor))", fmt.Sprint(s.Pid), "install method: docker")
	same(t, "what is not the app's user's business", must(t, "exec", "--user", "hermes", c.id, "sh", "-c", "hermes gateway status | grep -c 'container supervisor'"), "1")
	c.does(t, "gateway", "stop")
	has(t, c.does(t, "dump"), "stopped (berth (container supervisor))")
}

func TestA76_DoctorTellsOfTheSupervision(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	has(t, c.does(t, "doctor"), "s6 Supervision", "main-hermes: up", "dashboard: down (expected if not enabled via env)", "per-profile gateways: 0 up / 1")
	c.does(t, "profile", "create", "coder")
	c.does(t, "-p", "coder", "gateway", "start")
	c.awaitGateway(t, "coder", 0)
	has(t, c.does(t, "doctor"), "per-profile gateways: 1 up / 2")
}

func TestA76_DoctorMakesTheSecretsPrivate(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	v.sh(t, "rm .env")
	has(t, c.does(t, "doctor"), ".env is missing", "hermes doctor --fix")
	must(t, "exec", c.id, "sh", "-c", "umask 022; hermes doctor --fix")
	v.wants(t, map[string]string{".env": "10000:10000 600"})
	same(t, "the new .env", v.sh(t, "wc -c < .env"), "0")
	v.sh(t, "chmod 644 .env; rm config.yaml")
	has(t, c.does(t, "doctor", "--fix"), ".env", "0600", "config.yaml")
	v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000"})
}

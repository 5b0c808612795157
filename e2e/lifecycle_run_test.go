package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// crumbs are the words by which a person finds out what became of `gateway run`.
var crumbs = []string{"s6 supervision", "--no-supervise", "HERMES_GATEWAY_NO_SUPERVISE"}

func TestA84_GatewayRunAsTheCommandBecomesTheSupervisedGateway(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := start(t, v.data(), hermes, "gateway", "run")
	first := c.awaitGateway(t, "default", 0)
	if all := c.gateways(t); len(all) != 1 || all[0].pid != first.Pid || all[0].uid != 10000 {
		t.Errorf("the gateways are %+v, want pid %d alone, as 10000", all, first.Pid)
	}
	has(t, docker(t, "logs", c.id).err, crumbs...)
	has(t, v.sh(t, "cat gateway_state.json"), `"desired_state":"running"`, `"migrated_from":"legacy-container-cmd"`)

	c.killHard(t, first.Pid)
	second := c.awaitGateway(t, "default", first.Pid)
	if second.Restarts != 1 {
		t.Errorf("after a kill -9 the slot is %+v, want one restart", second)
	}
	if all := c.gateways(t); len(all) != 1 || all[0].pid != second.Pid {
		t.Errorf("after a kill -9 the gateways are %+v, want pid %d alone", all, second.Pid)
	}
	// The banner of each run is where a person looks for it.
	eventually(t, "both banners are in the engine's log and in the file", func() bool {
		return strings.Count(docker(t, "logs", c.id).out, banner) == 2 && v.sh(t, "grep -c '"+banner+"' logs/gateways/default/current || :") == "2"
	})
	must(t, "stop", c.id)
	if code := c.code(t); code != 143 {
		t.Errorf("TERM ended the container with %d, want 143:\n%s", code, docker(t, "logs", c.id).all())
	}
	has(t, v.sh(t, "cat gateway_state.json"), `"gateway_state":"stopped"`, `"desired_state":"running"`)
	must(t, "start", c.id)
	c.awaitGateway(t, "default", 0)
}

func TestA84_OtherWaysToSayIt(t *testing.T) {
	needs(t, hermes)
	for name, args := range map[string][]string{
		"with the app's name":      {hermes, "hermes", "gateway", "run"},
		"with a flag of the app's": {hermes, "gateway", "run", "--replace"},
		"by an old entry point":    {"--entrypoint", "/usr/bin/tini", hermes, "-g", "--", "gateway", "run"},
	} {
		c := start(t, args...)
		s := c.awaitGateway(t, "default", 0)
		if all := c.gateways(t); len(all) != 1 || all[0].pid != s.Pid {
			t.Errorf("%s: the gateways are %+v, want pid %d alone", name, all, s.Pid)
		}
		has(t, docker(t, "logs", c.id).err, crumbs...)
		must(t, "rm", "-f", "-v", c.id)
	}
}

func TestA84_TheDashboardRunsBesideIt(t *testing.T) {
	needs(t, hermes)
	c := start(t, "-e", "HERMES_DASHBOARD=1", hermes, "gateway", "run")
	c.awaitGateway(t, "default", 0)
	c.awaitSlot(t, "dashboard", "is ready", func(s slotState) bool { return s.Ready })
	// Two speak now, so each line says whose it is.
	has(t, docker(t, "logs", c.id).out, "dashboard: ")
	if all := c.gateways(t); len(all) != 1 {
		t.Errorf("the gateways are %+v, want one", all)
	}
}

func TestA84_ANamedProfilesGatewayAsTheCommand(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"coder": "", "dashboard": ""}))
	for _, profile := range []string{"coder", "dashboard"} {
		c := start(t, v.data(), hermes, "-p", profile, "gateway", "run")
		s := c.awaitGateway(t, profile, 0)
		c.wantsDown(t, "gateway-default")
		if all := c.gateways(t); len(all) < 1 {
			t.Errorf("the gateways are %+v", all)
		}
		eventually(t, "the command says what became of it", func() bool {
			return strings.Contains(docker(t, "logs", c.id).err, "s6 supervision")
		})
		c.killHard(t, s.Pid)
		c.awaitGateway(t, profile, s.Pid)
		must(t, "stop", c.id)
		if code := c.code(t); code != 143 {
			t.Errorf("TERM ended the container with %d, want 143", code)
		}
	}
	has(t, v.sh(t, "cat profiles/coder/gateway_state.json"), `"desired_state":"running"`)
}

func TestA84_AGatewayThatWasStoppedByHandStaysSo(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := start(t, v.data(), hermes, "gateway", "run")
	c.awaitGateway(t, "default", 0)
	c.does(t, "gateway", "stop")
	c.wantsDown(t, "gateway-default")
	must(t, "restart", c.id)
	c.supervised(t)
	c.wantsDown(t, "gateway-default")
	if !c.running(t) || len(c.gateways(t)) != 0 {
		t.Errorf("the container runs: %v, its gateways are %+v; want it up without any", c.running(t), c.gateways(t))
	}
	c.does(t, "gateway", "start")
	c.awaitGateway(t, "default", 0)
}

func TestA85_WithoutSupervisionTheGatewayIsMain(t *testing.T) {
	needs(t, hermes)
	for name, args := range map[string][]string{
		"by the flag":     {hermes, "gateway", "run", "--no-supervise"},
		"by the variable": {"-e", "HERMES_GATEWAY_NO_SUPERVISE=Yes", hermes, "gateway", "run"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, code := range []int{0, 75} {
				r := runs(t, code, append([]string{"-e", "HERMES_STANDIN_EXIT=" + strconv.Itoa(code)}, args...)...)
				hasNot(t, r.err, crumbs...)
			}
			c := start(t, args...)
			eventually(t, "the gateway runs", func() bool { return len(c.gateways(t)) == 1 })
			p := c.gateways(t)[0]
			if p.parent != 1 || p.uid != 10000 {
				t.Errorf("the gateway is %+v, want a child of PID 1 as 10000", p)
			}
			c.supervised(t)
			c.wantsDown(t, "gateway-default")
			hasNot(t, strings.Join(c.environOf(t, p.pid), "\n"), "SUPERVISED_CHILD=")
			must(t, "stop", c.id)
			if code := c.code(t); code != 0 {
				t.Errorf("a gateway that drained ended the container with %d, want its own 0:\n%s", code, docker(t, "logs", c.id).all())
			}
		})
	}
}

func TestA85_OtherValuesDoNotOptOut(t *testing.T) {
	needs(t, hermes)
	for _, value := range []string{"", "0", "garbage"} {
		c := start(t, "-e", "HERMES_GATEWAY_NO_SUPERVISE="+value, hermes, "gateway", "run")
		c.awaitGateway(t, "default", 0)
		has(t, docker(t, "logs", c.id).err, crumbs...)
		must(t, "rm", "-f", "-v", c.id)
	}
}

package hermes

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// waits asks for what only waits once it is done, and ends the wait.
func (g *rig) waits(words []string, args ...string) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(g.t.Context())
	g.err.said = make(chan struct{}, 100)
	defer func() { g.err.said = nil }()
	ended := make(chan [2]any, 1)
	go func() {
		code, handled := g.askIn(ctx, args...)
		ended <- [2]any{code, handled}
	}()
	select {
	case <-ended:
		g.t.Fatalf("%q ended by itself: %s%s", args, &g.out, &g.err)
	case <-g.err.said:
	}
	cancel()
	got := <-ended
	g.is(got == [2]any{0, true}, "%q gave %v", args, got)
	for _, w := range words {
		g.is(strings.Contains(g.err.String(), w), "%q doesn't say %q: %s", args, w, &g.err)
	}
}

func TestRunBecomesTheSlot(t *testing.T) {
	g := newRig(t)
	breadcrumb := says("s6 supervision", "--no-supervise", "HERMES_GATEWAY_NO_SUPERVISE", "gateway-default")
	g.waits(breadcrumb, "gateway", "run")
	g.told("start gateway-default")
	g.is(g.desired("") == "running" && strings.Contains(g.read("gateway_state.json"), `"migrated_from":"legacy-container-cmd"`), "recorded is %s", g.read("gateway_state.json"))
	g.waits(breadcrumb, "gateway", "run", "--replace")

	g = newRig(t)
	g.write("profiles/late/SOUL.md", "")
	g.waits(says("gateway-late"), "-p", "late", "gateway", "run")
	g.told("register late", "start gateway-late")
	g.waits(says(`"--verbose" is not passed on`), "gateway", "run", "--verbose")
}

func TestRunLeavesWhatWasStopped(t *testing.T) {
	g := newRig(t)
	g.write("gateway_state.json", `{"desired_state":"stopped"}`)
	g.waits(says("was stopped and stays so", "`hermes gateway start`"), "gateway", "run")
	g.told()
	g.is(g.desired("") == "stopped", "recorded is %v", g.desired(""))
	// An app that said so itself, as the container stopped it, was stopped by nobody.
	g.write("gateway_state.json", `{"gateway_state":"stopped"}`)
	g.waits(nil, "gateway", "run")
	g.told("start gateway-default")
}

func TestRunInTheForeground(t *testing.T) {
	for _, c := range []struct {
		about      string
		env        map[string]string
		args       string
		foreground bool
	}{
		{"the flag", nil, "gateway run --no-supervise", true},
		{"the variable", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "Yes"}, "gateway run", true},
		{"the slot's own child", map[string]string{"HERMES_SUPERVISED_CHILD": "1"}, "gateway run --replace", true},
		{"by its older name", map[string]string{"HERMES_S6_SUPERVISED_CHILD": "1"}, "-p x gateway run", true},
		{"an empty variable is no wish", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": ""}, "gateway run", false},
		{"nor is 0", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "0"}, "gateway run", false},
		{"false", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "false"}, "gateway run", false},
		{"no", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "no"}, "gateway run", false},
		{"off", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "off"}, "gateway run", false},
		{"2", map[string]string{"HERMES_GATEWAY_NO_SUPERVISE": "2"}, "gateway run", false},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.env = c.env
			if !c.foreground {
				g.waits(says("supervision"), strings.Fields(c.args)...)
				return
			}
			g.leaves(strings.Fields(c.args)...)
			g.is(g.err.Len() == 0, "it says %s", &g.err)
			g.e.StaysRoot = true
			g.gets(1, says("refused as root", "HERMES_ALLOW_ROOT_GATEWAY=1"), strings.Fields(c.args)...)
			g.env = map[string]string{"HERMES_ALLOW_ROOT_GATEWAY": "1", "HERMES_GATEWAY_NO_SUPERVISE": "1"}
			g.leaves(strings.Fields(c.args)...)
		})
	}
	g := newRig(t)
	for _, container := range []bool{true, false} {
		g.nobody(container)
		g.leaves("gateway", "run")
	}
}

func TestRunThatFails(t *testing.T) {
	g := newRig(t)
	g.gets(1, says("no such gateway 'x'", "hermes profile create x"), "-p", "x", "gateway", "run")
	g.gets(1, says("no such gateway"), "-p", "../x", "gateway", "run")
	g.sup.errs["start"] = errors.New("no room")
	g.gets(1, says("Could not start gateway-default: no room"), "gateway", "run")
	g.sup.errs["status"] = errors.New("no answer")
	g.gets(1, says("no answer"), "gateway", "run")
	g = newRig(t)
	g.write("profiles/late/SOUL.md", "")
	g.sup.errs["register"] = errors.New("no room")
	g.gets(1, says("Could not register"), "-p", "late", "gateway", "run")
	g.profile("a")
	g.link("a", "profiles/b")
	g.gets(1, says("refusing"), "-p", "b", "gateway", "run")
	g.write("outside", "precious")
	g.link("outside", "gateway_state.json")
	g.waits(says("could not record"), "gateway", "run")
	g.is(g.read("outside") == "precious", "the link's target holds %q", g.read("outside"))
}

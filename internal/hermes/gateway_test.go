package hermes

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
)

func TestAGatewayIsStartedAndStopped(t *testing.T) {
	for _, args := range [][]string{{"-p", "coder"}, {"--profile=coder"}} {
		g := newRig(t)
		g.profile("coder")
		g.write("profiles/coder/gateway_state.json", `{"gateway_state":"stopped","pid":7}`)
		call := func(verb string) []string { return append(args, "gateway", verb) }
		g.gets(0, says("Started gateway-coder"), call("start")...)
		g.told("start gateway-coder")
		g.is(g.desired("profiles/coder") == "running", "recorded is %v", g.desired("profiles/coder"))
		g.gets(0, says("runs already (pid 113)"), call("start")...)
		g.told()
		g.gets(0, says("Restarted gateway-coder"), call("restart")...)
		g.told("restart gateway-coder")
		g.gets(0, says("Stopped gateway-coder"), call("stop")...)
		g.told("stop gateway-coder")
		g.is(g.desired("profiles/coder") == "stopped", "recorded is %v", g.desired("profiles/coder"))
		g.is(strings.Contains(g.read("profiles/coder/gateway_state.json"), `"pid":7`), "the app's key went: %s", g.read("profiles/coder/gateway_state.json"))
		g.gets(0, says("Restarted"), call("restart")...)
		g.is(g.desired("profiles/coder") == "running" && g.desired("") == nil, "recorded are %v and %v", g.desired("profiles/coder"), g.desired(""))
	}
}

func TestWhatIsAskedForIsRecordedBeforeItIsDone(t *testing.T) {
	g := newRig(t)
	up(&g.sup.slots[0])
	g.sup.before = func(order string) {
		g.is(g.desired("") == "stopped", "at %q it is %v", order, g.desired(""))
		g.write("gateway_state.json", strings.Replace(g.read("gateway_state.json"), "{", `{"gateway_state":"stopped",`, 1)) // as the app does on TERM
	}
	g.gets(0, nil, "gateway", "stop")
	g.is(g.desired("") == "stopped", "afterwards it is %v", g.desired(""))
}

func TestErrorsOfTheVerbs(t *testing.T) {
	refused := boot.Fail(1, errors.New("uid 7 may not"), "ask as root")
	for _, c := range []struct {
		about string
		args  string
		errs  map[string]error
		code  int
		words []string
	}{
		{"an unknown profile", "-p x gateway start", nil, 1, says("no such gateway 'x'", "register it with `hermes profile create x`")},
		{"to stop one", "-p x gateway stop", nil, 1, says("no such gateway 'x'", "register it with `hermes profile create x`")},
		{"to restart one", "-p x gateway restart", nil, 1, says("no such gateway 'x'")},
		{"to ask for one", "-p x gateway status", nil, 1, says("no such gateway 'x'")},
		{"a capital", "-p Coder gateway start", nil, 1, says("no such gateway", "did you mean coder?")},
		{"a way out", "-p ../x gateway start", nil, 1, says("no such gateway", "no name of a profile")},
		{"a long name", "-p " + strings.Repeat("a", 252) + " gateway stop", nil, 1, says("no such gateway")},
		{"no such slot any more", "gateway start", map[string]error{"start": ErrUnknownSlot}, 1, says("no such gateway 'default': it is not registered")},
		{"a refusal with its hint", "gateway stop", map[string]error{"stop": refused}, 1, says("Could not stop gateway-default: uid 7 may not", "hint: ask as root")},
		{"a failure of the start", "gateway start", map[string]error{"start": errors.New("no")}, 1, says("Could not start gateway-default: no")},
		{"a restart that takes too long", "gateway restart", map[string]error{"restart": context.DeadlineExceeded}, 1, says("Could not restart gateway-default", "stays ordered")},
		{"nobody there after all", "gateway stop", map[string]error{"stop": ErrNobody}, 4, says("nobody supervises")},
		{"a supervisor that fails", "gateway stop", map[string]error{"status": refused}, 1, says("uid 7 may not", "ask as root")},
		{"all of a start", "gateway start --all", nil, 2, says("--all is for stop, restart and status", "hermes -p PROFILE gateway start")},
		{"an unknown flag", "gateway stop --now", nil, 2, says("unknown flag", "hermes gateway stop")},
		{"a word too many", "gateway stop coder", nil, 2, says("unexpected word")},
		{"a habit of the host's", "gateway start --system", nil, 0, says("Started")},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			if c.errs != nil {
				g.sup.errs = c.errs
			}
			g.gets(c.code, c.words, strings.Fields(c.args)...)
			g.is(!strings.Contains(g.err.String(), "goroutine"), "a trace: %s", &g.err)
		})
	}
	for _, name := range []string{"", "a b", "-x", "_x"} {
		g := newRig(t)
		g.gets(1, says("no such gateway"), "-p", name, "gateway", "start")
		g.told()
	}
}

func TestAProfileWithoutASlot(t *testing.T) {
	g := newRig(t)
	g.write("profiles/late/SOUL.md", "")
	g.gets(1, says("no such gateway 'late': it is not registered", "hermes -p late gateway start"), "-p", "late", "gateway", "stop")
	g.gets(1, says("no such gateway"), "-p", "late", "gateway", "restart")
	g.gets(0, says("not registered", "hermes -p late gateway start"), "-p", "late", "gateway", "status")
	g.gets(0, says("Started gateway-late"), "-p", "late", "gateway", "start")
	g.told("register late", "start gateway-late")
	g.is(g.desired("profiles/late") == "running", "recorded is %v", g.desired("profiles/late"))

	g = newRig(t)
	g.write("profiles/late/SOUL.md", "")
	g.sup.errs["register"] = errors.New("no room")
	g.gets(1, says("Could not register gateway-late: no room"), "-p", "late", "gateway", "start")
	g.is(g.desired("profiles/late") == nil, "recorded is %v", g.desired("profiles/late"))
	g.sup.errs["register"] = ErrNobody
	g.gets(4, says("nobody"), "-p", "late", "gateway", "start")
	g.sup.errs["register"] = ErrRegistered // somebody was quicker
	g.sup.slots = append(g.sup.slots, Slot{Name: "gateway-late"})
	g.gets(0, says("Started"), "-p", "late", "gateway", "start")
	g.sup.slots = nil
	g.gets(1, says("no such gateway 'default': it is not registered", "`hermes gateway start`"), "gateway", "stop")
}

func TestAWishThatCannotBeRecorded(t *testing.T) {
	g := newRig(t)
	g.write("outside", "precious")
	g.link("outside", "gateway_state.json")
	g.gets(0, says("could not record", "refusing", "Stopped gateway-default"), "gateway", "stop")
	g.is(g.read("outside") == "precious", "the link's target holds %q", g.read("outside"))
	g = newRig(t)
	g.profile("coder")
	g.link("coder", "profiles/other")
	g.gets(1, says("refusing"), "-p", "other", "gateway", "start")
	g.told()
	// A slot whose directory went is still there to be stopped.
	g.sup.slots = append(g.sup.slots, Slot{Name: "gateway-gone", State: "up"})
	g.gets(0, says("Stopped gateway-gone"), "-p", "gone", "gateway", "stop")
}

func TestTheProfileThatIsMeant(t *testing.T) {
	for _, c := range []struct {
		about, home, active, args, slot string
	}{
		{"without a word the volume's own", "", "", "gateway stop", "gateway-default"},
		{"the one that is named", "", "writer", "-p coder gateway stop", "gateway-coder"},
		{"the last that is named", "", "", "-p coder gateway stop -p writer", "gateway-writer"},
		{"inside a gateway its own", "profiles/coder", "writer", "gateway stop", "gateway-coder"},
		{"the home itself is no profile", ".", "writer", "gateway stop", "gateway-writer"},
		{"the one that the app was told to use", "", "writer\n", "gateway stop", "gateway-writer"},
		{"one that isn't there any more counts for nothing", "", "gone", "gateway stop", "gateway-default"},
		{"nor does what is no name", "", "../../etc", "gateway stop", "gateway-default"},
		{"nor a home of another shape", "profiles/coder/x", "", "gateway stop", "gateway-default"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.profile("coder")
			g.profile("writer")
			if c.home != "" {
				g.env["HERMES_HOME"] = g.at(c.home) + "/"
			}
			if c.active != "" {
				g.write("active_profile", c.active)
			}
			g.gets(0, nil, strings.Fields(c.args)...)
			g.told("stop " + c.slot)
		})
	}
}

func TestAllGateways(t *testing.T) {
	g := newRig(t)
	g.sup.slots = []Slot{{Name: "dashboard", State: "up", Wanted: true}}
	g.gets(0, says("No profile gateways registered"), "gateway", "stop", "--all")
	g.gets(0, says("No profile gateways registered"), "gateway", "restart", "--all")
	g.gets(0, says("No profile gateways registered"), "gateway", "status", "--all")
	g.told()

	g = newRig(t)
	up(&g.sup.slots[0])
	g.gets(0, says("Restarted 1 profile gateway(s)"), "gateway", "restart", "--all")
	g.gets(0, says("Stopped 1 profile gateway(s)"), "gateway", "stop", "--all")

	g = newRig(t)
	for _, name := range []string{"zoe", "abe"} {
		g.profile(name)
	}
	for i := range g.sup.slots {
		up(&g.sup.slots[i])
	}
	g.sup.errs["stop gateway-abe"] = errors.New("it won't")
	g.gets(1, says("Could not stop gateway-abe: it won't", "Stopped 2 profile gateway(s)"), "gateway", "stop", "--all", "-p", "zoe")
	g.told("stop gateway-default", "stop gateway-abe", "stop gateway-zoe")
	for _, dir := range []string{"", "profiles/abe", "profiles/zoe"} {
		g.is(g.desired(dir) == "stopped", "%q is recorded as %v", dir, g.desired(dir))
	}
	g.gets(0, says("Restarted 1 profile gateway(s)", "2 stopped before, and stay so"), "gateway", "restart", "--all")
	g.told("restart gateway-abe")
	g.is(g.desired("profiles/zoe") == "stopped", "what was down is recorded as %v", g.desired("profiles/zoe"))
}

func TestInstallIsInformation(t *testing.T) {
	g := newRig(t)
	for _, verb := range []string{"install", "uninstall"} {
		g.gets(0, says("registered automatically", "hermes profile create", "gateway start"), "gateway", verb, "--force", "--run-as-user", "x")
		g.told()
	}
	g.nobody(true)
	g.gets(0, says("not needed in a container", "restart"), "gateway", "install")
	g.nobody(false)
	g.leaves("gateway", "install")
	g.is(strings.Contains(g.err.String(), "no container and no supervisor here"), "it says %q", &g.err)
}

func TestWithoutASupervisor(t *testing.T) {
	g := newRig(t)
	g.nobody(true)
	for _, verb := range []string{"start", "stop", "restart", "status"} {
		g.gets(4, says("nobody supervises this container", "entry point"), "gateway", verb)
	}
	g.is(g.desired("") == nil, "recorded is %v", g.desired(""))
	g.nobody(false)
	for _, verb := range []string{"start", "stop", "restart", "status"} {
		g.leaves("gateway", verb)
		g.is(strings.Contains(g.err.String(), "the app's own `gateway "+verb+"` answers"), "it says %q", &g.err)
	}
}

func TestStatus(t *testing.T) {
	g := newRig(t)
	now := g.e.Now()
	for _, c := range []struct {
		about string
		slot  Slot
		words []string
	}{
		{"one that runs", Slot{State: "ready", Wanted: true, Pid: 42, Since: now.Add(-3 * time.Minute)}, says(
			"gateway-default: running (pid 42)", "Manager: berth (container supervisor)", "ready for 3m0s", "Wanted:  running",
		)},
		{"one whose pid nobody knows", Slot{State: "up", Wanted: true}, says("gateway-default: running\n")},
		{"one that is down", Slot{State: "down"}, says("gateway-default: stopped", "Wanted:  stopped")},
		{"one that ended for good", Slot{State: "done", Wanted: true, LastExit: "code 78", Verdict: "final code 78"}, says(
			"gateway-default: stopped", "the last run ended with code 78", "Verdict: final code 78",
		)},
		{"one that waits for another", Slot{State: "waiting", Wanted: true, Why: "waits for keeper"}, says("Why:     waits for keeper")},
		{"one that holds", Slot{State: "holding", Wanted: true, Restarts: 6, Hold: now.Add(16 * time.Second), Verdict: "failing"}, says(
			"waiting for its next run", "restarted 6 times", "in 16s", "failing",
		)},
		{"one that stops", Slot{State: "stopping", Pid: 7}, says("gateway-default: stopping (pid 7)")},
	} {
		c.slot.Name = "gateway-default"
		g.sup.slots[0] = c.slot
		g.gets(0, c.words, "gateway", "status", "--deep")
		g.told()
	}
	g.e.S6 = true
	g.gets(0, says("Manager: s6 (container supervisor)"), "gateway", "status")
	g.profile("coder")
	g.sup.slots = append(g.sup.slots, Slot{Name: "gateway-a", State: "up", Pid: 9, Verdict: "failing"})
	g.gets(0, says("s6 (container supervisor)"), "gateway", "status", "--all")
	out := g.out.String()
	g.is(strings.Index(out, "gateway-default") < strings.Index(out, "gateway-a ") && strings.Index(out, "gateway-a ") < strings.Index(out, "gateway-coder"), "in the order %s", out)
	g.is(strings.Contains(out, "running (pid 9), failing"), "it says %s", out)
}

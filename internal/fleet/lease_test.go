package fleet

import (
	"os"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/lease"
	"github.com/berth-init/berth/internal/supervise"
)

const wantsUp = `{"gateway_state":"running","desired_state":"running"}`

// beside gives another container on the same volume.
func (g *rig) beside(text string) *rig {
	g.t.Helper()
	other := newRig(g.t, text)
	other.dir = g.dir
	return other
}

// holds waits until the lease of gateway-coder is held, as others see it, or isn't.
func (g *rig) holds(want bool) {
	g.t.Helper()
	for ctx := deadline(g.t); ; {
		held := false
		ok(g.t, g.world.AsApp(func() error {
			_, held = lease.Held(g.world.Volume, "gateway-coder")
			return nil
		}))
		if held == want {
			return
		}
		if ctx.Err() != nil {
			g.t.Fatalf("the lease is held: %v", held)
		}
	}
}

// Of two containers with the same profiles each slot runs in one; the other stands by, leaves the running one's files alone, and
// takes over what was left.
func TestASlotRunsInOneContainer(t *testing.T) {
	t.Parallel()
	a := newRig(t, gateways)
	a.profile("default", wantsUp)
	a.profile("coder", wantsUp)
	a.up()
	first := a.is("gateway-coder", supervise.Ready)
	a.is("gateway-default", supervise.Ready)
	a.put("profiles/coder/gateway.pid", "57")
	a.put("logs/other", "") // a volume without a directory for logs has no log of the boots

	b := a.beside(gateways).up()
	host, err := os.Hostname()
	ok(t, err)
	for _, slot := range []string{"gateway-coder", "gateway-default"} {
		s := b.is(slot, supervise.Standby)
		if !strings.HasPrefix(s.Why, "container "+host+" (boot ") || !strings.Contains(s.Why, " holds its lease since 20") || s.Pid != 0 {
			t.Errorf("%s is %+v", slot, s)
		}
	}
	if ready, reasons := b.fleet.Supervisor().Ready(); !ready {
		t.Errorf("it isn't ready: %q", reasons)
	}
	if a.read("profiles/coder/gateway.pid") != "57" {
		t.Error("the second removed what the first's run needs")
	}
	if b.told("info: profile coder: container "+host) != 1 {
		t.Errorf("it says %+v", b.notes)
	}
	line := "profile=coder prior_state=running action=registered held_by=" + host
	if b.told("info: reconcile: "+line) != 1 {
		t.Errorf("it says %+v", b.notes)
	}
	b.has("logs/container-boot.log", line+"\n")
	if s := a.status("gateway-coder"); s.Pid != first.Pid || s.Restarts != 0 {
		t.Errorf("the first's is %+v", s)
	}

	a.ended()
	b.is("gateway-coder", supervise.Ready)
	b.is("gateway-default", supervise.Ready)
	if b.read("profiles/coder/gateway.pid") != "" {
		t.Error("what the first's run left is there")
	}
	if s := b.status("gateway-coder"); s.Restarts != 0 || s.Run != 1 {
		t.Errorf("the second's is %+v", s)
	}
}

// A person who stops a slot where it runs doesn't want it in the other container either.
func TestWhatIsStoppedStaysDownInTheOther(t *testing.T) {
	t.Parallel()
	a := newRig(t, gateways)
	a.profile("coder", wantsUp)
	a.up()
	a.is("gateway-coder", supervise.Ready)
	b := a.beside(gateways).up()
	b.is("gateway-coder", supervise.Standby)
	ok(t, a.fleet.Desire(false, "gateway-coder"))
	a.order((*supervise.Supervisor).Stop, "gateway-coder")
	if s := b.is("gateway-coder", supervise.Down); s.Desired != supervise.WantDown {
		t.Errorf("it is %+v", s)
	}
	b.holds(false)
	for _, state := range b.states("gateway-coder") {
		if state == supervise.Starting {
			t.Error("it was started")
		}
	}
	ok(t, b.fleet.Desire(true, "gateway-coder"))
	b.order((*supervise.Supervisor).Start, "gateway-coder")
	a.holds(true)
}

// Only who takes a lease waits, and the key decides where the default is not meant.
func whoTakesALease(t *testing.T) {
	const spec = profiles + `services:
  plain: {command: ` + stays + `}
  bot: {lease: true, command: ` + stays + `}
  each: {per-profile: true, lease: false, command: ` + stays + `}
`
	a := newRig(t, spec)
	a.profile("default", wantsUp)
	a.up()
	a.is("bot", supervise.Ready)
	b := a.beside(spec).up()
	b.is("bot", supervise.Standby)
	b.is("plain", supervise.Ready)
	b.is("each-default", supervise.Ready)
}

// What can't be a lease costs its slot the lease, in one line, and nothing else.
func TestAServiceRunsWithoutALeaseThatCantBe(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.profile("default", wantsUp)
	g.put(".berth/leases", "a file, and no directory")
	g.up()
	g.is("gateway-default", supervise.Ready)
	if g.told("warning: gateway-default: it runs without its lease") != 1 {
		t.Errorf("it says %+v", g.notes)
	}
}

// A slot of a profile that goes gives its lease back; one that comes takes one.
func TestProfilesThatComeAndGo(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways).up()
	g.profile("coder", wantsUp)
	g.gives("gateway-coder", "gateway-default")
	g.is("gateway-coder", supervise.Ready)
	g.holds(true)
	g.rename("profiles/coder", "gone")
	g.gives("gateway-default")
	g.holds(false)
}

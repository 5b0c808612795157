package hermes

import (
	"context"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/lease"
)

// other is another container on the volume, which runs a profile's gateway.
func (g *rig) other(slot, container string) {
	g.t.Helper()
	volume, err := fsx.Open(g.home)
	ok(g.t, err)
	k := lease.New(lease.Options{
		Volume: volume, Rights: rights(g.e.As), Container: container, Attr: fsx.Attr{UID: uint32(g.uid), GID: uint32(g.uid), Owner: true},
		Tell: func(text, _ string) { g.t.Errorf("the other says %s", text) },
	})
	g.t.Cleanup(func() { ok(g.t, k.Close(context.Background()), volume.Close()) })
	_, err = k.Take(g.t.Context(), slot, func(why string) { g.t.Errorf("the other waits: %s", why) })
	ok(g.t, err)
}

type rights func(func() error) error

func (r rights) Do(fn func() error) error { return r(fn) }

// held is what a slot is told that waits for another container.
const held = "container 4f5e6d7c8b9a (boot 01234567) holds its lease since 2026-11-25T19:00:00Z"

func standby(s *Slot) { s.State, s.Wanted, s.Pid, s.Why = "standby", true, 0, held }

// Whoever gives an order in the container that stands by is told where the gateway runs and how to give it there, and
// nothing is recorded that the other container would read.
func TestWordsAboutAGatewayThatRunsElsewhere(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	for i := range g.sup.slots {
		if g.sup.slots[i].Name != "dashboard" {
			standby(&g.sup.slots[i])
		}
	}
	for _, c := range []struct {
		code  int
		args  string
		words []string
	}{
		{1, "gateway stop", says("stop gateway-default: it runs in container 4f5e6d7c8b9a, not in this one: "+held, "hint: there: docker exec 4f5e6d7c8b9a hermes gateway stop\n")},
		{1, "-p coder gateway stop", says("stop gateway-coder", "hint: there: docker exec 4f5e6d7c8b9a hermes -p coder gateway stop\n")},
		{1, "-p coder gateway restart", says("restart gateway-coder: it runs in container 4f5e6d7c8b9a", "docker exec 4f5e6d7c8b9a hermes -p coder gateway restart\n")},
		{0, "-p coder gateway start", says("gateway-coder runs in container 4f5e6d7c8b9a; this container stands by and takes over when that one ends\n", held)},
		{0, "-p coder gateway start --force", says("gateway-coder runs in container 4f5e6d7c8b9a")},
		{0, "-p coder gateway status", says("gateway-coder: runs in container 4f5e6d7c8b9a; stands by here\n", "Why:     "+held, "docker exec 4f5e6d7c8b9a hermes -p coder gateway status\n")},
		{0, "gateway status --all", says("gateway-default          runs in container 4f5e6d7c8b9a; stands by here\n", "gateway-coder ")},
		{1, "gateway stop --all", says("stop gateway-default: it runs in container 4f5e6d7c8b9a", "stop gateway-coder", "Stopped 0 profile gateway(s)")},
		{1, "gateway restart --all", says("restart gateway-coder: it runs in", "Restarted 0 profile gateway(s)")},
		{0, "doctor", says("gateway-coder: runs in container 4f5e6d7c8b9a; stands by here")},
		{0, "profile list", says("standing by for another container")},
	} {
		g.gets(c.code, c.words, strings.Fields(c.args)...)
		g.told()
		if strings.Contains(c.args, "start") && !strings.Contains(c.args, "restart") {
			continue
		}
		g.is(g.desired("") == nil && g.desired("profiles/coder") == nil, "%s records %v and %v", c.args, g.desired(""), g.desired("profiles/coder"))
	}
	g.waits(says("gateway run: gateway-coder runs in container 4f5e6d7c8b9a, and this container takes over when that one ends", held), "-p", "coder", "gateway", "run")
}

// A slot that waits for nobody who has a name: who holds the lock is not known, or nobody may.
func TestWordsAboutALeaseThatNobodyNamed(t *testing.T) {
	g := newRig(t)
	standby(&g.sup.slots[0])
	for _, why := range []string{
		"somebody holds its lease (.berth/leases/gateway-default) who left no name",
		`container "x\nberth: all is well" (boot b) holds its lease since an unknown time`,
		"container x;reboot (boot b) holds its lease since an unknown time",
	} {
		g.sup.slots[0].Why = why
		g.gets(1, says("it runs in another container, not in this one: "+why, "lsof"), "gateway", "stop")
		g.is(!strings.Contains(g.err.String(), "docker exec"), "it says %s", &g.err)
		g.gets(0, says("runs in another container; stands by here"), "gateway", "status")
	}
	g.told()
	g.sup.slots[0].Why = "its lease's file is new, and another container is on this volume, which may have it: it is left to that one for 15s"
	g.gets(0, says("gateway-default: standing by for another container\n", "its lease's file is new"), "gateway", "status")
	g.gets(0, says("Stopped gateway-default"), "gateway", "stop")
	g.told("stop gateway-default")
}

// Where no slot waits the lease itself says it: a gateway that is down here, and a container that has no gateways.
func TestALeaseThatIsHeldByAnother(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	g.other("gateway-coder", "4f5e")
	g.gets(1, says("stop gateway-coder: it runs in container 4f5e, not in this one: container 4f5e (boot "), "-p", "coder", "gateway", "stop")
	g.told()
	g.gets(0, says("gateway-coder: runs in container 4f5e; stopped here"), "-p", "coder", "gateway", "status")
	g.gets(0, says("gateway-coder runs in container 4f5e; this container stands by"), "-p", "coder", "gateway", "start")
	g.told("start gateway-coder")
	g.is(g.desired("profiles/coder") == "running", "recorded is %v", g.desired("profiles/coder"))

	g.sup.slots = nil
	g.gets(1, says("restart gateway-coder: it runs in container 4f5e"), "-p", "coder", "gateway", "restart")
	g.gets(0, says("gateway-coder: runs in container 4f5e; not registered here"), "-p", "coder", "gateway", "status")
	g.gets(0, says("gateway-coder runs in container 4f5e already\n"), "-p", "coder", "gateway", "start")
	g.told()
	g.gets(1, says("no such gateway 'default': it is not registered"), "gateway", "stop") // nobody has that one
}

// What is wanted here or at work has its lease for itself, and what takes none is nobody else's.
func TestALeaseThatIsThisContainersOwn(t *testing.T) {
	for _, state := range []string{"up", "ready", "holding", "waiting", "starting"} {
		g := newRig(t)
		g.other("gateway-default", "4f5e")
		g.sup.slots[0].State, g.sup.slots[0].Wanted = state, true
		g.gets(0, says("Stopped gateway-default"), "gateway", "stop")
	}
	g := newRig(t)
	no := false
	v := g.e.Spec.Services[service]
	v.Lease = &no
	g.e.Spec.Services[service] = v
	g.other("gateway-default", "4f5e")
	g.gets(0, says("Started gateway-default"), "gateway", "start")
}

package fleet

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/supervise"
)

// gives waits until the slots are these.
func (g *rig) gives(slots ...string) {
	g.t.Helper()
	var got []string
	for ctx, tick := deadline(g.t), time.NewTicker(5*time.Millisecond); ; {
		got = g.slots()
		slices.Sort(got)
		if slices.Equal(got, slots) {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			g.t.Fatalf("slots %q, want %q; %+v", got, slots, g.notes)
		}
	}
}

// rename gives a name on the volume another one, as a restore or a person on the host does.
func (g *rig) rename(from, to string) {
	g.t.Helper()
	ok(g.t, os.Rename(g.at(from), g.at(to)))
}

func TestAProfileThatAppearsGetsItsSlot(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways).up()
	g.gives("gateway-default")
	g.profile("new", "")
	g.profile("restored", `{"gateway_state":"running"}`)
	g.put("profiles/none/config.yaml", "")
	begun := time.Now()
	g.gives("gateway-default", "gateway-new", "gateway-restored")
	g.is("gateway-restored", supervise.Ready)
	if took := time.Since(begun); took > 2*lookEvery+patience/2 {
		t.Errorf("it took %v", took)
	}
	if s := g.status("gateway-new"); s.State != supervise.Down || s.Desired != supervise.WantDown {
		t.Errorf("a new one is %s", s.State)
	}
	if word, _ := g.desired("restored"); word != "running" {
		t.Errorf("what was inferred is recorded as %q", word)
	}
	if got := g.fleet.Profiles(); len(got) != 3 || got[0].Name != "default" || !slices.Equal(got[2].Slots, []string{"gateway-restored"}) {
		t.Errorf("profiles %+v", got)
	}
	pid := g.status("gateway-restored").Pid
	g.rename("profiles/restored", "aside")
	g.gives("gateway-default", "gateway-new")
	until(t, "its process has ended", func() bool { return !exists(itoa(pid)) })
	g.rename("profiles", "away") // the whole directory of them
	g.gives("gateway-default")
	g.rename("away", "profiles")
	g.rename("aside", "profiles/restored")
	g.gives("gateway-default", "gateway-new", "gateway-restored")
	g.is("gateway-restored", supervise.Ready)
}

// One profile that takes its time to stop doesn't keep the others waiting.
func TestASlowLeaveHoldsUpNobody(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services: {gateway: {per-profile: true, stop: {timeout: 5m}, log: {dir: "logs/{profile}"},
	command: [sh, -c, 'trap "echo draining; while [ ! -e go ]; do sleep 0.01; done; echo drained; exit" TERM; echo up; while :; do sleep 0.01; done']}}`)
	g.profile("slow", `{"desired_state":"running"}`)
	g.up()
	g.has("logs/slow/current", "up\n")
	g.rename("profiles/slow", "aside")
	g.has("logs/slow/current", "draining\n")
	g.profile("other", "")
	g.gives("gateway-default", "gateway-other", "gateway-slow")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.fleet.Unregister(ctx, "test", "slow"); !errors.Is(err, context.Canceled) {
		t.Errorf("who doesn't wait: %v", err)
	}
	if err := g.fleet.Unregister(deadline(t), "test", "other"); err != nil {
		t.Errorf("another one: %v", err)
	}
	g.rename("aside", "profiles/slow")
	registered := make(chan error, 1)
	go func() { _, err := g.fleet.Register(deadline(t), "test", "slow"); registered <- err }() // it comes back once it has gone
	g.put("go", "")
	ok(t, <-registered)
	g.has("logs/slow/current", "drained\n") // its last words are in its log
	if s := g.status("gateway-slow"); s.State != supervise.Down {
		t.Errorf("it is %s", s.State)
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services:
	gateway: {per-profile: true, command: `+stays+`}
	store: {per-profile: true, command: `+stays+`}
	web: {command: `+stays+`}`).up()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	g.profile("a", `{"desired_state":"running"}`)
	g.put("profiles/bare/config.yaml", "")
	for _, c := range []struct {
		name string
		ctx  context.Context
		want error
	}{
		{"none", t.Context(), ErrNoProfile},
		{"bare", t.Context(), ErrNoProfile},
		{"../a", t.Context(), ErrNoProfile},
		{"../a", t.Context(), profile.ErrName},
		{"", t.Context(), ErrNoProfile},
		{"a", over, context.Canceled},
		{"default", t.Context(), ErrRegistered},
	} {
		if _, err := g.fleet.Register(c.ctx, "test", c.name); !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "register profile ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want %v", c.name, err, c.want)
		}
	}
	p, err := g.fleet.Register(deadline(t), "test", "a")
	if err != nil && !errors.Is(err, ErrRegistered) { // the watch may have been first
		t.Fatal(err)
	}
	if err == nil {
		if p.Name != "a" || !slices.Equal(p.Slots, []string{"gateway-a", "store-a"}) {
			t.Errorf("got %+v", p)
		}
		if s := g.status("store-a"); s.State != supervise.Down {
			t.Errorf("it is %s", s.State)
		}
	}
	if _, err := g.fleet.Register(deadline(t), "test", "a"); !errors.Is(err, ErrRegistered) {
		t.Errorf("once more: %v", err)
	}
	ok(t, g.fleet.Unregister(deadline(t), "test", "nobody"))
	ok(t, g.fleet.Unregister(deadline(t), "test", "a"))
	g.gives("gateway-default", "store-default", "web")
}

// Who takes a profile away unregisters it first: the watch mustn't bring it back while its directory is still there.
func TestAnUnregisteredProfileIsLeftAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.profile("a", `{"desired_state":"running"}`)
	g.up()
	g.is("gateway-a", supervise.Ready)
	ok(t, g.fleet.Unregister(deadline(t), "test", "a"))
	ok(t, g.fleet.follow())
	g.gives("gateway-default")
	g.profile("b", "")
	g.gives("gateway-b", "gateway-default") // a look has been made since
	g.rename("profiles/a", "aside")
	ok(t, g.fleet.follow())
	g.rename("aside", "profiles/a") // it was gone, so it is another one
	g.gives("gateway-a", "gateway-b", "gateway-default")
	ok(t, g.fleet.Unregister(deadline(t), "test", "a"))
	_, err := g.fleet.Register(deadline(t), "test", "a")
	ok(t, err)
	ok(t, g.fleet.follow())
	g.gives("gateway-a", "gateway-b", "gateway-default")
}

// A directory of profiles that can't be listed is told once, and those that are known stay.
func TestProfilesThatCanNotBeListed(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.profile("a", "")
	g.up()
	g.rename("profiles", "aside")
	ok(t, os.Symlink("aside", g.at("profiles")))
	var last time.Time
	until(t, "it is told", func() bool { return g.told("warning: look for profiles: ") == 1 })
	if err := g.fleet.look(&last); err == nil {
		t.Error("a link was followed")
	}
	g.gives("gateway-a", "gateway-default")
	if n := g.told("warning: look for profiles: "); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Without services for profiles there is nothing to register and nothing to look for.
func TestWithoutProfiles(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: `+stays+`}}`).up()
	if _, err := g.fleet.Register(t.Context(), "test", "a"); !errors.Is(err, ErrElsewhere) {
		t.Errorf("got %v", err)
	}
	ok(t, g.fleet.Unregister(t.Context(), "test", "a"))
	if len(g.fleet.Profiles()) != 0 {
		t.Errorf("profiles %+v", g.fleet.Profiles())
	}
}

// After the end nothing is registered any more, and nothing hangs.
func TestRegisterAfterTheEnd(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.profile("a", "")
	g.up()
	g.profile("b", "")
	ok(t, g.fleet.Shutdown(deadline(t)))
	if _, err := g.fleet.Register(deadline(t), "test", "b"); !errors.Is(err, supervise.ErrStopping) && !errors.Is(err, ErrRegistered) {
		t.Errorf("got %v", err)
	}
	if err := g.fleet.Unregister(deadline(t), "test", "a"); err != nil && !errors.Is(err, supervise.ErrStopping) {
		t.Errorf("got %v", err)
	}
	g.ended()
	if err := g.fleet.Unregister(deadline(t), "test", "default"); err != nil && !errors.Is(err, supervise.ErrStopping) {
		t.Errorf("got %v", err)
	}
}

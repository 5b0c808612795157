package fleet

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/supervise"
)

// stays is a command that runs until it is told to end.
const stays = `[sleep, "300"]`

// before wants one slot's event to come before another's.
func (g *rig) before(slot string, to supervise.State, other string, then supervise.State) {
	g.t.Helper()
	a, b := g.when(slot, to), g.when(other, then)
	if a == 0 || b == 0 || a >= b {
		g.t.Errorf("%s came to %s as event %d, %s to %s as event %d", slot, to, a, other, then, b)
	}
}

func orderKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"kind": func(t *testing.T) {
			g := newRig(t, `services:
	once: {kind: task, command: [sh, -c, echo ran >>once]}
	kept: {command: [sh, -c, "echo ran >>kept; [ $(wc -l <kept) -gt 1 ] && exec sleep 300"]}`).up()
			g.has("kept", "ran\nran\n")
			if s := g.is("once", supervise.Done); s.LastExit == nil || !s.LastExit.Success() || !s.Ready {
				t.Errorf("the task: %+v", s)
			}
			if got := g.read("once"); got != "ran\n" {
				t.Errorf("the task wrote %q", got)
			}
		},
		"requires": func(t *testing.T) {
			g := newRig(t, `services:
	db: {command: `+stays+`, ready: {file: db.ready}}
	setup: {kind: task, command: [sh, -c, exit 0], requires: [db]}
	web: {command: `+stays+`, requires: [db, setup]}`).up()
			g.is("db", supervise.Up)
			if s := g.is("web", supervise.Waiting); !strings.Contains(s.Why, "waits for db") {
				t.Errorf("web waits: %s", s.Why)
			}
			g.put("db.ready", "")
			g.is("web", supervise.Ready)
			g.before("setup", supervise.Done, "web", supervise.Starting)
			g.order((*supervise.Supervisor).Stop, "db")
			g.is("web", supervise.Waiting)
			g.before("web", supervise.Stopping, "db", supervise.Stopping)
		},
		"after": func(t *testing.T) {
			g := newRig(t, `services:
	first: {command: `+stays+`, ready: {file: first.ready}}
	off: {command: `+stays+`, enabled: "no"}
	web: {command: `+stays+`, after: [first, off]}`).up()
			g.is("first", supervise.Up)
			if s := g.is("web", supervise.Waiting); !strings.Contains(s.Why, "first") {
				t.Errorf("web waits: %s", s.Why)
			}
			g.put("first.ready", "")
			g.is("web", supervise.Ready)
			g.order((*supervise.Supervisor).Stop, "first")
			if s := g.status("web"); s.State != supervise.Ready {
				t.Errorf("web is %s: %s", s.State, s.Why)
			}
		},
		"schedule.every": func(t *testing.T) {
			g := newRig(t, `services: {tick: {kind: task, command: [sh, -c, 'echo "$WHO" >>ticks; echo tock'], schedule: {every: 1s}, env: {WHO: me}, log: {dir: logs/tick}}}`).up()
			g.has("ticks", "me\nme\n")
			until(t, "both runs are in its log", func() bool { return len(g.lines("tick")) >= 2 })
		},
		"schedule.cron": func(t *testing.T) {
			g := newRig(t, `services: {tick: {kind: task, command: [sh, -c, echo >>ticks], schedule: {cron: "30 4 * * *"}}}`).up()
			s := g.is("tick", supervise.Waiting)
			if s.HoldUntil == nil || s.HoldUntil.Local().Format("15:04:05") != "04:30:00" || time.Until(*s.HoldUntil) > 25*time.Hour {
				t.Errorf("it is due at %v", s.HoldUntil)
			}
			g.order((*supervise.Supervisor).Start, "tick") // by hand at any time
			if g.read("ticks") != "\n" {
				t.Errorf("it ran %q", g.read("ticks"))
			}
		},
		"retry.count": func(t *testing.T) {
			g := newRig(t, `services:
	good: {kind: task, command: [sh, -c, "echo >>good; [ $(wc -l <good) = 3 ]"], retry: {count: 2, delay: 5ms}}
	bad: {kind: task, command: [sh, -c, "echo >>bad; exit 3"], retry: {count: 2, delay: 5ms}}`).up()
			g.is("good", supervise.Done)
			if s := g.is("bad", supervise.Failed); s.LastExit.Code != 3 || !strings.Contains(s.Why, "3 runs failed") || g.read("bad") != "\n\n\n" {
				t.Errorf("%+v after %q", s, g.read("bad"))
			}
		},
		"retry.delay": func(t *testing.T) {
			g := newRig(t, `services: {bad: {kind: task, command: [sh, -c, exit 3], retry: {count: 1, delay: 7h}}}`).up()
			s := g.is("bad", supervise.Holding)
			if d := s.HoldUntil.Sub(s.Since).Round(time.Second); d != 7*time.Hour {
				t.Errorf("it holds for %v", d)
			}
		},
	}
}

// A slot for each profile; what it requires is the same profile's.
func TestPerProfileServicesRequireTheirOwnProfiles(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services:
	base: {command: `+stays+`}
	store: {per-profile: true, command: `+stays+`, ready: {file: store.ready}, requires: [base]}
	gateway: {per-profile: true, command: `+stays+`, requires: [store]}`)
	for _, name := range []string{"default", "a", "b"} {
		g.profile(name, `{"desired_state":"running"}`)
	}
	g.up()
	g.put("profiles/a/store.ready", "")
	g.is("gateway-a", supervise.Ready)
	g.put("store.ready", "")
	g.is("gateway-default", supervise.Ready)
	if s := g.status("gateway-b"); s.State != supervise.Waiting || !strings.Contains(s.Why, "store-b") {
		t.Errorf("gateway-b is %s: %s", s.State, s.Why)
	}
	want := "base gateway-default gateway-a gateway-b store-default store-a store-b"
	if got := strings.Join(g.slots(), " "); got != want {
		t.Errorf("slots %s, want %s", got, want)
	}
}

// The container's end stops dependants first, within one budget.
func TestShutdownStopsInReverse(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	a: {command: `+stays+`}
	b: {command: `+stays+`, requires: [a]}
	c: {command: `+stays+`, after: [b]}`).up()
	for _, name := range []string{"a", "b", "c"} {
		g.is(name, supervise.Ready)
	}
	g.ended()
	g.before("c", supervise.Down, "b", supervise.Stopping)
	g.before("b", supervise.Down, "a", supervise.Stopping)
}

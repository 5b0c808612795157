package supervise

import (
	"math/rand/v2"
	"testing"
	"time"
)

// starts counts what was started since it was last asked.
func (g *rig) starts() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.asked
	g.asked = 0
	return n
}

func TestFeature_Restart_Holds(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		t.Log("the first short run is followed by the next one at once")
		g.exit("web", 1)
		g.is("web", Ready)
		t.Log("half an hour of holds in no time")
		began := time.Now()
		var holds []time.Duration
		for time.Since(began) < 30*time.Minute {
			ended := time.Now()
			g.exit("web", 1)
			x := g.is("web", Holding)
			if x.HoldUntil == nil || x.LastExit == nil || x.LastExit.Code != 1 || x.Why != "exit 1" {
				t.Fatalf("%+v", x)
			}
			g.pass(time.Until(*x.HoldUntil))
			g.is("web", Ready)
			holds = append(holds, time.Since(ended))
		}
		want := time.Second
		for i, d := range holds {
			if d != want {
				t.Errorf("hold %d is %v, want %v", i, d, want)
			}
			want = min(2*want, time.Minute)
		}
		if n := g.status("web").Restarts; n != len(holds)+1 {
			t.Errorf("%d restarts, want %d", n, len(holds)+1)
		}
	})
}

func TestFeature_Restart_ABrokenOneStartsRarely(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{Rand: rand.Float64})
		g.behave("web", manner{lives: time.Millisecond})
		g.add(daemon("web"))
		g.pass(time.Minute)
		if n := g.starts(); n > 10 || n < 6 {
			t.Errorf("%d starts in the first minute", n)
		}
		g.pass(24 * time.Hour)
		if n := g.starts(); n > 24*60*10/9+1 {
			t.Errorf("%d starts in the day after", n)
		}
	})
}

func TestFeature_Restart_Jitter(t *testing.T) {
	virtual(t, func(t *testing.T) {
		random := 0.0
		g := newRig(t, Options{Rand: func() float64 { return random }})
		g.behave("web", manner{lives: time.Millisecond})
		g.add(daemon("web"))
		g.pass(time.Millisecond) // the first
		g.pass(time.Millisecond) // the second
		for _, c := range []struct {
			random float64
			want   time.Duration
		}{{0, 900 * time.Millisecond}, {1, 2200 * time.Millisecond}, {0.5, 4 * time.Second}} {
			if got := time.Until(*g.is("web", Holding).HoldUntil); random == c.random && got != c.want {
				t.Errorf("held for %v, want %v", got, c.want)
			}
			random = map[float64]float64{0: 1, 1: 0.5, 0.5: 0}[c.random]
			g.pass(time.Until(*g.is("web", Holding).HoldUntil) + time.Millisecond)
		}
	})
}

func TestFeature_Restart_AStableRunForgives(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		for n := range 6 {
			g.exit("web", 1)
			if n > 0 {
				g.is("web", Holding)
				g.pass(time.Minute)
			}
		}
		g.says(g.is("web", Ready).Verdict, "failing")
		t.Log("it has run for a minute after the last hold of 16 s: 44 s")
		g.pass(16 * time.Second)
		if v := g.status("web").Verdict; v != "" {
			t.Errorf("a stable run is said to be %q", v)
		}
		g.exit("web", 1)
		g.is("web", Ready)
		g.exit("web", 1)
		g.is("web", Ready)
		g.exit("web", 1)
		if d := time.Until(*g.is("web", Holding).HoldUntil); d != time.Second {
			t.Errorf("held for %v", d)
		}
	})
}

func TestFeature_Restart_Failing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		for n := 1; n <= 7; n++ {
			g.exit("web", 1)
			if got, want := g.status("web").Verdict, map[bool]string{true: "failing"}[n >= 5]; got != want {
				t.Errorf("after short run %d the verdict is %q, want %q", n, got, want)
			}
			g.pass(40 * time.Second)
		}
		g.start("web")
		if v := g.is("web", Ready).Verdict; v != "failing" {
			t.Errorf("a start of one that is up changes the verdict to %q", v)
		}
		g.restart("web")
		if v := g.is("web", Ready).Verdict; v != "" {
			t.Errorf("told to restart, it is still %q", v)
		}
	})
}

func TestFeature_Restart_Limit(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Restart.Limit = 3
		g.add(web)
		g.exit("web", 1)
		g.exit("web", 1)
		g.pass(time.Second)
		g.exit("web", 4)
		if x := g.is("web", Failed); x.Verdict != "failed: 3 short runs in a row, the last one: exit 4" || x.Desired != WantUp {
			t.Errorf("%+v", x)
		}
		g.pass(time.Hour)
		g.is("web", Failed)
		g.start("web")
		g.is("web", Ready)
		g.exit("web", 1)
		g.is("web", Ready)
	})
}

func TestFeature_Restart_FinalCodes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Restart.FinalCodes = []int{0, 78}
		g.add(web)
		g.exit("web", 78)
		g.pass(time.Hour)
		x := g.is("web", Done)
		if x.Why != "exit 78, which is final" || x.Pid != 0 || x.LastExit.Code != 78 {
			t.Errorf("%+v", x)
		}
		if ready, reasons := g.s.Ready(); ready || reasons[0] != "web: done: exit 78, which is final" {
			t.Errorf("ready: %v %q", ready, reasons)
		}
		g.start("web")
		g.exit("web", 0)
		g.is("web", Done)
		if ready, reasons := g.s.Ready(); !ready {
			t.Errorf("one that ended well is missed: %q", reasons)
		}
	})
}

func TestFeature_Restart_AtOnceCodes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Restart.AtOnceCodes = []int{75}
		g.add(web)
		for range 50 {
			g.pass(time.Second)
			g.exit("web", 75)
			if x := g.is("web", Ready); x.Verdict != "" {
				t.Fatalf("%+v", x)
			}
		}
		t.Log("one that does nothing else must not burn a processor")
		g.exit("web", 75)
		g.is("web", Ready)
		g.exit("web", 75)
		g.is("web", Holding)
	})
}

func TestFeature_Restart_OnFailure(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Restart.Policy = OnFailure
		g.add(web)
		g.exit("web", 1)
		g.is("web", Ready)
		g.exit("web", 0)
		g.is("web", Done)
	})
}

func TestFeature_Restart_WhatCannotBeExecuted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{err: errBroken})
		g.add(daemon("web"), daemon("other"))
		x := g.is("web", Holding)
		if x.Why != errBroken.Error() || time.Until(*x.HoldUntil) != time.Second || x.Pid != 0 {
			t.Errorf("%+v", x)
		}
		g.pass(time.Hour)
		g.says(g.status("web").Verdict, "failing")
		g.behave("web", manner{})
		g.pass(time.Minute)
		g.are("web ready, other ready")
	})
}

func TestFeature_Restart_HoldIsCutShortByAStart(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{err: errBroken})
		g.add(daemon("web"))
		g.pass(time.Minute)
		g.behave("web", manner{})
		within(t, 0, func() { g.ok(g.s.Start(t.Context(), "me", true, "web")) })
		if x := g.is("web", Ready); x.Verdict != "" {
			t.Errorf("%+v", x)
		}
	})
}

package supervise

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFeature_Stop(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Stop = Stop{Signal: syscall.SIGINT}
		g.add(web)
		within(t, 0, func() { g.ok(g.s.Stop(t.Context(), "uid 7", true, "web")) })
		if got := g.done(); got != "start web, INT web" {
			t.Errorf("did %q", got)
		}
		x := g.is("web", Down)
		if x.Desired != WantDown || x.Pid != 0 || x.LastExit.Signal != syscall.SIGINT || x.Restarts != 0 {
			t.Errorf("%+v", x)
		}
		g.pass(time.Hour)
		g.is("web", Down)
		for _, e := range g.s.Events(0) {
			if (e.To == Stopping || e.To == Down) && e.Who != "uid 7" {
				t.Errorf("%+v was asked for by uid 7", e)
			}
		}
	})
}

func TestFeature_Stop_Timeout(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Stop.Timeout = 3 * time.Second
		g.behave("web", manner{stubborn: true})
		g.add(web)
		g.stop("web")
		g.pass(3*time.Second - 1)
		g.is("web", Stopping)
		g.pass(1)
		g.is("web", Down)
		if got := g.done(); got != "start web, TERM web, KILL web" {
			t.Errorf("did %q", got)
		}
	})
}

func TestFeature_Stop_TimeoutIsClippedToTheBudget(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{StopTimeout: 5 * time.Second})
		web := daemon("web")
		web.Stop.Timeout = time.Hour
		g.behave("web", manner{stubborn: true})
		g.add(web)
		if took := within(t, 5*time.Second, func() { g.ok(g.s.Stop(t.Context(), "me", true, "web")) }); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestFeature_Stop_WhoNeedsEightSecondsGetsThem(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("gateway", manner{drains: 8 * time.Second})
		g.add(daemon("gateway", "db"), daemon("db"))
		took := within(t, 8*time.Second, func() {
			if err := g.s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if got := g.done(); took != 8*time.Second || strings.Contains(got, "KILL") {
			t.Errorf("%q in %v", got, took)
		}
	})
}

func TestFeature_Stop_OrderWithinOneBudget(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		for _, name := range []string{"a", "b", "c", "d"} {
			g.behave(name, manner{stubborn: true})
		}
		g.add(daemon("a", "b"), daemon("b", "c"), daemon("c", "d"), daemon("d"), daemon("free"))
		g.done()
		within(t, 9*time.Second, func() {
			if err := g.s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
		t.Log("even behind three that ignore it each one is told before it is killed")
		want := "TERM a, TERM free, KILL a, TERM b, KILL b, TERM c, KILL c, TERM d, KILL d"
		if got := g.done(); got != want && got != strings.Replace(want, "TERM a, TERM free", "TERM free, TERM a", 1) {
			t.Errorf("did %q", got)
		}
	})
}

func TestFeature_Stop_AllAtOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		for _, name := range []string{"a", "b", "c"} {
			g.behave(name, manner{drains: 3 * time.Second})
			g.add(daemon(name))
		}
		within(t, 3*time.Second, func() {
			if err := g.s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestFeature_Stop_StartMeanwhile(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: time.Second})
		g.add(daemon("web"))
		pid := g.status("web").Pid
		stopped := make(chan error, 1)
		go func() { stopped <- g.s.Stop(context.Background(), "me", true, "web") }()
		g.is("web", Stopping)
		g.ok(g.s.Start(t.Context(), "you", true, "web"))
		if x := g.is("web", Ready); x.Pid == pid {
			t.Error("it was not stopped")
		}
		if err := <-stopped; err == nil || err.Error() != "stop web: it was started again" {
			t.Errorf("the one who stopped it hears %v", err)
		}
	})
}

func TestFeature_Stop_OfWhatDoesNotRun(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		v := task("job")
		g.behave("broken", manner{err: errBroken})
		g.add(daemon("web", "db"), off(daemon("db")), daemon("broken"), v)
		g.exit("job", 1)
		g.are("web waiting, db down, broken holding, job failed")
		within(t, 0, func() { g.ok(g.s.Stop(t.Context(), "me", true, "web", "db", "broken", "job")) })
		g.are("web down, db down, broken down, job down")
		g.pass(time.Hour)
		g.are("web down, db down, broken down, job down")
		if v := g.status("job").Verdict; v != "" {
			t.Errorf("verdict %q", v)
		}
	})
}

func TestFeature_Stop_WhileItStarts(t *testing.T) {
	for _, c := range []struct {
		about string
		m     manner
		limit time.Duration
	}{
		{"the start is called off", manner{hangs: true}, 0},
		{"the start doesn't hear it", manner{deaf: true}, 11 * time.Second},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				g.behave("web", c.m)
				g.add(daemon("web"), daemon("other"))
				g.are("web starting, other ready")
				within(t, c.limit, func() { g.ok(g.s.Stop(t.Context(), "me", true, "web")) })
				g.are("web down, other ready")
			})
		})
	}
}

func TestFeature_Stop_WhatKillDoesNotEnd(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{immortal: true})
		g.add(daemon("web", "db"), daemon("db"))
		p := g.process("web")
		within(t, 11*time.Second, func() {
			err := g.s.Stop(t.Context(), "me", true, "web")
			if err == nil || err.Error() != "stop web: pid 2 did not die within 2s of KILL" {
				t.Errorf("%v", err)
			}
		})
		if x := g.is("web", Failed); x.Pid != p.pid || x.Desired != WantDown {
			t.Errorf("%+v", x)
		}
		t.Log("two of one service there must not be")
		err := g.s.Start(t.Context(), "me", true, "web")
		if err == nil || HintFor(err) == "" {
			t.Errorf("%v", err)
		}
		t.Log("others aren't held up by it")
		within(t, 0, func() { g.ok(g.s.Stop(t.Context(), "me", true, "db")) })
		t.Log("and when it is gone at last, so is the verdict")
		p.end(Exit{Signal: syscall.SIGKILL})
		if x := g.is("web", Down); x.Verdict != "" || x.Pid != 0 {
			t.Errorf("%+v", x)
		}
		g.behave("web", manner{})
		g.start("web")
		g.are("web ready, db ready")
	})
}

func TestFeature_Stop_RestartOfWhatKillDoesNotEnd(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{immortal: true})
		g.add(daemon("web"))
		p := g.process("web")
		if err := g.s.Restart(t.Context(), "me", true, "web"); err == nil {
			t.Error("it is said to have been restarted")
		}
		g.behave("web", manner{})
		p.end(Exit{Signal: syscall.SIGKILL})
		if x := g.is("web", Ready); x.Run != 2 || x.Verdict != "" {
			t.Errorf("%+v", x)
		}
	})
}

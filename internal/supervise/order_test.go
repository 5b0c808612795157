package supervise

import (
	"context"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// What random histories found, each told once more by itself.

func TestATaskThatIsDoneDoesNotHideWhoIsBehindIt(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: time.Second})
		g.add(daemon("web", "migrate"), Service{Name: "migrate", Kind: Task, Enabled: true, Desired: true, Requires: []string{"db"}}, daemon("db"))
		g.exit("migrate", 0)
		g.are("web ready, migrate done, db ready")
		g.done()
		g.stop("db")
		g.pass(time.Second)
		g.are("web waiting, migrate done, db down")
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("stopped in the order %q", got)
		}
		t.Log("the task is not run again for it")
		g.start("web")
		g.are("web ready, migrate done, db ready")
		g.done()
		if err := g.s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("stopped in the order %q", got)
		}
	})
}

func TestAnEndByItselfIsTheRestartThatWasAskedFor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: 5 * time.Second})
		g.add(daemon("web", "db"), daemon("db"))
		done := make(chan error, 1)
		go func() { done <- g.s.Restart(context.Background(), "me", true, "db") }()
		g.are("web stopping, db ready")
		g.exit("db", 1)
		g.are("web stopping, db ready")
		g.ok(<-done)
		g.pass(time.Minute)
		if x := g.is("db", Ready); x.Run != 2 || x.Restarts != 0 {
			t.Errorf("%+v", x)
		}
		g.is("web", Ready)
	})
}

func TestAnEndByItselfIsTheStopThatWasAskedFor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: 5 * time.Second})
		g.add(daemon("web", "db"), daemon("db"))
		g.stop("db")
		g.exit("db", 1)
		g.are("web stopping, db down")
		g.pass(time.Minute)
		g.are("web waiting, db down")
	})
}

func TestARestartOfWhatThenCannotBeExecuted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: 5 * time.Second})
		g.add(daemon("web", "db"), daemon("db"))
		g.behave("db", manner{hangs: true})
		g.exit("db", 1) // it starts anew, and web still runs
		g.pass(7 * time.Second)
		g.restart("db")
		g.are("web stopping, db starting")
		g.pass(3 * time.Second)
		g.are("web stopping, db holding") // the start's time is up before web has gone
		g.behave("db", manner{})
		g.pass(2 * time.Second)
		g.are("web ready, db ready")
		if n := g.status("db").Run; n != 3 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestWhoComesAfterASlotThatStopsForGoodGoesOn(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := off(daemon("web"))
		web.After = []string{"db"}
		g.behave("db", manner{drains: 5 * time.Second})
		g.add(web, daemon("db"))
		g.restart("db")
		g.start("web")
		g.are("web waiting, db stopping") // it comes back
		g.stop("db")
		g.are("web ready, db stopping") // it doesn't
	})
}

func TestWhoComesAfterASlotThatIsAboutToRestartWaits(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		late := off(daemon("late"))
		late.After = []string{"db"}
		g.behave("web", manner{drains: 5 * time.Second})
		g.add(late, daemon("web", "db"), daemon("db"))
		g.restart("db")
		g.start("late")
		g.are("late waiting, web stopping, db ready")
		g.pass(5 * time.Second)
		g.are("late ready, web ready, db ready")
	})
}

func TestWhatIsLeftOfARemovedSlotIsWaitedFor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{immortal: true})
		g.add(daemon("web"))
		p := g.process("web")
		if err := g.s.Remove(t.Context(), "me", "web"); err == nil || err.Error() != "remove web: pid 1 did not die within 2s of KILL" {
			t.Errorf("%v", err)
		}
		g.behave("web", manner{})
		g.add(daemon("web"))
		g.says(g.is("web", Waiting).Why, "what is left of the one that was removed")
		p.end(Exit{Signal: syscall.SIGKILL})
		g.is("web", Ready)
	})
}

func TestWhatIsLeftOfARemovedSlotIsNamedAtTheEnd(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{immortal: true})
		g.add(daemon("web"))
		_ = g.s.Remove(t.Context(), "me", "web")
		if err := g.s.Shutdown(t.Context()); err == nil || err.Error() != "stop web: pid 1 did not die within 2s of KILL" {
			t.Errorf("%v", err)
		}
		synctest.Wait()
	})
}

func TestADisabledRequirementAfterAFailedOne(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		db := daemon("db")
		db.Restart.Policy = Never
		g.behave("db", manner{err: errBroken})
		g.add(daemon("web", "db"), db)
		g.are("web failed, db failed")
		g.ok(g.s.Remove(t.Context(), "me", "db"))
		db.Enabled = false
		g.add(db)
		g.pass(time.Hour)
		g.start("web")
		g.are("web failed, db down")
	})
}

func TestARemovedSlotHoldsUpNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		top := daemon("top")
		top.After = []string{"mid"}
		g.behave("top", manner{drains: 5 * time.Second})
		g.add(daemon("low"), off(daemon("mid", "low")), top)
		g.stop("low", "mid", "top")
		g.are("low ready, mid down, top stopping") // in reverse, through one that doesn't run
		g.ok(g.s.Remove(t.Context(), "me", "mid"))
		g.are("low down, top stopping")
	})
}

func TestWhoWaitsForAPlaceStillNeedsWhatItRequires(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{Parallel: 1})
		g.add(daemon("db"), off(daemon("slow")), off(daemon("web", "db")))
		g.behave("slow", manner{takes: quick / 2})
		g.start("slow", "web")
		g.are("db ready, slow starting, web waiting")
		g.done()
		g.stop("db")
		g.pass(time.Second)
		if got := g.done(); got != "TERM db" {
			t.Errorf("did %q", got)
		}
		g.are("db down, slow ready, web waiting")
		g.start("db")
		g.are("db ready, slow ready, web ready")
	})
}

func TestARestartForgivesWhyItWasBeingStopped(t *testing.T) {
	for _, c := range []struct {
		about string
		m     manner
		sick  bool
		wait  time.Duration
	}{
		{"it was never ready", manner{asks: true, drains: 5 * time.Second}, false, time.Minute},
		{"it was unhealthy", manner{drains: 5 * time.Second}, true, 30 * time.Second},
	} {
		for _, verb := range []string{"start", "restart"} {
			t.Run(c.about+", "+verb, func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					g := newRig(t, Options{})
					v := healthy(RestartSick)
					v.Restart.Limit = 1
					g.behave("web", c.m)
					if c.sick {
						g.health("web", errBroken, false)
					}
					g.add(v)
					g.pass(c.wait)
					g.is("web", Stopping)
					g.health("web", nil, false)
					g.behave("web", manner{})
					map[string]func(names ...string){"start": g.start, "restart": g.restart}[verb]("web")
					g.pass(5 * time.Second)
					if x := g.is("web", Ready); x.Run != 2 || x.Verdict != "" {
						t.Errorf("%+v", x)
					}
				})
			})
		}
	}
}

package supervise

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestVerbsRefuseUnknownNamesBeforeTheyDoAnything(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"), daemon("database"))
		for verb, f := range map[string]func() error{
			"start":   func() error { return g.s.Start(t.Context(), "me", true, "web", "databse") },
			"stop":    func() error { return g.s.Stop(t.Context(), "me", true, "web", "databse") },
			"restart": func() error { return g.s.Restart(t.Context(), "me", true, "web", "databse") },
			"reload":  func() error { return g.s.Reload(t.Context(), "me", "web", "databse") },
			"remove":  func() error { return g.s.Remove(t.Context(), "me", "databse") },
			"status":  func() error { _, err := g.s.StatusOf("web", "databse"); return err },
		} {
			err := f()
			if !errors.Is(err, ErrUnknown) || err.Error() != verb+` "databse": no such slot` || HintFor(err) != "did you mean database?" {
				t.Errorf("%s: %v (%s)", verb, err, HintFor(err))
			}
		}
		if got := g.done(); strings.Contains(got, "TERM") {
			t.Errorf("did %q", got)
		}
	})
}

func TestStartWaits(t *testing.T) {
	for _, c := range []struct {
		about string
		m     manner
		set   func(v *Service)
		end   int // -1: it goes on
		want  string
		took  time.Duration
	}{
		{"until it is ready", manner{takes: 3 * time.Second}, nil, -1, "", 3 * time.Second},
		{"until a task is done", manner{}, func(v *Service) { v.Kind = Task }, 0, "", time.Second},
		{"until a task has failed", manner{}, func(v *Service) { v.Kind = Task }, 3, "start it: exit 3", time.Second},
		{"until it holds", manner{err: errBroken}, nil, -1, "start it: " + errBroken.Error() + "; the next run comes in 1s", 0},
		{"until it is given up", manner{asks: true}, nil, -1, "start it: not ready within 1m0s", time.Minute},
		{"until it has ended well", manner{asks: true}, func(v *Service) { v.Restart.Policy = OnFailure }, 0, "start it: it ended: exit 0", time.Second},
		{"no longer than ctx", manner{asks: true}, func(v *Service) { v.Ready = &ReadyRule{Timeout: time.Hour} }, -1, "start it: it is up (runs): context deadline exceeded", 5 * time.Minute},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				v := off(daemon("it"))
				if c.set != nil {
					c.set(&v)
				}
				g.behave("it", c.m)
				g.add(v)
				if c.end >= 0 {
					time.AfterFunc(time.Second, func() { g.processes()[0].end(Exit{Code: c.end}) })
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				took := within(t, c.took, func() {
					err := g.s.Start(ctx, "me", true, "it")
					if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
						t.Errorf("says %v, want %s", err, c.want)
					}
				})
				if took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				if n := waiters(g, "it"); n != 0 {
					t.Errorf("%d waiters are left behind", n)
				}
			})
		})
	}
}

func waiters(g *rig, slot string) (n int) {
	g.s.do(func() { n = len(g.s.byName[slot].waiters) })
	return n
}

func TestStartWaitsForAllAndNamesEachThatFails(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("a", manner{err: errBroken})
		g.behave("b", manner{takes: time.Second})
		g.behave("c", manner{err: errBroken})
		g.add(off(daemon("a")), off(daemon("b")), off(daemon("c")))
		err := g.s.Start(t.Context(), "me", true, "a", "b", "c")
		if err == nil || strings.Count(err.Error(), "start ") != 2 {
			t.Errorf("%v", err)
		}
		g.is("b", Ready)
	})
}

func TestRestartWaitsForTheNewRun(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: 2 * time.Second, takes: time.Second})
		g.add(daemon("web"))
		g.pass(time.Hour)
		within(t, 3*time.Second, func() { g.ok(g.s.Restart(t.Context(), "me", true, "web")) })
		if x := g.is("web", Ready); x.Run != 2 || x.Restarts != 0 {
			t.Errorf("%+v", x)
		}
	})
}

func TestRestartStartsWhatIsDown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(off(daemon("web", "db")), off(daemon("db")))
		g.ok(g.s.Restart(t.Context(), "me", true, "web"))
		g.are("web ready, db ready")
	})
}

func TestRestartWhileItStarts(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{takes: 5 * time.Second})
		g.add(daemon("web"))
		g.pass(time.Second)
		g.behave("web", manner{})
		within(t, 0, func() { g.ok(g.s.Restart(t.Context(), "me", true, "web")) })
	})
}

func TestStartOfWhatIsUpDoesNothing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		last := g.last()
		within(t, 0, func() { g.ok(g.s.Start(t.Context(), "me", true, "web")) })
		if g.last() != last {
			t.Error("something happened")
		}
	})
}

func TestAWaitEndsWhenSomebodyElseStops(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{asks: true})
		g.add(off(daemon("web")))
		done := make(chan error, 1)
		go func() { done <- g.s.Start(context.Background(), "me", true, "web") }()
		g.is("web", Up)
		g.stop("web")
		if err := <-done; err == nil || err.Error() != "start web: it was stopped" {
			t.Error(err)
		}
	})
}

func TestAWaitEndsWithTheSupervisor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web", "db"), off(daemon("db")))
		g.behave("db", manner{hangs: true})
		done := make(chan error, 1)
		go func() { done <- g.s.Start(context.Background(), "me", true, "web") }()
		g.is("db", Starting)
		if err := g.s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-done; err == nil {
			t.Error("it is said to have been started")
		}
	})
}

func TestACallerThatHasGoneIsHeardNoMore(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(off(daemon("web")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.s.Start(ctx, "me", false, "web"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		g.is("web", Down)
	})
}

func TestRemove(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("db", manner{drains: time.Second})
		g.add(daemon("web", "db"), daemon("db"), daemon("other"))
		g.done()
		within(t, time.Second, func() { g.ok(g.s.Remove(t.Context(), "me", "db")) })
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("did %q", got)
		}
		g.are("web waiting, other ready")
		g.says(g.status("web").Why, "waits for db, which was removed")
		if err := g.s.Start(t.Context(), "me", true, "db"); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
		t.Log("whoever takes its place is what is waited for")
		if err := g.s.Add("me", daemon("db", "web")); err == nil || !strings.Contains(err.Error(), "web → db → web") {
			t.Errorf("a cycle through a gap: %v", err)
		}
		g.add(daemon("db"))
		g.are("web ready, other ready, db ready")
	})
}

func TestRemoveInEveryState(t *testing.T) {
	for _, c := range []struct {
		about string
		m     manner
		do    func(g *rig)
	}{
		{"down", manner{}, func(g *rig) { g.stop("it") }},
		{"starting", manner{hangs: true}, func(*rig) {}},
		{"starting, deaf", manner{deaf: true}, func(*rig) {}},
		{"up", manner{asks: true}, func(*rig) {}},
		{"ready", manner{}, func(*rig) {}},
		{"deaf to TERM", manner{stubborn: true}, func(*rig) {}},
		{"stopping", manner{stubborn: true}, func(g *rig) { g.stop("it") }},
		{"holding", manner{err: errBroken}, func(*rig) {}},
		{"done", manner{}, func(g *rig) { g.exit("it", 78) }},
		{"failed", manner{asks: true}, func(g *rig) { g.pass(time.Minute) }},
		{"deaf to KILL", manner{immortal: true}, func(*rig) {}},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				v := daemon("it")
				v.Restart.FinalCodes = []int{78}
				g.behave("it", c.m)
				g.add(v)
				c.do(g)
				within(t, 11*time.Second, func() {
					if err := g.s.Remove(t.Context(), "me", "it"); (err != nil) != c.m.immortal {
						t.Error(err)
					}
				})
				g.are("")
				for _, p := range g.processes() {
					p.end(Exit{})
				}
				g.behave("it", manner{})
				g.add(daemon("it"))
				if c.m.deaf { // what is left of the one before may still become a process
					g.are("it waiting")
					close(g.let)
					synctest.Wait()
					g.let = make(chan struct{})
				}
				g.are("it ready")
			})
		})
	}
}

func TestARemovedSlotCanNotBeStarted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{drains: time.Second})
		g.add(daemon("web"))
		go func() { _ = g.s.Remove(context.Background(), "me", "web") }()
		g.is("web", Stopping)
		if err := g.s.Start(t.Context(), "me", false, "web"); err == nil || HintFor(err) == "" {
			t.Error(err)
		}
		g.pass(time.Second)
		g.are("")
	})
}

func TestStatusIsOfOneMoment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web", "db"), daemon("db"))
		before := g.s.Status()
		g.stop("db")
		if before[0].State != Ready || before[1].State != Ready || before[0].LastExit != nil {
			t.Error("it changed afterwards")
		}
		x := before[0]
		if x.Name != "web" || x.Desired != WantUp || x.Pid == 0 || x.Run != 1 || !x.Ready || len(x.Requires) != 1 || x.Since.IsZero() {
			t.Errorf("%+v", x)
		}
	})
}

func TestReadySaysWhatIsMissing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("slow", manner{asks: true})
		g.behave("broken", manner{err: errBroken})
		g.add(daemon("web", "slow"), daemon("slow"), daemon("broken"), off(daemon("off")), task("job"))
		ready, reasons := g.s.Ready()
		want := "web: waiting: waits for slow, which is up\nslow: up: runs\nbroken: holding: " + errBroken.Error() + "\njob: up: runs"
		if ready || strings.Join(reasons, "\n") != want {
			t.Errorf("%q", reasons)
		}
		g.answer("slow")
		g.exit("job", 0)
		g.stop("broken")
		if ready, reasons := g.s.Ready(); !ready {
			t.Errorf("%q", reasons)
		}
	})
}

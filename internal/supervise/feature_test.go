package supervise

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

func TestFeature_Requires(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("db", manner{asks: true})
		g.add(daemon("web", "db"), daemon("db"), daemon("log"))
		g.are("web waiting, db up, log ready")
		g.says(g.status("web").Why, "waits for db, which is up")
		g.answer("db")
		g.are("web ready, db ready, log ready")

		t.Log("a requirement that crashes leaves its dependants alone")
		g.exit("db", 1)
		g.are("web ready, db up, log ready")
		t.Log("but one of them that ends meanwhile waits for it")
		g.exit("web", 1)
		g.are("web waiting, db up, log ready")
		g.answer("db")
		g.are("web ready, db ready, log ready")

		t.Log("one that is stopped takes them along, in reverse")
		g.done()
		g.stop("db")
		g.are("web waiting, db down, log ready")
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("stopped in the order %q", got)
		}
		if d := g.status("web").Desired; d != WantUp {
			t.Errorf("web is wanted %s", d)
		}
		t.Log("and brings them back")
		g.start("db")
		g.answer("db")
		g.are("web ready, db ready, log ready")

		t.Log("a restart as well")
		g.done()
		g.restart("db")
		g.answer("db")
		g.are("web ready, db ready, log ready")
		if got := g.done(); got != "TERM web, TERM db, start db, start web" {
			t.Errorf("restarted in the order %q", got)
		}
	})
}

func TestFeature_Requires_StartPullsIn(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(off(daemon("web", "app")), off(daemon("app", "db", "cache")), off(daemon("db")), off(daemon("cache")), off(daemon("other")))
		g.are("web down, app down, db down, cache down, other down")
		g.start("web")
		g.are("web ready, app ready, db ready, cache ready, other down")
	})
}

func TestFeature_Requires_BootDoesNotOverruleAStop(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web", "db"), off(daemon("db")))
		g.are("web waiting, db down")
		g.says(g.status("web").Why, "waits for db, which is down")
	})
}

func TestFeature_Requires_FailureIsPassedOnAndTakenBack(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		db := daemon("db")
		db.Restart.Policy = Never
		g.behave("db", manner{asks: true})
		g.add(daemon("web", "app"), daemon("app", "db"), db)
		g.exit("db", 3)
		g.are("web failed, app failed, db failed")
		g.says(g.status("web").Verdict, "failed: requirement app failed: requirement db failed: exit 3")
		g.behave("db", manner{})
		g.start("db")
		g.are("web ready, app ready, db ready")
		if v := g.status("web").Verdict; v != "" {
			t.Errorf("verdict %q", v)
		}
	})
}

func TestFeature_Requires_NotEnabled(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		db := daemon("db")
		db.Enabled = false
		g.add(daemon("web", "db"), db)
		g.are("web failed, db down")
		g.says(g.status("web").Verdict, "failed: requirement db is not enabled")
	})
}

func TestFeature_After(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.After = []string{"db"}
		g.behave("db", manner{asks: true})
		g.add(web, daemon("db"))
		g.are("web waiting, db up")
		g.answer("db")
		g.are("web ready, db ready")

		t.Log("an order is no requirement: the other may go")
		g.stop("db")
		g.are("web ready, db down")
		t.Log("and isn't waited for when it isn't coming")
		g.restart("web")
		g.are("web ready, db down")

		t.Log("stopped together, they stop in reverse")
		g.start("db")
		g.answer("db")
		g.done()
		g.stop("db", "web")
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("stopped in the order %q", got)
		}
	})
}

func TestFeature_After_IsNotHeldUpForEver(t *testing.T) {
	for _, c := range []struct {
		about string
		m     manner
		want  string
	}{
		{"by one that can't be executed", manner{err: errBroken}, "web ready, db holding"},
		{"by one that never answers", manner{asks: true}, "web ready, db failed"},
		{"by one whose start hangs", manner{hangs: true}, "web ready, db holding"},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				web := daemon("web")
				web.After = []string{"db"}
				g.behave("db", c.m)
				g.add(web, daemon("db"))
				for range 120 {
					if g.status("web").State == Ready {
						break
					}
					g.pass(time.Second)
				}
				g.are(c.want)
			})
		})
	}
	t.Run("by one that waits for something that is down", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			g := newRig(t, Options{})
			web := daemon("web")
			web.After = []string{"app"}
			g.add(web, daemon("app", "db"), off(daemon("db")))
			g.are("web ready, app waiting, db down")
		})
	})
}

func TestFeature_Ready(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.Ready = &ReadyRule{Timeout: 10 * time.Second}
		g.behave("web", manner{asks: true})
		g.add(web)
		g.pass(9 * time.Second)
		g.is("web", Up)
		g.answer("web")
		g.is("web", Ready)
		g.pass(time.Hour)
		g.is("web", Ready)
		if g.history("web", 0) != "waiting starting up ready" {
			t.Errorf("went %s", g.history("web", 0))
		}
	})
}

func TestFeature_Ready_Verdict(t *testing.T) {
	for _, c := range []struct {
		about   string
		verdict Verdict
		failed  error
		want    State
		why     string
	}{
		{"never ready fails", Fail, nil, Failed, "not ready within 10s"},
		{"never ready goes on", GoOn, nil, Ready, "not ready within 10s: goes on"},
		{"no as an answer fails", Fail, errors.New("port is taken"), Failed, "not ready: port is taken"},
		{"no as an answer goes on", GoOn, errors.New("port is taken"), Ready, "port is taken: goes on"},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				web := daemon("web")
				web.Ready = &ReadyRule{Timeout: 10 * time.Second, Verdict: c.verdict}
				g.behave("web", manner{asks: true})
				g.add(web, daemon("next", "web"))
				if c.failed != nil {
					g.process("web").failed <- c.failed
				} else {
					g.pass(10 * time.Second)
				}
				g.says(g.is("web", c.want).Why, c.why)
				g.pass(time.Hour)
				g.is("web", c.want)
				g.is("next", c.want)
			})
		})
	}
}

func TestFeature_Ready_TheDefaultBound(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{asks: true, stubborn: true})
		g.add(daemon("web"))
		g.pass(time.Minute)
		g.is("web", Stopping)
		g.pass(9 * time.Second)
		g.says(g.is("web", Failed).Verdict, "failed: not ready within 1m0s")
	})
}

func TestFeature_Task(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web", "migrate"), task("migrate"))
		g.are("web waiting, migrate up")
		g.pass(time.Hour) // a task has no bound of its own
		g.exit("migrate", 0)
		g.are("web ready, migrate done")
		if x := g.status("migrate"); !x.Ready || x.LastExit == nil || !x.LastExit.Success() {
			t.Errorf("%+v", x)
		}
		t.Log("it can be run again, and its dependants bear it")
		g.start("migrate")
		g.are("web ready, migrate up")
		g.exit("migrate", 0)
		g.are("web ready, migrate done")
	})
}

func TestFeature_Task_Retry(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		m := task("migrate")
		m.Retry = Retry{Count: 2, Delay: 10 * time.Second}
		g.add(daemon("web", "migrate"), m)
		for range 2 {
			g.exit("migrate", 1)
			g.are("web waiting, migrate holding")
			g.pass(10 * time.Second)
			g.are("web waiting, migrate up")
		}
		g.exit("migrate", 1)
		g.are("web failed, migrate failed")
		g.says(g.status("migrate").Verdict, "failed: 3 runs failed, the last one: exit 1")
		t.Log("a start gives it its retries back")
		g.start("migrate")
		g.exit("migrate", 1)
		g.are("web waiting, migrate holding")
		g.pass(10 * time.Second)
		g.exit("migrate", 0)
		g.are("web ready, migrate done")
	})
}

func TestFeature_Enabled(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		v := daemon("dashboard")
		v.Enabled = false
		g.add(v)
		g.pass(time.Hour)
		if x := g.is("dashboard", Down); x.Desired != WantDown || x.Why != "not enabled" || g.done() != "" {
			t.Errorf("%+v", x)
		}
		err := g.s.Start(t.Context(), "me", true, "dashboard")
		if err == nil || HintFor(err) == "" || err.Error() != "start dashboard: it is not enabled" {
			t.Errorf("%v (%s)", err, HintFor(err))
		}
		if ready, reasons := g.s.Ready(); !ready {
			t.Errorf("not ready: %q", reasons)
		}
	})
}

func TestFeature_Reload(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web, hung, bad := daemon("web"), daemon("hung"), daemon("bad")
		web.Reload = func(_ context.Context, p Process) error { return p.Signal(0) }
		hung.Reload = func(ctx context.Context, _ Process) error { <-g.let; return nil }
		bad.Reload = func(context.Context, Process) error { return errors.New("exit 1") }
		g.add(web, hung, bad, daemon("plain"), off(daemon("down")))
		pid := g.status("web").Pid
		g.ok(g.s.Reload(t.Context(), "uid 7", "web"))
		if x := g.is("web", Ready); x.Pid != pid {
			t.Error("it was restarted")
		}
		events := g.s.Events(0)
		if e := events[len(events)-1]; e.Why != "reloaded" || e.Who != "uid 7" || e.From != e.To {
			t.Errorf("%+v", e)
		}
		for name, want := range map[string]string{
			"plain": "it has no reload action", "nobody": "no such slot", "bad": "reload bad: exit 1", "hung": context.DeadlineExceeded.Error(),
		} {
			within(t, 31*time.Second, func() {
				if err := g.s.Reload(t.Context(), "me", name); err == nil {
					t.Errorf("%s was reloaded", name)
				} else {
					g.says(err.Error(), want)
				}
			})
		}
		g.stop("web")
		if err := g.s.Reload(t.Context(), "me", "web"); err == nil || HintFor(err) != "berth start web" {
			t.Errorf("%v", err)
		}
	})
}

func TestFeature_Instances(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("gateway-default"))
		g.add(off(daemon("gateway-coder")))
		g.are("gateway-default ready, gateway-coder down")
		g.start("gateway-coder")
		g.are("gateway-default ready, gateway-coder ready")
		g.ok(g.s.Remove(t.Context(), "volume", "gateway-coder"))
		g.are("gateway-default ready")
		g.add(daemon("gateway-coder"))
		g.are("gateway-default ready, gateway-coder ready")
		if n := g.status("gateway-coder").Run; n != 1 {
			t.Errorf("a new slot begins at run %d", n)
		}
	})
}

func TestFeature_Critical(t *testing.T) {
	for _, c := range []struct {
		about string
		do    func(g *rig)
		code  int // -1: nothing is told
	}{
		{"given up after a failure", func(g *rig) { g.exit("main", 3) }, 3},
		{"killed", func(g *rig) { g.process("main").end(Exit{Signal: syscall.SIGSEGV}) }, 139},
		{"a final code that is no success", func(g *rig) { g.exit("main", 78) }, 78},
		{"success", func(g *rig) { g.exit("main", 0) }, -1},
		{"told to stop", func(g *rig) { g.stop("main") }, -1},
		{"a failure of another one", func(g *rig) { g.exit("other", 3) }, -1},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				v, other := daemon("main"), daemon("other")
				v.Critical = true
				v.Restart.Policy, v.Restart.FinalCodes = Never, []int{78}
				other.Restart.Policy = Never
				g.add(v, other)
				c.do(g)
				g.pass(time.Second)
				select {
				case f := <-g.s.Critical():
					if f.Code != c.code || f.Slot != "main" || f.Why == "" {
						t.Errorf("told %+v", f)
					}
				default:
					if c.code >= 0 {
						t.Error("nothing was told")
					}
				}
			})
		})
	}
	t.Run("never started", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			g := newRig(t, Options{})
			v := task("main")
			v.Critical = true
			g.behave("main", manner{err: errBroken})
			g.add(v)
			if f := <-g.s.Critical(); f.Code != 1 || f.Why != errBroken.Error() {
				t.Errorf("told %+v", f)
			}
		})
	})
}

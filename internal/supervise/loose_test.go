package supervise

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func loose(v Service) Service {
	v.Loose = true
	return v
}

func TestFeature_Loose(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("db", manner{asks: true})
		g.add(loose(daemon("web", "db")), loose(daemon("db")))
		g.are("web waiting, db up")
		g.answer("db")
		g.are("web ready, db ready")
		g.done()

		t.Log("a requirement that is restarted doesn't take it along")
		g.restart("db")
		g.are("web ready, db up")
		t.Log("and one that is stopped doesn't")
		g.stop("db")
		g.are("web ready, db down")
		if got := g.done(); got != "TERM db, start db, TERM db" {
			t.Errorf("did %q", got)
		}
		t.Log("another run doesn't wait for it")
		g.exit("web", 1)
		g.are("web ready, db down")

		t.Log("one that was told to start again does")
		g.stop("web")
		ok := make(chan error, 1)
		go func() { ok <- g.s.Start(t.Context(), "me", true, "web") }()
		g.pass(time.Second)
		g.are("web waiting, db up")
		g.answer("db")
		g.ok(<-ok)
	})
}

func TestFeature_Loose_StopsInReverse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(loose(daemon("web", "db")), loose(daemon("db")))
		g.done()
		g.ok(g.s.Stop(t.Context(), "me", true, "db", "web"))
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("both told at once: %q", got)
		}
		g.start("web")
		g.done()
		g.ok(g.s.Shutdown(t.Context()))
		if got := g.done(); got != "TERM web, TERM db" {
			t.Errorf("everything: %q", got)
		}
	})
}

func TestFeature_Loose_OutlivesWhatItRequires(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(loose(daemon("web", "db")), loose(daemon("db")))
		g.ok(g.s.Remove(t.Context(), "me", "db"))
		g.exit("web", 1)
		g.is("web", Ready)
	})
}

func TestFeature_Loose_FailsWithWhatItRequires(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		db := loose(daemon("db"))
		db.Restart.Policy = Never
		g.behave("db", manner{asks: true})
		g.add(loose(daemon("web", "db")), db)
		g.exit("db", 3)
		g.are("web failed, db failed")
	})
}

func TestFeature_StartAlone(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		first := loose(daemon("first"))
		last := off(loose(daemon("web", "db")))
		last.After = []string{"first"}
		g.behave("first", manner{asks: true})
		g.add(last, off(loose(daemon("db"))), first)
		g.ok(g.s.StartAlone(t.Context(), "me", true, "web"))
		g.are("web ready, db down, first up")
		g.exit("web", 1)
		g.are("web ready, db down, first up")

		t.Log("what isn't loose waits all the same")
		g.ok(g.s.Add("", off(daemon("strict", "db"))))
		g.ok(g.s.StartAlone(t.Context(), "me", false, "strict"))
		g.is("strict", Waiting)
	})
}

func TestFeature_Stop_Patient(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{StopTimeout: 5 * time.Second})
		web, api := daemon("web"), daemon("api")
		web.Stop = Stop{Patient: true, Timeout: 2 * time.Second}
		api.Stop = web.Stop
		g.behave("web", manner{stubborn: true})
		g.behave("api", manner{stubborn: true})
		g.add(web, api)
		g.ok(g.s.Stop(t.Context(), "me", false, "web"))
		g.pass(time.Hour)
		g.are("web stopping, api ready")
		took := within(t, 2*time.Second, func() { g.ok(g.s.Shutdown(t.Context())) })
		if got := g.done(); took != 2*time.Second || strings.Count(got, "KILL") != 2 {
			t.Errorf("%q in %v", got, took)
		}
	})
}

func TestFeature_AFinalExit(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		end := func(e Exit) {
			g.mu.Lock()
			p := g.live["web"]
			g.mu.Unlock()
			p.end(e)
			g.pass(time.Second)
		}
		end(Exit{Code: 3, Final: "finish says so"})
		x := g.is("web", Done)
		g.says(x.Why, "exit 3: finish says so")
		if x.LastExit.Success() {
			t.Error("3 is a success")
		}
		g.start("web")
		end(Exit{Signal: syscall.SIGTERM, Final: "it was to run once"})
		g.is("web", Done)
		g.start("web")
		end(Exit{Final: "it was to run once"})
		if x := g.is("web", Done); !x.LastExit.Success() {
			t.Error("0 is no success")
		}
	})
}

package supervise

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestShutdownNeverHangs brings a slot, with others behind and below it, into every state and into every kind of trouble,
// and ends the supervisor there.
func TestShutdownNeverHangs(t *testing.T) {
	type scene struct {
		about string
		state State
		m     manner
		v     func(g *rig, v *Service)
		do    func(g *rig)
		left  bool // something is left that can't be ended
	}
	none := func(*rig) {}
	scenes := []scene{
		{about: "down", state: Down, v: func(_ *rig, v *Service) { v.Desired = false }},
		{about: "waiting for a requirement that is down", state: Waiting, do: func(g *rig) { g.stop("below") }},
		{about: "waiting for its time", state: Waiting, v: func(_ *rig, v *Service) { v.Kind, v.Schedule = Task, every(time.Hour) }},
		{about: "starting", state: Starting, m: manner{takes: 5 * time.Second}},
		{about: "starting, and the start hangs until called off", state: Starting, m: manner{hangs: true}},
		{about: "starting, and the start hangs for ever", state: Starting, m: manner{deaf: true}, left: true},
		{about: "up", state: Up, m: manner{asks: true}},
		{about: "up and deaf to TERM", state: Up, m: manner{asks: true, stubborn: true}},
		{about: "a task", state: Up, v: func(_ *rig, v *Service) { v.Kind = Task }},
		{about: "ready", state: Ready},
		{about: "ready and deaf to TERM", state: Ready, m: manner{stubborn: true}},
		{about: "ready and deaf to KILL", state: Ready, m: manner{immortal: true}, left: true},
		{about: "stopping", state: Stopping, m: manner{stubborn: true}, do: func(g *rig) { g.stop("it") }},
		{about: "stopping for a restart", state: Stopping, m: manner{stubborn: true}, do: func(g *rig) { g.restart("it") }},
		{about: "stopping a start", state: Stopping, m: manner{deaf: true}, do: func(g *rig) { g.stop("it") }, left: true},
		{about: "killing", state: Killing, m: manner{immortal: true}, do: func(g *rig) { g.stop("it"); g.pass(9500 * time.Millisecond) }, left: true},
		{about: "killing a start", state: Killing, m: manner{deaf: true}, do: func(g *rig) { g.stop("it"); g.pass(9500 * time.Millisecond) }, left: true},
		{about: "holding", state: Holding, m: manner{err: errBroken}},
		{about: "holding after a start that hangs", state: Holding, m: manner{deaf: true}, do: func(g *rig) { g.pass(10 * time.Second) }, left: true},
		{about: "waiting for a start that hangs", state: Waiting, m: manner{deaf: true}, do: func(g *rig) { g.pass(time.Minute) }, left: true},
		{about: "done", state: Done, v: func(_ *rig, v *Service) { v.Kind = Task }, do: func(g *rig) { g.exit("it", 0) }},
		{about: "failed", state: Failed, v: func(_ *rig, v *Service) { v.Kind = Task }, do: func(g *rig) { g.exit("it", 1) }},
		{about: "failed to die", state: Failed, m: manner{immortal: true}, do: func(g *rig) { g.stop("it"); g.pass(11 * time.Second) }, left: true},
		{about: "being removed", state: Stopping, m: manner{stubborn: true}, do: func(g *rig) {
			go func() { _ = g.s.Remove(context.Background(), "me", "it") }()
		}},
		{about: "a health question hangs", state: Ready, v: func(_ *rig, v *Service) { v.Health = &HealthRule{Period: time.Second} }, do: func(g *rig) {
			g.health("it", nil, true)
			g.pass(2 * time.Second)
		}},
		{about: "a reload hangs", state: Ready, v: func(g *rig, v *Service) {
			v.Reload = func(context.Context, Process) error { <-g.let; return nil }
		}, do: func(g *rig) {
			go func() { _ = g.s.Reload(context.Background(), "me", "it") }()
		}},
		{about: "another container has its lease", state: Standby, v: func(_ *rig, v *Service) { v.Lease = true }},
		{about: "somebody waits for it", state: Waiting, do: func(g *rig) {
			g.behave("below", manner{asks: true})
			g.restart("below")
			go func() { _ = g.s.Start(context.Background(), "me", true, "behind") }()
		}},
	}
	covered := map[State]bool{}
	for _, c := range scenes {
		covered[c.state] = true
		if c.do == nil {
			c.do = none
		}
		for how, limit := range map[string]time.Duration{"in time": 9*time.Second + 450*time.Millisecond, "in a hurry": 450 * time.Millisecond, "called off": 450 * time.Millisecond} {
			t.Run(c.about+", "+how, func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					d := newDesk()
					d.other["it"] = "container a"
					g := newRig(t, Options{Leaser: d})
					g.behave("it", c.m)
					v := daemon("it", "below")
					if c.v != nil {
						c.v(g, &v)
					}
					g.add(daemon("behind", "it"), v, daemon("below"), daemon("free"))
					c.do(g)
					g.is("it", c.state)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					switch how {
					case "in a hurry":
						ctx, cancel = context.WithTimeout(ctx, 0)
						defer cancel()
					case "called off":
						time.AfterFunc(0, cancel)
					}
					within(t, limit, func() {
						if err := g.s.Shutdown(ctx); (err != nil) != c.left {
							t.Errorf("shutdown says %v", err)
						}
					})
					for _, x := range g.s.Status() {
						if x.State != Down && x.State != Done && x.State != Failed {
							t.Errorf("%s is left %s", x.Name, x.State)
						}
					}
					within(t, 0, func() { _ = g.s.Shutdown(t.Context()) }) // again
				})
			})
		}
	}
	for _, s := range states() {
		if !covered[s.state] {
			t.Errorf("no scene for %s", s.state)
		}
	}
}

func TestAfterTheEndItCanOnlyBeAsked(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		if err := g.s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.are("web down")
		for about, err := range map[string]error{
			"start": g.s.Start(t.Context(), "me", true, "web"), "stop": g.s.Stop(t.Context(), "me", true, "web"),
			"restart": g.s.Restart(t.Context(), "me", true, "web"), "remove": g.s.Remove(t.Context(), "me", "web"), "add": g.s.Add("me", daemon("b")),
		} {
			if !errors.Is(err, ErrStopping) || !strings.HasPrefix(err.Error(), about) {
				t.Errorf("%s: %v", about, err)
			}
		}
		if ready, reasons := g.s.Ready(); ready || len(reasons) == 0 {
			t.Error("it says that it is ready")
		}
		if _, err := g.s.StatusOf("wen"); HintFor(err) != "did you mean web?" {
			t.Errorf("%v", err)
		}
		events, ended := readAll(g.s.Subscribe(0))
		if !ended || len(events) == 0 || events[len(events)-1].To != Down {
			t.Errorf("the history has %d events", len(events))
		}
	})
}

// At the end of a container who waits there is killed: it has its answer as soon as the end begins, not once all is down.
func TestWhoWaitsForAStartIsToldWhenTheEndBegins(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{stubborn: true})
		g.add(daemon("web"))
		g.is("web", Ready)
		answer := make(chan error, 1)
		go func() { answer <- g.s.Restart(t.Context(), "me", true, "web") }()
		g.pass(time.Second)
		g.is("web", Stopping)
		end := make(chan error, 1)
		go func() { end <- g.s.Shutdown(t.Context()) }()
		within(t, 0, func() {
			if err := <-answer; !errors.Is(err, ErrStopping) {
				t.Errorf("restart says %v", err)
			}
		})
		g.is("web", Stopping)
		g.ok(<-end)
	})
}

func TestAHungStartEndsInAHold(t *testing.T) {
	for _, m := range []manner{{hangs: true}, {deaf: true}} {
		virtual(t, func(t *testing.T) {
			g := newRig(t, Options{})
			g.behave("web", m)
			g.add(daemon("web"), daemon("other"))
			g.are("web starting, other ready")
			g.pass(10 * time.Second)
			if x := g.is("web", Holding); x.Why != "start: no answer within 10s" {
				t.Errorf("%+v", x)
			}
			g.pass(10 * time.Minute)
			starts := g.starts()
			if m.deaf && starts != 2 {
				t.Errorf("%d starts of two slots: the one that hangs is not asked twice", starts)
			}
			if m.hangs && starts < 5 {
				t.Errorf("%d starts", starts)
			}
			g.exit("other", 1)
			g.is("other", Ready)
		})
	}
}

func TestALateProcessIsKilledBeforeAnotherOneRuns(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{deaf: true})
		g.add(daemon("web"))
		g.pass(time.Minute)
		g.says(g.is("web", Waiting).Why, "what came of run 1 is still waited for")
		g.behave("web", manner{})
		g.done()
		close(g.let)
		g.is("web", Ready)
		if got := g.done(); got != "KILL web, start web" {
			t.Errorf("did %q", got)
		}
		g.let = make(chan struct{})
	})
}

func TestAHungSignalHoldsUpNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"), daemon("other"))
		g.s.do(func() { g.s.byName["web"].process = hungSignals{g.s.byName["web"].process} })
		g.stop("web")
		g.stop("other")
		g.are("web stopping, other down")
		g.pass(11 * time.Second)
		g.are("web failed, other down")
	})
}

type hungSignals struct{ Process }

func (h hungSignals) Signal(syscall.Signal) error { <-h.Done(); return nil }
func (h hungSignals) KillGroup() error            { <-h.Done(); return nil }

func TestASignalThatIsRefusedIsTold(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		g.s.do(func() { g.s.byName["web"].process = noSignals{g.s.byName["web"].process} })
		g.stop("web")
		g.pass(11 * time.Second)
		g.is("web", Failed)
		said := ""
		for _, e := range g.s.Events(0) {
			said += e.Why + "\n"
		}
		g.says(said, "stop: operation not permitted")
		g.says(said, "kill: operation not permitted")
	})
}

type noSignals struct{ Process }

func (noSignals) Signal(syscall.Signal) error { return syscall.EPERM }
func (noSignals) KillGroup() error            { return syscall.EPERM }

func TestAStartThatGivesNothing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.s.o.Starter = nothing{}
		g.add(daemon("web"))
		g.says(g.is("web", Holding).Why, "nothing came of it")
	})
}

type nothing struct{}

func (nothing) Start(context.Context, string, int) (Process, error) { return nil, nil } // which must not be

func TestAProcessThatCameAfterTheEndIsKilled(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("web", manner{deaf: true})
		g.add(daemon("web"))
		if err := g.s.Shutdown(t.Context()); err == nil {
			t.Error("the start that hangs is not named")
		}
		g.done()
		close(g.let)
		if got := g.done(); got != "KILL web" {
			t.Errorf("did %q", got)
		}
		g.let = make(chan struct{})
	})
}

// slowSink takes its time.
type slowSink struct {
	wait chan struct{}
	got  []Event
}

func (k *slowSink) Event(e Event) {
	<-k.wait
	k.got = append(k.got, e)
}

func TestASinkThatHangsHoldsUpNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		sink := &slowSink{wait: make(chan struct{})}
		g := newRig(t, Options{Sink: sink, History: 10})
		for i := range 20 {
			g.add(daemon(fmt.Sprint("web", i)))
		}
		within(t, lastWords, func() {
			if err := g.s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
		close(sink.wait)
		synctest.Wait()
		if n := len(sink.got); n != 11 || sink.got[0].Lost != 0 || sink.got[1].Lost == 0 {
			t.Errorf("the sink got %d events: %+v", n, sink.got)
		}
		for i, e := range sink.got[1:] {
			if e.Seq != sink.got[i].Seq+e.Lost+1 {
				t.Errorf("event %d comes after %d, and %d are said to be lost", e.Seq, sink.got[i].Seq, e.Lost)
			}
		}
	})
}

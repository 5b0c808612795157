package supervise

import (
	"context"
	"errors"
	"testing"
	"time"
)

func (g *rig) health(slot string, err error, silent bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sick[slot], g.silent[slot] = err, silent
}

func healthy(a Action) Service {
	v := daemon("web")
	v.Health = &HealthRule{Period: 10 * time.Second, Timeout: 2 * time.Second, Threshold: 3, Action: a}
	return v
}

func TestFeature_Health_Report(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(healthy(Report), daemon("plain"))
		if x := g.status("web"); x.Healthy != nil {
			t.Error("it is known before it was asked")
		}
		g.pass(10 * time.Second)
		if x := g.status("web"); x.Healthy == nil || !*x.Healthy {
			t.Errorf("%+v", x)
		}
		g.health("web", errors.New("status 500"), false)
		g.pass(20 * time.Second)
		if x := g.status("web"); !*x.Healthy {
			t.Error("two bad answers of three are enough")
		}
		g.pass(10 * time.Second)
		if x := g.is("web", Ready); *x.Healthy || x.Restarts != 0 {
			t.Errorf("%+v", x)
		}
		if ready, reasons := g.s.Ready(); ready || len(reasons) != 1 || reasons[0] != "web: unhealthy: status 500" {
			t.Errorf("%v %q", ready, reasons)
		}
		g.pass(time.Hour)
		g.health("web", nil, false)
		g.pass(10 * time.Second)
		if x := g.is("web", Ready); !*x.Healthy || x.Run != 1 {
			t.Errorf("%+v", x)
		}
		var said []string
		for _, e := range g.s.Events(0) {
			if e.From == e.To {
				said = append(said, e.Why)
			}
		}
		if len(said) != 2 || said[0] != "unhealthy: status 500" || said[1] != "healthy again" {
			t.Errorf("said %q", said)
		}
		if g.status("plain").Healthy != nil {
			t.Error("one without a rule was asked")
		}
	})
}

func TestFeature_Health_Restart(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(healthy(RestartSick), Service{Name: "next", Enabled: true, Desired: true, Requires: []string{"web"}})
		g.health("web", errors.New("status 500"), false)
		g.done()
		g.pass(30 * time.Second)
		g.are("web ready, next ready") // those that require it are left alone, as when it crashes
		if got := g.done(); got != "TERM web, start web" {
			t.Errorf("did %q", got)
		}
		if x := g.status("web"); x.Run != 2 || x.Restarts != 1 || x.Healthy != nil {
			t.Errorf("%+v", x)
		}
		t.Log("one that is never well is held like one that crashes")
		g.pass(30 * time.Second)
		if x := g.is("web", Holding); x.Why != "unhealthy: status 500" {
			t.Errorf("%+v", x)
		}
		g.pass(10 * time.Minute)
		g.says(g.status("web").Verdict, "failing")
	})
}

func TestFeature_Health_ALimitCountsIt(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		v := healthy(RestartSick)
		v.Restart.Limit = 2
		g.add(v)
		g.health("web", errors.New("status 500"), false)
		g.pass(time.Hour)
		g.says(g.is("web", Failed).Verdict, "failed: 2 short runs in a row, the last one: unhealthy: status 500")
	})
}

func TestFeature_Health_Silence(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(healthy(Report))
		g.health("web", nil, true)
		g.pass(3 * 12 * time.Second)
		if x := g.is("web", Ready); x.Healthy == nil || *x.Healthy {
			t.Errorf("%+v", x)
		}
		_, reasons := g.s.Ready()
		g.says(reasons[0], "no answer within 2s")
	})
}

func TestFeature_Health_AQuestionThatHangsIsAskedOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		p := &deafProber{let: make(chan struct{})}
		g.s.o.Prober = p
		g.add(healthy(RestartSick))
		g.pass(10 * time.Minute)
		if p.asked != 1 {
			t.Errorf("asked %d times", p.asked)
		}
		if x := g.status("web"); x.Run < 3 {
			t.Errorf("%+v", x)
		}
		close(p.let)
		g.pass(10 * time.Minute)
		if x := g.is("web", Ready); x.Healthy == nil || !*x.Healthy {
			t.Errorf("%+v", x)
		}
	})
}

func TestFeature_Health_TheAnswerOfARunBeforeIsNone(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		p := &deafProber{let: make(chan struct{}), err: errors.New("late")}
		g.s.o.Prober = p
		v := healthy(RestartSick)
		v.Health.Threshold = 1
		g.add(v)
		g.pass(11 * time.Second)
		g.exit("web", 1) // while it is asked
		close(p.let)
		if x := g.is("web", Ready); x.Run != 2 || x.Healthy != nil {
			t.Errorf("%+v", x)
		}
	})
}

// A deafProber doesn't return before it is let.
type deafProber struct {
	let   chan struct{}
	err   error
	asked int
}

func (p *deafProber) Check(context.Context, string) error {
	p.asked++
	<-p.let
	return p.err
}

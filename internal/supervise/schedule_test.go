package supervise

import (
	"testing"
	"time"
)

// every is a schedule.
type every time.Duration

func (e every) Next(after time.Time) time.Time { return after.Add(time.Duration(e)) }

// at is a schedule of any kind.
type at func(after time.Time) time.Time

func (f at) Next(after time.Time) time.Time { return f(after) }

func scheduled(name string, s Schedule) Service {
	v := task(name)
	v.Schedule = s
	return v
}

func TestFeature_Task_Schedule(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(scheduled("backup", every(time.Hour)), daemon("web"))
		began := time.Now()
		for n := range 24 {
			x := g.is("backup", Waiting)
			if x.HoldUntil == nil || time.Until(*x.HoldUntil) != time.Hour {
				t.Fatalf("%+v", x)
			}
			if ready, reasons := g.s.Ready(); !ready {
				t.Fatalf("a task that waits for its time is missed: %q", reasons)
			}
			g.pass(time.Hour - 1)
			g.is("backup", Waiting)
			g.pass(1)
			g.is("backup", Up)
			g.pass(time.Minute)
			g.exit("backup", 0)
			if x := g.status("backup"); x.Run != n+1 || !x.Ready {
				t.Fatalf("%+v", x)
			}
		}
		if d := time.Since(began); d != 24*(time.Hour+time.Minute) {
			t.Errorf("24 runs took %v", d)
		}
		if n := g.status("backup").Restarts; n != 0 {
			t.Errorf("%d restarts", n)
		}
	})
}

func TestFeature_Task_ScheduleGoesOnAfterAFailure(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		v := scheduled("backup", every(time.Hour))
		v.Retry = Retry{Count: 1, Delay: time.Minute}
		g.add(v)
		g.pass(time.Hour)
		g.exit("backup", 1)
		g.is("backup", Holding)
		g.pass(time.Minute)
		g.is("backup", Up) // a retry doesn't wait for the schedule
		g.exit("backup", 1)
		if x := g.is("backup", Waiting); x.Verdict != "failed: 2 runs failed, the last one: exit 1" {
			t.Errorf("%+v", x)
		}
		if ready, _ := g.s.Ready(); ready {
			t.Error("nobody is told")
		}
		g.pass(time.Hour)
		g.exit("backup", 0)
		if x := g.is("backup", Waiting); x.Verdict != "" || !x.Ready {
			t.Errorf("%+v", x)
		}
	})
}

func TestFeature_Task_ScheduleStartRunsNow(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("backup", manner{})
		g.add(scheduled("backup", every(time.Hour)))
		g.pass(time.Minute)
		done := make(chan error, 1)
		go func() { done <- g.s.Start(t.Context(), "me", true, "backup") }()
		g.is("backup", Up)
		g.exit("backup", 0)
		g.ok(<-done)
		if x := g.is("backup", Waiting); time.Until(*x.HoldUntil) != time.Hour {
			t.Errorf("%+v", x)
		}
		g.stop("backup")
		g.pass(2 * time.Hour)
		g.is("backup", Down)
	})
}

func TestFeature_Task_ScheduleOfOddLength(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(scheduled("backup", every(90*time.Second)))
		g.pass(90*time.Second - 1)
		g.is("backup", Waiting)
		g.pass(1)
		g.is("backup", Up)
	})
}

func TestFeature_Task_ScheduleThatEnds(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(scheduled("once", at(func(time.Time) time.Time { return time.Time{} })))
		g.pass(time.Hour)
		g.says(g.is("once", Waiting).Why, "no time any more")
	})
}

func TestFeature_Task_ScheduleThatStandsStill(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.behave("spin", manner{lives: time.Millisecond})
		g.add(scheduled("spin", at(func(now time.Time) time.Time { return now })))
		g.pass(time.Minute)
		if n := g.starts(); n > 60 {
			t.Errorf("%d starts in a minute", n)
		}
	})
}

func TestFeature_Task_ScheduleAndOrder(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web")
		web.After = []string{"backup"}
		v := scheduled("backup", every(time.Hour))
		v.Requires = []string{"db"}
		g.add(web, v, off(daemon("db")))
		g.are("web ready, backup waiting, db down") // what waits for its time isn't on its way
		g.pass(time.Hour)
		g.says(g.is("backup", Waiting).Why, "waits for db")
		g.start("db")
		g.are("web ready, backup up, db ready") // its time had come
	})
}

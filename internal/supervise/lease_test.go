package supervise

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A desk gives leases, as a volume with other containers on it would.
type desk struct {
	mu    sync.Mutex
	other map[string]string // who else holds a slot's lease
	ours  []*deskHeld       // what was given, and not given back
	asks  map[string][]*deskAsk
	err   error
	hangs bool
	let   chan struct{}
	twice []string
}

type deskAsk struct {
	told func(string)
	got  chan *deskHeld
}

type deskHeld struct {
	d    *desk
	slot string
	lost chan struct{}
	why  string
}

func (h *deskHeld) Lost() <-chan struct{} { return h.lost }
func (h *deskHeld) Why() string           { return h.why }

func (h *deskHeld) Release() {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	h.d.ours = slices.DeleteFunc(h.d.ours, func(o *deskHeld) bool { return o == h })
}

func newDesk() *desk {
	return &desk{other: map[string]string{}, asks: map[string][]*deskAsk{}, let: make(chan struct{})}
}

// Lease is the desk's Leaser.
func (d *desk) Lease(ctx context.Context, slot string, told func(string)) (Lease, error) {
	d.mu.Lock()
	if d.hangs {
		d.mu.Unlock()
		<-d.let // whatever ctx says
		d.mu.Lock()
	}
	if d.err != nil {
		defer d.mu.Unlock()
		return nil, d.err
	}
	if d.other[slot] == "" {
		defer d.mu.Unlock()
		return d.give(slot), nil
	}
	a := &deskAsk{told, make(chan *deskHeld, 1)}
	d.asks[slot] = append(d.asks[slot], a)
	who := d.other[slot]
	d.mu.Unlock()
	told(who + " holds it")
	select {
	case h := <-a.got:
		return h, nil
	case <-ctx.Done():
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asks[slot] = slices.DeleteFunc(d.asks[slot], func(b *deskAsk) bool { return a == b })
		return nil, ctx.Err()
	}
}

func (d *desk) give(slot string) *deskHeld {
	if slices.ContainsFunc(d.ours, func(h *deskHeld) bool { return h.slot == slot }) {
		d.twice = append(d.twice, slot)
	}
	h := &deskHeld{d: d, slot: slot, lost: make(chan struct{})}
	d.ours = append(d.ours, h)
	return h
}

// held says what this container holds, each slot as often as it was given.
func (d *desk) held() string {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for _, h := range d.ours {
		all = append(all, h.slot)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// goes is the other container's end.
func (d *desk) goes(slot string) {
	d.mu.Lock()
	delete(d.other, slot)
	asks := d.asks[slot]
	delete(d.asks, slot)
	if len(asks) > 0 {
		asks[len(asks)-1].got <- d.give(slot)
	}
	d.mu.Unlock()
	synctest.Wait()
}

// comes has another container hold it, or take it away.
func (d *desk) comes(slot, who string) {
	d.mu.Lock()
	d.other[slot] = who
	for _, h := range d.ours {
		if h.slot != slot {
			continue
		}
		h.why = who + " holds it"
		close(h.lost)
	}
	asks := slices.Clone(d.asks[slot])
	d.mu.Unlock()
	for _, a := range asks {
		a.told(who + " holds it")
	}
	synctest.Wait()
}

// leased runs a test with a desk.
func leased(t *testing.T, f func(g *rig, d *desk)) {
	t.Helper()
	virtual(t, func(t *testing.T) {
		d := newDesk()
		g := newRig(t, Options{Leaser: d})
		f(g, d)
		g.ok(g.s.Shutdown(context.Background()))
		if left := d.held(); left != "" {
			t.Errorf("it still holds %s", left)
		}
		if len(d.twice) > 0 {
			t.Errorf("given twice: %q", d.twice)
		}
	})
}

// with makes a service take a lease.
func with(v Service) Service {
	v.Lease = true
	return v
}

func TestAFreeLeaseCostsNothing(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		g.add(with(daemon("bot")), daemon("web", "bot"))
		g.are("bot ready, web ready")
		if got := g.history("bot", 0); got != "waiting starting up ready" {
			t.Errorf("it went through %s", got)
		}
		if got := d.held(); got != "bot" {
			t.Errorf("it holds %s", got)
		}
	})
}

// The container whose slots another one runs is healthy: its slots stand by, say who has them, and what requires them waits.
func TestStandby(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		d.comes("bot", "container a")
		g.add(with(daemon("bot")), daemon("web", "bot"), daemon("deep", "web"), daemon("own"), Service{Name: "late", Enabled: true, Desired: true, After: []string{"bot"}})
		g.are("bot standby, web waiting, deep waiting, own ready, late ready")
		s := g.is("bot", Standby)
		if s.Why != "container a holds it" || s.Desired != WantUp || s.Pid != 0 || s.Ready || s.Verdict != "" || s.Run != 0 {
			t.Errorf("it is %+v", s)
		}
		g.says(g.status("web").Why, "waits for bot, which is standby")
		if ready, reasons := g.s.Ready(); !ready {
			t.Errorf("it isn't ready: %q", reasons)
		}
		seq := g.last()
		d.comes("bot", "container b")
		if s := g.is("bot", Standby); s.Why != "container b holds it" {
			t.Errorf("it says %q", s.Why)
		}
		if e := g.s.Events(seq); len(e) != 1 || e[0].From != Standby || e[0].Why != "container b holds it" {
			t.Errorf("it tells %+v", e)
		}
		g.pass(24 * time.Hour)
		if log := g.done(); log != "start own, start late" && log != "start late, start own" { // neither waits for the other
			t.Errorf("%s", log)
		}
		within(t, 0, func() { d.goes("bot") })
		g.are("bot ready, web ready, deep ready, own ready, late ready")
		if got := g.history("bot", seq); got != "waiting starting up ready" {
			t.Errorf("it went through %s", got)
		}
		if s := g.status("bot"); s.Restarts != 0 || s.Run != 1 {
			t.Errorf("it is %+v", s)
		}
		// What is wrong beside it is still wrong.
		d.comes("bot", "container a")
		g.behave("own", manner{asks: true})
		g.restart("own")
		if ready, reasons := g.s.Ready(); ready || len(reasons) != 1 || !strings.HasPrefix(reasons[0], "own: ") {
			t.Errorf("ready: %v, %q", ready, reasons)
		}
	})
}

// A run whose lease somebody else has is ended, and the slot stands by; it isn't counted as a short run.
func TestALostLease(t *testing.T) {
	for name, m := range map[string]manner{
		"ends on TERM": {}, "drains": {drains: 3 * time.Second}, "is killed": {stubborn: true}, "isn't ready yet": {asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			leased(t, func(g *rig, d *desk) {
				g.behave("bot", m)
				g.add(with(daemon("bot")))
				for range 7 {
					d.comes("bot", "container b")
					g.pass(time.Minute)
					if s := g.is("bot", Standby); s.Why != "container b holds it" || s.Verdict != "" {
						t.Errorf("it is %+v", s)
					}
					d.goes("bot")
					g.process("bot")
				}
				told := 0
				for _, e := range g.s.Events(0) {
					if e.Why == "its lease is lost: container b holds it" && e.From != e.To {
						told++
					}
				}
				if told != 7 {
					t.Errorf("it was told %d times", told)
				}
			})
		})
	}
}

// What a slot that stands by is told to do, it does.
func TestVerbsOnStandby(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		d.comes("bot", "container a")
		g.add(with(daemon("bot")), off(daemon("web", "bot")))
		err := g.s.Start(context.Background(), "me", true, "bot")
		if err == nil || !strings.Contains(err.Error(), "start bot: container a holds it; it takes over when that one ends") {
			t.Errorf("a start that waits ends with %v", err)
		}
		g.restart("bot")
		g.is("bot", Standby)
		g.start("web")
		g.are("bot standby, web waiting")
		g.ok(g.s.Stop(context.Background(), "me", true, "bot"))
		g.are("bot down, web waiting")
		d.goes("bot")
		g.pass(time.Hour)
		g.is("bot", Down)
		if d.held() != "" {
			t.Error("it holds what it doesn't want")
		}
		d.comes("bot", "container a")
		g.start("bot")
		g.ok(g.s.Remove(context.Background(), "me", "bot"))
		g.are("web waiting")
		d.goes("bot")
		if d.held() != "" {
			t.Error("a removed slot holds it")
		}
	})
}

// Who holds a lease keeps it from one run to the next, and gives it back when it isn't wanted, has failed, or is removed.
func TestHowLongALeaseIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		service Service
		does    func(g *rig)
		state   State
		held    bool
	}{
		"between short runs":              {daemon("bot"), func(g *rig) { g.exit("bot", 1); g.exit("bot", 1) }, Holding, true},
		"while it restarts":               {daemon("bot"), func(g *rig) { g.restart("bot") }, Ready, true},
		"ended for good":                  {Service{Name: "bot", Enabled: true, Desired: true, Restart: Restart{FinalCodes: []int{0}}}, func(g *rig) { g.exit("bot", 0) }, Done, true},
		"told to stop":                    {daemon("bot"), func(g *rig) { g.stop("bot") }, Down, false},
		"while it drains":                 {daemon("bot"), func(g *rig) { g.process("bot").manner.drains = time.Second; g.stop("bot") }, Stopping, true},
		"failed":                          {Service{Name: "bot", Enabled: true, Desired: true, Restart: Restart{Limit: 1}}, func(g *rig) { g.exit("bot", 1) }, Failed, false},
		"a task that is done":             {task("bot"), func(g *rig) { g.exit("bot", 0) }, Done, false},
		"a process that KILL doesn't end": {daemon("bot"), func(g *rig) { g.process("bot").manner.immortal = true; g.stop("bot"); g.pass(time.Minute) }, Failed, true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				d := newDesk()
				g := newRig(t, Options{Leaser: d})
				g.add(with(c.service))
				c.does(g)
				g.is("bot", c.state)
				if held := d.held() == "bot"; held != c.held {
					t.Errorf("it is held: %v", held)
				}
				for _, p := range g.processes() {
					p.end(Exit{})
				}
				if g.status("bot").Desired == WantDown && d.held() != "" {
					t.Error("it is held when nothing is left")
				}
			})
		})
	}
}

// A schedule runs in one container: the other's time passes, and it goes on with the schedule when it takes over.
func TestAScheduleIsOneContainers(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		d.comes("nightly", "container a")
		v := with(task("nightly"))
		v.Schedule = every(time.Hour)
		g.add(v)
		g.pass(5*time.Hour + 30*time.Minute)
		g.is("nightly", Standby)
		d.goes("nightly")
		if s := g.is("nightly", Waiting); s.HoldUntil == nil {
			t.Errorf("it is %+v", s)
		}
		if log := g.done(); log != "" {
			t.Errorf("%s", log)
		}
		g.pass(time.Hour)
		g.exit("nightly", 0)
		if g.is("nightly", Waiting); d.held() != "nightly" {
			t.Error("it gave it back between its times")
		}
	})
}

// A volume that hangs: what comes after the slot goes on, and it can be stopped; what comes of the ask too late is given back.
func TestALeaseThatIsNotAnswered(t *testing.T) {
	virtual(t, func(t *testing.T) {
		d := newDesk()
		d.hangs = true
		g := newRig(t, Options{Leaser: d})
		g.add(with(daemon("bot")), Service{Name: "late", Enabled: true, Desired: true, After: []string{"bot"}})
		g.are("bot waiting, late waiting")
		g.pass(11 * time.Second)
		g.are("bot waiting, late ready")
		g.says(g.status("bot").Why, "asks for its lease, without an answer for 10s")
		if ready, _ := g.s.Ready(); ready {
			t.Error("a volume that hangs is ready")
		}
		g.ok(g.s.Stop(context.Background(), "me", true, "bot"))
		g.start("bot")
		close(d.let)
		synctest.Wait()
		g.is("bot", Ready)
		if d.held() != "bot" {
			t.Errorf("it holds %q", d.held())
		}
	})
}

func TestALeaseThatCantBeAskedFor(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		d.err = errors.New("no desk")
		g.add(with(daemon("bot")))
		s := g.is("bot", Holding)
		g.says(s.Why, "take its lease: no desk")
		d.mu.Lock()
		d.err = nil
		d.mu.Unlock()
		g.pass(2 * time.Second)
		g.is("bot", Ready)
	})
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		err := g.s.Add("", with(daemon("bot")))
		if err == nil || HintFor(err) == "" {
			t.Errorf("without a desk it is %v", err)
		}
	})
}

// The end of the container doesn't wait for a lease, and gives back what it has.
func TestTheEndWhileSomeStandBy(t *testing.T) {
	leased(t, func(g *rig, d *desk) {
		var all []Service
		for i := range 10 {
			name := fmt.Sprintf("bot-%d", i)
			if i%2 == 0 {
				d.comes(name, "container a")
			}
			all = append(all, with(daemon(name)))
		}
		g.add(all...)
		within(t, 0, func() { g.ok(g.s.Shutdown(context.Background())) })
	})
}

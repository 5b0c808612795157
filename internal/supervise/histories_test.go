package supervise

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawService draws one that depends on some of those before it.
func drawService(t *rapid.T, name string, before []string) Service {
	some := func(what string) []string {
		if len(before) == 0 {
			return nil
		}
		return rapid.SliceOfNDistinct(rapid.SampledFrom(before), 0, min(2, len(before)), rapid.ID[string]).Draw(t, name+" "+what)
	}
	v := Service{
		Name: name, Enabled: rapid.IntRange(0, 9).Draw(t, name+" enabled") > 0, Desired: rapid.Bool().Draw(t, name+" desired"),
		Kind: rapid.SampledFrom([]Kind{Daemon, Daemon, Task}).Draw(t, name+" kind"), Requires: some("requires"), After: some("after"),
		Restart: Restart{
			Policy:     rapid.SampledFrom([]Policy{Always, Always, OnFailure, Never}).Draw(t, name+" policy"),
			FinalCodes: []int{78}, AtOnceCodes: []int{75}, Limit: rapid.SampledFrom([]int{0, 0, 1, 4}).Draw(t, name+" limit"),
		},
		Retry: Retry{Count: rapid.IntRange(0, 2).Draw(t, name+" retries"), Delay: rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, name+" delay")},
		Stop:  Stop{Timeout: rapid.SampledFrom([]time.Duration{0, 1300 * time.Millisecond}).Draw(t, name+" timeout")},
		Ready: &ReadyRule{Timeout: 11 * time.Second, Verdict: rapid.SampledFrom([]Verdict{Fail, GoOn}).Draw(t, name+" verdict")},
	}
	return v
}

// fits drawn manners.
func drawManner(t *rapid.T, more ...manner) manner {
	return rapid.SampledFrom(append([]manner{
		{}, {}, {asks: true}, {err: errBroken}, {hangs: true}, {stubborn: true}, {drains: 700 * time.Millisecond}, {asks: true, stubborn: true},
	}, more...)).Draw(t, "manner")
}

// A history is a supervisor and its model side by side.
type history struct {
	g     *rig
	m     *model
	names []string
}

func newHistory(t *rapid.T) *history {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "jitter"), 0))
	h := &history{g: newRig(t, Options{History: 64, Rand: random.Float64}), m: &model{now: time.Now()}}
	h.m.o = h.g.s.o
	var list []Service
	for i := range rapid.IntRange(1, 5).Draw(t, "slots") {
		v := drawService(t, string(rune('a'+i)), h.names)
		v.Retry.Delay += 37 * time.Millisecond * time.Duration(i) // two that fall together don't come back together
		h.names = append(h.names, v.Name)
		list = append(list, v)
	}
	for _, v := range rapid.Permutation(list).Draw(t, "order") {
		x := &modelSlot{Service: v, state: Down, wanted: v.Desired && v.Enabled, gone: true, next: drawManner(t)}
		x.complete(&h.m.o)
		h.g.behave(v.Name, x.next)
		h.m.slots = append(h.m.slots, x)
	}
	for _, name := range h.names { // a name comes after all that it depends on
		x := h.m.get(name)
		for _, r := range h.m.all(slices.Concat(x.Requires, x.After)) {
			x.level = max(x.level, r.level+1)
		}
	}
	services := make([]Service, len(list))
	for i, x := range h.m.slots {
		services[i] = x.Service
	}
	h.g.add(services...)
	h.m.settle()
	return h
}

func (h *history) draw(t *rapid.T) *modelSlot {
	return h.m.get(rapid.SampledFrom(h.names).Draw(t, "slot"))
}

// actions are what may happen.
func (h *history) actions() map[string]func(*rapid.T) {
	verb := func(f func(ctx context.Context, who string, wait bool, names ...string) error, model func(x *modelSlot), disabled bool) func(*rapid.T) {
		return func(t *rapid.T) {
			x := h.draw(t)
			if err := f(t.Context(), "me", false, x.Name); (err != nil) != (disabled && !x.Enabled) {
				t.Fatalf("%v", err)
			} else if err == nil {
				model(x)
				h.m.settle()
			}
		}
	}
	return map[string]func(*rapid.T){
		"start":   verb(h.g.s.Start, h.m.start, true),
		"stop":    verb(h.g.s.Stop, func(x *modelSlot) { x.wanted, x.bounce = false, false }, false),
		"restart": verb(h.g.s.Restart, h.m.restart, true),
		"stop two": func(t *rapid.T) {
			x, y := h.draw(t), h.draw(t)
			h.g.stop(x.Name, y.Name)
			x.wanted, x.bounce, y.wanted, y.bounce = false, false, false, false
			h.m.settle()
		},
		"exit": func(t *rapid.T) {
			x := h.draw(t)
			code := rapid.SampledFrom([]int{0, 1, 1, 75, 78}).Draw(t, "code")
			if x.state != Up && x.state != Ready {
				t.Skip("it has no process")
			}
			h.g.exit(x.Name, code)
			h.m.exit(x, code)
			h.m.settle()
		},
		"answer": func(t *rapid.T) {
			x := h.draw(t)
			if x.state != Up || x.Kind == Task || x.doomed {
				t.Skip("it isn't asked")
			}
			h.g.answer(x.Name)
			x.state, x.due = Ready, time.Time{}
			h.m.settle()
		},
		"behave": func(t *rapid.T) {
			x := h.draw(t)
			x.next = drawManner(t)
			h.g.behave(x.Name, x.next)
		},
		"pass": func(t *rapid.T) {
			// Odd lengths keep what was asked for at different moments from falling together.
			d := rapid.SampledFrom([]time.Duration{17 * time.Millisecond, 1109 * time.Millisecond, 5303 * time.Millisecond, 61343 * time.Millisecond}).Draw(t, "d")
			for end := h.m.now.Add(d); ; h.adopt(t) {
				next := h.m.next(end)
				h.g.pass(next.Sub(h.m.now))
				h.m.pass(next)
				if next.Equal(end) {
					return
				}
			}
		},
		"": h.check,
	}
}

// adopt takes the jitter of the holds over into the model, if it is within a tenth.
func (h *history) adopt(t *rapid.T) {
	for i, s := range h.g.s.Status() {
		x := h.m.slots[i]
		if s.HoldUntil == nil || x.state != Holding || s.HoldUntil.Equal(x.due) {
			continue
		}
		d, hold := s.HoldUntil.Sub(x.due).Abs(), x.due.Sub(s.Since)
		if d > hold/10 || x.Kind == Task {
			t.Fatalf("%s is held until %v instead of %v", x.Name, s.HoldUntil, x.due)
		}
		x.due = *s.HoldUntil
	}
}

// check compares what is with what the model says.
func (h *history) check(t *rapid.T) {
	h.g.done()
	h.adopt(t)
	var got, want []string
	for i, s := range h.g.s.Status() {
		x := h.m.slots[i]
		verdict, _, _ := strings.Cut(s.Verdict, ":")
		hold := ""
		if s.HoldUntil != nil {
			hold = s.HoldUntil.Format(time.StampMilli)
		}
		got = append(got, fmt.Sprintf("%s is %s, wanted %s, run %d, ready %v, %q, held %s", s.Name, s.State, s.Desired, s.Run, s.Ready, verdict, hold))
		desired, hold := WantDown, ""
		if x.wanted {
			desired = WantUp
		}
		if x.state == Holding {
			hold = x.due.Format(time.StampMilli)
		}
		want = append(want, fmt.Sprintf("%s is %s, wanted %s, run %d, ready %v, %q, held %s", x.Name, x.state, desired, x.run, h.m.good(x), h.m.verdict(x), hold))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("supervisor:\n  %s\nmodel:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestModel draws histories and compares the supervisor with its model after each action. A hundred are drawn by
// default; ten thousand take well under a minute: go test ./internal/supervise -run TestModel -rapid.checks=10000
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			h := newHistory(t)
			t.Repeat(h.actions())
		})
	})
}

// TestChaos adds what the model doesn't know (starts that never return, processes that KILL doesn't end, slots that come and
// go, a stop of all) and holds the supervisor to what is always so.
func TestChaos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			h := newHistory(t)
			actions := h.actions()
			deaf := []manner{{deaf: true}, {immortal: true}, {takes: 3 * time.Second}, {lives: 100 * time.Millisecond}}
			verb := func(f func(ctx context.Context, who string, wait bool, names ...string) error) func(*rapid.T) {
				return func(t *rapid.T) { _ = f(t.Context(), "me", false, rapid.SampledFrom(h.names).Draw(t, "slot")) }
			}
			actions["start"], actions["stop"], actions["restart"] = verb(h.g.s.Start), verb(h.g.s.Stop), verb(h.g.s.Restart)
			actions["behave"] = func(t *rapid.T) { h.g.behave(rapid.SampledFrom(h.names).Draw(t, "slot"), drawManner(t, deaf...)) }
			actions["pass"] = func(t *rapid.T) { h.g.pass(time.Duration(rapid.IntRange(0, 20000).Draw(t, "ms")) * time.Millisecond) }
			actions["exit"] = func(t *rapid.T) {
				for _, p := range h.g.processes() {
					if rapid.Bool().Draw(t, "end "+p.name) {
						p.end(Exit{Code: rapid.IntRange(0, 2).Draw(t, "code")})
					}
				}
			}
			actions["remove"] = func(t *rapid.T) {
				name := rapid.SampledFrom(h.names).Draw(t, "slot")
				go func() { _ = h.g.s.Remove(context.Background(), "me", name) }()
			}
			actions["add"] = func(t *rapid.T) {
				_ = h.g.s.Add("me", h.m.get(rapid.SampledFrom(h.names).Draw(t, "slot")).Service)
			}
			delete(actions, "stop two")
			delete(actions, "answer")
			actions[""] = h.hold
			t.Repeat(actions)
			began := time.Now()
			_ = h.g.s.Shutdown(t.Context())
			if took := time.Since(began); took > 9*time.Second+450*time.Millisecond+lastWords {
				t.Fatalf("the stop of all took %v", took)
			}
			h.hold(t)
		})
	})
}

// hold holds the supervisor to what is always so.
func (h *history) hold(t *rapid.T) {
	h.g.done()
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	h.g.s.do(func() {
		if len(h.g.s.dirty) > 0 || h.g.s.starting < 0 || h.g.s.starting > h.g.s.o.Parallel {
			complain("%d slots are forgotten, %d places taken", len(h.g.s.dirty), h.g.s.starting)
		}
		for _, x := range h.g.s.slots {
			running := x.process != nil
			switch x.state {
			case Up, Ready:
				if !running || x.leaving && !h.g.s.holdsUp(x) {
					complain("%s is %s, has a process: %v, must leave: %v", x.Name, x.state, running, x.leaving)
				}
			case Down, Waiting, Holding, Done, Starting:
				if running {
					complain("%s is %s and has a process", x.Name, x.state)
				}
			default:
			}
			if x.state == Waiting && x.timer == nil && x.wanted && h.g.s.blocked(x) == (block{}) && !x.queued {
				complain("%s waits for nothing", x.Name)
			}
			if x.state == Holding && x.timer == nil || (x.state == Stopping || x.state == Killing) && x.timer == nil {
				complain("%s is %s without a bound", x.Name, x.state)
			}
			if x.bounce && !x.alive() {
				complain("%s is %s and told to restart", x.Name, x.state)
			}
			if x.state == Down && x.wanted && x.Enabled && !h.g.s.closing {
				complain("%s is wanted and down", x.Name)
			}
		}
	})
	if len(wrong) > 0 {
		t.Fatalf("%s", strings.Join(wrong, "\n"))
	}
	seq, at := uint64(0), map[string]State{}
	for _, e := range h.g.s.Events(0) {
		if seq != 0 && e.Seq != seq+1 {
			t.Fatalf("event %d comes after %d", e.Seq, seq)
		}
		seq = e.Seq
		if was, ok := at[e.Slot]; ok && was != e.From {
			t.Fatalf("%s was %s and leaves %s", e.Slot, was, e.From)
		}
		at[e.Slot] = e.To
		if e.Why == "removed" {
			delete(at, e.Slot)
		}
	}
}

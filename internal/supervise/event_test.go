package supervise

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestEventsTellALife(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.add(daemon("web"))
		g.pass(time.Minute)
		g.exit("web", 3)
		g.ok(g.s.Stop(t.Context(), "uid 7", true, "web"))
		type line struct {
			from, to State
			who      string
			pid      int
			exit     bool
		}
		want := []line{
			{Down, Waiting, "boot", 0, false},
			{Waiting, Starting, "boot", 0, false},
			{Starting, Up, "boot", 1, false},
			{Up, Ready, "boot", 1, false},
			{Ready, Waiting, "", 1, true},
			{Waiting, Starting, "", 0, false},
			{Starting, Up, "", 2, false},
			{Up, Ready, "", 2, false},
			{Ready, Stopping, "uid 7", 2, false},
			{Stopping, Down, "uid 7", 2, true},
		}
		events := g.s.Events(0)
		if len(events) != len(want) {
			t.Fatalf("%d events", len(events))
		}
		for i, e := range events {
			if got := (line{e.From, e.To, e.Who, e.Pid, e.Exit != nil}); got != want[i] {
				t.Errorf("event %d is %+v, want %+v", i+1, got, want[i])
			}
			if e.Seq != uint64(i+1) || e.Slot != "web" || e.Why == "" || e.Time.IsZero() {
				t.Errorf("%+v", e)
			}
		}
		if e := events[4]; e.Exit.Code != 3 || e.Why != "exit 3" {
			t.Errorf("%+v", e)
		}
	})
}

func TestASlowReaderIsToldWhatItLost(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{History: 16})
		slow := g.s.Subscribe(0)
		g.add(daemon("web"))
		if e, err := slow.Next(t.Context()); err != nil || e.Seq != 1 || e.Lost != 0 {
			t.Fatalf("%+v %v", e, err)
		}
		for range 10 {
			g.restart("web") // five events each
		}
		events, _ := readAll(slow)
		last := g.last()
		if len(events) != 16 || events[0].Seq != last-15 || events[0].Lost != last-16-1 {
			t.Errorf("%d events from %d, %d lost of %d", len(events), events[0].Seq, events[0].Lost, last)
		}
		if got := g.s.Events(0); len(got) != 16 {
			t.Errorf("%d are kept", len(got))
		}
		if got := g.s.Events(last - 2); len(got) != 2 || got[0].Seq != last-1 {
			t.Errorf("%+v", got)
		}
		if got := g.s.Events(last + 100); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestAReaderWaits(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		got, failed := make(chan Event, 10), make(chan error, 1)
		go func() {
			b := g.s.Subscribe(1 << 40) // from the future
			for {
				e, err := b.Next(ctx)
				if err != nil {
					failed <- err
					return
				}
				got <- e
			}
		}()
		synctest.Wait()
		if len(got) != 0 {
			t.Error("an event before anything happened")
		}
		g.add(daemon("web"))
		if len(got) != 4 {
			t.Errorf("%d events", len(got))
		}
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestReadersEndWithTheSupervisor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() {
				b := g.s.Subscribe(0)
				for {
					if _, err := b.Next(context.Background()); err != nil {
						if !errors.Is(err, io.EOF) {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		g.add(daemon("web"))
		if err := g.s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		wait.Wait()
	})
}

func TestASinkIsToldEverything(t *testing.T) {
	virtual(t, func(t *testing.T) {
		sink := &slowSink{wait: make(chan struct{})}
		close(sink.wait)
		g := newRig(t, Options{Sink: sink})
		g.add(daemon("web"))
		if err := g.s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(sink.got); n != 6 || sink.got[5].To != Down {
			t.Errorf("%+v", sink.got)
		}
	})
}

// TestTheJournal compares the ring with a list of all.
func TestTheJournal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 9).Draw(t, "size")
		j := &journal{size: size}
		s := &Supervisor{journal: j}
		added := uint64(0)
		readers := map[*Subscription]uint64{}
		t.Repeat(map[string]func(*rapid.T){
			"add":       func(*rapid.T) { j.add(Event{}); added++ },
			"subscribe": func(t *rapid.T) { b := s.Subscribe(0); readers[b] = 0 },
			"list": func(t *rapid.T) {
				after := rapid.Uint64Range(0, added+3).Draw(t, "after")
				got := s.Events(after)
				want := min(added-min(added, after), uint64(size))
				if uint64(len(got)) != want || want > 0 && got[want-1].Seq != added {
					t.Fatalf("%d events after %d of %d, want %d", len(got), after, added, want)
				}
			},
			"read": func(t *rapid.T) {
				for b, at := range readers {
					e, ok, more := j.after(b.after)
					oldest := added - min(added, uint64(size)) + 1
					switch {
					case ok != (at < added):
						t.Fatalf("after %d of %d there is one: %v", at, added, ok)
					case !ok && more == nil:
						t.Fatal("nobody will tell")
					case ok && (e.Seq != max(at+1, oldest) || e.Lost != e.Seq-at-1):
						t.Fatalf("after %d of %d came %d, %d lost", at, added, e.Seq, e.Lost)
					}
					if ok {
						b.after, readers[b] = e.Seq, e.Seq
					}
				}
			},
		})
	})
}

package api

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEachVerbReachesTheSupervisor(t *testing.T) {
	r := newRig(t)
	for verb, do := range map[string]func(context.Context, Action) (Status, error){
		"start": r.client.Start, "stop": r.client.Stop, "restart": r.client.Restart, "reload": r.client.Reload,
	} {
		st, err := do(t.Context(), Action{Slots: []string{"web", "db", "web"}, Wait: true})
		if err != nil || len(st.Services) != 2 || st.Services[0].Name != "db" || st.Services[1].Name != "web" {
			t.Errorf("%s: %v, %v", verb, st, err)
		}
		if got := r.orders(); got[len(got)-1] != verb+" db,web wait=true" {
			t.Errorf("the supervisor was told %v", got)
		}
	}
}

func TestEveryChangeIsRecordedWithWhoAsked(t *testing.T) {
	r := newRig(t)
	r.as(Peer{UID: appUID, GID: 7, PID: os.Getpid()})
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	r.do = func(context.Context, string, Order) error {
		if len(r.changes) == 0 {
			t.Error("it is recorded only afterwards")
		}
		return errors.New("no luck")
	}
	_, _ = r.client.Stop(t.Context(), Action{Slots: []string{"web"}})
	_, _ = r.client.Register(t.Context(), "coder")
	_ = r.client.Unregister(t.Context(), "coder")
	_, _ = r.client.Status(t.Context())
	var verbs []string
	for _, c := range r.changes {
		verbs = append(verbs, c.Verb+" "+strings.Join(c.Names, ","))
		want := Peer{UID: appUID, GID: 7, PID: os.Getpid(), Comm: strings.TrimSpace(string(comm))}
		if !reflect.DeepEqual(c.Who, want) || c.Time.IsZero() {
			t.Errorf("%s was asked by %v at %v", c.Verb, c.Who, c.Time)
		}
	}
	if want := []string{"stop web", "register coder", "unregister coder"}; !slices.Equal(verbs, want) {
		t.Errorf("recorded %q, want %q", verbs, want)
	}
}

func TestAnActionThatFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		action Action
		do     func(context.Context, string, Order) error
		code   Code
		text   string
		hint   string
	}{
		{
			"a wait that takes too long",
			Action{Slots: []string{"web"}, Wait: true, TimeoutMS: 20},
			func(ctx context.Context, _ string, _ Order) error { <-ctx.Done(); return ctx.Err() },
			Timeout, "wait: it didn't come about in time", "--timeout",
		},
		{
			"a wait that the supervisor has words for",
			Action{Slots: []string{"web"}},
			func(context.Context, string, Order) error {
				return fmt.Errorf("start web: it is waiting for db: %w", context.DeadlineExceeded)
			},
			Timeout, "start web: it is waiting for db", "--timeout",
		},
		{
			"a refusal of the supervisor's own",
			Action{Slots: []string{"web"}},
			func(context.Context, string, Order) error {
				return Errorf(UnknownSlot, "did you mean web?", "start %q: no such slot", "webb")
			},
			UnknownSlot, `start "webb": no such slot`, "did you mean web?",
		},
		{
			"anything else",
			Action{Slots: []string{"web"}},
			func(context.Context, string, Order) error { return errors.New("start web: it has no legs") },
			Failed, "start web: it has no legs", "berth events",
		},
		{
			"words without end",
			Action{Slots: []string{"web"}},
			func(context.Context, string, Order) error { return errors.New(strings.Repeat("é", maxText)) },
			Failed, "ééé", "",
		},
		{
			"a panic",
			Action{Slots: []string{"web"}},
			func(context.Context, string, Order) error { panic("nil map") },
			Failed, "berth made a mistake", "report it",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trouble error
			r := newRig(t, func(s *Server) { s.o.Trouble = func(err error) { trouble = err } })
			r.do = c.do
			_, err := r.client.Start(t.Context(), c.action)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != c.code || !strings.Contains(e.Text, c.text) || !strings.Contains(HintFor(err), c.hint) {
				t.Errorf("got %#v", err)
			}
			if len(e.Text) > maxText+10 {
				t.Errorf("%d bytes of words", len(e.Text))
			}
			if (trouble != nil) != (c.name == "a panic") {
				t.Errorf("trouble: %v", trouble)
			}
			if _, err := r.client.Status(t.Context()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestAnOrderOutlivesACallerWhoDoesntWait(t *testing.T) {
	r := newRig(t)
	gone, given := make(chan struct{}), make(chan error, 1)
	r.do = func(ctx context.Context, _ string, _ Order) error {
		<-gone
		given <- ctx.Err()
		return nil
	}
	c := r.dial(t)
	if _, err := c.Write([]byte(question("POST", "/v1/start", `{"slots":["web"]}`))); err != nil {
		t.Fatal(err)
	}
	until(t, "the order is being given", func() bool { return len(r.orders()) == 1 })
	_ = c.Close()
	close(gone)
	if err := <-given; err != nil {
		t.Errorf("the order ended with its caller: %v", err)
	}
}

func TestAWaitEndsWithItsCaller(t *testing.T) {
	r := newRig(t)
	ended := make(chan error, 1)
	r.do = func(ctx context.Context, _ string, _ Order) error {
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	c := r.dial(t)
	if _, err := c.Write([]byte(question("POST", "/v1/start", `{"slots":["web"],"wait":true}`))); err != nil {
		t.Fatal(err)
	}
	until(t, "the order is being given", func() bool { return len(r.orders()) == 1 })
	_ = c.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A wait may be longer than any request may take to arrive.
func TestAWaitOutlivesTheRequestsBounds(t *testing.T) {
	r := newRig(t, func(s *Server) {
		s.http.ReadTimeout, s.http.ReadHeaderTimeout = 30*time.Millisecond, 30*time.Millisecond
	})
	r.do = func(ctx context.Context, _ string, _ Order) error {
		select {
		case <-time.After(150 * time.Millisecond):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if _, err := r.client.Start(t.Context(), Action{Slots: []string{"web"}, Wait: true}); err != nil {
		t.Error(err)
	}
}

func TestAWaitEndsWhenTheContainerStops(t *testing.T) {
	r := newRig(t)
	r.do = func(ctx context.Context, _ string, _ Order) error { <-ctx.Done(); return ctx.Err() }
	got := make(chan error, 1)
	go func() {
		_, err := r.client.Start(context.Background(), Action{Slots: []string{"web"}, Wait: true})
		got <- err
	}()
	until(t, "the order is being given", func() bool { return len(r.orders()) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := r.server.Close(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("the close took its whole time: %v", err)
	}
	if e, ok := errors.AsType[*Error](<-got); !ok || e.Code != Stopping {
		t.Errorf("the caller heard %v", e)
	}
}

func TestASlotThatWentMeanwhileIsNoError(t *testing.T) {
	r := newRig(t)
	st, err := r.client.Stop(t.Context(), Action{Slots: []string{"web", "gone"}})
	if err != nil || len(st.Services) != 1 {
		t.Errorf("%v, %v", st, err)
	}
}

package s6

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/s6run"
	"github.com/berth-init/berth/internal/supervise"
)

// A course is what a slot does in these tests.
type course struct {
	name string
	kind s6rc.Kind
	up   s6run.Action
}

// comes is up at once, fails ends with a code, hangs runs until it is told to end.
func comes(context.Context) (int, error) { return 0, nil }

func fails(context.Context) (int, error) { return 3, nil }

func hangs(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// heard is a sink that hears nothing.
type heard struct{}

func (heard) Event(supervise.Event) {}

// begun is a rig whose room runs these courses.
func begun(t *testing.T, courses ...course) *rig {
	t.Helper()
	r := newRig(t)
	r.host.Sink = heard{}
	var slots []s6run.Slot
	for _, c := range courses {
		r.image.Services = append(r.image.Services, s6rc.Service{Name: c.name, Kind: c.kind, Wanted: true})
		v := s6run.Slot{Service: supervise.Service{Name: c.name, Enabled: true, Desired: true, Ready: &supervise.ReadyRule{Timeout: noBound}}}
		v.Start, v.Restart.Policy = s6run.Oneshot(c.up, nil, 0, 0), supervise.Never
		slots = append(slots, v)
	}
	r.lines.begin(r.plugin)
	var err error
	r.room, err = s6run.New(s6run.Options{Table: children, Env: func() []string { return nil }, StopTimeout: 5 * time.Second, Sink: &r.lines, Tell: r.host.Tell})
	ok(t, err, r.room.Begin(slots...))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = r.room.Shutdown(ctx)
		_ = r.room.Close(ctx)
	})
	return r
}

func TestMainIsHeldUntilEverythingIsUp(t *testing.T) {
	for _, c := range []struct {
		about     string
		courses   []course
		behaviour int
		max       time.Duration
		patience  string
		code      int // 0: main runs
		says      string
	}{
		{"all are up", []course{{"a", s6rc.Oneshot, comes}, {"b", s6rc.Longrun, comes}}, 2, 0, "", 0, ""},
		{"nothing is to be started", nil, 2, 0, "", 0, ""},
		{"one fails", []course{{"a", s6rc.Oneshot, comes}, {"b", s6rc.Oneshot, fails}}, 0, 0, "", 0, "not started: b; the boot goes on"},
		{"one fails and that ends the container", []course{{"b", s6rc.Oneshot, fails}}, 2, 0, "", 1, ""},
		{"the time is up", []course{{"a", s6rc.Oneshot, comes}, {"b", s6rc.Oneshot, hangs}}, 1, 30 * time.Millisecond, "", 0, "not ready in time: b (up"},
		{"the time is up and that ends the container", []course{{"b", s6rc.Longrun, hangs}}, 2, 30 * time.Millisecond, "", 2, ""},
		{"a service that never says that it is ready", []course{{"b", s6rc.Longrun, hangs}}, 0, 0, "30ms", 0, "not ready in time: b (up"},
		{"its patience is no time", []course{{"a", s6rc.Oneshot, comes}}, 0, 0, "soon", 0, PatienceEnv + "=soon: it is no length of time"},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := begun(t, c.courses...)
			r.settings.Behaviour, r.settings.WaitMax = c.behaviour, c.max
			if c.patience != "" {
				r.host.World.Environ = []string{PatienceEnv + "=" + c.patience}
			}
			err := r.Hold(t.Context())
			failure, _ := errors.AsType[*boot.Failure](err)
			if (err != nil) != (c.code != 0) || failure != nil && failure.Code != c.code {
				t.Errorf("got %v", err)
			}
			if !strings.Contains(r.says(), c.says) {
				t.Errorf("it says %s", r.says())
			}
		})
	}
}

// A oneshot does something: it may take as long as it takes, and that is said.
func TestAOneshotThatWorksIsWaitedFor(t *testing.T) {
	go1 := make(chan struct{})
	r := begun(t, course{"slow", s6rc.Oneshot, func(ctx context.Context) (int, error) {
		select {
		case <-go1:
			return 0, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}})
	r.host.World.Environ = []string{PatienceEnv + "=10ms"}
	done := make(chan error, 1)
	go func() { done <- r.Hold(t.Context()) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); strings.Count(r.says(), "still waiting for slow (up") < 2; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("it says %s", r.says())
		}
	}
	select {
	case err := <-done:
		t.Fatalf("it isn't waited for: %v", err)
	default:
	}
	close(go1)
	ok(t, <-done)
}

func TestAStopEndsTheWait(t *testing.T) {
	r := begun(t, course{"b", s6rc.Longrun, hangs})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("TERM came")
	go cancel(why)
	if err := r.Hold(ctx); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestLinesAreThoseOfS6RC(t *testing.T) {
	r := newRig(t)
	r.host.Sink = heard{}
	r.image.Services = []s6rc.Service{{Name: "web"}}
	r.lines.begin(r.plugin)
	for _, e := range []supervise.Event{
		{Slot: "web", From: supervise.Waiting, To: supervise.Starting},
		{Slot: "web", From: supervise.Starting, To: supervise.Up},
		{Slot: "web", From: supervise.Up, To: supervise.Ready},
		{Slot: "other", From: supervise.Waiting, To: supervise.Starting},
		{Slot: "web", From: supervise.Ready, To: supervise.Holding},
		{Slot: "web", From: supervise.Waiting, To: supervise.Starting}, // it died and comes back: s6-rc says nothing
		{Slot: "web", From: supervise.Up, To: supervise.Ready},
		{Slot: "web", From: supervise.Ready, To: supervise.Stopping},
		{Slot: "web", From: supervise.Stopping, To: supervise.Killing},
		{Slot: "web", From: supervise.Killing, To: supervise.Down},
		{Slot: "web", From: supervise.Waiting, To: supervise.Down},
	} {
		r.lines.Event(e)
	}
	want := "plain: s6-rc: info: service web: starting\nplain: s6-rc: info: service web: successfully started\n" +
		"plain: s6-rc: info: service web: stopping\nplain: s6-rc: info: service web: successfully stopped\n"
	if got := r.says(); got != want {
		t.Errorf("it says\n%s", got)
	}
	r.settings.Verbosity = levelWarn
	r.lines.Event(supervise.Event{Slot: "web", From: supervise.Waiting, To: supervise.Starting})
	if got := r.says(); got != want {
		t.Error("S6_VERBOSITY=1 says it too")
	}
}

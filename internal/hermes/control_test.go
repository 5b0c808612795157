package hermes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
)

// pid1 plays the daemon behind a real socket.
type pid1 struct {
	mu    sync.Mutex
	slots []api.Service
	told  []string
	err   error // what everything that changes something gives
	hang  bool  // what is waited for doesn't come about
}

func (p *pid1) order(ctx context.Context, verb string, o api.Order) error {
	p.mu.Lock()
	p.told = append(p.told, fmt.Sprintf("%s %s wait=%v", verb, strings.Join(o.Slots, ","), o.Wait))
	err, hang := p.err, p.hang
	p.mu.Unlock()
	if hang && o.Wait {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (p *pid1) Status() []api.Service                          { return slices.Clone(p.slots) }
func (p *pid1) Ready() api.Ready                               { return api.Ready{Ready: true} }
func (p *pid1) Record(api.Change)                              {}
func (p *pid1) Profiles() []api.Profile                        { return nil }
func (p *pid1) Start(ctx context.Context, o api.Order) error   { return p.order(ctx, "start", o) }
func (p *pid1) Stop(ctx context.Context, o api.Order) error    { return p.order(ctx, "stop", o) }
func (p *pid1) Restart(ctx context.Context, o api.Order) error { return p.order(ctx, "restart", o) }
func (p *pid1) Reload(ctx context.Context, o api.Order) error  { return p.order(ctx, "reload", o) }
func (p *pid1) register(ctx context.Context, verb, n string) error {
	return p.order(ctx, verb, api.Order{Slots: []string{n}})
}

func (p *pid1) Register(ctx context.Context, _ api.Peer, name string) (api.Profile, error) {
	return api.Profile{Name: name}, p.register(ctx, "register", name)
}

func (p *pid1) Unregister(ctx context.Context, _ api.Peer, name string) error {
	return p.register(ctx, "unregister", name)
}

func (p *pid1) orders() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

// serve serves on a socket of the test's own, and gives what names it.
func (p *pid1) serve(t *testing.T) func(string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "hermes") // the name of a socket has 107 bytes at most
	ok(t, err)
	getenv := func(name string) string { return map[string]string{api.SocketEnv: filepath.Join(dir, "s")}[name] }
	l, err := api.Listen(t.Context(), api.Where{Getenv: getenv})
	ok(t, err)
	server := api.New(api.Options{App: uint32(os.Geteuid()), Supervisor: p, Profiles: p, Recorder: p})
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		ok(t, server.Close(ctx), <-done, l.Close(), os.RemoveAll(dir))
	})
	return getenv
}

func TestControlAsksTheSocket(t *testing.T) {
	since, until := time.Unix(100, 0).UTC(), time.Unix(200, 0).UTC()
	p := &pid1{slots: []api.Service{
		{Name: "dashboard", State: "down", Desired: "down"},
		{Name: "gateway-a", State: "holding", Desired: "up", Since: since, Restarts: 3, LastExit: &api.Exit{Code: 1}, HoldUntil: &until, Verdict: "failing", Why: "it ended with code 1"},
		{Name: "gateway-b", State: "up", Desired: "up", Pid: 7, LastExit: &api.Exit{Code: 137, Signal: "KILL"}},
		{Name: "gateway-c", State: "done", Desired: "up", LastExit: &api.Exit{Code: 78}, Why: "exit 78, which is final"},
	}}
	c := Control(p.serve(t))
	slots, err := c.Status(t.Context())
	ok(t, err)
	if d := cmp.Diff([]Slot{
		{Name: "dashboard", State: "down"},
		{Name: "gateway-a", State: "holding", Wanted: true, Since: since, Restarts: 3, LastExit: "code 1", Hold: until, Verdict: "failing", Why: "it ended with code 1"},
		{Name: "gateway-b", State: "up", Wanted: true, Pid: 7, LastExit: "signal KILL"},
		{Name: "gateway-c", State: "done", Wanted: true, LastExit: "code 78", Verdict: "exit 78, which is final"},
	}, slots); d != "" {
		t.Error(d)
	}
	ctx := t.Context()
	ok(t, c.Start(ctx, "gateway-a"), c.Stop(ctx, "gateway-a"), c.Restart(ctx, "gateway-a"), c.Register(ctx, "c"), c.Unregister(ctx, "c"))
	want := []string{
		"start gateway-a wait=false", "stop gateway-a wait=true", "restart gateway-a wait=true",
		"register c wait=false", "unregister c wait=false",
	}
	if got := p.orders(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestControlsErrorsHaveTheirKindAndTheirHint(t *testing.T) {
	for _, c := range []struct {
		about string
		err   error
		kind  error
		hint  string
	}{
		{"an unknown slot", api.Errorf(api.UnknownSlot, "did you mean a?", "start %q: there is no such slot", "x"), ErrUnknownSlot, "did you mean a?"},
		{"one that is there already", api.Errorf(api.Conflict, "", "register: it is there"), ErrRegistered, ""},
		{"time is up", context.DeadlineExceeded, context.DeadlineExceeded, "it stays ordered"},
		{"anything else", api.Errorf(api.Failed, "look at the log", "start: no room"), nil, "look at the log"},
		{"one without a kind", errors.New("no room"), nil, "berth events"},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := &pid1{err: c.err}
			s := Control(p.serve(t))
			for verb, err := range map[string]error{
				"start": s.Start(t.Context(), "x"), "stop": s.Stop(t.Context(), "x"), "restart": s.Restart(t.Context(), "x"),
				"register": s.Register(t.Context(), "x"), "unregister": s.Unregister(t.Context(), "x"),
			} {
				if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(boot.HintFor(err), c.hint) {
					t.Errorf("%s gives %v with the hint %q", verb, err, boot.HintFor(err))
				}
				for _, other := range []error{ErrUnknownSlot, ErrRegistered, ErrNobody, context.DeadlineExceeded} {
					if !errors.Is(other, c.kind) && errors.Is(err, other) {
						t.Errorf("%s gives %v, which passes for %v", verb, err, other)
					}
				}
			}
		})
	}
	t.Run("a profile without slots is no error of unregister", func(t *testing.T) {
		p := &pid1{err: api.Errorf(api.UnknownName, "", "unregister: there is none")}
		s := Control(p.serve(t))
		ok(t, s.Unregister(t.Context(), "x"))
		if err := s.Register(t.Context(), "x"); err == nil {
			t.Error("register of what isn't there is none")
		}
	})
}

func TestControlWaitsAsLongAsTheCaller(t *testing.T) {
	p := &pid1{hang: true}
	c := Control(p.serve(t))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	ok(t, c.Start(ctx, "x")) // which nobody waits for
	for verb, do := range map[string]func(context.Context, string) error{"stop": c.Stop, "restart": c.Restart} {
		if err := do(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s gives %v", verb, err)
		}
	}
	if a := waited(t.Context(), "x"); a.TimeoutMS != leastWait.Milliseconds() || !a.Wait {
		t.Errorf("without a bound it is %+v", a)
	}
	if a := waited(ctx, "x"); a.TimeoutMS < 1 { // 0 would be the server's minute
		t.Errorf("when time is up it is %+v", a)
	}
}

func TestControlWithNobodyThere(t *testing.T) {
	c := Control(func(name string) string {
		return map[string]string{api.SocketEnv: filepath.Join(t.TempDir(), "none")}[name]
	})
	_, err := c.Status(t.Context())
	for _, err := range []error{err, c.Start(t.Context(), "x"), c.Register(t.Context(), "x"), c.Unregister(t.Context(), "x")} {
		if !errors.Is(err, ErrNobody) || boot.HintFor(err) == "" {
			t.Errorf("it gives %v with the hint %q", err, boot.HintFor(err))
		}
	}
}

// TestWordsThroughTheSocket has the words answered by a real conversation.
func TestWordsThroughTheSocket(t *testing.T) {
	g := newRig(t)
	p := &pid1{slots: []api.Service{{Name: "gateway-default", State: "done", Desired: "up", LastExit: &api.Exit{Code: 78}, Why: "it ended with code 78, which is final"}}}
	g.e.Supervisor = Control(p.serve(t))
	g.gets(0, says("gateway-default: stopped", "Manager: berth (container supervisor)", "Verdict: it ended with code 78, which is final"), "gateway", "status")
	g.gets(0, says("!!   gateway-default: stopped, it ended with code 78, which is final"), "doctor")
	g.gets(0, says("Started gateway-default"), "gateway", "start")
	g.gets(0, says("Created profile coder"), "profile", "create", "coder")
	p.err = api.Errorf(api.UnknownSlot, "", "stop: there is no such slot")
	g.gets(1, says("no such gateway"), "gateway", "stop")
	want := []string{"start gateway-default wait=false", "register coder wait=false", "stop gateway-default wait=true"}
	if got := p.orders(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

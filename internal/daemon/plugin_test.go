package daemon

import (
	"context"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// A stranger is a plugin as another init's would be: one slot, and notes about whatever it is asked. Its words say what it
// does otherwise.
type stranger struct {
	words []string // hold, none, refuse, passes, stops, code
	host  Host
	sup   *supervise.Supervisor
	mu    sync.Mutex
	runs  []*proc.Process
}

func (s *stranger) does(word string) bool { return slices.Contains(s.words, word) }

func (s *stranger) note(text string) {
	s.host.Tell(boot.Note{Level: boot.Info, Text: "stranger: " + text})
}

func (s *stranger) Phases(h Host) []boot.Phase {
	s.host = h
	return []boot.Phase{boot.Func("stranger", func(context.Context, *boot.Run) error {
		s.note("phase")
		return nil
	})}
}

func (s *stranger) Begin(h Host) error {
	s.sup = supervise.New(supervise.Options{Starter: s, Sink: h.Sink, StopTimeout: h.Budget})
	s.note("begins")
	return s.sup.Add("", supervise.Service{Name: "strange", Enabled: true, Desired: true})
}

func (s *stranger) Start(ctx context.Context, _ string, _ int) (supervise.Process, error) {
	c := proc.NewCommand("/bin/sh", []string{"sh", "-c", "trap 'echo strange >>order; exit' TERM; echo up >>up-strange; while :; do sleep 0.01; done"})
	c.Env, c.Session, c.Dir = []string{"PATH=" + boot.SafePath}, true, s.host.World.Path
	p, err := s.host.Table.StartContext(ctx, c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.runs = append(s.runs, p)
	s.mu.Unlock()
	return strangersRun{p}, nil
}

type strangersRun struct{ *proc.Process }

func (r strangersRun) Exit() supervise.Exit {
	return supervise.Exit{Code: r.Status().Code, Signal: r.Status().Signal}
}
func (r strangersRun) KillGroup() error          { return r.SignalGroup(syscall.SIGKILL) }
func (r strangersRun) Ready() <-chan struct{}    { return nil }
func (r strangersRun) ReadyFailed() <-chan error { return nil }

func (s *stranger) Hold(ctx context.Context) error {
	s.note("holds")
	switch {
	case s.does("hold"):
		<-ctx.Done()
		return context.Cause(ctx)
	case s.does("refuse"):
		return boot.Failf(42, "", "the stranger says no")
	}
	return nil
}

func (s *stranger) Main(words []string, route func([]string) (*proc.Command, error)) (*proc.Command, error) {
	if s.does("none") {
		return nil, nil
	}
	c, err := route(words)
	if err == nil {
		c.Env = append(c.Env, "STRANGE=yes")
	}
	return c, err
}

func (s *stranger) Ended(int) { s.note("main ended") }

func (s *stranger) Hears(sig syscall.Signal) Hearing {
	switch {
	case sig == syscall.SIGHUP:
		s.note("HUP")
		return Nothing
	case sig == syscall.SIGUSR1 && s.does("stops"):
		return Stops
	case sig == syscall.SIGTERM && s.does("passes"):
		return Passes
	}
	return Usual
}

func (s *stranger) Supervisor() *supervise.Supervisor { return s.sup }

func (s *stranger) Processes() []*proc.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runs)
}

func (s *stranger) Shutdown(ctx context.Context) error {
	err := s.sup.Shutdown(ctx)
	s.note("shut down")
	return err
}

func (s *stranger) Grace() time.Duration { return 0 }

func (s *stranger) Code(code int) int {
	if s.does("code") {
		return 77
	}
	return code
}

func (s *stranger) Close(context.Context) error {
	s.note("closed")
	return nil
}

// beside is a ride with a plugin.
func beside(t *testing.T, script string, words ...string) *ride {
	t.Helper()
	r := serving(t, "services: {own: {command: "+stays+"}}", in(script)...)
	r.Plugin = append([]string{"plugin"}, words...)
	return r
}

func TestAPluginsSlotsAreSeenAndToldBesideTheFleets(t *testing.T) {
	c := beside(t, `echo "env $STRANGE"; `+forever).ask(t)
	c.p.says(c.p.out, "env yes\n")
	c.is("strange", "ready")
	c.is("own", "ready")
	c.has("up-strange", "up\n") // and listens
	c.do(c.Stop, "own", "strange")
	c.is("strange", "down")
	c.do(c.Start, "strange")
	c.is("strange", "ready")
	c.has("up-strange", "up\nup\n")
	_, err := c.Restart(deadline(t), api.Action{Slots: []string{"strange", "nobody"}})
	if text, hint := c.refused(err, api.UnknownSlot); !strings.Contains(text, "nobody") || hint == "" {
		t.Errorf("it says %q, %q", text, hint)
	}
	err = c.Logs(deadline(t), api.LogsQuery{Slots: []string{"strange"}}, func(api.LogLine) error { return nil })
	if _, hint := c.refused(err, api.Absent); !strings.Contains(hint, "docker logs") {
		t.Errorf("the hint is %q", hint)
	}
	events := map[string]bool{}
	last := uint64(0)
	err = c.Events(deadline(t), api.EventsQuery{}, func(e api.Event) error {
		events[e.Slot] = true
		if e.Seq <= last {
			t.Errorf("event %d follows %d", e.Seq, last)
		}
		last = e.Seq
		return nil
	})
	ok(t, err)
	if !events["strange"] || !events["own"] {
		t.Errorf("there are events of %v", events)
	}
	c.term(7)
	order := c.p.err.String()
	for _, text := range []string{"phase", "begins", "holds", "shut down", "closed"} {
		at := strings.Index(order, "stranger: "+text)
		if at < 0 {
			t.Errorf("%q isn't said, or out of order: %s", text, c.p.err)
			break
		}
		order = order[at:]
	}
	if strings.Contains(c.p.err.String(), "main ended") {
		t.Error("it heard of an end that was asked for")
	}
	if got := c.read("order"); strings.Count(got, "strange") != 2 { // stopped by hand, and at the end: by its supervisor alone
		t.Errorf("the order was %q", got)
	}
}

func TestTermEndsAHeldBootAtOnce(t *testing.T) {
	c := beside(t, "echo never", "hold").ask(t)
	c.is("strange", "ready") // whoever asks meanwhile is answered
	c.term(143)
	if strings.Contains(c.p.out.String(), "never") || !strings.Contains(c.p.err.String(), "shut down") {
		t.Errorf("it said %s\n%s", c.p.out, c.p.err)
	}
}

func TestAPluginHasASayInTheEnd(t *testing.T) {
	for _, c := range []struct {
		about, script string
		words         []string
		sig           syscall.Signal
		code          int
		says          string
	}{
		{"main's own end is told", "exit 5", nil, 0, 5, "main ended"},
		{"the code may be another", "exit 5", []string{"code"}, 0, 77, "main ended"},
		{"it may refuse", "echo never", []string{"refuse"}, 0, 100, "the stranger says no"},
		{"a signal of its own stops the container", forever, []string{"stops"}, syscall.SIGUSR1, 7, "shut down"},
		{"TERM may be main's alone", `trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done`, []string{"passes"}, syscall.SIGTERM, 9, "main ended"},
		{"no main", "", []string{"none", "code"}, syscall.SIGTERM, 77, "shut down"},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := beside(t, c.script, c.words...).ask(t)
			if c.sig != 0 {
				if slices.Contains(c.words, "none") {
					r.is("strange", "ready")
				} else {
					r.p.says(r.p.out, "ready\n")
					r.p.signal(syscall.SIGHUP) // which is nobody's but the plugin's
					r.p.says(r.p.err, "stranger: HUP")
				}
				r.p.signal(c.sig)
			}
			r.ends(c.code)
			if !strings.Contains(r.p.err.String(), c.says) {
				t.Errorf("it said %s", r.p.err)
			}
		})
	}
}

func TestAPluginsPhasesComeBeforeTheLastHooks(t *testing.T) {
	all := plugged([]boot.Phase{idle("a"), idle("last")}, []boot.Phase{idle("b"), idle("c")})
	var names []string
	for _, p := range all {
		names = append(names, p.Name())
	}
	if got := strings.Join(names, " "); got != "a b c last" {
		t.Errorf("the order is %s", got)
	}
}

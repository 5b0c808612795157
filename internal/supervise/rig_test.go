package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A manner is how the next runs of a slot behave.
type manner struct {
	err      error         // the start fails
	takes    time.Duration // the start takes so long
	hangs    bool          // the start returns only when it is called off
	deaf     bool          // the start doesn't even return then, but when the rig lets it
	asks     bool          // it isn't ready until answer is called
	stubborn bool          // it ignores TERM
	immortal bool          // it doesn't die of KILL, but when the rig lets it
	drains   time.Duration // it ends so long after TERM
	lives    time.Duration // it ends by itself with 1 after this
}

// A tester is a test, plain or drawn.
type tester interface {
	Helper()
	Cleanup(f func())
	Context() context.Context
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// A rig is a supervisor over processes that are none.
type rig struct {
	t tester
	s *Supervisor

	mu     sync.Mutex
	manner map[string]manner
	live   map[string]*fake // the last one of each slot that has not ended
	log    []string         // what was done to processes, in order: "start web", "TERM web"
	pids   int              // how many there were
	asked  int              // how many starts were asked for, since starts was called
	twice  []string         // slots that had two processes at once
	let    chan struct{}    // closed at the end: what is deaf returns
	sick   map[string]error
	silent map[string]bool // a health question is not answered
}

// newRig makes one inside a bubble of virtual time; the options' Starter and Prober are its own.
func newRig(t tester, o Options) *rig {
	t.Helper()
	g := &rig{
		t: t, manner: map[string]manner{}, live: map[string]*fake{}, let: make(chan struct{}),
		sick: map[string]error{}, silent: map[string]bool{},
	}
	o.Starter, o.Prober = g, g
	if o.Rand == nil {
		o.Rand = func() float64 { return 0.5 } // no jitter
	}
	g.s = New(o)
	t.Cleanup(g.close)
	return g
}

func (g *rig) close() {
	g.mu.Lock()
	close(g.let)
	g.mu.Unlock()
	for _, p := range g.processes() {
		p.end(Exit{Signal: syscall.SIGKILL})
	}
	if err := g.s.Shutdown(context.Background()); err != nil {
		g.t.Logf("shutdown: %v", err)
	}
	for _, p := range g.processes() { // what a late start gave
		p.end(Exit{Signal: syscall.SIGKILL})
	}
	for _, e := range g.s.Events(0) {
		if strings.HasPrefix(e.Why, "bug:") {
			g.t.Errorf("%s: %s", e.Slot, e.Why)
		}
	}
	if len(g.twice) > 0 {
		g.t.Errorf("two processes at once: %q", g.twice)
	}
}

func (g *rig) processes() []*fake {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.live))
}

// Start is the rig's Starter.
func (g *rig) Start(ctx context.Context, slot string, run int) (Process, error) {
	g.mu.Lock()
	m := g.manner[slot]
	g.asked++
	if m.lives == 0 {
		g.log = append(g.log, "start "+slot)
	}
	g.mu.Unlock()
	switch {
	case m.deaf:
		<-g.let
	case m.hangs:
		<-ctx.Done()
		return nil, ctx.Err()
	case m.takes > 0:
		select {
		case <-time.After(m.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if m.err != nil {
		return nil, m.err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pids++
	p := &fake{rig: g, name: slot, run: run, pid: g.pids, manner: m, done: make(chan struct{})}
	if m.asks {
		p.ready, p.failed = make(chan struct{}), make(chan error, 1)
	}
	if g.live[slot] != nil {
		g.twice = append(g.twice, slot)
	}
	g.live[slot] = p
	if m.lives > 0 {
		time.AfterFunc(m.lives, func() { p.end(Exit{Code: 1}) })
	}
	return p, nil
}

// Check is the rig's Prober.
func (g *rig) Check(ctx context.Context, slot string) error {
	g.mu.Lock()
	silent, err := g.silent[slot], g.sick[slot]
	g.mu.Unlock()
	if silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// A fake is a process.
type fake struct {
	rig    *rig
	name   string
	run    int
	pid    int
	manner manner
	once   sync.Once
	done   chan struct{}
	exit   Exit
	ready  chan struct{}
	failed chan error
}

func (p *fake) Pid() int                  { return p.pid }
func (p *fake) Done() <-chan struct{}     { return p.done }
func (p *fake) Exit() Exit                { return p.exit }
func (p *fake) Ready() <-chan struct{}    { return p.ready }
func (p *fake) ReadyFailed() <-chan error { return p.failed }

func (p *fake) Signal(sig syscall.Signal) error {
	p.rig.did(strings.TrimPrefix(Exit{Signal: sig}.String(), "killed by SIG") + " " + p.name)
	switch {
	case sig == 0 || p.manner.stubborn || p.manner.immortal:
	case p.manner.drains > 0:
		time.AfterFunc(p.manner.drains, func() { p.end(Exit{}) })
	default:
		p.end(Exit{Signal: sig})
	}
	return nil
}

func (p *fake) KillGroup() error {
	p.rig.did("KILL " + p.name)
	if !p.manner.immortal {
		p.end(Exit{Signal: syscall.SIGKILL})
	}
	return nil
}

func (p *fake) end(e Exit) {
	p.once.Do(func() {
		p.rig.mu.Lock()
		if p.rig.live[p.name] == p {
			delete(p.rig.live, p.name)
		}
		p.rig.mu.Unlock()
		p.exit = e
		close(p.done)
	})
}

func (g *rig) did(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log = append(g.log, what)
}

// done gives what was done to processes since it was last asked.
func (g *rig) done() string {
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	log := strings.Join(g.log, ", ")
	g.log = nil
	return log
}

// behave sets how the next runs of a slot behave.
func (g *rig) behave(slot string, m manner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.manner[slot] = m
}

// pass lets time pass, and all that comes of it happen.
func (g *rig) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (g *rig) process(slot string) *fake {
	g.t.Helper()
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.live[slot]
	if p == nil {
		g.t.Fatalf("%s has no process", slot)
	}
	return p
}

// exit ends a slot's process by itself.
func (g *rig) exit(slot string, code int) {
	g.t.Helper()
	g.process(slot).end(Exit{Code: code})
	synctest.Wait()
}

// answer makes a slot's process ready.
func (g *rig) answer(slot string) {
	g.t.Helper()
	close(g.process(slot).ready)
	synctest.Wait()
}

func (g *rig) add(services ...Service) {
	g.t.Helper()
	if err := g.s.Add("boot", services...); err != nil {
		g.t.Fatal(err)
	}
	synctest.Wait()
}

func (g *rig) status(slot string) Status {
	g.t.Helper()
	synctest.Wait()
	list, err := g.s.StatusOf(slot)
	if err != nil {
		g.t.Fatal(err)
	}
	return list[0]
}

// is holds a slot to its state.
func (g *rig) is(slot string, want State) Status {
	g.t.Helper()
	got := g.status(slot)
	if got.State != want {
		g.t.Fatalf("%s is %s (%s), want %s", slot, got.State, got.Why, want)
	}
	return got
}

// are holds slots to their states: "a ready, b waiting".
func (g *rig) are(want string) {
	g.t.Helper()
	synctest.Wait()
	var got []string
	for _, x := range g.s.Status() {
		got = append(got, x.Name+" "+string(x.State))
	}
	if s := strings.Join(got, ", "); s != want {
		g.t.Fatalf("%s\nwant %s", s, want)
	}
}

// says holds a text to what it must hold.
func (g *rig) says(got, want string) {
	g.t.Helper()
	if !strings.Contains(got, want) {
		g.t.Fatalf("%q doesn't say %q", got, want)
	}
}

// verbs without waiting, which can't fail.
func (g *rig) start(names ...string) {
	g.t.Helper()
	g.ok(g.s.Start(g.t.Context(), "me", false, names...))
}

func (g *rig) stop(names ...string) {
	g.t.Helper()
	g.ok(g.s.Stop(g.t.Context(), "me", false, names...))
}

func (g *rig) restart(names ...string) {
	g.t.Helper()
	g.ok(g.s.Restart(g.t.Context(), "me", false, names...))
}

func (g *rig) ok(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
	synctest.Wait()
}

// daemon is a service that is wanted.
func daemon(name string, requires ...string) Service {
	return Service{Name: name, Enabled: true, Desired: true, Requires: requires}
}

func task(name string) Service {
	v := daemon(name)
	v.Kind = Task
	return v
}

// off is a service that nobody wants yet.
func off(v Service) Service {
	v.Desired = false
	return v
}

var errBroken = errors.New(`run "/bin/x": no such file or directory`)

// within measures virtual time.
func within(t *testing.T, limit time.Duration, f func()) time.Duration {
	t.Helper()
	began := time.Now()
	f()
	took := time.Since(began)
	if took > limit {
		t.Errorf("took %v, at most %v", took, limit)
	}
	return took
}

// virtual runs a test in a bubble of virtual time.
func virtual(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// readAll reads a subscription until its end or until nothing more is there.
func readAll(b *Subscription) (events []Event, ended bool) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		e, err := b.Next(ctx)
		if err != nil {
			return events, errors.Is(err, io.EOF)
		}
		events = append(events, e)
	}
}

// history gives the states that a slot went through since an event.
func (g *rig) history(slot string, after uint64) string {
	synctest.Wait()
	var list []string
	for _, e := range g.s.Events(after) {
		if e.Slot == slot && e.From != e.To {
			list = append(list, string(e.To))
		}
	}
	return strings.Join(list, " ")
}

func (g *rig) last() uint64 {
	synctest.Wait()
	g.s.journal.mu.Lock()
	defer g.s.journal.mu.Unlock()
	return g.s.journal.last
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func ExampleExit() {
	fmt.Println(Exit{Code: 3}, "-", Exit{Signal: syscall.SIGKILL}, "-", Exit{Signal: 200})
	// Output: exit 3 - killed by SIGKILL - killed by signal 200
}

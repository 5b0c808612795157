package supervise

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"
)

func thousand() []Service {
	list := make([]Service, 1000)
	for i := range list {
		list[i] = daemon(fmt.Sprintf("s%04d", i))
	}
	return list
}

// count counts slots in a state.
func (g *rig) count(want State) (n int) {
	for _, x := range g.s.Status() {
		if x.State == want {
			n++
		}
	}
	return n
}

func TestAThousandSlowStartsAreNotOneAfterTheOther(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		list := thousand()
		for _, v := range list {
			g.behave(v.Name, manner{takes: 3 * time.Second})
		}
		g.add(list...)
		g.pass(5 * time.Second)
		if n := g.count(Ready); n != 1000 {
			t.Errorf("%d of 1,000 are ready", n)
		}
	})
}

func TestStartsThatHangHoldUpNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		list := thousand()
		for _, v := range list[:500] {
			g.behave(v.Name, manner{deaf: true})
		}
		g.add(list...)
		g.pass(time.Second)
		if n := g.count(Ready); n != 500 {
			t.Errorf("%d of the 500 good ones are ready", n)
		}
		within(t, 10*time.Second, func() {
			if err := g.s.Shutdown(t.Context()); err == nil {
				t.Error("those that hang are not named")
			}
		})
	})
}

func TestQuickStartsAreBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := &crowd{}
		s := New(Options{Starter: c, Parallel: 5})
		if err := s.Add("boot", thousand()...); err != nil {
			t.Fatal(err)
		}
		<-time.After(5 * time.Second)
		if n := len(s.Status()); c.most != 5 || n != 1000 || c.count != 1000 {
			t.Errorf("%d at once, %d in all", c.most, c.count)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A crowd counts how many starts there are at once; each takes a little.
type crowd struct {
	mu               sync.Mutex
	now, most, count int
}

func (c *crowd) Start(context.Context, string, int) (Process, error) {
	c.mu.Lock()
	c.now++
	c.count++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	<-time.After(quick / 2)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
	return newIdle(), nil
}

// An idle process does nothing but die.
type idle struct {
	once sync.Once
	done chan struct{}
}

func newIdle() *idle                        { return &idle{done: make(chan struct{})} }
func (*idle) Pid() int                      { return 1 }
func (p *idle) Done() <-chan struct{}       { return p.done }
func (*idle) Exit() Exit                    { return Exit{} }
func (*idle) Ready() <-chan struct{}        { return nil }
func (*idle) ReadyFailed() <-chan error     { return nil }
func (p *idle) Signal(syscall.Signal) error { p.once.Do(func() { close(p.done) }); return nil }
func (p *idle) KillGroup() error            { return p.Signal(syscall.SIGKILL) }

type quickly struct{}

func (quickly) Start(context.Context, string, int) (Process, error) { return newIdle(), nil }

// loaded is a supervisor with 1,000 slots that are ready.
func loaded(b *testing.B) *Supervisor {
	b.Helper()
	s := New(Options{Starter: quickly{}})
	if err := s.Add("boot", thousand()...); err != nil {
		b.Fatal(err)
	}
	names := make([]string, 1000)
	for i, v := range thousand() {
		names[i] = v.Name
	}
	if err := s.Start(b.Context(), "me", true, names...); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

func BenchmarkStatusOfAThousand(b *testing.B) {
	s := loaded(b)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Status()) != 1000 {
			b.Fatal("some are missing")
		}
	}
}

func BenchmarkStatusOfOneInAThousand(b *testing.B) {
	s := loaded(b)
	for b.Loop() {
		if _, err := s.StatusOf("s0500"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRestartOneInAThousand(b *testing.B) {
	s := loaded(b)
	for b.Loop() {
		if err := s.Restart(b.Context(), "me", true, "s0500"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLifeOfAThousand(b *testing.B) {
	for b.Loop() {
		s := loaded(b)
		if err := s.Shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStopOfAThousandThatRequireOne(b *testing.B) {
	s := New(Options{Starter: quickly{}})
	list := thousand()
	for i := range list {
		list[i].Requires = []string{"db"}
	}
	if err := s.Add("boot", append(list, daemon("db"))...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := errors.Join(s.Stop(b.Context(), "me", true, "db"), s.Start(b.Context(), "me", true, "db", "s0999")); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	_ = s.Shutdown(context.Background())
}

package s6run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

func act(code int, err error) Action {
	return func(context.Context) (int, error) { return code, err }
}

func (g *rig) script(text string) Action {
	return func(ctx context.Context) (int, error) {
		return g.room.Program(func() (*proc.Command, error) {
			c := proc.NewCommand("/bin/sh", []string{"sh", "-c", text})
			c.Env = g.o.Env()
			return c, nil
		})(ctx)
	}
}

func once(name string, start func(context.Context, int) (supervise.Process, error), requires ...string) Slot {
	return Slot{Service: supervise.Service{Name: name, Desired: true, Requires: requires}, Start: start}
}

func TestOneshots(t *testing.T) {
	g := newRig(t)
	gate := make(chan struct{})
	waits := func(ctx context.Context) (int, error) {
		select {
		case <-gate:
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	web := g.slot("web", files{"run": "#!/bin/sh\ncat $TOP/trace >$TOP/seen\nexec sleep 1000\n"}, "second")
	never := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
	g.begin(
		once("first", Oneshot(waits, g.script("echo first down >>$TOP/trace"), 0, 0)),
		once("second", Oneshot(g.script("echo second up >>$TOP/trace"), g.script("echo second down >>$TOP/trace"), time.Minute, time.Minute), "first"),
		web,
		once("bad", Oneshot(act(3, nil), g.script("echo bad down >>$TOP/trace"), 0, 0)),
		once("wrong", Oneshot(act(0, errors.New("no")), nil, 0, 0)),
		once("after", Oneshot(nil, nil, 0, 0), "bad"),
		once("slow", Oneshot(never, nil, 20*time.Millisecond, 0)),
		once("lasting", Oneshot(never, nil, 0, 0)),
	)
	g.is("bad", supervise.Failed)
	g.is("wrong", supervise.Failed)
	g.is("slow", supervise.Failed)
	if s := g.is("after", supervise.Failed); !strings.Contains(s.Why, "requirement bad failed: exit 3") {
		t.Errorf("it says %q", s.Why)
	}
	g.is("first", supervise.Up)
	g.is("web", supervise.Waiting)
	close(gate)
	g.is("web", supervise.Ready)
	g.has("seen", "second up\n")
	g.end()
	if got := g.read("trace"); got != "second up\nsecond down\nfirst down\n" {
		t.Errorf("the trace is %q", got)
	}
}

func TestAOneshotsProgramIsEnded(t *testing.T) {
	g := newRig(t)
	g.o.StopTimeout = 400 * time.Millisecond
	g.begin(
		once("polite", Oneshot(func(ctx context.Context) (int, error) {
			return g.script("trap 'echo told >>$TOP/trace; exit 0' TERM; echo >$TOP/polite; while :; do sleep 0.01; done")(ctx)
		}, g.script("echo down >>$TOP/trace"), 0, 0)),
		once("deaf", Oneshot(func(ctx context.Context) (int, error) {
			return g.script("trap '' TERM; echo >$TOP/deaf; read x <$TOP/never")(ctx)
		}, nil, 0, 0)),
		once("missing", Oneshot(func(ctx context.Context) (int, error) {
			return g.room.Program(func() (*proc.Command, error) { return proc.NewCommand("/nowhere/at/all", nil), nil })(ctx)
		}, nil, 0, 0)),
	)
	if s := g.is("missing", supervise.Failed); s.LastExit.Code != 127 {
		t.Errorf("it ended with %v", s.LastExit)
	}
	g.has("deaf", "\n")
	g.has("polite", "\n")
	until(t, says("it runs"), func() bool { return len(g.room.Processes()) == 2 })
	g.end()
	g.has("trace", "told\n")
	if got := g.read("trace"); got != "told\ndown\n" { // up had made it, so it is taken down
		t.Errorf("the trace is %q", got)
	}
}

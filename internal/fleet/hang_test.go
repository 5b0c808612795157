package fleet

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/supervise"
)

// stuck are rights on a file system that hangs until it is let.
type stuck struct{ let chan struct{} }

func (s stuck) Do(fn func() error) error {
	<-s.let
	return fn()
}

// hang makes what hangs until the test ends.
func hang(t *testing.T) (s stuck, let func()) {
	s = stuck{make(chan struct{})}
	once := false
	let = func() {
		if !once {
			once = true
			close(s.let)
		}
	}
	t.Cleanup(let)
	return s, let
}

// A program on a file system that hangs holds up its own slot alone, and neither a stop nor the end.
func TestAProgramThatHangs(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	far: {command: [far]}
	next: {requires: [far], command: `+stays+`}
	web: {command: [near, "300"]}`)
	s, let := hang(t)
	g.program = func(name string) (string, error) {
		if name == "far" {
			return "", s.Do(func() error { return errors.New("find far: stale handle") })
		}
		return "/bin/sleep", nil
	}
	g.budget = patience / 30
	g.hangs = true
	g.up()
	g.is("web", supervise.Ready)
	g.is("far", supervise.Starting)
	g.is("next", supervise.Waiting)
	g.order((*supervise.Supervisor).Restart, "web")
	ok(t, g.fleet.Supervisor().Stop(deadline(t), "test", true, "far"))
	if s := g.status("far"); s.State != supervise.Down || !strings.Contains(s.Why, "has not returned") {
		t.Errorf("it is %s: %s", s.State, s.Why)
	}
	err := g.fleet.Shutdown(deadline(t))
	if err == nil || !strings.Contains(err.Error(), "far") {
		t.Errorf("the end says %v", err)
	}
	let()
}

// A volume that hangs under who asks about profiles keeps no service from running, being stopped and written down.
func TestAVolumeThatHangs(t *testing.T) {
	t.Parallel()
	needsRoot(t) // else there is no actor that could
	g := newRig(t, gateways[:len(gateways)-1]+`, web: {log: {dir: logs}, command: [sh, -c, 'echo hello; exec sleep 300']}}`)
	g.profile("default", `{"desired_state":"running"}`)
	g.up()
	s, let := hang(t)
	busy := make(chan struct{})
	go func() { _ = g.world.Actor.Do(func() error { close(busy); return s.Do(func() error { return nil }) }) }()
	<-busy
	g.order((*supervise.Supervisor).Restart, "web", "gateway-default")
	g.has("logs/current", "hello\n")
	g.profile("a", "")
	g.gives("gateway-a", "gateway-default", "web")
	recorded := make(chan error, 1)
	go func() { recorded <- g.fleet.Desire(false, "gateway-default") }()
	g.order((*supervise.Supervisor).Stop, "gateway-default")
	select {
	case err := <-recorded:
		t.Errorf("the record went through: %v", err)
	default:
	}
	let()
	ok(t, <-recorded)
	if word, _ := g.desired("default"); word != "stopped" {
		t.Errorf("recorded %q", word)
	}
}

// A volume that hangs under the log files holds up the lines, not the service, nor the end beyond its bound.
func TestALogThatHangs(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {log: {dir: logs}, command: [sh, -c, 'echo hello; exec sleep 300']}}`)
	s, let := hang(t)
	g.prepare = func(f *Fleet) { f.write = s }
	g.up()
	g.is("web", supervise.Ready)
	g.order((*supervise.Supervisor).Restart, "web")
	short := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(t.Context(), 50*time.Millisecond)
	}
	ctx, cancel := short()
	defer cancel()
	if _, err := g.fleet.Lines(ctx, "web"); err != nil {
		t.Errorf("its place: %v", err)
	}
	ok(t, g.fleet.Shutdown(deadline(t)))
	ctx, cancel = short()
	defer cancel()
	if err := g.fleet.Close(ctx); err == nil {
		t.Error("it was closed")
	}
	let()
	g.ended()
	if got := strings.Count(g.read("logs/current"), "hello\n"); got == 0 {
		t.Errorf("%d lines came", got)
	}
}

// A watch that hangs costs the profiles that come, and nothing else.
func TestAWatchThatHangs(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	s, let := hang(t)
	g.prepare = func(f *Fleet) { f.watching = s }
	g.up()
	g.profile("a", `{"desired_state":"stopped"}`)
	p, err := g.fleet.Register(deadline(t), "test", "a")
	ok(t, err)
	g.order((*supervise.Supervisor).Start, p.Slots...)
	ok(t, g.fleet.Shutdown(deadline(t)))
	let()
}

func TestWhatMayHang(t *testing.T) {
	for path, want := range map[string]bool{"/proc/self": false, "/no/such/path": false, "/sys/kernel": true} {
		if _, err := os.Stat(path); err != nil && want {
			t.Skip("needs /sys: ", err)
		}
		if got := fsx.Hangs(path); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
	g := newRig(t, `services: {web: {command: `+stays+`}}`).up()
	for file, want := range map[string]bool{"/proc/self/exe": fsx.Hangs(g.dir), "/sys/kernel/notes": true} {
		c, err := g.fleet.command(g.fleet.find("web"), []string{file})
		ok(t, err)
		if c.OnVolume != want || c.Dir != g.dir || !c.Session {
			t.Errorf("%s: through the stage %v, in %s", file, c.OnVolume, c.Dir)
		}
	}
}

// A volume without a path leaves the services in the root directory.
func TestWithoutAVolume(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {ready: {file: /proc/self}, log: {dir: logs, rotate: ["*.log"]}, command: [sh, -c, 'pwd; exec sleep 300']}}`)
	g.roster, _ = g.look(false, nil, "")
	g.world.Volume, g.world.Path = nil, ""
	g.begin()
	g.is("web", supervise.Ready)
	until(t, "it says where it is", func() bool { return g.out.String() == "/\n" })
	if g.fleet.rotates() {
		t.Error("files are looked for")
	}
}

// What is looked at on the volume is looked at to the end, or until the end's bound: the volume is closed after it.
func TestTheEndWaitsForFileWork(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways).up()
	s, let := hang(t)
	busy, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- g.fleet.asApp(func() error { close(busy); return s.Do(func() error { return nil }) })
	}()
	<-busy
	ok(t, g.fleet.Shutdown(deadline(t)))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := g.fleet.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	let()
	ok(t, <-done)
	g.ended()
	if err := g.fleet.Desire(true, "gateway-default"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

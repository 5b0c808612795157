package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// caught reads a signal that is on its way.
func caught(t *testing.T, from <-chan os.Signal) os.Signal {
	t.Helper()
	select {
	case sig := <-from:
		return sig
	case <-deadline(t).Done():
		t.Fatal("the signal did not come")
	}
	return nil
}

func TestCatch(t *testing.T) {
	s := Catch()
	defer s.Release()
	us := os.Getpid()
	for _, want := range proc.Forwarded() {
		ok(t, syscall.Kill(us, want.(syscall.Signal)))
		if got := caught(t, s.passed); got != want {
			t.Errorf("sent %v, got %v", want, got)
		}
	}
	// These are berth's own, and main must not hear of them.
	ok(t, syscall.Kill(us, syscall.SIGPIPE), syscall.Kill(us, syscall.SIGCHLD), syscall.Kill(us, syscall.SIGURG))
	caught(t, s.broken)
	caught(t, s.child)
	if len(s.passed) > 0 {
		t.Errorf("%v would be passed on", <-s.passed)
	}
}

// Nobody reads while the spec is read and the phases are made: what comes then is kept.
func TestCaughtSignalsWait(t *testing.T) {
	s := Catch()
	defer s.Release()
	ok(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	until(t, "the signal is kept", func() bool { return len(s.passed) == 1 })
	s.Release()
	if got := caught(t, s.passed); got != syscall.SIGTERM {
		t.Errorf("got %v", got)
	}
}

// helperReleased is a door that has caught the signals and then does not boot.
func helperReleased() error {
	s := Catch()
	s.Release()
	fmt.Println("ready")
	<-context.Background().Done()
	return nil
}

func TestReleasedSignalsHaveTheirOldMeaning(t *testing.T) {
	// Go ends by these three alone without a word; QUIT dumps stacks, and what else there is it takes no notice of.
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		p := play(t, part("released"))
		p.says(p.out, "ready\n")
		p.signal(sig)
		if got := p.ends(); got.Signal != sig {
			t.Errorf("%s: %s", proc.SignalName(sig), got)
		}
	}
	none(t)
}

// helperIgnored was started with HUP ignored.
func helperIgnored() error {
	s := Catch()
	us := os.Getpid()
	if err := errors.Join(syscall.Kill(us, syscall.SIGHUP), syscall.Kill(us, syscall.SIGUSR1)); err != nil {
		return err
	}
	fmt.Println("first", <-s.passed)
	return nil
}

func TestAnIgnoredSignalIsNotCaught(t *testing.T) {
	c := part("ignored")
	c.Path, c.Args = "/bin/sh", []string{"sh", "-c", `trap "" HUP; exec "$0"`, exe(t)}
	p := play(t, c)
	if got := p.ends(); !got.Success() || p.out.String() != "first user defined signal 1\n" {
		t.Errorf("got %s, %q\n%s", got, p.out, p.err)
	}
}

// Before main is there, only what ends a program ends the boot, and main is not made up for what nobody meant for it.
func TestWhatIsHeardBeforeMain(t *testing.T) {
	for n := syscall.Signal(1); n <= 64; n++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		l := &life{o: &Options{}, cancel: cancel, stop: make(chan struct{})}
		l.heard(n)
		var want bool
		switch n {
		case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP:
			want = true
		}
		stopped, ends := errors.AsType[*Stopped](context.Cause(ctx))
		if ends != want || ends && stopped.Signal != n || l.stopping {
			t.Errorf("%s: the boot ends: %v, with %v", proc.SignalName(n), ends, context.Cause(ctx))
		}
		cancel(nil)
	}
}

// A signal that comes while main is being started is main's, as if it had come a moment later; main's alone, if a plugin says so.
func TestASignalDuringTheStartReachesMain(t *testing.T) {
	for _, c := range []struct {
		sig    syscall.Signal
		plugin Plugin
		told   bool // the container was told to stop just before
		stops  bool
	}{
		{syscall.SIGTERM, nil, false, true},
		{syscall.SIGQUIT, nil, false, false},
		{syscall.SIGTERM, &stranger{words: []string{"passes"}}, false, false},
		{syscall.SIGTERM, &stranger{words: []string{"passes"}}, true, true},
		{syscall.SIGTERM, &stranger{}, false, true},
	} {
		sig := c.sig
		ctx, cancel := context.WithCancelCause(t.Context())
		l := &life{o: &Options{Plugin: c.plugin}, table: children, cancel: cancel, budget: time.Minute, stop: make(chan struct{}), starting: true}
		if c.told {
			l.mu.Lock()
			l.act(syscall.SIGTERM, Usual)
			l.mu.Unlock()
		}
		l.heard(sig)
		main, err := l.start(&late{Context: ctx}, proc.NewCommand("/bin/sleep", []string{"sleep", "300"}))
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-main.Done():
		case <-deadline(t).Done():
			sweep()
			t.Fatal("main didn't get it")
		}
		if got := main.Status(); got.Signal != sig {
			t.Errorf("main ended with %s", got)
		}
		begun := false
		select {
		case <-l.stop:
			begun = true
		default:
		}
		if begun != c.stops {
			t.Errorf("%s, to %v: the stop has begun: %v", sig, c.plugin, begun)
		}
	}
	none(t)
}

// What main's program means by a signal is unknown here, so one that comes between its exec and berth's note of it is kept.
func TestASignalThatMainMayUseIsKeptForIt(t *testing.T) {
	l := &life{o: &Options{}, table: children, cancel: func(error) {}, budget: time.Minute, stop: make(chan struct{}), starting: true}
	l.heard(syscall.SIGUSR1)
	main, err := l.start(t.Context(), proc.NewCommand("/bin/sleep", []string{"sleep", "300"}))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-main.Done():
	case <-deadline(t).Done():
		sweep()
		t.Fatal("main didn't get it")
	}
	if got := main.Status(); got.Signal != syscall.SIGUSR1 {
		t.Errorf("main ended with %s", got)
	}
	none(t)
}

// late is a context that ends right after somebody has looked whether it has.
type late struct {
	context.Context
	looks atomic.Int32
}

func (l *late) Err() error {
	if l.looks.Add(1) == 1 {
		return nil
	}
	return l.Context.Err()
}

// A stop that comes before the start leaves main alone.
func TestAStopBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := &Stopped{Signal: syscall.SIGINT}
	cancel(cause)
	l := &life{o: &Options{}, table: children, cancel: cancel, stop: make(chan struct{})}
	if _, err := l.start(ctx, proc.NewCommand("/bin/sleep", []string{"sleep", "300"})); !errors.Is(err, cause) || l.main != nil {
		t.Errorf("got %v", err)
	}
	if got := cause.Error(); got != "stopped by SIGINT before main ran" {
		t.Error(got)
	}
	none(t)
}

// Who isn't PID 1 in a container is told what that means; on a developer's machine it's a matter of course.
func TestWhoIsNotPID1IsToldSo(t *testing.T) {
	for dir, want := range map[string]int{"": 1, "/home/me/dir": 0} {
		var notes []boot.Note
		l := &life{o: &Options{Develop: dir, Tell: func(n boot.Note) { notes = append(notes, n) }}}
		l.settle()
		if len(notes) != want || want > 0 && (notes[0].Level != boot.Warning || !strings.HasPrefix(notes[0].Text, "not PID 1: ")) {
			t.Errorf("develop %q: %+v", dir, notes)
		}
	}
}

// An image or a mount that hangs in the kernel can't keep berth from ending.
func TestAPreparationThatHangsIsLeft(t *testing.T) {
	release := make(chan struct{})
	ctx, cancel := context.WithCancelCause(t.Context())
	o := newRide(t, "true").options()
	hung := make(chan struct{})
	tell := sync.OnceFunc(func() { close(hung) })
	o.Tell = func(boot.Note) { // as good as a system call that doesn't come back
		tell()
		<-release
	}
	o.Spec.Env.Find = map[string]spec.Find{"PROGRAM": {Under: spec.Text(t.TempDir()), Names: []string{"none"}}} // a boot says that there is none, and hangs there
	l := &life{o: &o, table: children, cancel: cancel, budget: time.Millisecond, stop: make(chan struct{})}
	go func() {
		<-hung
		l.heard(syscall.SIGTERM)
	}()
	_, err := l.prepare(ctx)
	if stopped, ok := errors.AsType[*Stopped](err); !ok || stopped.Signal != syscall.SIGTERM {
		t.Errorf("got %v", err)
	}
	close(release)
	none(t)
	until(t, "what hung is through: it uses the volume", func() bool {
		all := make([]byte, 1<<20)
		return !strings.Contains(string(all[:runtime.Stack(all, true)]), ".(*life).boot(")
	})
}

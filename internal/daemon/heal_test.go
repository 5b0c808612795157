package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/volume"
)

// A ward is a container that runs, as the looks at its volume see it.
type ward struct {
	*life
	t    *testing.T
	vol  string
	mu   sync.Mutex
	said []boot.Note
}

func newWard(t *testing.T) *ward {
	t.Helper()
	needsRoot(t)
	w := &ward{t: t, vol: filepath.Join(open(t), "vol")}
	ok(t, os.MkdirAll(filepath.Join(w.vol, "skills"), 0o755), os.Chown(w.vol, 4242, 4242), os.Chown(filepath.Join(w.vol, "skills"), 4242, 4242))
	root, err := fsx.Open("/")
	ok(t, err)
	v, err := fsx.Open(w.vol)
	ok(t, err)
	t.Cleanup(func() { _, _ = root.Close(), v.Close() })
	world := &boot.World{Spec: &spec.Spec{}, Root: root, Path: w.vol, Volume: v}
	world.Spec.Volume.Own = spec.Own{Trees: []string{"skills"}, Rate: 1_000_000}
	world.Spec.Volume.Modes = map[string]spec.Mode{".env": {Perm: 0o600, Set: true}}
	world.Identity.UID, world.Identity.GID = 4242, 4242
	world.Look = &boot.Look{When: boot.Before}
	w.life = &life{o: &Options{Tell: w.tell}, world: world, stop: make(chan struct{})}
	w.services.ring = api.NewRing(100)
	// A boot has looked at everything, and said so.
	a, err := fsx.NewActor(4242, 4242, nil)
	ok(t, err)
	defer func() { _ = a.Close() }()
	first := *world
	first.Actor = a
	ok(t, boot.NewBoot(&first, nil).Phases(t.Context(), (&volume.Tour{}).Phases()...))
	t.Cleanup(w.ends)
	return w
}

func (w *ward) tell(n boot.Note) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, n)
}

func (w *ward) words() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, n := range w.said {
		fmt.Fprintf(&b, "%s: %s\n", n.Level, n.Text)
	}
	return b.String()
}

// ends stops the container, as once as it may be.
func (w *ward) ends() {
	w.life.mu.Lock()
	w.begin()
	w.life.mu.Unlock()
	w.close(true)
}

func (w *ward) close(inOrder bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w.healing.close(ctx, inOrder)
	if ctx.Err() != nil {
		w.t.Error("the looks don't end")
	}
}

// leaves has root leave files on the volume.
func (w *ward) leaves(names ...string) {
	w.t.Helper()
	for _, name := range names {
		p := filepath.Join(w.vol, name)
		if _, err := os.Stat(filepath.Dir(p)); err != nil {
			ok(w.t, os.MkdirAll(filepath.Dir(p), 0o755), os.Chown(filepath.Dir(p), 4242, 4242))
		}
		ok(w.t, os.WriteFile(p, []byte("x"), 0o644))
	}
}

func (w *ward) many(n int) {
	for i := range n {
		w.leaves(fmt.Sprintf("skills/many/f%04d", i))
	}
}

func (w *ward) owner(name string) uint32 {
	w.t.Helper()
	var st syscall.Stat_t
	ok(w.t, syscall.Lstat(filepath.Join(w.vol, name), &st))
	return st.Uid
}

func (w *ward) remembered() boot.Looked { return boot.RecallLook(w.world) }

// healed gives what the events tell of looks.
func (w *ward) healed() []string {
	all, _ := w.services.ring.After(0, 100)
	var list []string
	for _, e := range all {
		list = append(list, e.To+": "+e.Why)
	}
	return list
}

func (w *ward) asks(full bool) (api.Healed, error) {
	return w.healing.Heal(w.t.Context(), api.Peer{}, api.HealAction{Full: full}, func(api.HealLine) {})
}

func TestBehindTheStart(t *testing.T) {
	w := newWard(t)
	w.leaves("skills/a/b/c", ".env")
	ok(t, os.Chown(filepath.Join(w.vol, ".env"), 4242, 4242))
	w.world.Look.When = boot.Behind
	w.heal()
	until(t, "it is healed", func() bool { return len(w.healed()) == 1 })
	if w.owner("skills/a/b/c") != 4242 {
		t.Error("it isn't")
	}
	if got := w.healed()[0]; !strings.Contains(got, "healed: behind the start: ") || !strings.Contains(got, " 3 healed") { // with the directory above, and the mode of .env
		t.Errorf("the event says %q", got)
	}
	if got := w.words(); !strings.Contains(got, "changed: Fixing ownership of skills in ") || !strings.Contains(got, "Restored mode 0600 of .env") {
		t.Errorf("it said\n%s", got)
	}
	if l := w.remembered(); l.Begun || l.Changed != 2 {
		t.Errorf("remembered is %+v", l)
	}
}

// Where all is right nobody hears of it, except who reads events.
func TestBehindTheStartNothingIsWrong(t *testing.T) {
	w := newWard(t)
	w.world.Look.When = boot.Behind
	w.heal()
	until(t, "it has looked", func() bool { return len(w.healed()) == 1 })
	if w.words() != "" {
		t.Errorf("it said\n%s", w.words())
	}
}

func TestNothingBehindTheStart(t *testing.T) {
	w := newWard(t)
	w.leaves("skills/x")
	w.heal()
	if _, err := w.asks(false); err != nil { // behind whatever else it does
		t.Fatal(err)
	}
	if got := w.healed(); len(got) != 1 || strings.Contains(got[0], "behind") || w.owner("skills/x") != 4242 {
		t.Errorf("events %q", got)
	}
}

// Who asks doesn't wait for a look that nobody waits for.
func TestWhoAsksComesFirst(t *testing.T) {
	w := newWard(t)
	w.world.Spec.Volume.Own.Rate = 100
	w.many(600)
	w.world.Look.When = boot.Behind
	w.heal()
	until(t, "it has begun", func() bool { return w.remembered().Begun })
	done, err := w.asks(true)
	if err != nil || done.Looked < 600 {
		t.Fatalf("%+v, %v", done, err)
	}
	if l := w.remembered(); l.Begun || l.Entries < 600 {
		t.Errorf("remembered is %+v", l)
	}
	if w.owner("skills/many/f0599") != 4242 {
		t.Error("it isn't healed")
	}
	w.ends()
	if l := w.remembered(); l.Begun || l.Cut != 0 {
		t.Errorf("nothing is owed, yet remembered is %+v", l)
	}
}

func TestTwoCantLookAtOnce(t *testing.T) {
	w := newWard(t)
	w.world.Spec.Volume.Own.Rate = 100
	w.many(600)
	w.heal()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := w.healing.Heal(ctx, api.Peer{}, api.HealAction{}, func(api.HealLine) {})
		ended <- err
	}()
	until(t, "it has begun", func() bool { return w.remembered().Begun })
	_, err := w.asks(true)
	if e, ok := errors.AsType[*api.Error](err); !ok || e.Code != api.Conflict {
		t.Errorf("the second gets %v", err)
	}
	cancel() // and who hangs up ends it
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first gets %v", err)
	}
	if _, err := w.asks(true); err != nil {
		t.Errorf("the third gets %v", err)
	}
}

// TERM doesn't wait for a look, at whatever rate. Whether the container ended in order decides about the next boot.
func TestAStopEndsTheLook(t *testing.T) {
	for _, inOrder := range []bool{true, false} {
		w := newWard(t)
		w.world.Spec.Volume.Own.Rate = 100
		w.many(600)
		w.world.Look.When = boot.Behind
		w.heal()
		until(t, "it has begun", func() bool { return w.remembered().Begun })
		w.life.mu.Lock()
		w.begin()
		w.life.mu.Unlock()
		w.close(inOrder)
		if l := w.remembered(); l.Begun == inOrder || inOrder && l.Cut != 1 {
			t.Errorf("in order %v: remembered is %+v", inOrder, l)
		}
		if got := w.healed(); len(got) > 0 {
			t.Errorf("a look that was cut off says %q", got)
		}
		_, err := w.asks(true)
		if e, ok := errors.AsType[*api.Error](err); !ok || e.Code != api.Stopping {
			t.Errorf("who asks now gets %v", err)
		}
	}
}

// Nor does a stop leave a sign of any other look that it cuts off, or that whoever asked for it has given up.
func TestAStopInOrderForgetsEveryLookThatBegan(t *testing.T) {
	due := &spec.Schedule{Every: spec.Duration(20 * time.Millisecond)}
	for _, c := range []struct {
		about    string
		schedule *spec.Schedule
		asks     bool
	}{{"as scheduled", due, false}, {"asked for", nil, true}, {"asked for, in place of a scheduled one", due, true}} {
		w := newWard(t)
		w.world.Spec.Volume.Own.Rate = 100
		w.world.Spec.Volume.Own.Schedule = c.schedule
		w.many(400)
		w.heal()
		begun := func() bool { return w.remembered().Begun }
		if c.schedule != nil {
			until(t, "it has begun", begun)
		}
		if c.asks {
			ctx, hangUp := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				_, err := w.healing.Heal(ctx, api.Peer{}, api.HealAction{}, func(api.HealLine) {})
				ended <- err
			}()
			until(t, "who asks is served", func() bool {
				w.healing.mu.Lock()
				defer w.healing.mu.Unlock()
				return w.healing.looking != nil && w.healing.asked
			})
			until(t, "it has begun", begun)
			hangUp()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: it ended with %v", c.about, err)
			}
		}
		w.ends()
		if l := w.remembered(); l.Begun || l.Cut != 1 {
			t.Errorf("%s: remembered is %+v", c.about, l)
		}
	}
}

// A stop in order is no excuse for a look that has left something wrong.
func TestAStopInOrderOfALookThatLeavesSomethingWrong(t *testing.T) {
	w := newWard(t)
	w.leaves("skills/former/x")
	former := filepath.Join(w.vol, "skills/former")
	old := time.Now().Add(-time.Hour)
	ok(t, os.Chown(former, 1000, 1000), os.Chtimes(former, old, old))
	flag := func(on int) error {
		f, err := os.Open(former)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, on)
	}
	if err := flag(unix.STATX_ATTR_IMMUTABLE); err != nil {
		t.Skipf("needs a file system with chattr: %v", err)
	}
	ok(t, flag(0))
	t.Cleanup(func() { ok(t, flag(0)) })
	stopped := make(chan error, 1)
	defer fsx.OnChange(func(_, path string) {
		if strings.HasSuffix(path, "/former/x") {
			err := flag(unix.STATX_ATTR_IMMUTABLE)
			w.life.mu.Lock()
			w.begin()
			w.life.mu.Unlock()
			<-w.healing.ctx.Done()
			stopped <- err
		}
	})()
	w.world.Look.When = boot.Behind
	w.heal()
	ok(t, <-stopped)
	w.close(true)
	if l := w.remembered(); !l.Begun || l.Cut != 0 {
		t.Errorf("remembered is %+v", l)
	}
}

// What would have ended main ends a container without one in order, TERM any: nothing has failed.
func TestSignalsThatEndAContainerInOrder(t *testing.T) {
	for _, c := range []struct {
		sig     syscall.Signal
		alone   bool
		inOrder bool
	}{
		{syscall.SIGTERM, true, true},
		{syscall.SIGINT, true, true},
		{syscall.SIGQUIT, true, true},
		{syscall.SIGHUP, true, true},
		{syscall.SIGUSR1, true, false},
		{syscall.SIGINT, false, false},
	} {
		l := &life{o: &Options{}, alone: c.alone, stop: make(chan struct{}), cancel: func(error) {}}
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			l.heard(c.sig)
		}()
		_ = l.inOrder(1, nil) // as a signal may come at any time
		<-heard
		if l.inOrder(128+int(c.sig), nil) != c.inOrder || !l.inOrder(0, nil) || l.inOrder(0, errors.New("failed")) {
			t.Errorf("%v, alone %v: in order %v", c.sig, c.alone, !c.inOrder)
		}
	}
}

// The same where it comes before anybody has noted that there is no main.
func TestAnEarlySignalEndsAContainerInOrder(t *testing.T) {
	w := newWard(t)
	w.redirect = &spec.Redirect{To: "web"}
	w.services.server = &server{}
	w.services.server.bound.Do(func() {})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&Stopped{Signal: syscall.SIGINT})
	if code, err := w.wait(ctx); code != 130 || !w.inOrder(code, err) {
		t.Errorf("it ended with %d, %v", code, err)
	}
}

func TestLooksThatTheSpecSchedules(t *testing.T) {
	w := newWard(t)
	w.world.Spec.Volume.Own.Schedule = &spec.Schedule{Every: spec.Duration(20 * time.Millisecond)}
	ok(t, os.WriteFile(w.vol+".victim", nil, 0o600), os.Link(w.vol+".victim", filepath.Join(w.vol, "skills/hard")))
	w.heal()
	w.leaves("skills/x")
	until(t, "it is healed", func() bool { return w.owner("skills/x") == 4242 })
	w.leaves("skills/y")
	until(t, "it is healed again", func() bool { return w.owner("skills/y") == 4242 })
	n := len(w.healed())
	until(t, "it looks on", func() bool { return len(w.healed()) > n+1 })
	if got := strings.Count(w.words(), "skills/hard"); got != 1 {
		t.Errorf("what is refused is told %d times:\n%s", got, w.words())
	}
	if !strings.Contains(w.healed()[0], "as scheduled") {
		t.Errorf("events %q", w.healed())
	}
}

// Another container with another user has booted on the volume: two that heal it by turns would never end.
func TestAVolumeThatAnotherTook(t *testing.T) {
	w := newWard(t)
	w.heal()
	w.leaves("skills/x")
	ok(t, os.Chown(w.vol, 5555, 5555))
	_, err := w.asks(true)
	if err == nil || !strings.Contains(err.Error(), "belongs to 5555:5555 by now") || boot.HintFor(err) == "" {
		t.Errorf("%v", err)
	}
	if w.owner("skills/x") != 0 || w.owner(".") != 5555 {
		t.Error("it was healed all the same")
	}
	ok(t, os.Chown(w.vol, 0, 0)) // a chown by root in the container is no container
	if _, err := w.asks(true); err != nil || w.owner(".") != 4242 || w.owner("skills/x") != 4242 {
		t.Errorf("%v", err)
	}
}

// Without root, or a volume that can be changed, there is nothing to do behind a start.
func TestWhereNothingCanBeHandedOver(t *testing.T) {
	for about, change := range map[string]func(w *boot.World){
		"no root": func(w *boot.World) { w.EUID = 1000 }, "no volume": func(w *boot.World) { w.Volume = nil },
		"a read-only one": func(w *boot.World) { w.ReadOnly = true }, "an app that is root": func(w *boot.World) { w.Identity.UID = 0 },
	} {
		w := newWard(t)
		change(w.world)
		w.heal()
		if w.healing != nil {
			t.Errorf("%s: it looks", about)
		}
	}
}

// Events of the container and of its services have one row of numbers, which only grow.
func TestEventsHaveOneRowOfNumbers(t *testing.T) {
	s := services{ring: api.NewRing(10)}
	s.add(api.Event{Seq: 1, Slot: "web"})
	s.add(api.Event{To: "healed"})
	s.add(api.Event{Seq: 5, Slot: "web", Lost: 3})
	all, _ := s.ring.After(0, 10)
	for i, want := range []uint64{1, 2, 6} {
		if all[i].Seq != want || all[i].Lost != 0 {
			t.Errorf("event %d is %+v", i, all[i])
		}
	}
}

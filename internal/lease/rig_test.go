package lease

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// A door is the way to the disk for one container: it may be shut, and something may be done there by others.
type door struct {
	mu   sync.Mutex
	shut chan struct{}
	once func()
	n    int
	bars error  // nobody gets in
	each func() // after what was done, on the keeper's goroutine

	die  func()
	dead bool
}

// Do kills the container where somebody panics with its door.
func (d *door) Do(fn func() error) error {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p != any(d) {
			panic(p)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.dead = true
		d.die()
	}()
	d.mu.Lock()
	shut, once, dead, bars := d.shut, d.once, d.dead, d.bars
	d.once = nil
	d.n++
	d.mu.Unlock()
	if dead || bars != nil {
		return bars
	}
	if shut != nil {
		<-shut
	}
	if once != nil {
		once()
	}
	if d.each != nil {
		defer d.each()
	}
	return fn()
}

// A rig is a volume on which containers hold leases. Its clock is virtual.
type rig struct {
	t     *testing.T
	dir   string
	notes bool // locks reach nobody else
}

// virtual runs a test in a bubble of virtual time.
func virtual(t *testing.T, f func(g *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(&rig{t: t, dir: dir}) })
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (g *rig) at(slot string) string { return filepath.Join(g.dir, Dir, slot) }

// put lays a file where the lease of web is looked for.
func (g *rig) put(text string) {
	g.t.Helper()
	ok(g.t, os.MkdirAll(filepath.Dir(g.at("web")), 0o700), os.WriteFile(g.at("web"), []byte(text), 0o600))
}

// A box is a container with its keeper.
type box struct {
	*Keeper
	g    *rig
	door *door
	stop func()

	mu   sync.Mutex
	told []string
}

// box starts a container. A test may kill it, which is to close what it has open without a word.
func (g *rig) box(name string) *box {
	g.t.Helper()
	v, err := fsx.Open(g.dir)
	ok(g.t, err)
	b := &box{g: g, door: &door{}}
	o := Options{Volume: v, Rights: b.door, Container: name, Tell: func(text, hint string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.told = append(b.told, text)
		if hint == "" {
			g.t.Errorf("%q has no hint", text)
		}
	}}
	o.unshared = func(*fsx.Lock) bool { return g.notes }
	b.Keeper = New(o)
	b.door.die = b.forget
	b.stop = sync.OnceFunc(func() {
		if err := errors.Join(b.Close(context.Background()), v.Close()); err != nil {
			g.t.Errorf("end %s: %v", name, err)
		}
	})
	g.t.Cleanup(func() { b.stop() })
	return b
}

// says gives what the container's people were told, and forgets it.
func (b *box) says() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	all := strings.Join(b.told, "\n")
	b.told = nil
	return all
}

// looks says how often the keeper was at the disk since it was asked last.
func (b *box) looks() int {
	b.door.mu.Lock()
	defer b.door.mu.Unlock()
	n := b.door.n
	b.door.n = 0
	return n
}

// there has something done where the keeper works.
func (b *box) there(do func()) {
	b.door.mu.Lock()
	b.door.once = do
	b.door.mu.Unlock()
	b.poke()
	synctest.Wait()
}

// kill ends a container as kill -9 does: its descriptors close, and nothing is written.
func (b *box) kill() {
	b.there(b.forget)
	ok(b.g.t, b.Close(context.Background()))
}

// forget closes what the keeper has open; the keeper's goroutine does it.
func (b *box) forget() {
	for _, c := range b.claims {
		c.close()
		c.over = true
	}
	if b.top != nil {
		ok(b.g.t, b.top.Unlock())
	}
	b.top, b.shared = nil, false
}

// letGo makes a container one whose locks don't reach the others: on this one disk they would.
func (b *box) letGo() {
	b.there(func() {
		for _, c := range b.claims {
			if c.lock != nil {
				ok(b.g.t, c.lock.Give())
			}
		}
	})
}

// sleep stops a container's processes for a while (docker pause).
func (b *box) sleep() (wake func()) {
	shut := make(chan struct{})
	b.door.mu.Lock()
	b.door.shut = shut
	b.door.mu.Unlock()
	return func() {
		b.door.mu.Lock()
		b.door.shut = nil
		b.door.mu.Unlock()
		close(shut)
		synctest.Wait()
	}
}

// A wish is a lease that was asked for.
type wish struct {
	t    *testing.T
	quit context.CancelFunc

	mu    sync.Mutex
	whys  []string
	lease *Lease
	err   error
	over  bool
}

// wants asks for a slot's lease.
func (b *box) wants(slot string) *wish {
	ctx, cancel := context.WithCancel(context.Background())
	w := &wish{t: b.g.t, quit: cancel}
	b.g.t.Cleanup(cancel)
	go func() {
		l, err := b.Take(ctx, slot, func(why string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.whys = append(w.whys, why)
		})
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lease, w.err, w.over = l, err, true
	}()
	synctest.Wait()
	return w
}

// has says whether the lease is had.
func (w *wish) has() bool {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lease != nil
}

// waits holds a wish to waiting, for a reason.
func (w *wish) waits(why string) {
	w.t.Helper()
	if w.has() {
		w.t.Fatal("it has the lease")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.whys) == 0 || !strings.Contains(w.whys[len(w.whys)-1], why) {
		w.t.Fatalf("it waits because of %q, want %q", w.whys, why)
	}
}

func (w *wish) mustHave() *Lease {
	w.t.Helper()
	if !w.has() {
		w.t.Fatalf("it hasn't got the lease: %q, %v", w.whys, w.err)
	}
	return w.lease
}

// lost says whether a lease that was had is somebody else's.
func (w *wish) lost() bool {
	synctest.Wait()
	select {
	case <-w.lease.Lost():
		return true
	default:
		return false
	}
}

// after lets time pass until something is so, and gives how long it took; at most the limit.
func (g *rig) after(limit time.Duration, what string, so func() bool) time.Duration {
	g.t.Helper()
	began := time.Now()
	for !so() {
		if time.Since(began) > limit {
			g.t.Fatalf("not within %v: %s", limit, what)
		}
		<-time.After(50 * time.Millisecond)
	}
	return time.Since(began)
}

// pass lets time pass.
func (g *rig) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

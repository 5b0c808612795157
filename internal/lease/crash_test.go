package lease

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// A container is killed before any of the changes that it makes of the disk, from its first look at an empty volume until it
// gives the lease back: the next one has the lease, which is private and whole, and only that one.
func TestKilledBeforeAnyChange(t *testing.T) {
	for _, notes := range []bool{false, true} {
		kills := 0
		for k := 1; ; k++ {
			died := false
			virtual(t, func(g *rig) {
				g.notes = notes
				a := g.box("a")
				n := 0
				thaw := fsx.OnChange(func(string, string) {
					if n++; n == k {
						panic(a.door)
					}
				})
				defer thaw()
				held := a.wants("web")
				g.pass(3 * time.Second)
				if died = a.dead(); !died {
					ok(t, os.Remove(g.at("web")))
					g.pass(watch + time.Second) // it takes the new one
					if died = a.dead(); !died {
						held.mustHave().Release()
						g.pass(time.Second)
						died = a.dead()
					}
				}
				if !died {
					return
				}
				thaw()
				b := g.box("b")
				next := b.wants("web")
				took := g.after(stale+5*time.Second, "the next one has it", next.has)
				if !notes && took > 0 {
					t.Errorf("killed before change %d: the next one waited %v", k, took)
				}
				c := g.box("c").wants("web")
				g.pass(time.Second)
				c.waits("container b")
				for name, want := range map[string]os.FileMode{".berth": modeTop, Dir: modeDir, Dir + "/web": modeLease} {
					if in, err := os.Lstat(filepath.Join(g.dir, name)); err != nil || in.Mode().Perm() != want {
						t.Errorf("killed before change %d: %s is %v, %v", k, name, in, err)
					}
				}
				if said := b.says(); said != "" {
					t.Errorf("killed before change %d: it says %q", k, said)
				}
			})
			if !died {
				break
			}
			kills++
		}
		if kills < 8 {
			t.Errorf("it was killed %d times only", kills)
		}
		t.Logf("with notes: %v; killed %d times", notes, kills)
	}
}

// dead says whether the container was killed.
func (b *box) dead() bool {
	synctest.Wait()
	b.door.mu.Lock()
	defer b.door.mu.Unlock()
	return b.door.dead
}

// storm does to the leases what the app's user may, until stop is closed. It can't get out of the volume itself.
func storm(volume *os.Root, outside string, stop <-chan struct{}) {
	const top, leases, web = ".berth", Dir, Dir + "/web"
	var held *os.File
	open := func(flag int) *os.File {
		f, err := volume.OpenFile(web, flag|syscall.O_NONBLOCK, 0o600)
		if err != nil {
			return nil
		}
		return f
	}
	spoils := []func(){
		func() { _ = volume.Remove(web) },
		func() {
			if f := open(os.O_RDWR | os.O_CREATE); f != nil {
				_, _ = f.WriteString(`{"boot":"b","container":"a"}`)
				_ = f.Close()
			}
		},
		func() {
			if f := open(os.O_RDWR); f != nil {
				_ = f.Truncate(1 << 30)
				_ = f.Close()
			}
		},
		func() {
			if held != nil {
				_ = held.Close()
				held = nil
			} else if held = open(os.O_RDWR); held != nil {
				_ = unix.Flock(int(held.Fd()), unix.LOCK_EX|unix.LOCK_NB)
			}
		},
		func() { _ = volume.Symlink(outside+"/victim", web) },
		func() { _ = volume.Link("fifo", web) },
		func() { _ = volume.Mkdir(web, 0o700) },
		func() { _ = volume.Rename(web, leases+"/other") },
		func() { _ = volume.RemoveAll(leases) },
		func() { _ = volume.Symlink(outside, leases) },
		func() { _ = volume.Link("fifo", leases) },
		func() { _ = volume.RemoveAll(top) },
		func() { _ = volume.Symlink(outside, top) },
		func() { _ = volume.Mkdir(top, 0o700) },
		func() { _ = volume.Mkdir(leases, 0o700) },
		func() { _ = volume.Chmod(leases, 0) },
		func() { _ = volume.Chmod(leases, 0o700) },
	}
	for range 3 { // or nothing would ever be as it should
		spoils = append(spoils, spoils[0], spoils[8], spoils[13], spoils[14])
	}
	for {
		select {
		case <-stop:
			if held != nil {
				_ = held.Close()
			}
			return
		default:
			spoils[rand.IntN(len(spoils))]()
		}
	}
}

// The app's user swaps all that a lease needs as fast as it can, in real time, with one container on the volume and with two:
// whoever asks has an answer by its own bound, the end is not held up, nothing outside is touched, no descriptor is left, and
// when it is over a lease is a lease again.
func TestUnderSiege(t *testing.T) {
	const rounds, bound = 3000, 20 * time.Millisecond
	g := &rig{t: t, dir: t.TempDir()}
	outside := t.TempDir()
	ok(t, os.WriteFile(outside+"/victim", []byte("untouched"), 0o600))
	before := descriptors(t)
	volume, err := os.OpenRoot(g.dir)
	ok(t, err, unix.Mkfifo(g.dir+"/fifo", 0o600))
	stop := make(chan struct{})
	var attack sync.WaitGroup
	for range 2 {
		attack.Go(func() { storm(volume, outside, stop) })
	}
	var locked, without, waited atomic.Int64
	for boxes := 1; boxes <= 2; boxes++ {
		var all sync.WaitGroup
		for i := range boxes {
			b := g.box(string(rune('a' + i)))
			b.door.each = func() {
				b.Keeper.mu.Lock()
				defer b.Keeper.mu.Unlock()
				for _, c := range b.claims {
					switch {
					case c.has && c.lock != nil:
						locked.Add(1)
					case c.has:
						without.Add(1)
					}
				}
			}
			all.Go(func() {
				for range rounds {
					ctx, cancel := context.WithTimeout(t.Context(), bound)
					began := time.Now()
					l, err := b.Take(ctx, "web", func(string) {})
					cancel()
					if took := time.Since(began); took > bound+5*time.Second {
						t.Errorf("the answer came after %v", took)
					}
					if err != nil {
						waited.Add(1)
						continue
					}
					l.Release()
				}
				b.stop()
			})
		}
		all.Wait()
	}
	close(stop)
	attack.Wait()
	_ = volume.Chmod(Dir, 0o700) // the attack may have ended where a user can't remove what is in it
	ok(t, volume.Close())
	t.Logf("seen %d times with its lock and %d times without; waited %d times", locked.Load(), without.Load(), waited.Load())
	if locked.Load() == 0 || without.Load() == 0 {
		t.Error("it was no siege")
	}
	if text, err := os.ReadFile(outside + "/victim"); err != nil || string(text) != "untouched" {
		t.Errorf("what is outside holds %q, %v", text, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside is %v, %v", entries, err)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors were open, and %d are", before, after)
	}
	ok(t, os.RemoveAll(g.dir+"/.berth"))
	last := g.box("c")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := last.Take(ctx, "web", func(why string) { t.Errorf("it waits: %s", why) })
	ok(t, err)
	if who, held := Held(last.o.Volume, "web"); !held {
		t.Errorf("it isn't held: %s; %q", who, last.told)
	}
	l.Release()
	last.stop()
}

func descriptors(t *testing.T) int {
	t.Helper()
	runtime.GC() // what a test before this one has left closes now
	all, err := os.ReadDir("/proc/self/fd")
	ok(t, err)
	return len(all)
}

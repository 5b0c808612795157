package volume

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// The app's user gives root's file a name on the volume and takes it away again, without end (where fs.protected_hardlinks is 0).
// Between a look at the name and a look at the count the count is 1 again, and the one name is elsewhere; and the kernel itself
// lowers the count before it forgets the name. One look in some hundreds meets a window: each of them would hand the file
// over, or take its mode away.
func TestAPlantedNameIsNeverBelieved(t *testing.T) {
	needRoot(t)
	bothKernels(t, func(t *testing.T) {
		g := newRig(t).modes(0o600, "planted")
		victim := g.root + "/victim"
		g.write(victim, "root's own", 0o644)
		w := g.world()
		defer func() { g.check(w.Close()) }()
		v, err := fsx.Open(g.vol)
		g.check(err)
		w.Volume = v
		w.OnClose(v.Close)
		var stop atomic.Bool
		var attacker sync.WaitGroup
		attacker.Go(func() {
			for !stop.Load() {
				_ = os.Link(victim, g.at("planted"))
				_ = os.Remove(g.at("planted"))
			}
		})
		defer attacker.Wait()
		defer stop.Store(true)
		for n := range times(t, looksEnv, 1000) {
			if e, err := v.Look("planted"); err == nil {
				_ = ownFile(w, e)
				g.check(e.Close())
			}
			g.check(restore(t.Context(), boot.NewBoot(w, nil), "planted", 0o600))
			var st unix.Stat_t
			g.check(unix.Lstat(victim, &st))
			if st.Uid != 0 || st.Mode&0o7777 != 0o644 {
				t.Fatalf("look %d: root's file belongs to %d and has mode %o", n, st.Uid, st.Mode&0o7777)
			}
		}
	})
}

// Where fs.protected_hardlinks is 0 the app's user gives root's file a name on the volume and takes it away again, so that a look at the
// name finds it and a look at the count finds one.
func TestAttackHardLinks(t *testing.T) {
	needRoot(t)
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		skills, err := os.Open(g.at("skills"))
		g.check(err)
		defer func() { _ = skills.Close() }()
		victim, in := g.root+"/victim/file", int(skills.Fd())
		plant := func(name string) func() {
			return func() {
				_ = unix.Linkat(unix.AT_FDCWD, victim, in, name, 0)
				_ = unix.Renameat(in, name, in, name+"2")
				_ = unix.Unlinkat(in, name+"2", 0)
			}
		}
		g.modes(0o600, "mode")
		g.besieged(t, plant("x"), plant("y"), func() {
			_ = os.Link(victim, g.at("state.db"))
			_ = os.Remove(g.at("state.db"))
		}, func() {
			_ = os.Link(g.root+"/victim/dir/file", g.at("mode"))
			_ = os.Remove(g.at("mode"))
		})
	})
}

package rootfs

import (
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// The app's user swaps what it can while root walks its tree. Whatever happens, nothing outside the tree changes
// hands, and a refusal doesn't end the boot.
func TestInstallUnderAttack(t *testing.T) {
	for name, with := range map[string]func(func()){"with openat2": func(f func()) { f() }, "without openat2": fsx.WithoutOpenat2} {
		t.Run(name, func(t *testing.T) {
			w := newInstall(t)
			put(t, w, "victim/file", "root's", 0o600)
			put(t, w, "victim/dir/file", "root's", 0o600)
			put(t, w, "opt/hermes/.venv/lib/swap/file", "app's", 0o600)
			if err := os.Symlink(in(w, "victim"), in(w, "opt/hermes/.venv/lib/other")); err != nil {
				t.Fatal(err)
			}
			give(t, w, "opt/hermes", built)
			before := owners(t, w, "victim")

			stop := make(chan struct{})
			var attackers sync.WaitGroup
			attack := func(f func()) {
				attackers.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							f()
						}
					}
				})
			}
			a, b := in(w, "opt/hermes/.venv/lib/swap"), in(w, "opt/hermes/.venv/lib/other")
			attack(func() { _ = unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE) })
			hard := in(w, "opt/hermes/.venv/lib/hard")
			attack(func() {
				_ = os.Link(in(w, "victim/file"), hard)
				_ = os.Rename(hard, hard+"2")
				_ = os.Remove(hard + "2")
			})
			gone := in(w, "opt/hermes/.venv/lib/gone")
			attack(func() {
				_ = os.WriteFile(gone, nil, 0o600)
				_ = os.Remove(gone)
			})
			with(func() {
				for range 300 {
					for _, tree := range []string{"opt/hermes/.venv", "opt/hermes/.venv/lib"} {
						if err := os.Lchown(in(w, tree), built, built); err != nil {
							t.Error(err)
						}
					}
					r := boot.NewBoot(w, nil)
					if err := r.Phases(t.Context(), Install()); err != nil {
						t.Errorf("the boot ended: %v", err)
					}
				}
			})
			close(stop)
			attackers.Wait()
			for path, who := range owners(t, w, "victim") {
				if before[path] != who {
					t.Errorf("%s was %s and is %s", path, before[path], who)
				}
			}
		})
	}
}

package rootfs

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// killed is what a crash test panics with.
type killed struct{}

// bootKilledAt boots and dies before the k-th change of the disk. It reports whether the boot got that far.
func bootKilledAt(t *testing.T, w *boot.World, k int) (died bool) {
	t.Helper()
	n := 0
	remove := fsx.OnChange(func(string, string) {
		if n++; n == k {
			panic(killed{})
		}
	})
	defer remove()
	defer func() {
		switch p := recover(); p.(type) {
		case nil:
		case killed:
			died = true
		default:
			panic(p)
		}
	}()
	start(t, w, Identity(), Groups(), Install())
	return false
}

// crashWorld is an image in which every phase has something to do.
func crashWorld(t *testing.T) *boot.World {
	t.Helper()
	w := newInstall(t)
	w.Environ = []string{"PUID=4242", "PGID=4343"}
	w.Spec.User.JoinGroupsOf = hermesGroups
	socket(t, w, "run/docker.sock", 998)
	socket(t, w, "dev/dri/card0", 44)
	return w
}

// state is everything that a boot may change: owners, and the account files' text. What a dead writer left behind
// under a name of its own is not looked at.
func state(t *testing.T, w *boot.World) map[string]string {
	t.Helper()
	all := owners(t, w, "opt")
	maps.Copy(all, map[string]string{"passwd": read(t, w, "etc/passwd"), "group": read(t, w, "etc/group")})
	return all
}

// Wherever a boot dies: the account files are whole, and the next boot ends where an undisturbed one does.
func TestKilledAnywhere(t *testing.T) {
	undisturbed := crashWorld(t)
	start(t, undisturbed, Identity(), Groups(), Install())
	want := state(t, undisturbed)
	k := 1
	for ; ; k++ {
		w := crashWorld(t)
		died := bootKilledAt(t, w, k)
		for _, name := range []string{"etc/passwd", "etc/group"} {
			if st, err := os.Stat(in(w, name)); err != nil || st.Size() < int64(min(len(basePasswd), len(baseGroup)))-5 {
				t.Fatalf("killed before change %d: %s is %v, %v", k, name, st, err)
			}
		}
		if !died {
			break
		}
		start(t, w, Identity(), Groups(), Install())
		if diff := cmp.Diff(want, state(t, w)); diff != "" {
			t.Errorf("killed before change %d, then booted: %s", k, diff)
		}
		if left := plan(t, w, Identity(), Groups(), Install()); len(left.Steps()) > 0 {
			t.Errorf("killed before change %d, then booted, this is left:\n%s", k, stepWords(left))
		}
	}
	if k < 10 {
		t.Errorf("only %d changes were seen", k)
	}
	if stray, err := filepath.Glob(in(undisturbed, "etc/*")); err != nil || len(stray) != 2 {
		t.Errorf("an undisturbed boot leaves %v, %v in etc", stray, err)
	}
}

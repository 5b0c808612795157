package migrate

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// killed is what a crash test panics with.
type killed struct{}

// bootKilledAt boots and dies before the k-th change of the disk; it reports whether the boot got that far.
func (g *rig) bootKilledAt(k int, look func(op, path string)) (died bool) {
	g.t.Helper()
	n := 0
	defer fsx.OnChange(func(op, path string) {
		look(op, path)
		if n++; n == k {
			panic(killed{})
		}
	})()
	defer func() {
		switch p := recover(); p.(type) {
		case nil:
		case killed:
			died = true
			g.closeAll()
		default:
			panic(p)
		}
	}()
	g.boot()
	return false
}

// closeAll closes what a boot that died left open on its volume: a kill would, a panic doesn't.
func (g *rig) closeAll() {
	g.t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	g.check(err)
	for _, it := range fds {
		fd, err := strconv.Atoi(it.Name())
		g.check(err)
		if to, err := os.Readlink("/proc/self/fd/" + it.Name()); err == nil && strings.HasPrefix(to, g.vol) {
			g.check(unix.Close(fd))
		}
	}
}

// result is what a boot leaves, but for temporary names outside the backups, which another phase sweeps, and for what a program
// left half, which is kept as well.
func (g *rig) result() map[string]string {
	all := g.tree()
	for name := range all {
		dir, base, temp := strings.Cut(name, ".berth-")
		if temp && dir != "backups/config/" || g.start != nil && strings.Contains(name+base, "Z.") {
			delete(all, name)
		}
	}
	return all
}

// A power cut, an OOM kill, a docker kill -9: wherever a migration dies, the file is the old one or the new one, whole, the next
// boot ends where an undisturbed one does, without a backup more, and a secret is never where others can read it.
func TestKilledAnywhere(t *testing.T) {
	for about, lay := range map[string]func(t *testing.T) *rig{
		"an old volume": old,
		"backups in the way": func(t *testing.T) *rig {
			g := old(t)
			for i := range 4 {
				g.put(fmt.Sprintf("backups/config/config.yaml.bak-2020010%dT000000Z", i+1), "x", 0o600)
				g.put(fmt.Sprintf("backups/config/.env.bak-2020010%dT000000Z", i+1), "TOKEN=x", 0o600)
			}
			return g.put("backups/config/.berth-0123456789abcdef", "half", 0o600)
		},
		"an app's own migrator": func(t *testing.T) *rig {
			g := old(t)
			g.byApp(migrator(g))
			return g
		},
	} {
		t.Run(about, func(t *testing.T) {
			undisturbed := lay(t)
			undisturbed.boot()
			want := undisturbed.result()
			k := 1
			for ; ; k++ {
				g := lay(t)
				torn := ""
				died := g.bootKilledAt(k, func(op, path string) {
					if half := aside(g.torn); half != "" {
						torn = fmt.Sprintf("before %s %s: %s", op, path, half)
					}
				})
				if torn += g.torn(); torn != "" {
					t.Fatalf("killed before change %d: %s", k, torn)
				}
				if !died {
					break
				}
				g.boot()
				if d := cmp.Diff(want, g.result()); d != "" {
					t.Errorf("killed before change %d, then booted: %s", k, d)
				}
				if again := g.plan(); len(again.Steps()) > 0 {
					t.Errorf("killed before change %d, then booted, this is left: %q", k, steps(again))
				}
			}
			if k < 25 {
				t.Errorf("only %d changes were seen", k)
			}
			g := lay(t) // again and again, one change further each time
			for k := 1; g.bootKilledAt(k, func(string, string) {}); k++ {
				if torn := g.torn(); torn != "" {
					t.Fatal(torn)
				}
			}
			if d := cmp.Diff(want, g.result()); d != "" {
				t.Errorf("killed again and again: %s", d)
			}
		})
	}
}

// torn says which file is neither the old one nor the new one, or holds a secret where others can read it. A program's half a
// file is only ever there while the note is that leads back.
func (g *rig) torn() (what string) {
	_, err := os.Lstat(g.at(noteName))
	for name, texts := range map[string][]string{"config.yaml": {oldConfig, newConfig}, ".env": {oldEnv, newEnv}} {
		if got := g.holds(name); !slices.Contains(texts, got) && err != nil {
			what = fmt.Sprintf("%s holds %q", name, got)
		}
	}
	for name, is := range g.tree() {
		if strings.Contains(is, "TOKEN=") && !strings.HasPrefix(is, "100600 ") {
			what = name + " is " + is
		}
	}
	return what
}

// aside looks with the test's own rights, where the thread has the app's.
func aside(look func() string) string {
	done := make(chan string)
	go func() { done <- look() }()
	return <-done
}

package volume

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// killed is what a crash test panics with.
type killed struct{}

// bootKilledAt boots and dies before the k-th change of the disk, when no secret may be open to others. It reports whether the boot
// got that far.
func (g *rig) bootKilledAt(k int) (died bool) {
	g.t.Helper()
	return g.diesAt(k, func() { g.must() })
}

// diesAt does something and dies before its k-th change of the disk. It reports whether it got that far.
func (g *rig) diesAt(k int, do func()) (died bool) {
	g.t.Helper()
	n := 0
	var mu sync.Mutex // changes may come from several threads
	defer fsx.OnChange(func(op, path string) {
		mu.Lock()
		defer mu.Unlock()
		if n++; n == k {
			g.discreet(op + " " + path)
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
	do()
	return false
}

// closeAll closes what a boot that died left open on its volume, and lets its locks go: a kill would, a panic doesn't.
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

// scene is a volume in some state, in which a boot has something to do.
type scene struct {
	name    string
	changes int // at least so many
	lay     func(g *rig)
}

func scenes() []scene {
	return []scene{
		{"no volume", 50, func(g *rig) { g.check(os.Remove(g.vol)) }},
		{"an empty volume", 50, func(*rig) {}},
		{"an older image's volume", 15, func(g *rig) {
			for _, name := range []string{"skills/a/b", "logs/gateways/current", "logs/app.log", "profiles/p/marker", "photos/x", "state.db"} {
				g.write(g.at(name), "x", 0o644)
			}
			g.write(g.at(".env"), "A=1\r\nAPI_KEY=\r\nB=2", 0o666)
			g.write(g.at("config.yaml"), "a: 2\n", 0o600)
			g.write(g.at(".install_method"), "docker\n", 0o644)
			g.write(g.at(".berth-0123456789abcdef"), "half", 0o600)
			if os.Geteuid() != 0 {
				return
			}
			g.chown(g.vol, 999, 998)
			g.chown(g.at("skills/a"), 999, 998)
		}},
		{"a session that is over, and routes of another place", 40, func(g *rig) {
			g.put("auth.json", overOne, 0o600)
			for _, name := range []string{"profiles/p", "profiles/q"} {
				g.put(name+"/marker", "", 0o644)
			}
			g.put(".env", "PORTAL=old\nAPI_KEY=\nPORTAL=older", 0o600)
			g.put("profiles/q/.env", "A=1\nROUTE=old\n", 0o600)
			g.env = append(g.env, "AGAIN="+issued, "PORTAL=https://a.example/v1", "ROUTE=a b")
			for _, dir := range []string{"profiles", "profiles/p", "profiles/q"} {
				g.chown(g.at(dir), g.uid, g.gid)
			}
		}},
	}
}

func (s scene) rig(t *testing.T) *rig {
	t.Helper()
	g := newRig(t).full()
	g.spec.Generate = append(g.spec.Generate, spec.Generate{Path: ".env", Key: "SALT"})
	s.lay(g)
	return g
}

// values gives the generated values that a file holds by now.
func (g *rig) values() map[string]string {
	all := map[string]string{}
	data := []byte(g.fileOf(".env"))
	for _, key := range []string{"API_KEY", "SALT"} {
		if v := valueIn(data, key); v != "" {
			all[key] = v
		}
	}
	return all
}

// result is what a boot leaves, without the random values and with what lies in berth's own directory.
func (g *rig) result() map[string]string {
	g.t.Helper()
	all := maskedTree(g.t, g.vol)
	for name, what := range all {
		all[name] = strings.ReplaceAll(what, g.values()["SALT"], "<salt>")
	}
	items, err := os.ReadDir(g.at(boot.LedgerDir))
	g.check(err)
	for _, it := range items {
		all[filepath.Join(boot.LedgerDir, it.Name())] = it.Type().String()
	}
	return all
}

// A power cut, an OOM kill, a docker kill: wherever a boot dies, the next one ends where an undisturbed one does, nothing is left
// under a temporary name, and a key that anybody may have seen by then is the key for good. And at no moment can others read a
// secret: what a kill leaves is what a backup copies.
func TestKilledAnywhere(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			undisturbed := s.rig(t)
			undisturbed.must()
			want := undisturbed.result()
			k := 1
			for ; ; k += killStride {
				g := s.rig(t)
				died := g.bootKilledAt(k)
				had := g.values()
				if !died {
					break
				}
				if n := strings.Count(g.fileOf(".env"), "\n"); g.fileOf(".env") != "-" && (n < 1 || n > 5) {
					t.Errorf("killed before change %d: .env holds %q", k, g.fileOf(".env"))
				}
				g.must()
				if diff := cmp.Diff(want, g.result()); diff != "" {
					t.Errorf("killed before change %d, then booted: %s", k, diff)
				}
				for key, value := range had {
					if now := g.values()[key]; now != value {
						t.Errorf("killed before change %d, then booted: %s was %s and is %s", k, key, value, now)
					}
				}
				again, err := g.plan()
				g.check(err)
				if len(again.Steps()) > 0 {
					t.Errorf("killed before change %d, then booted, this is left: %q", k, steps(again))
				}
			}
			if k <= s.changes {
				t.Errorf("only %d changes were seen", k)
			}
		})
	}
}

// discreet wants no secret where others can read it.
func (g *rig) discreet(when string) {
	g.t.Helper()
	if _, err := os.Lstat(g.vol); err != nil {
		return
	}
	for name, what := range snapshot(g.t, g.vol) {
		secret := strings.Contains(what, "s3cret") || strings.Contains(masked(what), "API_KEY=<key>")
		if secret && !strings.HasPrefix(what, "100600 ") {
			g.t.Fatalf("before %s: %s is %s", when, name, masked(what))
		}
	}
}

// A container that is killed at each start (a limit of memory that is too low) comes one change further each time, and ends
// where an undisturbed one does.
func TestKilledAgainAndAgain(t *testing.T) {
	for _, s := range scenes() {
		undisturbed := s.rig(t)
		undisturbed.must()
		g := s.rig(t)
		k := 1
		for g.bootKilledAt(k) {
			k++
		}
		if diff := cmp.Diff(undisturbed.result(), g.result()); diff != "" {
			t.Errorf("%s, killed %d times: %s", s.name, k-1, diff)
		}
	}
}

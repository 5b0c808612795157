package volume

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// fill takes room on the volume's file system until only so many pages of it are free, and gives what frees it again.
func (g *rig) fill(pages int64) (free func()) {
	g.t.Helper()
	var fsys unix.Statfs_t
	g.check(unix.Statfs(g.vol, &fsys))
	ballast := g.at("ballast")
	f, err := os.Create(ballast)
	g.check(err)
	if n := (int64(fsys.Bavail) - pages) * fsys.Bsize; n > 0 {
		g.check(unix.Fallocate(int(f.Fd()), 0, 0, n))
	}
	g.check(f.Close())
	return func() { g.check(os.Remove(ballast)) }
}

// fileOf says what a file of the volume holds, or "-".
func (g *rig) fileOf(name string) string {
	data, err := os.ReadFile(g.at(name))
	if err != nil {
		return "-"
	}
	return string(data)
}

// small gives a full rig on a small file system of memory.
func small(t *testing.T, options string) *rig {
	t.Helper()
	g := newRig(t).full()
	g.mount(".", options)
	g.chown(g.vol, g.uid, g.gid)
	g.spec.Seed = append(g.spec.Seed, spec.Seed{Path: "large", Content: new(strings.Repeat("large ", 2000))})
	return g
}

// A disk that is full truncates an .env to nothing in other containers. Whatever room there is: each file is the old one or the new
// one, whole, nothing is left under a temporary name, the boot goes on and says what is missing; and once there is room, a boot
// ends where an undisturbed one would.
func TestAFullDiskLosesNothing(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		undisturbed := small(t, "size=1m")
		undisturbed.must()
		want := maskedTree(t, undisturbed.vol)
		refusals := 0
		for old, allowed := range map[string][]string{
			"-":                   {"-", "# settings\nAPI_KEY=\nOTHER=1\n", "# settings\nOTHER=1\nAPI_KEY=<key>\n"},
			"A=1\nAPI_KEY=\n":     {"A=1\nAPI_KEY=\n", "A=1\nAPI_KEY=<key>\n"},
			"A=1\nAPI_KEY=mine\n": {"A=1\nAPI_KEY=mine\n"},
		} {
			for pages := range int64(24) {
				g := small(t, "size=1m")
				if old != "-" {
					g.put(".env", old, 0o644)
				}
				free := g.fill(pages)
				r, err := g.boot()
				if err != nil {
					t.Fatalf("%d pages: %v", pages, err)
				}
				whole(g, fmt.Sprintf("%d pages", pages), map[string][]string{
					"config.yaml": {"-", "a: 1\n"}, "notes/deep/SOUL.md": {"-", "be kind\n"}, "auth.json": {"-", "s3cret-token"}, "large": {"-", strings.Repeat("large ", 2000)},
					".env": allowed,
				})
				if g.fileOf("large") == "-" {
					refusals++
					g.says(r, "no space left on device", "make room on the volume's file system")
				}
				free()
				g.must()
				if diff := cmp.Diff(want, maskedTree(t, g.vol)); old == "-" && diff != "" {
					t.Errorf("%d pages, then room: %s", pages, diff)
				}
				g.idle(g.must())
				g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
			}
		}
		if refusals < 3 {
			t.Errorf("only %d boots ran out of room", refusals)
		}
	})
}

// whole wants each file to hold one of the given texts, keys masked, and nothing left under a temporary name.
func whole(g *rig, about string, files map[string][]string) {
	g.t.Helper()
	for name, texts := range files {
		got, ok := masked(g.fileOf(name)), false
		for _, w := range texts {
			ok = ok || got == w
		}
		if !ok {
			g.t.Fatalf("%s: %s holds %.80q", about, name, got)
		}
	}
	if all := left(g.t, g.vol); len(all) > 0 {
		g.t.Fatalf("%s: left are %q", about, all)
	}
}

// maskedTree is snapshot without the random values.
func maskedTree(t tester, top string) map[string]string {
	all := snapshot(t, top)
	for name, what := range all {
		all[name] = masked(what)
	}
	return all
}

// Inodes run out like room does, only that not even a temporary file can be made.
func TestADiskWithoutInodesLosesNothing(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		for inodes := 4; inodes < 20; inodes++ {
			g := small(t, fmt.Sprintf("size=1m,nr_inodes=%d", inodes))
			g.put(".env", "A=1\nAPI_KEY=\n", 0o600)
			r, err := g.boot()
			g.check(err)
			whole(g, fmt.Sprintf("%d inodes", inodes), map[string][]string{".env": {"A=1\nAPI_KEY=\n", "A=1\nAPI_KEY=<key>\n"}, "config.yaml": {"-", "a: 1\n"}})
			if g.fileOf("config.yaml") == "-" {
				g.says(r, "no space left on device")
			}
			g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
		}
	})
}

// Without room for the lock the boot goes on without: a full disk is what an operator enters the container for.
func TestAFullDiskKeepsNoBootFromItsEnd(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		g := small(t, "size=64k,nr_inodes=2")
		g.put(".env", "A=1\nAPI_KEY=mine\n", 0o600) // the last inode
		r := g.must()
		g.says(r, "refusal: lock "+boot.LedgerDir+": refused: no space left on device (hint: make room")
		if g.read(".env") != "A=1\nAPI_KEY=mine\n" {
			t.Errorf(".env holds %q", g.read(".env"))
		}
	})
}

// A template that there is no room for is laid by a later boot: a key must not take its place meanwhile.
func TestAKeyDoesNotTakeItsSeedsPlace(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		for pages := range int64(10) {
			g := newRig(t).full()
			g.mount(".", "size=1m")
			g.chown(g.vol, g.uid, g.gid)
			g.spec.Seed = g.spec.Seed[:1]
			template := strings.Repeat("# settings\n", 1000)
			g.write(g.root+"/opt/app/.env.example", template, 0o644)
			free := g.fill(pages)
			r := g.must()
			if g.fileOf(".env") == "-" {
				g.says(r, "refusal: seed .env: refused: no space left", "warning: could not write API_KEY to .env: ")
			}
			free()
			g.must()
			if got := masked(g.fileOf(".env")); got != template+"API_KEY=<key>\n" {
				t.Errorf("%d pages, then room: .env holds %.40q", pages, got)
			}
			g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
		}
	})
}

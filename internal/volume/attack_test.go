package volume

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// boots is how often a volume is booted under each attack: some dozens, as each is hundreds of looks and changes.
const boots = 30

// arena gives a full rig whose image holds what the attacker wants root to change, to hand over, to fill or to read. It is partly the
// app's own and open to all: what went wrong with the app's rights alone would be seen, too.
func arena(t *testing.T) *rig {
	t.Helper()
	g := newRig(t).full()
	for _, name := range []string{"victim/file", "victim/dir/file", "victim/dir/x", "victim/dir/deep/current", "open/file"} {
		g.write(g.root+"/"+name, "untouched", 0o600)
	}
	g.write(g.root+"/victim/dir/.env", "PORTAL=untouched\n", 0o666)
	g.write(g.root+"/victim/dir/marker", "", 0o644)
	g.write(g.root+"/open/stamp", "docker", 0o666)
	g.chown(g.root+"/open", g.uid, g.gid)
	g.check(os.Chmod(g.root+"/open", 0o777), os.Chmod(g.root+"/victim/dir/file", 0o644), os.Chmod(g.root+"/victim/dir/deep", 0o777))
	for _, name := range []string{"skills/a/file", "skills/a/x", "logs/gateways/current", "profiles/p/marker", "notes/x", "platforms/pairing/x"} {
		g.put(name, "ours", 0o644)
	}
	g.env = append(g.env, "PORTAL=https://a.example/v1", "AGAIN="+issued)
	return g
}

// spoil gives every boot something to heal, to make and to remove. Names directly in the volume can be acted on by path: the
// attackers swap no directory above them.
func (g *rig) spoil(n int) {
	for _, name := range []string{"skills", "logs", "profiles", ".env", "config.yaml", "auth.json"} {
		if os.Geteuid() == 0 {
			_ = os.Lchown(g.at(name), n%2*999, 0)
		}
	}
	switch n % 4 {
	case 0:
		_ = os.Remove(g.at(".env"))
	case 1:
		_ = os.Remove(g.at("auth.json"))
		_ = os.Remove(g.at("config.yaml"))
	default:
	}
	for i, e := range g.env {
		if strings.HasPrefix(e, "PORTAL=") {
			g.env[i] = fmt.Sprintf("PORTAL=https://a.example/v%d", n)
		}
	}
	for name, text := range map[string]string{"auth.json": overOne, ".install_method": "docker"} {
		if name == "auth.json" && n%4 == 1 {
			continue // it is seeded
		}
		if fd, err := unix.Open(g.at(name), unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o644); err == nil {
			_, _ = unix.Write(fd, []byte(text))
			_ = unix.Close(fd)
		}
	}
}

// besieged boots again and again while the attackers run. A boot under attack may say what it likes, but it comes to its end,
// leaves the image as it was and no descriptor open; and when the attackers are gone, the next one ends with nothing left to do.
func (g *rig) besieged(t *testing.T, attackers ...func()) {
	t.Helper()
	image := snapshot(t, g.root)
	var stop atomic.Bool
	var all sync.WaitGroup
	for half := range 2 { // more threads than processors would only keep the boot from its turn
		all.Go(func() {
			for n := half; !stop.Load(); n++ {
				attackers[n%len(attackers)]()
			}
		})
	}
	end := sync.OnceFunc(func() { stop.Store(true); all.Wait() })
	defer end()
	refused := 0
	for n := range boots {
		g.spoil(n)
		r, err := g.boot()
		if err != nil {
			t.Errorf("the boot ended: %v", err)
		}
		refused += strings.Count(notes(r), "refus")
		if d := changed(image, snapshot(t, g.root)); len(d) > 0 {
			t.Fatalf("boot %d changed %q outside: %q", n, d, snapshot(t, g.root)[d[0]])
		}
	}
	end()
	t.Logf("%d refusals", refused)
	g.must()
	again, err := g.plan()
	g.check(err)
	g.idle(again)
	g.spared(g.root, image)
}

// bothKernels runs f with openat2 and with the descent.
func bothKernels(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run("with openat2", f)
	t.Run("without openat2", func(t *testing.T) { fsx.WithoutOpenat2(func() { f(t) }) })
}

// swap plants something beside a name and gives an attacker that exchanges the two.
func (g *rig) swap(name, how string) func() {
	g.t.Helper()
	beside := g.at(name) + ".beside"
	switch to, link := strings.CutPrefix(how, "-> "); {
	case link:
		g.check(os.Symlink(g.root+to, beside))
	case how == "FIFO":
		beside += "-fifo"
		g.check(unix.Mkfifo(beside, 0o666))
	default:
		beside += "-dir"
		g.check(os.MkdirAll(beside+"/deep", 0o755))
	}
	return func() { _ = unix.Renameat2(unix.AT_FDCWD, g.at(name), unix.AT_FDCWD, beside, unix.RENAME_EXCHANGE) }
}

// The app's user exchanges its directories with links while root walks them: to the victim's, where the same names are.
func TestAttackSwappedDirectories(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		g.besieged(t,
			g.swap("skills", "-> /victim/dir"), g.swap("skills/a", "-> /victim/dir"), g.swap("logs/gateways", "-> /victim/dir/deep"), g.swap("logs", "-> /victim"),
			g.swap("notes", "-> /open"), g.swap("platforms/pairing", "-> /open"), g.swap("profiles/p", "-> /victim/dir"),
		)
	})
}

// So it does with files: for links, and for FIFOs that nobody reads, at which a boot would hang.
func TestAttackSwappedFiles(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		g.besieged(t,
			g.swap(".env", "-> /victim/file"), g.swap(".env", "FIFO"), g.swap(".env", "directory"), g.swap("config.yaml", "-> /open/file"), g.swap("config.yaml", "FIFO"),
			g.swap("auth.json", "-> /open/new"), g.swap(".install_method", "-> /open/stamp"), g.swap(".install_method", "FIFO"), g.swap("skills/a/file", "-> /victim/file"),
			g.swap("auth.json", "FIFO"), g.swap("profiles/p/.env", "-> /victim/dir/.env"), g.swap("profiles/p/.env", "FIFO"),
		)
	})
}

// The lock's place is the app's as well.
func TestAttackTheLock(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		g.env = append(g.env, lockEnv+"=1h")
		g.must()
		dir, err := os.Open(g.at(boot.LedgerDir))
		g.check(err)
		defer func() { _ = dir.Close() }()
		in := int(dir.Fd())
		g.besieged(t,
			g.swap(boot.LedgerDir, "-> /open"), g.swap(boot.LedgerDir+"/"+lockName, "-> /victim/file"), g.swap(boot.LedgerDir+"/"+lockName, "FIFO"),
			func() { _ = unix.Renameat(in, lockName, in, "another") },
		)
	})
}

// Whatever temporary name turns up is replaced by a link to the outside, at once.
func TestAttackTemporaryNames(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		g.besieged(t, func() {
			all, _ := os.ReadDir(g.vol)
			for _, e := range all {
				if fsx.IsTemp(e.Name()) && os.Remove(g.at(e.Name())) == nil {
					_ = os.Symlink(g.root+"/open/file", g.at(e.Name()))
				}
			}
		})
	})
}

// A tree grows and shrinks while it is walked, and what is about to be made is there already, or gone again.
func TestAttackAGrowingTree(t *testing.T) {
	bothKernels(t, func(t *testing.T) {
		g := arena(t)
		skills, err := os.OpenRoot(g.at("skills"))
		g.check(err)
		defer func() { _ = skills.Close() }()
		g.besieged(t,
			func() {
				_ = skills.MkdirAll("t/u/v/w", 0o755)
				_ = skills.Rename("t/u", "u")
				_ = skills.RemoveAll("u")
				_ = skills.RemoveAll("t")
			},
			func() {
				_ = os.Mkdir(g.at("home"), 0o700)
				_ = os.Remove(g.at("home"))
				_ = os.Symlink(g.root+"/open", g.at("home"))
				_ = os.Remove(g.at("home"))
			},
			func() {
				_ = os.Symlink(g.root+"/open/new", g.at("auth.json"))
				_ = os.Remove(g.at("auth.json"))
			},
		)
	})
}

package migrate

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

// A disk that is full takes config files with it in other containers. Whatever room there is, each file is the old one or the new
// one, whole; a boot goes on and says what is missing; and once there is room, the next one migrates.
func TestAFullDiskLosesNothing(t *testing.T) {
	ownMounts(t, func() {
		refusals := 0
		for pages := range int64(12) {
			g := newRig(t)
			g.check(unix.Mount("tmpfs", g.vol, "tmpfs", 0, "size=256k"))
			g.own(g.vol)
			g.put("config.yaml", oldConfig, 0o640).put(".env", oldEnv, 0o600).put("logs/x", "", 0o644)
			free := fill(g, pages)
			r := g.boot()
			if torn := g.torn(); torn != "" {
				t.Errorf("%d pages: %s", pages, torn)
			}
			if g.holds("config.yaml") == oldConfig {
				refusals++
				says(t, notes(r), "[config-migrate] ERROR Migration failed; restored ", "no space left on device", "make room on the volume's file system")
				if g.holds(".env") != oldEnv {
					t.Errorf("%d pages: .env holds %q", pages, g.holds(".env"))
				}
			}
			for name := range g.tree() {
				if strings.Contains(name, ".berth-") {
					t.Errorf("%d pages: %s is left", pages, name)
				}
			}
			free()
			g.boot()
			g.wants("config.yaml", newConfig, 0o640)
			g.wants(".env", newEnv, 0o600)
			g.idle()
			g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
		}
		if refusals < 3 {
			t.Errorf("only %d boots ran out of room", refusals)
		}
	})
}

// fill takes room until so many pages are free, and gives what frees it again.
func fill(g *rig, pages int64) (free func()) {
	g.t.Helper()
	var fsys unix.Statfs_t
	g.check(unix.Statfs(g.vol, &fsys))
	f, err := os.Create(g.at("ballast"))
	g.check(err)
	if n := (int64(fsys.Bavail) - pages) * fsys.Bsize; n > 0 {
		g.check(unix.Fallocate(int(f.Fd()), 0, 0, n))
	}
	g.check(f.Close())
	return func() { g.check(os.Remove(g.at("ballast"))) }
}

// People mount the one file that they care for. It can be read, so that a file which is up to date needs no word; one that isn't
// can't be replaced whole, and is left.
func TestAFileMountedByItself(t *testing.T) {
	ownMounts(t, func() {
		for _, c := range []struct{ text, says string }{
			{newConfig, ""},
			{oldConfig, "could not migrate config.yaml: another file system is mounted there (hint: mount the directory and not the single file"},
		} {
			g := old(t)
			g.write(g.top+"/host.yaml", c.text, 0o644)
			g.own(g.top + "/host.yaml")
			g.check(unix.Mount(g.top+"/host.yaml", g.at("config.yaml"), "", unix.MS_BIND, ""))
			before := g.tree()
			r := g.boot()
			if d := changed(before, g.tree()); len(d) > 0 || len(r.Steps()) > 0 {
				t.Errorf("%q changed", d)
			}
			if got := notes(r); !strings.Contains(got, c.says) || (c.says == "") != (got == "") {
				t.Errorf("it says %s", got)
			}
			g.check(unix.Unmount(g.at("config.yaml"), unix.MNT_DETACH))
		}
	})
}

// Backups may be mounted apart, where the spec names the directory; what is mounted elsewhere is nobody's business.
func TestBackupsMountedApart(t *testing.T) {
	ownMounts(t, func() {
		g := old(t)
		g.mkdir(g.at("backups"))
		g.check(unix.Mount("tmpfs", g.at("backups"), "tmpfs", 0, "size=256k"))
		g.own(g.at("backups"))
		g.lawful()
		g.wants("backups/config/config.yaml.bak-20260701T120000Z", oldConfig, 0o640)
		g.check(unix.Unmount(g.at("backups"), unix.MNT_DETACH))

		g = old(t)
		g.spec.Volume.Dirs, g.spec.Volume.Own.Trees = nil, nil
		g.mkdir(g.at("backups"))
		g.check(unix.Mount("tmpfs", g.at("backups"), "tmpfs", 0, "size=256k"))
		g.own(g.at("backups"))
		says(t, g.idle(), "could not migrate backups/config: another file system is mounted there")
		g.check(unix.Unmount(g.at("backups"), unix.MNT_DETACH))
	})
}

// What lies on the disk is read after it was written. If it isn't what was meant, both files are put back.
func TestWhatWasWrittenIsVerified(t *testing.T) {
	for _, c := range []struct{ about, name, text string }{
		{"another text", "config.yaml", "version: 5\nother: 1\n"},
		{"nothing", "config.yaml", ""},
		{"the other file", ".env", "A=1\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := old(t)
			g.wrote = func(name string) error {
				if name == "config.yaml" {
					g.put(c.name, c.text, 0o600)
				}
				return nil
			}
			r := g.boot()
			says(t, notes(r), "[config-migrate] ERROR Migration failed; restored config.yaml, .env: "+c.name+" doesn't hold what was written")
			g.wants("config.yaml", oldConfig, 0o640)
			g.wants(".env", oldEnv, 0o600)
			if len(r.Steps()) > 0 {
				t.Errorf("steps %q", steps(r))
			}
		})
	}
}

// What can't be put back is named, with the place where it can be had.
func TestWhatCannotBePutBackIsSaid(t *testing.T) {
	g := old(t)
	g.wrote = func(name string) error {
		if name == "config.yaml" {
			g.check(os.Remove(g.at(name)), os.Mkdir(g.at(name), 0o755))
		}
		return nil
	}
	says(t, notes(g.boot()), "restored .env; could NOT restore config.yaml: ", "(hint: put them back from backups/config)")
}

// Who edits the file while it is being migrated keeps the edit, and the next boot migrates that.
func TestAnEditMeanwhileWins(t *testing.T) {
	for _, name := range []string{"config.yaml", ".env"} {
		g := old(t)
		w := g.world()
		r := boot.NewBoot(w, nil)
		m := Migration{Now: func() time.Time { // it is asked between the look and the first edit
			g.put(name, "version: 1\nTOKEN: now\n", 0o600)
			return g.now
		}}
		g.check(r.Phases(t.Context(), m.Phase()), w.Close())
		says(t, notes(r), "ERROR Migration failed; restored ", name+" was changed meanwhile")
		if got := g.holds(name); got != "version: 1\nTOKEN: now\n" {
			t.Errorf("%s holds %q", name, got)
		}
		if other := map[string]string{"config.yaml": oldEnv, ".env": oldConfig}[name]; g.holds(".env") != other && g.holds("config.yaml") != other {
			t.Error("the other file was changed")
		}
		says(t, notes(g.boot()), "Migrating config schema 1 -> 5")
	}
}

// The app's user exchanges what is migrated with links, directories and FIFOs as fast as it can. Nothing outside changes, every boot
// ends, and what was a file is never half of one.
func TestAnAttackerSwapsWhatIsMigrated(t *testing.T) {
	g := old(t)
	g.write(g.top+"/victim/config/x", oldConfig, 0o666)
	g.check(os.Chmod(g.top+"/victim", 0o777), os.Chmod(g.top+"/victim/config", 0o777))
	outside := snapshot(t, g.top+"/victim")
	g.put("backups/config/x", "", 0o600)
	swaps := map[string]func(evil string) error{
		"config.yaml":    func(evil string) error { return os.Symlink(g.top+"/victim/config/x", evil) },
		".env":           func(evil string) error { return unix.Mkfifo(evil, 0o666) },
		"backups/config": func(evil string) error { return os.Symlink(g.top+"/victim/config", evil) },
		"logs/deep":      func(evil string) error { return os.Symlink(g.top+"/victim", evil) },
	}
	g.mkdir(g.at("logs/deep"))
	stop := make(chan struct{})
	var attackers sync.WaitGroup
	for name, make := range swaps {
		p := g.at(name)
		g.check(make(p + ".evil"))
		g.own(p + ".evil")
		attackers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = unix.Renameat2(unix.AT_FDCWD, p, unix.AT_FDCWD, p+".evil", unix.RENAME_EXCHANGE)
					runtime.Gosched()
				}
			}
		})
	}
	outcomes := map[string]int{}
	for range 150 {
		g.write(g.at("fresh"), oldConfig, 0o640)
		g.own(g.at("fresh"))
		g.check(os.Rename(g.at("fresh"), g.at("config.yaml")))
		r := g.boot()
		outcome := "nothing to do"
		if len(r.Steps()) > 0 {
			outcome = "migrated"
		} else if n := r.Notes(); len(n) > 0 {
			outcome = string(n[0].Level)
		}
		outcomes[outcome]++
		if got := g.holds("config.yaml"); got != oldConfig && got != newConfig {
			t.Errorf("config.yaml holds %q", got)
		}
	}
	close(stop)
	attackers.Wait()
	t.Log(outcomes)
	if outcomes["refusal"]+outcomes["warning"] == 0 || len(outcomes) < 2 {
		t.Errorf("only these outcomes were seen: %v", outcomes)
	}
	if d := changed(outside, snapshot(t, g.top+"/victim")); len(d) > 0 {
		t.Errorf("outside changed %q", d)
	}
}

// Two containers that start at once have a lock in life, but not every file system has locks. Without them, too, each file ends
// whole, and the boot that made the change has made all of it: nobody takes back what others need.
func TestMigrationsAtOnceEndWhole(t *testing.T) {
	for range 5 {
		g := old(t)
		var boots sync.WaitGroup
		for range 3 {
			boots.Go(func() { g.boot() })
		}
		boots.Wait()
		if config, env := g.holds("config.yaml"), g.holds(".env"); config != newConfig || env != newEnv {
			t.Errorf("they leave %q and %q", config, env)
		}
	}
}

// A hostile text costs root a bounded time and memory, whatever it is made of.
func TestAHostileTextCostsLittle(t *testing.T) {
	repeat := func(s string, n int) string { return strings.Repeat(s, min(n, maxSize/len(s)-10)) }
	wide := "version: 1\nold:\n" + repeat("  k: v\n", 8000)
	for about, text := range map[string]string{
		"brackets":        "a: " + repeat("[", 1<<18),
		"braces":          "a: " + repeat("{a: ", 1<<16),
		"dashes":          repeat("- ", 1<<17),
		"question marks":  repeat("? ", 1<<17),
		"anchors":         repeat("&a ", 1<<16) + "x",
		"aliases":         "a: &a [" + repeat("x,", 1000) + "]\nb: [" + repeat("*a,", 4000) + "]\n",
		"merges":          "a: &a {k: v}\nb: &b {<<: [" + repeat("*a,", 3000) + "]}\nold: {<<: [" + repeat("*b,", 2000) + "]}\n",
		"keys":            wide,
		"one long line":   "a: " + repeat("x ", 1<<17),
		"a long block":    "version: 1\na: |\n" + repeat("  # x\n", 1<<15),
		"a quote":         "a: \"" + repeat("x\n\n", 1<<15),
		"comments":        "version: 1\n" + repeat("# x\n", 15000),
		"deep, and wide":  "old:\n" + deep(60) + repeat("z: 1\n", 5000),
		"carriage return": repeat("a: 1\r", 5000),
	} {
		t.Run(about, func(t *testing.T) {
			g := newRig(t).put("config.yaml", text[:min(len(text), maxSize)], 0o600)
			g.boot()
		})
	}
}

func deep(n int) string {
	s := ""
	for i := range n {
		s += strings.Repeat(" ", i+1) + fmt.Sprintf("k%d:\n", i)
	}
	return s + strings.Repeat(" ", n+1) + "v: 1\n"
}

// The words of a boot can't be forged by what a file says.
func TestAFileWritesNoLineOfItsOwn(t *testing.T) {
	for _, text := range []string{
		"a: [\nberth: all is well\x1b[2J\n", "version: 1\n\"old\\nberth\\e[2J\": 1\nold: x\n", "display: \"x\\nberth: fine\"\nversion: 1\n",
	} {
		g := newRig(t).put("config.yaml", text, 0o600)
		for _, n := range g.boot().Notes() {
			if slices.ContainsFunc([]rune(n.Text+n.Hint), control) {
				t.Errorf("%q says %q", text, n.Text)
			}
		}
	}
}

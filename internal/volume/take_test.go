package volume

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

// Who mounts a directory of the host's wants the app to write there, not its photos to change hands: only the top is handed
// over, and its mode is the operator's.
func TestTheTopIsHandedOver(t *testing.T) {
	needRoot(t)
	for _, perm := range []uint32{0o755, 0o700, 0o2775, 0o1777, 0o3770} {
		g := newRig(t)
		g.write(g.at("photos/x"), "theirs", 0o644)
		g.chown(g.vol, 999, 998)
		g.check(unix.Chmod(g.vol, perm))
		before := snapshot(t, g.at("photos"))
		r := g.lawful()
		g.wants(".", g.uid, g.gid, perm)
		g.spared(g.at("photos"), before)
		if s := r.Steps(); len(s) != 1 || s[0].Before != "999:998" || s[0].After != "4242:4343" || s[0].Target != g.vol {
			t.Errorf("steps %q", steps(r))
		}
		g.says(r, "Fixing ownership of "+boot.Word(g.vol)+" (targeted)")
	}
}

// A group that setgid says was chosen is that of people who share the directory.
func TestTheTopsGroup(t *testing.T) {
	needRoot(t)
	for _, c := range []struct {
		perm, gid uint32
		want      uint32
	}{
		{0o2775, 998, 998},
		{0o775, 998, 4343},
		{0o775, 4343, 4343},
	} {
		g := newRig(t)
		g.chown(g.vol, g.uid, c.gid)
		g.check(unix.Chmod(g.vol, c.perm))
		g.lawful()
		g.wants(".", g.uid, c.want, c.perm)
	}
}

// Where chown is impossible (a rootless engine, NFS, --cap-drop CHOWN) the boot goes on if the app can write all the same, and
// says so once; otherwise the app would fail later with worse words.
func TestTheTopCannotBeHandedOver(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.check(os.Remove(g.vol))
	g.mkdir(g.vol, 0o777) // root's own
	g.spec.Volume.Dirs = []string{"logs"}
	without(t, func(t *testing.T) {
		r := g.must()
		g.says(r, "refusal: chown failed (rootless container?): ", "operation not permitted", "missing capabilities (CHOWN)")
		if n := len(r.Notes()); n != 2 { // and Created 1 directories
			t.Errorf("%d notes:\n%s", n, notes(r))
		}
		g.wants(".", 0, 0, 0o777)
		g.wants("logs", g.uid, g.gid, 0o755)

		g.check(os.Chmod(g.vol, 0o755))
		r, err := g.boot()
		failure(t, err, codeBerth, "mounted writable, but the app's user 4242:4343 can't write it", "belongs to 0:0, mode 0755", "chown 4242:4343")
		g.idle(r)
	}, unix.CAP_CHOWN)
	g.chown(g.vol, 999, 998)
	without(t, func(t *testing.T) {
		_, err := g.boot()
		failure(t, err, codeBerth, "belongs to 999:998", "or run the app as its owner: -e PUID=999 -e PGID=998")
	}, unix.CAP_CHOWN)
}

// A directory of the app's own that it can't write is a chmod away.
func TestTheTopIsTheAppsAndShut(t *testing.T) {
	asUser(t, 4242, 4343, func(g *rig) { g.check(os.Chmod(g.vol, 0o555)) }, func(g *rig) {
		for _, run := range []func(...boot.Phase) (*boot.Run, error){g.boot, g.plan} {
			r, err := run()
			failure(g.t, err, codeBerth, "can't write it", "mode 0555", "chmod u+rwx")
			g.idle(r)
		}
		g.check(os.Chmod(g.vol, 0o755))
	})
}

// A start as another user than the volume's says whose it is, and that root would put it right.
func TestTheTopIsSomebodyElses(t *testing.T) {
	needRoot(t)
	asUser(t, 1001, 1002, func(*rig) {}, func(g *rig) {
		g.uid, g.gid = 1001, 1002
		_, err := g.boot()
		failure(g.t, err, codeBerth, "the app's user 1001:1002 can't write it", "belongs to 4242:4343", "chown 1001:1002", "start the container as root")
	})
}

// A volume that is mounted read-only is somebody's wish (a look at an old backup): one line, no hang, no change, and main
// runs. A plan says the same.
func TestAReadOnlyVolume(t *testing.T) {
	for _, owner := range []uint32{0, 4242} {
		ownMounts(t, func(t *testing.T) {
			g := newRig(t).full()
			g.write(g.at(".install_method"), "docker\n", 0o644)
			g.write(g.at(".env"), "A=1\n", 0o666)
			g.chown(g.vol, owner, owner)
			before := snapshot(t, g.vol)
			g.readOnly(g.vol)
			for _, run := range []func(...boot.Phase) (*boot.Run, error){g.plan, g.boot, g.plan} {
				r, err := run()
				g.check(err)
				g.idle(r)
				g.says(r, "warning: volume "+boot.Word(g.vol)+" is mounted read-only: it is neither healed nor seeded")
				if n := len(r.Notes()); n != 1 {
					t.Errorf("%d notes:\n%s", n, notes(r))
				}
			}
			g.spared(g.vol, before)
			if _, err := os.Lstat(g.at(boot.LedgerDir)); err == nil {
				t.Error(boot.LedgerDir + " was made")
			}
		})
	}
}

// immutable sets a directory's flag that chattr +i sets, until the test ends or it is told otherwise.
func immutable(t *testing.T, dir string) (set func(on bool)) {
	t.Helper()
	flag := func(on bool) error {
		f, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		flags := 0
		if on {
			flags = unix.STATX_ATTR_IMMUTABLE
		}
		return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
	}
	if err := flag(true); err != nil {
		t.Skipf("needs a file system with chattr: %v", err)
	}
	set = func(on bool) {
		if err := flag(on); err != nil {
			t.Error(err)
		}
	}
	set(false)
	t.Cleanup(func() { set(false) })
	return set
}

// chattr +i is a person's; the kernel's EPERM for it must not be taken for a rootless container's.
func TestAnImmutableVolume(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	immutable(t, g.vol)(true)
	for _, run := range []func(...boot.Phase) (*boot.Run, error){g.boot, g.plan} {
		r, err := run()
		failure(t, err, codeBerth, "marked immutable", "chattr -i")
		g.idle(r)
	}
}

// After a change of PUID the lock and its directory belong to the old user: a boot that left them would run without a lock
// for ever.
func TestTheLockFollowsTheUser(t *testing.T) {
	needRoot(t)
	g := newRig(t)
	g.silent(g.must())
	g.uid, g.gid = 1111, 2222
	r := g.must()
	g.says(r, "Fixing ownership")
	for _, name := range []string{".", boot.LedgerDir, boot.LedgerDir + "/" + lockName} {
		g.wants(name, 1111, 2222, 0)
	}
	if len(r.Notes()) != 1 {
		t.Errorf("it says:\n%s", notes(r))
	}
	g.silent(g.must())
}

// A root without DAC_OVERRIDE, or one whom a server squashes to nobody, sees less of a private volume than the app does. What berth
// does with the app's rights anyway must not fail at the look before it.
func TestARootThatSeesLessThanTheApp(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	g.put(".install_method", "docker\n", 0o600)
	g.put(".env", "A=1\nAPI_KEY=\n", 0o640)
	g.put("notes/x", "x", 0o600)
	g.put("skills/x", "x", 0o600)
	for _, dir := range []string{"notes", "skills", "."} {
		g.check(os.Chmod(g.at(dir), 0o700))
	}
	less := []int{unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_FOWNER}
	without(t, func(*testing.T) { g.must() }, less...)
	if got := masked(g.read(".env")); got != "A=1\nAPI_KEY=<key>\n" {
		t.Errorf(".env holds %q", got)
	}
	g.absent(".install_method")
	for name, perm := range map[string]uint32{".env": 0o600, "config.yaml": 0o640, "auth.json": 0o600, "notes/deep/SOUL.md": 0o644, "logs/gateways": 0o755, "platforms/pairing": 0o755} {
		g.wants(name, g.uid, g.gid, perm)
	}
	without(t, func(*testing.T) { g.idle(g.must()) }, less...)
}

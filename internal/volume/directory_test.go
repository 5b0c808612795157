package volume

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// setUmask sets the process's umask for a test.
func setUmask(t *testing.T, mask int) {
	t.Helper()
	old := unix.Umask(mask)
	t.Cleanup(func() { unix.Umask(old) })
}

// The app must be able to go through the parents that root makes for it, under any umask; only the volume itself becomes
// its own.
func TestTheVolumeIsMadeWithItsParents(t *testing.T) {
	g := newRig(t)
	g.vol = filepath.Join(g.root, "custom/deep/home")
	g.spec.Volume.Path = spec.Text(g.vol)
	setUmask(t, 0o077)
	r := g.lawful()
	for _, dir := range []string{"custom", "custom/deep"} {
		st := g.stat("../../../" + dir)
		if st.Mode&0o7777 != 0o755 || st.Uid != uint32(os.Geteuid()) {
			t.Errorf("%s has mode %o and belongs to %d", dir, st.Mode&0o7777, st.Uid)
		}
	}
	g.wants(".", g.uid, g.gid, 0o755)
	if s := r.Steps()[0]; s.Verb != "mkdir" || s.Target != g.vol {
		t.Errorf("the first step is %+v", s)
	}
	g.idle(g.must())
}

// What stands where the volume should be is somebody's: nothing is changed there, nobody waits for a FIFO's other end, and the
// line says what it is.
func TestWhatIsNoDirectory(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(g *rig) error
		says []string
	}{
		{"a file", func(g *rig) error { return os.WriteFile(g.vol, []byte("x"), 0o600) }, []string{"it is a file, not a directory", "mount a directory"}},
		{"a link to a directory", func(g *rig) error { return os.Symlink(g.root, g.vol) }, []string{"it is a symbolic link to", "root", "follows no links"}},
		{"a link to nothing", func(g *rig) error { return os.Symlink("nowhere", g.vol) }, []string{`symbolic link to "nowhere"`}},
		{"a link to itself", func(g *rig) error { return os.Symlink("vol", g.vol) }, []string{"symbolic link"}},
		{"a FIFO", func(g *rig) error { return unix.Mkfifo(g.vol, 0o600) }, []string{"it is a FIFO, not a directory"}},
		{"a socket", func(g *rig) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: g.vol, Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, []string{"it is not a directory"}},
		{"a file above", func(g *rig) error {
			g.write(g.root+"/file", "x", 0o600)
			g.spec.Volume.Path = spec.Text(g.root + "/file/vol")
			return nil
		}, []string{"not a directory"}},
		{"a file two levels above", func(g *rig) error {
			g.write(g.root+"/file", "x", 0o600)
			g.spec.Volume.Path = spec.Text(g.root + "/file/a/vol")
			return nil
		}, []string{"not a directory"}},
		{"a dangling link above", func(g *rig) error {
			g.spec.Volume.Path = spec.Text(g.root + "/gone/vol")
			return os.Symlink("/nowhere/at/all", g.root+"/gone")
		}, []string{"symbolic link"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			g.check(os.Remove(g.vol))
			g.check(c.make(g))
			before := snapshot(t, filepath.Dir(g.vol))
			r, err := g.boot()
			failure(t, err, codeBerth, append(c.says, "volume")...)
			g.idle(r)
			if _, err := g.plan(); c.name != "a dangling link above" { // a link above is the image's own: the plan lets the boot try
				failure(t, err, codeBerth, c.says...)
			}
			g.spared(filepath.Dir(g.vol), before)
		})
	}
}

// A link among the parents is the image's own and followed, as /var/run is.
func TestALinkAboveTheVolumeIsFollowed(t *testing.T) {
	g := newRig(t)
	g.mkdir(g.root+"/srv", 0o755)
	g.check(os.Symlink("srv", g.root+"/data"))
	g.spec.Volume.Path = spec.Text(g.root + "/data/app")
	g.vol = g.root + "/srv/app"
	g.must()
	g.wants(".", g.uid, g.gid, 0o755)
}

// The volume's top is handed to the app's user: with a wrong variable that would be /etc.
func TestWhereNoVolumeMayBe(t *testing.T) {
	for _, dir := range []string{
		"", "  ", "data", "./data", "/", "//", "/data/..", "/etc", "/etc/app", "/opt/../etc/", "/usr", "/usr/bin", "/usr/local/lib", "/var", "/var/lib",
		"/var/run/", "/home", "/root", "/run", "/tmp", "/opt", "/proc/self/cwd", "/dev/shm", "/sys/x", "/lib64", "/da\x00ta",
	} {
		g := newRig(t)
		g.env = []string{"DATA=" + dir}
		g.spec.Volume.Path = "${DATA}"
		_, err := g.boot()
		failure(t, err, codeBerth, "volume", "/data")
		_, err = g.plan()
		failure(t, err, codeBerth, "volume")
	}
	for dir, want := range map[string]string{
		"/data": "/data", "/opt/data/": "/opt/data", "/home/app": "/home/app", "/var/lib/app": "/var/lib/app", "/usr/local/app": "/usr/local/app", "/run/a/../b": "/run/b",
		"/libx": "/libx", "/srv": "/srv",
	} {
		if got, err := allowed(dir); err != nil || got != want {
			t.Errorf("%q gives %q, %v", dir, got, err)
		}
	}
}

// What a variable holds is a name, never a command: blanks, quotes and shell words in it are only an odd directory.
func TestTheVolumeOfAVariable(t *testing.T) {
	g := newRig(t)
	g.vol = filepath.Join(g.root, "a b", `;$(touch pwn) "'`+"`x`${HOME}", "\n\x1b[31m")
	g.env = []string{"DATA=" + g.vol}
	g.spec.Volume.Path = "${DATA:-/opt/data}"
	g.spec.Volume.Dirs = []string{"logs"}
	g.must()
	g.wants("logs", g.uid, g.gid, 0o755)
	if all, err := os.ReadDir(g.root); err != nil || len(all) != 2 {
		t.Errorf("in the image are %v, %v", all, err)
	}
}

// A root file system without room for a new directory ends the boot, with what to do about it; a plan foresees that.
func TestTheVolumeCannotBeMade(t *testing.T) {
	t.Run("read-only", func(t *testing.T) {
		ownMounts(t, func(t *testing.T) {
			g := newRig(t)
			g.spec.Volume.Path = spec.Text(g.root + "/ro/vol")
			g.mkdir(g.root+"/ro", 0o755)
			g.readOnly(g.root + "/ro")
			_, err := g.boot()
			failure(t, err, codeBerth, "make volume", "read-only", "make the directory in the image, or mount a volume there")
		})
	})
	t.Run("not root", func(t *testing.T) {
		asUser(t, 4242, 4343, func(g *rig) {
			g.spec.Volume.Path = spec.Text(g.root + "/shut/a/vol")
			g.mkdir(g.root+"/shut", 0o555)
		}, func(g *rig) {
			_, err := g.boot()
			failure(g.t, err, codeBerth, "make volume", "permission denied", "berth isn't root here")
			_, err = g.plan()
			failure(g.t, err, codeBerth, "make volume", "permission denied", "berth isn't root here")
		})
	})
}

// Without a volume there is nothing to do, whatever else the spec says.
func TestWithoutAVolume(t *testing.T) {
	g := newRig(t).full()
	g.spec.Volume.Path = ""
	outside := snapshot(t, g.vol)
	r := g.lawful()
	g.idle(r)
	g.silent(r)
	g.spared(g.vol, outside)
}

// An image without a spec of its own has the volume that the operator has mounted, before one that is only there.
func TestTheVolumeWithoutASpec(t *testing.T) {
	path := func(g *rig) (got string) {
		g.t.Helper()
		g.must(boot.Func("look", func(_ context.Context, r *boot.Run) error { got = r.World.Path; return nil }))
		return got
	}
	t.Run("what is there", func(t *testing.T) {
		g := newRig(t)
		g.spec.Volume.Path = ""
		g.spec.Volume.Optional = []string{"/nowhere/at/all", g.vol, g.root}
		if got := path(g); got != g.vol {
			t.Errorf("it is %q", got)
		}
	})
	t.Run("what is mounted", func(t *testing.T) {
		ownMounts(t, func(t *testing.T) {
			g := newRig(t)
			g.spec.Volume.Path = ""
			g.mount("mounted", "size=64k")
			g.check(os.Symlink(g.at("mounted"), g.at("link")))
			g.spec.Volume.Optional = []string{g.vol, g.at("link"), g.at("mounted")}
			if got := path(g); got != g.at("mounted") {
				t.Errorf("it is %q", got)
			}
		})
	})
}

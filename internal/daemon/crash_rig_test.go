package daemon

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// A crashRig is an image and a volume below a directory, which whole boots work on: every phase that a boot has.
type crashRig struct {
	t       *testing.T
	top     string
	spec    spec.Spec
	environ []string
}

// A crashScene is a state in which a boot has something to do. What a phase is new to the boot needs (a migration's file in the
// image, a kept tree) is laid by a scene of its own; the tests hold for all.
type crashScene struct {
	about   string
	changes int // at least so many
	lay     func(g *crashRig)
}

func (s crashScene) rig(t *testing.T) *crashRig {
	t.Helper()
	g := &crashRig{t: t, top: t.TempDir()}
	for _, dir := range []string{g.top, filepath.Dir(g.top)} { // who looks before a change has the rights of who makes it: the app's at times
		ok(t, os.Chmod(dir, 0o755))
	}
	app := uint32(os.Geteuid())
	if app == 0 {
		app = 10000
	}
	g.spec = spec.Spec{
		Version: 1, App: "app",
		User:    spec.User{Name: "app", UID: spec.ID(app), GID: spec.ID(app), UIDEnv: []string{"PUID"}, GIDEnv: []string{"PGID"}},
		Install: spec.Install{Path: "/opt/app"},
		Volume:  spec.Volume{Path: spec.Text(g.top + "/vol")},
	}
	g.put("root/etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:10000:10000::/data:/bin/sh\n", 0o644)
	g.put("root/etc/group", "root:x:0:\napp:x:10000:\n", 0o644)
	g.mkdir("root/opt/app")
	g.mkdir("vol")
	s.lay(g)
	return g
}

func (g *crashRig) at(name string) string { return filepath.Join(g.top, name) }

func (g *crashRig) mkdir(name string) {
	g.t.Helper()
	_, err := fsx.MakeAll(g.at(name), 0o755)
	ok(g.t, err)
}

func (g *crashRig) put(name, text string, perm os.FileMode) {
	g.t.Helper()
	g.mkdir(filepath.Dir(name))
	ok(g.t, os.WriteFile(g.at(name), []byte(text), 0o600), os.Chmod(g.at(name), perm))
}

// boot boots, as a container of its own does: with a look at the ledger and a line in it. Behind each phase it calls after.
func (g *crashRig) boot(after func()) *boot.Run {
	g.t.Helper()
	w, all := g.world()
	defer func() { ok(g.t, w.Close()) }()
	r := boot.NewBoot(w, nil)
	for _, p := range all {
		ok(g.t, r.Phases(context.Background(), p))
		if after != nil {
			after()
		}
	}
	ok(g.t, boot.Remember(w, r.Report(time.Now(), "test", nil)), w.Unlock())
	return r
}

// plan plans, with the disk frozen.
func (g *crashRig) plan() *boot.Run {
	g.t.Helper()
	defer fsx.Freeze()()
	w, all := g.world()
	defer func() { ok(g.t, w.Close()) }()
	r := boot.NewPlan(w)
	ok(g.t, r.Phases(context.Background(), all...))
	return r
}

func (g *crashRig) world() (*boot.World, []boot.Phase) {
	g.t.Helper()
	root, err := fsx.Open(g.at("root"))
	ok(g.t, err)
	o := &Options{Spec: &g.spec, Environ: g.environ}
	w := &boot.World{Spec: &g.spec, Environ: g.environ, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid()), Root: root}
	w.Identity.Umask = -1
	w.OnClose(root.Close)
	return w, phases(o, w, children, &fleet.Roster{})
}

// crashed is what a crash test panics with.
type crashed struct{}

// bootKilledAt boots and dies before the k-th change of the disk, where look sees what is there. It reports whether the boot got that far.
func (g *crashRig) bootKilledAt(k int, look func(when string)) (died bool) {
	g.t.Helper()
	n := 0
	var mu sync.Mutex // changes may come from several threads
	defer fsx.OnChange(func(op, path string) {
		mu.Lock()
		defer mu.Unlock()
		if n++; n == k {
			look(op + " " + path)
			panic(crashed{})
		}
	})()
	defer func() {
		switch p := recover(); p.(type) {
		case nil:
		case crashed:
			died = true
			g.closeAll()
		default:
			panic(p)
		}
	}()
	g.boot(nil)
	return false
}

// closeAll closes what a boot that died left open, and lets its locks go: a kill would, a panic doesn't.
func (g *crashRig) closeAll() {
	g.t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	ok(g.t, err)
	for _, it := range fds {
		fd, err := strconv.Atoi(it.Name())
		ok(g.t, err)
		if to, err := os.Readlink("/proc/self/fd/" + it.Name()); err == nil && strings.HasPrefix(to, g.top) {
			ok(g.t, unix.Close(fd))
		}
	}
}

// tree is everything below the rig, without random values; of what lies in berth's own directory only the names, and of what may not
// be read only the owner. What a dead writer left in the image's /etc under a name of its own goes with the container.
func (g *crashRig) tree() map[string]string {
	g.t.Helper()
	secret := regexp.MustCompile(`(_KEY=)[0-9A-Za-z_-]{16,}`)
	all := map[string]string{}
	ok(g.t, filepath.WalkDir(g.top, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || fsx.IsTemp(d.Name()) && filepath.Base(filepath.Dir(p)) == "etc" {
			return nil
		}
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		name, _ := filepath.Rel(g.top, p)
		what := mode(&st)
		if d.Type().IsRegular() && !strings.HasPrefix(name, "vol/"+boot.LedgerDir) {
			data, err := os.ReadFile(p)
			if errors.Is(err, fs.ErrPermission) {
				return nil
			}
			if err != nil {
				return err
			}
			what += " " + secret.ReplaceAllString(strconv.Quote(string(data)), "$1<key>")
		}
		all[name] = what
		return nil
	}))
	return all
}

func mode(st *unix.Stat_t) string {
	return strconv.FormatUint(uint64(st.Mode), 8) + " " + strconv.FormatUint(uint64(st.Uid), 10) + ":" + strconv.FormatUint(uint64(st.Gid), 10)
}

package profile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// testing.T and rapid.T both.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A rig is a volume that belongs to an app's user: as root to a user of its own, whose rights an actor wears, else to
// who runs the tests.
type rig struct {
	t    tester
	dir  string
	vol  *fsx.Dir
	spec *spec.Profiles
	act  *fsx.Actor
	uid  int
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := rigIn(t, t.TempDir())
	t.Cleanup(g.close)
	return g
}

func rigIn(t tester, top string) *rig {
	t.Helper()
	g := &rig{t: t, dir: filepath.Join(top, "vol"), uid: os.Geteuid(), spec: &spec.Profiles{
		Root: "default", Dir: "profiles", Marker: "SOUL.md", Name: "[a-z0-9][a-z0-9_-]{0,63}",
		State: "gateway_state.json", Stale: []string{"gateway.pid", "processes.json"},
	}}
	if g.uid == 0 {
		g.uid = 4242
	}
	for at := top; at != "/" && os.Geteuid() == 0; at = filepath.Dir(at) {
		g.open(at)
	}
	g.mkdir("")
	var err error
	g.vol, err = fsx.Open(g.dir)
	g.ok(err)
	g.act, err = fsx.NewActor(uint32(g.uid), uint32(g.uid), nil)
	g.ok(err)
	return g
}

// open lets others search a directory on the way to the rig's.
func (g *rig) open(dir string) {
	in, err := os.Stat(dir)
	g.ok(err)
	if in.Mode().Perm()&0o005 != 0o005 {
		g.ok(os.Chmod(dir, in.Mode().Perm()|0o005))
	}
}

func (g *rig) close() {
	g.ok(g.act.Close(), g.vol.Close())
	// What a test shut must be open for its directory to be removed.
	_ = filepath.WalkDir(g.dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(p, 0o755)
		}
		return nil
	})
}

func (g *rig) ok(errs ...error) {
	g.t.Helper()
	for _, err := range errs {
		if err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g *rig) at(name string) string { return filepath.Join(g.dir, name) }

func (g *rig) own(name string) {
	g.t.Helper()
	if os.Geteuid() == 0 {
		g.ok(os.Lchown(g.at(name), g.uid, g.uid))
	}
}

func (g *rig) mkdir(name string) {
	g.t.Helper()
	if name != "" && filepath.Dir(name) != "." {
		g.mkdir(filepath.Dir(name))
	}
	if err := os.Mkdir(g.at(name), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		g.t.Fatal(err)
	}
	g.ok(os.Chmod(g.at(name), 0o755))
	g.own(name)
}

func (g *rig) write(name, text string) {
	g.t.Helper()
	if dir := filepath.Dir(name); dir != "." {
		g.mkdir(dir)
	}
	g.ok(os.WriteFile(g.at(name), []byte(text), 0o644), os.Chmod(g.at(name), 0o644))
	g.own(name)
}

func (g *rig) link(to, name string) {
	g.t.Helper()
	g.ok(os.Symlink(to, g.at(name)))
	g.own(name)
}

// profile makes a profile's directory.
func (g *rig) profile(name string) { g.write("profiles/"+name+"/SOUL.md", "") }

func (g *rig) read(name string) string {
	g.t.Helper()
	data, err := os.ReadFile(g.at(name))
	g.ok(err)
	return string(data)
}

func (g *rig) json(name string) map[string]any {
	g.t.Helper()
	var m map[string]any
	g.ok(json.Unmarshal([]byte(g.read(name)), &m))
	return m
}

func (g *rig) set() *Set { return On(g.vol, g.spec) }

// do works as the app's user.
func (g *rig) do(fn func() error) error { return g.act.Do(fn) }

// in works in a profile as the app's user.
func (g *rig) in(name string, fn func(p *Profile) error) error {
	return g.do(func() error {
		p, err := g.set().Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		return fn(p)
	})
}

func (g *rig) state(name string) State {
	g.t.Helper()
	var st State
	g.ok(g.in(name, func(p *Profile) error { st = p.State(); return nil }))
	return st
}

func (g *rig) names() []string {
	g.t.Helper()
	var names []string
	g.ok(g.do(func() (err error) { names, _, err = g.set().Names(); return err }))
	return names
}

// left lists what stands in a directory.
func (g *rig) left(name string) []string {
	g.t.Helper()
	all, err := os.ReadDir(g.at(name))
	g.ok(err)
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// wants fails unless err wraps want and its words hold each of the given ones.
func wants(t *testing.T, err, want error, words ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	for _, w := range words {
		if err != nil && !strings.Contains(err.Error(), w) {
			t.Errorf("%q doesn't say %q", err, w)
		}
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

type crash struct{}

// crashAt runs f as the app's user and dies at its k-th change; it says whether f got to its end before.
func (g *rig) crashAt(k int, f func() error) (ended bool) {
	g.t.Helper()
	n := 0
	remove := fsx.OnChange(func(string, string) {
		if n++; n == k {
			panic(crash{})
		}
	})
	defer remove()
	defer func() {
		if v := recover(); v != nil && v != (crash{}) {
			panic(v)
		}
	}()
	g.ok(g.do(f))
	return true
}

// inMounts runs f on a thread with mounts of its own, which end with the thread.
func inMounts(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts")
	}
	done := make(chan string)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			done <- "needs a thread that isn't the first"
			return
		}
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			done <- "needs a mount namespace: " + err.Error()
			return
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			done <- "needs private mounts: " + err.Error()
			return
		}
		f()
		done <- ""
	}()
	if why := <-done; why != "" {
		t.Skip(why)
	}
}

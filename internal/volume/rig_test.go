package volume

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

// testing.T and rapid.T both.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A rig is an image, a volume and a spec to boot again and again; each pass has a world of its own, as in life.
type rig struct {
	t    tester
	spec *spec.Spec
	root string // the image's root
	vol  string
	env  []string
	uid  uint32
	gid  uint32

	alter func(*boot.World) // what is different in each world; nil: nothing
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return rigIn(t, t.TempDir())
}

// rigIn makes a rig below a directory: as root with an app's user of its own, otherwise the app is who runs the tests.
func rigIn(t tester, top string) *rig {
	t.Helper()
	g := &rig{t: t, root: filepath.Join(top, "root"), vol: filepath.Join(top, "vol"), uid: 4242, gid: 4343}
	if os.Geteuid() != 0 {
		g.uid, g.gid = uint32(os.Geteuid()), uint32(os.Getegid())
	}
	g.spec = &spec.Spec{
		User:    spec.User{Name: "app", UID: spec.ID(g.uid), GID: spec.ID(g.gid), UIDEnv: []string{"APP_UID", "PUID"}, GIDEnv: []string{"APP_GID", "PGID"}},
		Volume:  spec.Volume{Path: spec.Text(g.vol)},
		Install: spec.Install{Path: "/opt/app"},
	}
	g.mkdir(g.root+"/opt/app", 0o755)
	g.mkdir(g.vol, 0o755)
	g.chown(g.vol, g.uid, g.gid)
	return g
}

// full gives the rig a spec with something of everything.
func (g *rig) full() *rig {
	g.spec.Volume.Dirs = []string{"logs", "logs/gateways", "platforms/pairing", "home"}
	g.spec.Volume.Own = spec.Own{
		Trees: []string{"logs/gateways", "logs", "skills", "profiles"},
		Files: []string{".env", "config.yaml", "auth.json", "state.db", "logs/app.log"},
	}
	g.spec.Volume.Modes = map[string]spec.Mode{".env": {Perm: 0o600, Set: true}, "config.yaml": {Perm: 0o640, Set: true}}
	g.spec.Volume.Remove = []spec.Remove{{Path: ".install_method", WhenContent: new("docker")}}
	g.spec.Seed = []spec.Seed{
		{Path: ".env", From: ".env.example", Mode: spec.Mode{Perm: 0o600, Set: true}},
		{Path: "config.yaml", From: "config.example", Mode: spec.Mode{Perm: 0o640, Set: true}},
		{Path: "notes/deep/SOUL.md", From: "/opt/app/SOUL.md"},
		{Path: "auth.json", FromEnv: "AUTH", Mode: spec.Mode{Perm: 0o600, Set: true}, Secret: true},
		{Path: "state.json", Content: new(`{"state":"running"}`), When: &spec.When{Env: "STATE", Is: new("running")}},
	}
	g.spec.Generate = []spec.Generate{{Path: ".env", Key: "API_KEY", Bytes: 32}}
	g.spec.Profiles = &spec.Profiles{Root: "default", Dir: "profiles", Marker: "marker", Name: "[a-z]+"}
	g.spec.Mirror = []spec.Mirror{{Path: ".env", Profiles: true, Keys: []string{"PORTAL", "ROUTE"}, Mode: spec.Mode{Perm: 0o600, Set: true}}}
	g.spec.Reseed = []spec.Reseed{sessions()}
	g.write(g.root+"/opt/app/.env.example", "# settings\nAPI_KEY=\nOTHER=1\n", 0o644)
	g.write(g.root+"/opt/app/config.example", "a: 1\n", 0o600) // as a build under umask 077 leaves it
	g.write(g.root+"/opt/app/SOUL.md", "be kind\n", 0o644)
	g.env = []string{"AUTH=s3cret-token", "STATE=running"}
	return g
}

func (g *rig) check(errs ...error) {
	g.t.Helper()
	for _, err := range errs {
		if err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g *rig) mkdir(name string, perm os.FileMode) {
	g.t.Helper()
	_, err := fsx.MakeAll(name, 0o755) // under any umask, those above too
	g.check(err, os.Chmod(name, perm))
}

func (g *rig) write(name, data string, perm os.FileMode) {
	g.t.Helper()
	if _, err := os.Lstat(filepath.Dir(name)); err != nil {
		g.mkdir(filepath.Dir(name), 0o755)
	}
	g.check(os.WriteFile(name, []byte(data), 0o600))
	g.check(os.Chmod(name, perm))
}

func (g *rig) chown(name string, uid, gid uint32) {
	g.t.Helper()
	if os.Geteuid() == 0 {
		g.check(os.Lchown(name, int(uid), int(gid)))
	}
}

// put writes a file on the volume that belongs to the app, and gives its path.
func (g *rig) put(name, data string, perm os.FileMode) string {
	g.t.Helper()
	g.write(g.at(name), data, perm)
	g.chown(g.at(name), g.uid, g.gid)
	if dir := filepath.Dir(name); dir != "." {
		g.chown(g.at(dir), g.uid, g.gid)
	}
	return g.at(name)
}

func (g *rig) at(name string) string { return filepath.Join(g.vol, name) }

func (g *rig) read(name string) string {
	g.t.Helper()
	data, err := os.ReadFile(g.at(name))
	g.check(err)
	return string(data)
}

func (g *rig) world() *boot.World {
	g.t.Helper()
	root, err := fsx.Open(g.root)
	g.check(err)
	w := &boot.World{
		Spec: g.spec, Environ: g.env, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid()), Root: root,
		Identity: identity.Identity{Name: "app", UID: g.uid, GID: g.gid, Umask: -1},
	}
	w.OnClose(root.Close)
	a, err := fsx.NewActor(g.uid, g.gid, nil)
	g.check(err)
	w.Actor = a
	w.OnClose(a.Close)
	if g.alter != nil {
		g.alter(w)
	}
	return w
}

func all() []boot.Phase {
	return slices.Concat([]boot.Phase{Directory(), Take()}, Heal(), Fill())
}

// plan plans phases (all without any) with the disk frozen.
func (g *rig) plan(phases ...boot.Phase) (*boot.Run, error) {
	g.t.Helper()
	defer fsx.Freeze()()
	w := g.world()
	defer func() { g.check(w.Close()) }()
	r := boot.NewPlan(w)
	return r, r.Phases(context.Background(), or(phases)...)
}

// boot boots; a failed one is returned.
func (g *rig) boot(phases ...boot.Phase) (*boot.Run, error) {
	g.t.Helper()
	w := g.world()
	defer func() { g.check(w.Close()) }()
	r := boot.NewBoot(w, nil)
	return r, r.Phases(context.Background(), or(phases)...)
}

func or(phases []boot.Phase) []boot.Phase {
	if len(phases) == 0 {
		return all()
	}
	return append([]boot.Phase{Directory(), Take()}, phases...)
}

// must boots and wants no failure.
func (g *rig) must(phases ...boot.Phase) *boot.Run {
	g.t.Helper()
	r, err := g.boot(phases...)
	g.check(err)
	return r
}

func notes(r *boot.Run) string {
	var b strings.Builder
	for _, n := range r.Notes() {
		fmt.Fprintf(&b, "%s: %s", n.Level, n.Text)
		if n.Hint != "" {
			fmt.Fprintf(&b, " (hint: %s)", n.Hint)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func steps(r *boot.Run) []string {
	var all []string
	for _, s := range r.Steps() {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %q %s>%s", s.Phase, s.Verb, s.Target, s.Before, s.After)))
	}
	return all
}

// snapshot writes a tree down: what may not change. berth's own directory lies outside the law.
func snapshot(t tester, top string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, p)
		if rel == boot.LedgerDir {
			return fs.SkipDir
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		what := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			if len(data) > 64<<10 { // to quote it takes longer than all the rest
				data = fmt.Appendf(nil, "%d bytes, %x", len(data), md5.Sum(data))
			}
			what += fmt.Sprintf(" %q", data)
		case unix.S_IFLNK:
			to, err := os.Readlink(p)
			if err != nil {
				return err
			}
			what += " -> " + to
		}
		all[rel] = what
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	return all
}

// changed gives the names that differ between two snapshots.
func changed(before, after map[string]string) []string {
	var all []string
	for name, b := range before {
		if after[name] != b {
			all = append(all, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (g *rig) stat(name string) unix.Stat_t {
	g.t.Helper()
	var st unix.Stat_t
	g.check(unix.Lstat(g.at(name), &st))
	return st
}

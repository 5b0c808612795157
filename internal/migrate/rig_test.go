package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

// A rig is a volume with a config file and a spec to boot again and again; each pass has a world of its own, as in life.
type rig struct {
	t    tester
	spec *spec.Spec
	top  string
	vol  string
	env  []string
	uid  uint32
	gid  uint32
	now  time.Time

	start   boot.Starter
	wrote   func(name string) error
	shown   map[string]string // what a plan showed: the files as they would become
	showing sync.Mutex
	alter   func(*boot.World)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return rigIn(t, t.TempDir())
}

// theSteps are what these tests migrate by.
const theSteps = `version: 1
latest: 5
env-file: .env
steps:
  - {to: 2, edits: [{default: display.mode, value: all, env: [{name: MODE}]}]}
  - {to: 3, edits: [{blank: [TOKEN]}, {mkdir: [logs/deep]}]}
  - {to: 4, edits: [{move: old.key, to: new.key}]}
`

func rigIn(t tester, top string) *rig {
	t.Helper()
	g := &rig{t: t, top: top, vol: filepath.Join(top, "vol"), uid: 4242, gid: 4343, now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	if os.Geteuid() != 0 {
		g.uid, g.gid = uint32(os.Geteuid()), uint32(os.Getegid())
	}
	g.write(filepath.Join(top, "image/steps.yaml"), theSteps, 0o644)
	g.spec = &spec.Spec{
		User:    spec.User{UID: spec.ID(g.uid), GID: spec.ID(g.gid)},
		Install: spec.Install{Path: "/image"},
		Volume:  spec.Volume{Path: spec.Text(g.vol), Dirs: []string{"backups", "logs"}, Own: spec.Own{Files: []string{"config.yaml", ".env"}, Trees: []string{"backups", "logs"}}},
		Migrate: &spec.Migrate{
			File: "config.yaml", VersionKey: "version", Backup: []string{"config.yaml", ".env"}, BackupDir: "backups/config", BackupKeep: 3,
			SkipEnv: "SKIP", Steps: filepath.Join(top, "image/steps.yaml"),
		},
	}
	g.mkdir(g.vol)
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

func (g *rig) mkdir(name string) {
	g.t.Helper()
	_, err := fsx.MakeAll(name, 0o755)
	g.check(err)
	g.own(name)
}

func (g *rig) own(name string) {
	g.t.Helper()
	if os.Geteuid() == 0 {
		g.check(os.Lchown(name, int(g.uid), int(g.gid)))
	}
}

func (g *rig) write(name, data string, perm os.FileMode) {
	g.t.Helper()
	_, err := fsx.MakeAll(filepath.Dir(name), 0o755)
	g.check(err, os.WriteFile(name, []byte(data), 0o600), os.Chmod(name, perm))
}

// put writes a file of the app's on the volume.
func (g *rig) put(name, data string, perm os.FileMode) *rig {
	g.t.Helper()
	g.write(g.at(name), data, perm)
	for at := name; at != "."; at = filepath.Dir(at) {
		g.own(g.at(at))
	}
	return g
}

func (g *rig) at(name string) string { return filepath.Join(g.vol, name) }

// holds gives what a file of the volume holds, or "-".
func (g *rig) holds(name string) string {
	data, err := os.ReadFile(g.at(name))
	if err != nil {
		return "-"
	}
	return string(data)
}

// wants holds a file to its content, mode and owner.
func (g *rig) wants(name, data string, perm uint32) {
	g.t.Helper()
	var st unix.Stat_t
	g.check(unix.Lstat(g.at(name), &st))
	if got := g.holds(name); got != data {
		g.t.Errorf("%s holds %q, want %q", name, got, data)
	}
	if st.Mode&0o7777 != perm || st.Uid != g.uid || st.Gid != g.gid {
		g.t.Errorf("%s is %04o %d:%d, want %04o", name, st.Mode&0o7777, st.Uid, st.Gid, perm)
	}
}

func (g *rig) world() *boot.World {
	g.t.Helper()
	root, err := fsx.Open(g.top)
	g.check(err)
	vol, err := fsx.Open(g.vol)
	g.check(err)
	w := &boot.World{
		Spec: g.spec, Environ: g.env, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid()), Root: root, Path: g.vol, Volume: vol,
		Identity: identity.Identity{Name: "app", UID: g.uid, GID: g.gid, Umask: -1},
	}
	w.OnClose(root.Close)
	w.OnClose(vol.Close)
	a, err := fsx.NewActor(g.uid, g.gid, nil)
	g.check(err)
	w.Actor = a
	w.OnClose(a.Close)
	if g.alter != nil {
		g.alter(w)
	}
	return w
}

func (g *rig) phase() boot.Phase {
	shown := map[string]string{} // its own for each boot: some run at once
	g.showing.Lock()
	defer g.showing.Unlock()
	g.shown = shown
	return Migration{
		Start: g.start, Now: func() time.Time { return g.now }, wrote: g.wrote,
		Show: func(name string, _, after []byte) { shown[name] = string(after) },
	}.Phase()
}

// plan plans with the disk frozen.
func (g *rig) plan() *boot.Run {
	g.t.Helper()
	defer fsx.Freeze()()
	w := g.world()
	defer func() { g.check(w.Close()) }()
	r := boot.NewPlan(w)
	g.check(r.Phases(context.Background(), g.phase()))
	return r
}

func (g *rig) boot() *boot.Run {
	g.t.Helper()
	w := g.world()
	defer func() { g.check(w.Close()) }()
	r := boot.NewBoot(w, nil)
	g.check(r.Phases(context.Background(), g.phase()))
	return r
}

// lawful plans, boots, plans: the plan is what the boot does, changes nothing, and then nothing is left.
func (g *rig) lawful() *boot.Run {
	g.t.Helper()
	before := g.tree()
	plan := g.plan()
	if d := changed(before, g.tree()); len(d) > 0 {
		g.t.Fatalf("a plan changed %q", d)
	}
	shown := g.shown
	r := g.boot()
	if !slices.Equal(steps(plan), steps(r)) {
		g.t.Fatalf("the plan is\n%s\n%s\nthe boot\n%s\n%s", strings.Join(steps(plan), "\n"), notes(plan), strings.Join(steps(r), "\n"), notes(r))
	}
	for name, text := range shown {
		if g.holds(name) != text {
			g.t.Fatalf("%s was shown as %q and is %q", name, text, g.holds(name))
		}
	}
	if again := g.plan(); len(again.Steps()) > 0 {
		g.t.Fatalf("left to do:\n%s", strings.Join(steps(again), "\n"))
	}
	return r
}

// idle wants that a boot changed nothing and gives what it said.
func (g *rig) idle() string {
	g.t.Helper()
	before := g.tree()
	r := g.lawful()
	if d := changed(before, g.tree()); len(d) > 0 || len(r.Steps()) > 0 {
		g.t.Errorf("%q changed, by %q", d, steps(r))
	}
	return notes(r)
}

func says(t tester, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("it says:\n%s\nwant %q", text, w)
		}
	}
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
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s>%s", s.Verb, s.Target, s.Before, s.After)))
	}
	return all
}

// tree writes the volume down, but for berth's own directory.
func (g *rig) tree() map[string]string { return snapshot(g.t, g.vol) }

func snapshot(t tester, top string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(top, func(p string, _ fs.DirEntry, err error) error {
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
		all[rel] = fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			all[rel] += fmt.Sprintf(" %q", data)
		case unix.S_IFLNK:
			to, err := os.Readlink(p)
			if err != nil {
				return err
			}
			all[rel] += " -> " + to
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	return all
}

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
	return all
}

func needRoot(t *testing.T, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: " + why)
	}
}

// ownMounts runs f on a thread with mounts of its own, which end with the thread.
func ownMounts(t *testing.T, f func()) {
	t.Helper()
	needRoot(t, "something is mounted")
	why := error(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never given back
		if why = unix.Unshare(unix.CLONE_NEWNS); why != nil {
			return
		}
		if why = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); why == nil {
			f()
		}
	}()
	<-done
	if why != nil {
		t.Skipf("needs mounts of its own: %v", why)
	}
}

package volume

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
)

// names that the spec of a full rig lists, or that lie beside what it lists.
var treeNames = []string{
	".env", "config.yaml", "auth.json", "state.db", "state.json", ".install_method", "host_secret.json", "photos", "photos/x",
	"logs", "logs/app.log", "logs/gateways", "logs/gateways/current", "logs/link", "skills", "skills/x", "skills/deep/y", "profiles/p/marker", "profiles/p/.env", "profiles/q", "profiles/q/marker", "profiles/q/.env", "profiles/p/.berth-0123456789abcdef", "platforms",
	"platforms/pairing", "platforms/other", "home", "home/theirs", "notes", "notes/deep", ".berth-0123456789abcdef", "logs/.berth-0123456789abcdef",
	".berth-fedcba9876543210/kept", "new\nline", "skills/\x1b[31m",
}

// foreign are those of them that nothing in that spec is about, and in two directories that it only has made.
var foreign = []string{"host_secret.json", "photos", "photos/x", "platforms/other", "home/theirs", ".berth-fedcba9876543210/kept", "new\nline"}

// grow draws a tree on the volume.
func grow(t *rapid.T, g *rig) {
	ids := []uint32{0, g.uid, 999}
	gids := []uint32{0, g.gid, 998}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(treeNames), 0, 14, rapid.ID[string]).Draw(t, "names") {
		p := g.at(name)
		if os.MkdirAll(filepath.Dir(p), 0o755) != nil {
			continue // something else stands there
		}
		kind := rapid.SampledFrom([]string{"file", "file", "file", "dir", "dir", "link", "dangling", "fifo", "hard", "device"}).Draw(t, "kind "+name)
		perm := rapid.SampledFrom([]uint32{0o644, 0o600, 0o640, 0o755, 0o700, 0o666, 0o400, 0o4755, 0o2775, 0}).Draw(t, "mode")
		made := plant(p, kind, g)
		if made != nil {
			continue
		}
		if os.Geteuid() == 0 && kind != "hard" { // the victim stays root's: what the app owned outside it could change itself
			uid, gid := rapid.SampledFrom(ids).Draw(t, "uid"), rapid.SampledFrom(gids).Draw(t, "gid")
			g.check(os.Lchown(p, int(uid), int(gid)))
		} else {
			perm |= 0o600
		}
		if kind == "file" {
			data := rapid.SampledFrom([]string{"", "docker\n", "git", "API_KEY=\n", "API_KEY=abcdefabcdefabcdef", "A=1\r\nAPI_KEY=\r\nB=2", "export API_KEY='x'\n", "PORTAL=old\nA=1\nPORTAL=older\n", "ROUTE='a b'\nX='", overOne, liveOne, "{"}).Draw(t, "data")
			g.check(os.WriteFile(p, []byte(data), 0o600))
		}
		if kind == "dir" {
			perm |= 0o500
			if os.Geteuid() != 0 {
				perm |= 0o700
			}
		}
		if kind == "file" || kind == "dir" {
			g.check(unix.Chmod(p, perm))
		}
	}
	if rapid.Bool().Draw(t, "record") {
		data, err := json.Marshal(map[string]any{"format": mirrorFormat, "files": mirrored{
			".env": {"PORTAL": {lineSum([]byte("PORTAL=old"))}}, "profiles/q/.env": {"PORTAL": {lineSum([]byte("PORTAL=older"))}, "ROUTE": {lineSum([]byte("ROUTE='a b'"))}},
		}})
		g.check(err)
		g.put(mirrorFile, string(data), 0o600)
	}
	if os.Geteuid() == 0 {
		g.chown(g.vol, rapid.SampledFrom(ids).Draw(t, "top uid"), rapid.SampledFrom(gids).Draw(t, "top gid"))
	}
	g.check(unix.Chmod(g.vol, rapid.SampledFrom([]uint32{0o755, 0o700, 0o2775, 0o1777}).Draw(t, "top mode")))
	for _, e := range []string{"AUTH=tok", "STATE=running", "API_KEY=0123456789abcdef", "API_KEY=short", "PORTAL=https://a.example/v1", "ROUTE=a b", "PORTAL=", "AGAIN=" + issued} {
		if rapid.Bool().Draw(t, e) {
			g.env = append(g.env, e)
		}
	}
}

func plant(p, kind string, g *rig) error {
	switch kind {
	case "dir":
		return os.Mkdir(p, 0o755)
	case "link":
		return os.Symlink(filepath.Join(g.root, "victim"), p)
	case "dangling":
		return os.Symlink("/nowhere/at/all", p)
	case "fifo":
		return unix.Mkfifo(p, 0o644)
	case "hard":
		if os.Geteuid() != 0 { // the victim would be the app's own, which it may change by any of its names
			return unix.EPERM
		}
		return os.Link(filepath.Join(g.root, "victim"), p)
	case "device":
		if os.Geteuid() != 0 {
			return unix.EPERM
		}
		return unix.Mknod(p, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3)))
	default:
		f, err := os.OpenFile(p, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		return f.Close()
	}
}

// below says whether a name is one of the targets, which are given relative to the volume or are its own path.
func target(g *rig, r *boot.Run, name string) bool {
	return slices.ContainsFunc(r.Steps(), func(s boot.Step) bool {
		return s.Target == name || name == "." && s.Target == g.vol
	})
}

// TestLaw: on any tree a plan changes nothing, the boot after it makes exactly its steps, nothing else changes, and
// then there is nothing left to do.
func TestLaw(t *testing.T) {
	top := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "law")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		g := rigIn(rt, dir).full()
		g.env = nil
		g.write(g.root+"/victim", "root's own", 0o600)
		grow(rt, g)
		counted := rapid.Bool().Draw(rt, "counted")
		if counted {
			mostNamed = 0
		}
		defer func() { mostNamed = maxNamed }()
		if rapid.Bool().Draw(rt, "rested") {
			g.rested()
		}
		image, before := snapshot(rt, g.root), snapshot(rt, g.vol)

		plan, err := g.plan()
		if err != nil {
			rt.Fatalf("plan: %v", err)
		}
		if d := changed(before, snapshot(rt, g.vol)); len(d) > 0 {
			rt.Fatalf("a plan changed %q", d)
		}
		booted, err := g.boot()
		if err != nil {
			rt.Fatalf("boot: %v", err)
		}
		if d := cmp.Diff(steps(plan), steps(booted)); d != "" {
			rt.Fatalf("plan and boot differ:\n%s\nplan says:\n%s\nboot says:\n%s", d, notes(plan), notes(booted))
		}
		if plan.Total() != booted.Total() {
			rt.Fatalf("the plan counted %d, the boot %d", plan.Total(), booted.Total())
		}
		after := snapshot(rt, g.vol)
		for _, name := range changed(before, after) {
			if !counted && !target(g, booted, name) {
				rt.Fatalf("%q changed from %q to %q, and no step says so:\n%s", name, before[name], after[name], strings.Join(steps(booted), "\n"))
			}
		}
		for _, name := range foreign { // whatever the steps say
			if before[name] != after[name] {
				rt.Fatalf("%q, which is none of berth's, changed from %q to %q", name, before[name], after[name])
			}
		}
		if d := changed(image, snapshot(rt, g.root)); len(d) > 0 {
			rt.Fatalf("outside the volume %q changed", d)
		}
		again, err := g.plan()
		if err != nil {
			rt.Fatalf("plan again: %v", err)
		}
		if len(again.Steps()) > 0 {
			rt.Fatalf("left to do after a boot:\n%s\nboot said:\n%s", strings.Join(steps(again), "\n"), notes(booted))
		}
	})
}

// rested sets the times of all directories back, as a volume has them that nobody has touched for a while: then names are believed
// where they are sealed.
func (g *rig) rested() {
	g.t.Helper()
	old := time.Now().Add(-time.Hour)
	g.check(filepath.WalkDir(g.vol, func(p string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chtimes(p, old, old)
		}
		return err
	}))
}

func TestASecondBootKeepsEveryCtime(t *testing.T) {
	g := newRig(t).full()
	for i := range 5 {
		g.write(g.at(fmt.Sprintf("skills/s%d/SKILL.md", i)), "x", 0o644)
	}
	first := g.must()
	if len(first.Steps()) == 0 {
		t.Fatal("the first boot did nothing")
	}
	ctimes := func() map[string]string {
		all := map[string]string{}
		for name := range snapshot(t, g.vol) {
			st := g.stat(name)
			all[name] = fmt.Sprint(st.Ctim)
		}
		return all
	}
	before := ctimes()
	second := g.must()
	if len(second.Steps()) > 0 || len(second.Notes()) > 0 {
		t.Fatalf("a second boot did %q and said %q", steps(second), notes(second))
	}
	if d := changed(before, ctimes()); len(d) > 0 {
		t.Fatalf("a second boot changed the ctimes of %q", d)
	}
}

package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/spec"
)

// The order is what images rely on: a hook finds the volume as the phases before it have left it, and a generated key is never
// written into a file that others can read.
func TestTheOrderOfABoot(t *testing.T) {
	want := strings.Split("guard;hooks before-volume;directory;identity;groups;install;actor;take;hooks after-identity;"+
		"ownership;access;directories;stale;hooks after-volume;seeds;modes;keep;generate;mirror;migrate;reseed;hooks after-seed;discovery;profiles;hooks before-main", ";")
	for _, o := range []Options{{}, {Develop: "/home/me/dir"}} {
		var got []string
		for _, p := range phases(&o, &boot.World{Spec: &spec.Spec{}}, children, &fleet.Roster{}) {
			got = append(got, p.Name())
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("develop %q: %s", o.Develop, d)
		}
	}
}

// On a developer's machine there is no image to look after: these phases don't even look.
func TestTheMachineIsLeftAlone(t *testing.T) {
	w := &boot.World{Spec: &spec.Spec{
		User: spec.User{Name: "root", JoinGroupsOf: []string{"/dev/*"}}, Install: spec.Install{Path: "/", Own: []string{"etc"}},
	}}
	all := phases(&Options{Develop: t.TempDir()}, w, children, &fleet.Roster{})
	r := boot.NewPlan(w)
	for _, name := range []string{"guard", "groups", "install"} {
		n := slices.IndexFunc(all, func(p boot.Phase) bool { return p.Name() == name })
		if err := r.Phases(t.Context(), all[n]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.Steps())+len(r.Notes()) > 0 {
		t.Errorf("steps %v, notes %v", r.Steps(), r.Notes())
	}
}

func TestTheActor(t *testing.T) {
	act := func(euid, uid uint32) *boot.World {
		w := &boot.World{EUID: euid}
		w.Identity.UID, w.Identity.GID = uid, uid
		if err := boot.NewPlan(w).Phases(t.Context(), actor()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ok(t, w.Close()) })
		return w
	}
	if act(1000, 1000).Actor != nil || act(0, 0).Actor != nil {
		t.Error("there is an actor where there is nobody else to act as")
	}
	needsRoot(t)
	w := act(0, 4242)
	dir := open(t)
	ok(t, w.AsApp(func() error {
		top, err := fsx.Open(dir)
		if err != nil {
			return err
		}
		return errors.Join(top.Create("f", nil, fsx.Attr{Mode: 0o644}), top.Close())
	}))
	if got := snapshot(t, dir); !strings.Contains(got, "f -rw-r--r-- 4242:4242") {
		t.Errorf("who has written it?\n%s", got)
	}
}

func TestDiscovery(t *testing.T) {
	dir := t.TempDir()
	chrome := program(t, dir+"/b/v1/chrome", 0o755)
	root, err := fsx.Open("/")
	ok(t, err)
	find := func(under, name string) spec.Find { return spec.Find{Under: spec.Text(under), Names: []string{name}} }
	w := &boot.World{
		Root: root, Environ: []string{"SET=/mine", "DIR=" + dir},
		Spec: &spec.Spec{Env: spec.Env{Find: map[string]spec.Find{
			"CHROME": find("${DIR}/b", "chrome"), "SET": find("${DIR}/b", "chrome"), "GONE": find("${DIR}/none", "x"), "NONE": find("${DIR}/b", "firefox"),
		}}},
	}
	w.OnClose(root.Close)
	defer func() { ok(t, w.Close()) }()
	r := boot.NewPlan(w)
	if err := r.Phases(t.Context(), discovery()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"CHROME": chrome}, w.Find); d != "" {
		t.Error(d)
	}
	n := r.Notes()
	if len(n) != 1 || n[0].Level != boot.Warning || !strings.Contains(n[0].Text, "NONE stays unset") || n[0].Hint == "" {
		t.Errorf("notes %+v", n)
	}
}

// snapshot tells everything that a boot could change below a directory.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	top, err := fsx.Open(dir)
	ok(t, err)
	defer func() { _ = top.Close() }()
	var b strings.Builder
	ok(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		in, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		e, err := top.Look(name)
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		fmt.Fprintf(&b, "%s %s %d:%d", name, in.Mode(), e.Info().UID, e.Info().GID)
		if in.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %q", data)
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

// full is a ride with something of everything that a boot does on a volume, none of it done.
func full(t *testing.T) *ride {
	r := shell(t, "exit 0").hook(spec.AfterSeed, "echo hook >>$BERTH_VOLUME/hooked")
	content, stale := "a: 1\n", "docker"
	r.Spec.Volume.Dirs = []string{"logs/web", "home"}
	r.Spec.Volume.Own = spec.Own{Trees: []string{"logs"}, Files: []string{".env"}}
	r.Spec.Volume.Modes = map[string]spec.Mode{".env": {Perm: 0o600, Set: true}}
	r.Spec.Volume.Remove = []spec.Remove{{Path: "stale", WhenContent: &stale}}
	r.Spec.Seed = []spec.Seed{{Path: "config.yaml", Content: &content, Mode: spec.Mode{Perm: 0o640, Set: true}}}
	r.Spec.Generate = []spec.Generate{{Path: ".env", Key: "API_KEY", Bytes: 32}}
	ok(t, os.WriteFile(r.Dir+"/stale", []byte("docker\n"), 0o600), os.WriteFile(r.Dir+"/.env", []byte("API_KEY=\n"), 0o600), os.Chmod(r.Dir+"/.env", 0o644))
	return r
}

// plan gives what a plan says.
func plan(t *testing.T, r *ride) boot.Report {
	t.Helper()
	rep, err := Plan(t.Context(), r.options())
	if err != nil {
		t.Fatal(err)
	}
	if rep.Outcome != boot.Planned || rep.Version != "test" || rep.App != "app" || rep.Volume != r.Dir || rep.Count != len(rep.Steps) {
		t.Errorf("report %+v", rep)
	}
	return rep
}

// The law of the house, for a whole boot: a plan changes nothing, the boot makes its very steps, and then nothing is left to do.
func TestARunDoesWhatThePlanSays(t *testing.T) {
	r := full(t)
	before := snapshot(t, r.Dir)
	planned := plan(t, r)
	if after := snapshot(t, r.Dir); after != before {
		t.Errorf("the plan changed\n%s to\n%s", before, after)
	}
	if len(planned.Steps) < 6 {
		t.Errorf("the plan has few steps: %+v", planned.Steps)
	}
	p := r.off(t)
	if got := p.ends(); !got.Success() {
		t.Fatalf("got %s\n%s", got, p.err)
	}
	made := report(t, r)
	if d := cmp.Diff(planned.Steps, made.Steps); d != "" {
		t.Errorf("planned - made +:\n%s", d)
	}
	if made.Number != 1 || made.Outcome != boot.Prepared || made.Identity.UID != planned.Identity.UID {
		t.Errorf("report %+v", made)
	}
	settled := snapshot(t, r.Dir)
	if left := plan(t, r); len(left.Steps) > 0 || left.Number != 2 {
		t.Errorf("left to do: %+v", left)
	}
	if after := snapshot(t, r.Dir); after != settled {
		t.Errorf("the second plan changed\n%s to\n%s", settled, after)
	}
	r.Spec.Hooks = nil
	p = r.off(t)
	if got := p.ends(); !got.Success() || strings.Contains(p.err.String(), "Setup complete") {
		t.Errorf("got %s\n%s", got, p.err)
	}
	if again := report(t, r); again.Number != 2 || len(again.Steps) > 0 {
		t.Errorf("the second boot made %+v", again)
	}
	none(t)
}

// report reads what the last boot did, from the ledger: outside a container there is no other record.
func report(t *testing.T, r *ride) boot.Report {
	t.Helper()
	if _, err := os.Lstat(records.Dir); err == nil {
		t.Skip("needs a machine without records of a boot: this one has ", records.Dir)
	}
	rep, err := ReadReport(t.Context(), r.options())
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestAPlanThatFailsSaysSoAndChangesNothing(t *testing.T) {
	r := full(t)
	r.Dir += "/.env"
	rep, err := Plan(t.Context(), r.options())
	if f, ok := errors.AsType[*boot.Failure](err); !ok || f.Code != 125 {
		t.Fatalf("got %v", err)
	}
	if rep.Outcome != boot.Failed || rep.Error != err.Error() || rep.Hint == "" {
		t.Errorf("report %+v", rep)
	}
	// A volume that isn't there yet stays so.
	r.Dir = t.TempDir() + "/new"
	if rep := plan(t, r); len(rep.Steps) == 0 || rep.Steps[0].Verb != "mkdir" {
		t.Errorf("report %+v", rep)
	}
	if _, err := os.Lstat(r.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the plan made the directory: %v", err)
	}
}

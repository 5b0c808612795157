package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// tour looks at everything, as behind a start.
func (g *rig) tour(tour *Tour) *boot.Run {
	g.t.Helper()
	w := g.on()
	defer func() { g.check(w.Close()) }()
	r := boot.NewBoot(w, nil)
	g.check(r.Phases(context.Background(), tour.Phases()...))
	return r
}

// behind is a rig with profiles, booted once, whose rest is looked at behind the services.
func behind(t *testing.T) *rig {
	t.Helper()
	needRoot(t)
	g := newRig(t).full()
	g.spec.Profiles = &spec.Profiles{Dir: "profiles", Marker: "SOUL.md"}
	g.spec.Volume.Own.Heal = spec.HealBehind
	g.put("profiles/p/SOUL.md", "x", 0o600)
	g.must()
	return g
}

// What must be right before a start comes first; the rest waits. A plan tells both, and which is which; then a boot makes
// the one and the look behind it the other.
func TestTheRestWaits(t *testing.T) {
	g := behind(t)
	first := []string{"auth.json", "logs", "logs/gateways", "profiles", "profiles/p", "profiles/p/SOUL.md", "profiles/p/sub", "skills"}
	rest := []string{"logs/gateways/current", "logs/new", "profiles/p/sub/deep", "skills/a", "skills/a/b"}
	for _, name := range []string{"auth.json", "logs/new", "logs/gateways/current", "profiles/p/sub/deep", "skills/a/b"} {
		g.write(g.at(name), "x", 0o600)
	}
	for _, name := range slices.Concat(first, rest) {
		g.chown(g.at(name), 0, 0)
	}
	plan, err := g.plan()
	g.check(err)
	var before, later []string
	for _, s := range plan.Steps() {
		if s.Behind {
			later = append(later, s.Target)
		} else {
			before = append(before, s.Target)
		}
	}
	slices.Sort(before)
	if diff := cmp.Diff(first, before); diff != "" {
		t.Errorf("planned before the start: %s", diff)
	}
	slices.Sort(later)
	if diff := cmp.Diff(rest, later); diff != "" {
		t.Errorf("planned behind it: %s", diff)
	}
	booted := g.must()
	var made []string
	for _, s := range booted.Steps() {
		made = append(made, s.Target)
	}
	slices.Sort(made)
	if diff := cmp.Diff(first, made); diff != "" {
		t.Errorf("made before the start: %s", diff)
	}
	for _, name := range rest {
		g.wants(name, 0, 0, 0)
	}
	looked := g.tour(&Tour{})
	made = nil
	for _, s := range looked.Steps() {
		made = append(made, s.Target)
	}
	slices.Sort(made)
	if diff := cmp.Diff(rest, made); diff != "" {
		t.Errorf("made behind it: %s", diff)
	}
	g.says(looked, "Fixing ownership of ", "(targeted): 5 entries")
	again, err := g.plan()
	g.check(err)
	g.idle(again)
}

// A look without a restart heals the volume's own top and the listed modes as well.
func TestALookHealsWhatABootWould(t *testing.T) {
	g := behind(t)
	g.write(g.at(".env"), "A=1\n", 0o644)
	g.write(g.at("skills/deep/er/x"), "x", 0o600)
	g.chown(g.vol, 0, 0)
	for _, full := range []bool{false, true} {
		g.write(g.at("skills/y"), "x", 0o600)
		g.chown(g.at("skills/y"), 0, 0)
		tour := &Tour{Full: full}
		r := g.tour(tour)
		g.wants(".", g.uid, g.gid, 0)
		g.wants(".env", g.uid, g.gid, 0o600)
		g.wants("skills/deep/er/x", g.uid, g.gid, 0)
		g.wants("skills/y", g.uid, g.gid, 0)
		if tour.Entries < 10 || tour.Forgot != nil || len(r.Steps()) == 0 {
			t.Errorf("%+v, steps %q", tour, steps(r))
		}
	}
	g.idle(g.tour(&Tour{}))
}

// It is remembered that a look has begun, until it ends: a container that is killed meanwhile may have been killed by what
// the look would have healed.
func TestALookThatDoesNotEnd(t *testing.T) {
	g := behind(t)
	for i := range 20 {
		g.write(g.at(fmt.Sprintf("skills/s%02d", i)), "x", 0o600)
	}
	w := g.on()
	ctx, stop := context.WithCancelCause(t.Context())
	cause := errors.New("TERM")
	remove := fsx.OnChange(func(op, path string) {
		if strings.Contains(path, "/skills/") {
			stop(cause)
		}
	})
	err := boot.NewBoot(w, nil).Phases(ctx, (&Tour{}).Phases()...)
	remove()
	if !errors.Is(err, cause) {
		t.Errorf("it ended with %v", err)
	}
	if l := boot.RecallLook(w); !l.Begun {
		t.Errorf("remembered is %+v", l)
	}
	plan, err := g.plan()
	g.check(err)
	if plan.World.Look.When != boot.Before {
		t.Errorf("%+v", plan.World.Look)
	}
	// Unless the container ended in order.
	g.check(CutOff(w), CutOff(w))
	if l := boot.RecallLook(w); l.Begun || l.Cut != 1 {
		t.Errorf("remembered is %+v", l)
	}
	g.check(w.Close())
	plan, err = g.plan()
	g.check(err)
	if plan.World.Look.When != boot.Behind {
		t.Errorf("%+v", plan.World.Look)
	}
	g.tour(&Tour{})
	w = g.on()
	defer func() { g.check(w.Close()) }()
	if l := boot.RecallLook(w); l.Begun || l.Cut != 0 || l.Changed != 20 { // of 20 and their directory one was under way when the stop came, and no other was begun
		t.Errorf("remembered is %+v", l)
	}
}

// What is remembered of another user's look is nobody's to cut off: everything belongs to this one by now.
func TestAnothersLookIsNotCutOff(t *testing.T) {
	for about, change := range map[string]func(l *boot.Looked){
		"another user's": func(l *boot.Looked) { l.Who = "1:1" }, "another spec's": func(l *boot.Looked) { l.What = "0" },
	} {
		g := behind(t)
		g.remembers(func(l *boot.Looked) {
			l.Begun = true
			change(l)
		})
		w := g.on()
		g.check(CutOff(w))
		if l := boot.RecallLook(w); !l.Begun || l.Cut != 0 {
			t.Errorf("%s: remembered is %+v", about, l)
		}
		g.check(w.Close())
	}
}

// A directory that was root's for the moment and can't be given back is no matter of a stop in order, nor of a refusal: the next boot
// looks at everything first.
func TestALookThatLeavesSomethingWrong(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := behind(t)
		g.write(g.at("skills/former/x"), "x", 0o600)
		g.chown(g.at("skills/former"), 1000, 1000)
		old := time.Now().Add(-time.Hour)
		g.check(os.Chtimes(g.at("skills/former"), old, old))
		set := immutable(t, g.at("skills/former"))
		ctx, stop := context.WithCancel(t.Context())
		remove := fsx.OnChange(func(_, path string) {
			if strings.HasSuffix(path, "/former/x") {
				set(true)
				if stopped {
					stop()
				}
			}
		})
		w := g.on()
		r := boot.NewBoot(w, nil)
		err := r.Phases(ctx, (&Tour{}).Phases()...)
		stop()
		remove()
		set(false)
		if errors.Is(err, fsx.ErrTaken) != stopped || errors.Is(err, context.Canceled) != stopped {
			t.Errorf("stopped %v: it ended with %v", stopped, err)
		}
		if !stopped {
			g.says(r, "refusal: chown failed", "skills/former, skills: ")
		}
		if l := boot.RecallLook(w); !l.Begun {
			t.Errorf("stopped %v: remembered is %+v", stopped, l)
		}
		g.check(w.Close())
		g.must()
		g.wants("skills/former", g.uid, g.gid, 0)
	}
}

// A container that fails before its look behind the services has even begun leaves the same word.
func TestALookThatDoesNotBegin(t *testing.T) {
	g := behind(t)
	w := g.on()
	defer func() { g.check(w.Close()) }()
	plan, err := g.plan()
	g.check(err)
	if plan.World.Look.When != boot.Behind {
		t.Fatalf("%+v", plan.World.Look)
	}
	g.check(LeftUndone(w), LeftUndone(w))
	plan, err = g.plan()
	g.check(err)
	if plan.World.Look.When != boot.Before || !strings.Contains(plan.World.Look.Why, "did not come to its end") {
		t.Errorf("%+v", plan.World.Look)
	}
}

// Wherever a look behind the services is killed: the next boot ends where an undisturbed one does, by itself if the look had begun,
// with a look of its own if it hadn't come so far.
func TestALookIsKilledAnywhere(t *testing.T) {
	lay := func() *rig {
		g := behind(t)
		for _, name := range []string{"skills/a/b/c", "logs/app.log", "auth.json", "profiles/p/sub/x"} {
			g.write(g.at(name), "x", 0o600)
		}
		return g
	}
	undisturbed := lay()
	undisturbed.tour(&Tour{})
	undisturbed.must()
	want := snapshot(t, undisturbed.vol)
	k := 1
	for ; ; k++ {
		g := lay()
		if !g.diesAt(k, func() { g.tour(&Tour{}) }) {
			break
		}
		if r := g.must(); r.World.Look.When == boot.Behind {
			if k > 6 { // as many changes has the note that it begins
				t.Errorf("killed before change %d, the next boot leaves the rest for later", k)
			}
			g.tour(&Tour{})
		}
		if diff := cmp.Diff(masks(want), masks(snapshot(t, g.vol))); diff != "" {
			t.Errorf("killed before change %d, then booted: %s", k, diff)
		}
	}
	if k < 8 {
		t.Errorf("only %d changes were seen", k)
	}
}

// masks leaves the generated values out.
func masks(tree map[string]string) map[string]string {
	all := map[string]string{}
	for name, what := range tree {
		all[name] = masked(what)
	}
	return all
}

// Law: on any tree, a boot that leaves the rest to the look behind it, and that look, end where a boot that looks at
// everything does; and the plan had told each step of both.
func TestLawBehind(t *testing.T) {
	needRoot(t)
	top := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "law")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		g := rigIn(rt, dir).full()
		g.env = nil
		g.spec.Volume.Own.Heal = spec.HealBehind
		if rapid.Bool().Draw(rt, "profiles") {
			g.spec.Profiles = &spec.Profiles{Dir: "profiles", Marker: "SOUL.md"}
		}
		g.must()
		g.write(g.root+"/victim", "root's own", 0o600)
		grow(rt, g)
		image := snapshot(rt, g.root)
		plan, err := g.plan()
		g.check(err)
		if plan.World.Look.When != boot.Behind {
			rt.Skip("the tree has made something of the ledger")
		}
		booted := g.must()
		looked := g.tour(&Tour{})
		again, err := g.plan()
		g.check(err)
		g.idle(again)
		made := append(steps(booted), stepsOf(looked, "look")...)
		want := steps(plan)
		for i, s := range made {
			made[i] = strings.Replace(s, "look ", "ownership ", 1)
		}
		slices.Sort(made)
		slices.Sort(want)
		if diff := cmp.Diff(want, made); diff != "" {
			rt.Fatalf("planned and made:\n%s\nplan said\n%s", diff, notes(plan))
		}
		if d := changed(image, snapshot(rt, g.root)); len(d) > 0 {
			rt.Fatalf("outside the volume %q changed", d)
		}
	})
}

func stepsOf(r *boot.Run, phase string) []string {
	var all []string
	for _, s := range steps(r) {
		if strings.HasPrefix(s, phase+" ") {
			all = append(all, s)
		}
	}
	return all
}

// A thousand steps are told one by one, a million not: a line for each owner that they had.
func TestManyEntriesAreCounted(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills"}, nil)
	g.mkdir(g.at("skills"), 0o755)
	g.chown(g.at("skills"), g.uid, g.gid)
	for i := range maxNamed + 50 {
		p := g.at(fmt.Sprintf("skills/s%04d", i))
		g.write(p, "", 0o600)
		if i%10 == 0 {
			g.chown(p, 999, 998)
		}
	}
	r := g.lawful(Ownership())
	if got := r.Steps(); len(got) != 2 || got[0].Before != "0:0" || got[0].Count != 405 || got[1].Before != "999:998" || got[1].Count != 45 || got[0].Target != "skills" {
		t.Errorf("steps %+v", got)
	}
	g.says(r, "(targeted): 450 entries")
}

// More owners than anybody has are counted together.
func TestManyOwnersAreCountedTogether(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills"}, nil)
	for i := range maxNamed + 40 {
		p := g.at(fmt.Sprintf("skills/s%04d", i))
		g.write(p, "", 0o600)
		g.chown(p, uint32(1000+i%40), 7)
	}
	r := g.must(Ownership())
	if n := len(r.Steps()); n > maxKinds+2 || r.Count() != 0 && r.Total() != maxNamed+41 {
		t.Errorf("%d steps for %d entries: %q", n, r.Total(), steps(r))
	}
}

func TestTheRateIsKept(t *testing.T) {
	pace := paced(1000)
	began := time.Now()
	for range 20 {
		if err := pace(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("200 entries at 1000 a second took %s", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pace(ctx, 1_000_000); !errors.Is(err, context.Canceled) {
		t.Errorf("a stop is not heard: %v", err)
	}
}

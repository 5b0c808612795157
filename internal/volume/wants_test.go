package volume

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
)

// lawful plans, boots and plans again: a boot makes the very steps of its plan, and nothing is left to do.
func (g *rig) lawful(phases ...boot.Phase) *boot.Run {
	g.t.Helper()
	plan, err := g.plan(phases...)
	g.check(err)
	r := g.must(phases...)
	if d := cmp.Diff(steps(plan), steps(r)); d != "" {
		g.t.Fatalf("plan and boot differ:\n%s", d)
	}
	again, err := g.plan(phases...)
	g.check(err)
	if len(again.Steps()) > 0 {
		g.t.Fatalf("left to do after a boot: %q", steps(again))
	}
	return r
}

func (g *rig) says(r *boot.Run, words ...string) {
	g.t.Helper()
	got := notes(r)
	for _, w := range words {
		if !strings.Contains(got, w) {
			g.t.Fatalf("notes lack %q:\n%s", w, got)
		}
	}
}

// silent wants a boot that had nothing to say to a person.
func (g *rig) silent(r *boot.Run) {
	g.t.Helper()
	if got := notes(r); got != "" {
		g.t.Fatalf("it says:\n%s", got)
	}
}

// idle wants a boot that changed nothing.
func (g *rig) idle(r *boot.Run) {
	g.t.Helper()
	if got := steps(r); len(got) > 0 {
		g.t.Fatalf("it did %q", got)
	}
}

// spared wants a tree as it was.
func (g *rig) spared(top string, before map[string]string) {
	g.t.Helper()
	after := snapshot(g.t, top)
	for _, name := range changed(before, after) {
		g.t.Fatalf("%s in %s was %q and is %q", name, top, before[name], after[name])
	}
}

// wants checks owner and mode of a name on the volume; the mode only where perm isn't 0.
func (g *rig) wants(name string, uid, gid, perm uint32) {
	g.t.Helper()
	st := g.stat(name)
	if os.Geteuid() == 0 && (st.Uid != uid || st.Gid != gid) {
		g.t.Fatalf("%s belongs to %d:%d, want %d:%d", name, st.Uid, st.Gid, uid, gid)
	}
	if perm != 0 && st.Mode&0o7777 != perm {
		g.t.Fatalf("%s has mode %04o, want %04o", name, st.Mode&0o7777, perm)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: owners are changed")
	}
}

// failure checks that an error ends a boot with a code, words and a hint.
func failure(t tester, err error, code int, words ...string) {
	t.Helper()
	var f *boot.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a failure", err)
	}
	if f.Code != code || f.Hint == "" {
		t.Fatalf("code %d, hint %q: want code %d and a hint (%v)", f.Code, f.Hint, code, err)
	}
	for _, w := range words {
		if !strings.Contains(f.Error()+"\n"+f.Hint, w) {
			t.Fatalf("%q (hint %q) lacks %q", f.Error(), f.Hint, w)
		}
	}
}

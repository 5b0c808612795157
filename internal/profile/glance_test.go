package profile

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// glance glances with some profiles known beside the volume's own.
func (g *rig) glance(known ...string) (bool, error) {
	g.t.Helper()
	known = append(known, "default")
	var changed bool
	err := g.do(func() (err error) {
		changed, err = g.set().Glance(func(name string) bool { return slices.Contains(known, name) }, len(known))
		return err
	})
	return changed, err
}

func TestGlance(t *testing.T) {
	for _, c := range []struct {
		about string
		lay   func(g *rig)
		known []string
		want  bool
	}{
		{"no directory, and none is known", func(*rig) {}, nil, false},
		{"no directory, and one is known", func(*rig) {}, []string{"a"}, true},
		{"an empty directory", func(g *rig) { g.mkdir("profiles") }, nil, false},
		{"all are known", func(g *rig) { g.profile("a"); g.profile("b") }, []string{"a", "b"}, false},
		{"one has come", func(g *rig) { g.profile("a"); g.profile("b") }, []string{"a"}, true},
		{"one has gone", func(g *rig) { g.profile("a") }, []string{"a", "b"}, true},
		{"one has gone and another one come", func(g *rig) { g.profile("b") }, []string{"a"}, true},
		{"a directory without the marker", func(g *rig) { g.mkdir("profiles/a") }, nil, false},
		{"a file", func(g *rig) { g.write("profiles/a", "") }, nil, false},
		{"a name that is none", func(g *rig) { g.write("profiles/My Bot/SOUL.md", "") }, nil, false},
		{"a link", func(g *rig) { g.profile("b"); g.link("b", "profiles/a") }, []string{"b"}, false},
		{"one of the volume's own name", func(g *rig) { g.write("profiles/default/SOUL.md", "") }, nil, false},
		{"one that is being made", func(g *rig) { g.write("profiles/.new/SOUL.md", "") }, nil, false},
		{"a known one that became a file", func(g *rig) { g.write("profiles/a", "") }, []string{"a"}, true},
		{"a known one that became a link", func(g *rig) { g.profile("b"); g.link("b", "profiles/a") }, []string{"a", "b"}, true},
		{"a known one that lost its marker: the whole look sees it", func(g *rig) { g.mkdir("profiles/a") }, []string{"a"}, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			c.lay(g)
			got, err := g.glance(c.known...)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestAGlanceThatCanNotLook(t *testing.T) {
	g := newRig(t)
	g.write("profiles", "a file")
	if _, err := g.glance("a"); !errors.Is(err, fsx.ErrKind) {
		t.Errorf("at a file: %v", err)
	}
	g.ok(os.Remove(g.at("profiles")))
	g.mkdir("others")
	g.link("others", "profiles")
	if _, err := g.glance("a"); !errors.Is(err, fsx.ErrSymlink) {
		t.Errorf("through a link: %v", err)
	}
}

// Where a glance sees no change, the whole look finds the known ones and no others, unless a marker went.
func TestAGlanceMissesNothingThatCameOrWent(t *testing.T) {
	top := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		g := rigIn(rt, top+"/"+mkdir(rt, top, n))
		defer g.close()
		names := []string{"a", "b", "c", "d"}
		there := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(rt, "there")
		known := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(rt, "known")
		g.mkdir("profiles")
		for _, name := range there {
			g.profile(name)
		}
		changed, err := g.glance(known...)
		g.ok(err)
		same := slices.Equal(slices.Sorted(slices.Values(there)), slices.Sorted(slices.Values(known)))
		if changed == same {
			rt.Fatalf("there are %q, known %q: changed %v", there, known, changed)
		}
	})
}

func mkdir(t tester, top string, n int) string {
	name := strconv.Itoa(n)
	if err := os.Mkdir(top+"/"+name, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

package s6rcwords

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6rc"
)

// rcDrawn draws definitions without circles, each behind what it requires, as a catalogue has them.
func rcDrawn(t *rapid.T) *s6rc.Image {
	i := &s6rc.Image{}
	n := rapid.IntRange(1, 10).Draw(t, "services")
	for at := range n {
		s := s6rc.Service{Name: fmt.Sprintf("s%d", at), Kind: s6rc.Longrun, Essential: rapid.IntRange(0, 2).Draw(t, "essential") == 0}
		for before := range at {
			if rapid.IntRange(0, 2).Draw(t, "requires") == 0 {
				s.Requires = append(s.Requires, fmt.Sprintf("s%d", before))
			}
		}
		i.Services = append(i.Services, s)
	}
	some := rapid.SliceOfDistinct(rapid.SampledFrom(i.Services), func(s s6rc.Service) string { return s.Name }).Draw(t, "bundle")
	b := s6rc.Bundle{Name: "bundle"}
	for _, s := range some {
		b.Members = append(b.Members, s.Name)
	}
	i.Bundles = []s6rc.Bundle{b}
	return i
}

// rcNeeds says by plain search whether one service requires another, directly or not, or is it.
func rcNeeds(i *s6rc.Image, one, other string) bool {
	if one == other {
		return true
	}
	return slices.ContainsFunc(rcAtom(i, one).Requires, func(r string) bool { return rcNeeds(i, r, other) })
}

// After a change everything that was named is up with all it needs, or down with all that needs it; nothing is up without what it
// needs; what is essential stays, unless it is forced; what the change isn't about is left alone; and a second time nothing is told.
func TestLawOfRCChanges(t *testing.T) {
	g := newRC(t)
	getenv := func(string) string { return strings.TrimPrefix(g.env[0], api.SocketEnv+"=") }
	rapid.Check(t, func(t *rapid.T) {
		i := rcDrawn(t)
		g.fake.up = map[string]bool{}
		for _, s := range i.Services { // what is up at first is whole
			whole := !slices.ContainsFunc(s.Requires, func(r string) bool { return !g.fake.up[r] })
			g.fake.up[s.Name] = whole && rapid.Bool().Draw(t, "up")
		}
		before := maps.Clone(g.fake.up)
		known := []string{"bundle"}
		for _, s := range i.Services {
			known = append(known, s.Name)
		}
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, 3, rapid.ID[string]).Draw(t, "names")
		var said strings.Builder
		r := &rcCall{
			Call: &chain.Call{Name: "s6-rc", Stdout: &said, Stderr: &said}, catalogue: i, client: api.NewClient(getenv), verbosity: 2,
			down: rapid.Bool().Draw(t, "down"), essentials: rapid.Bool().Draw(t, "by force"), active: rapid.IntRange(0, 3).Draw(t, "-a") == 0,
		}
		r.prune = !r.down && rapid.Bool().Draw(t, "prune")
		g.fake.told = nil
		if code := r.change(names); code != 0 {
			t.Fatalf("it ends with %d: %s", code, said.String())
		}
		named := map[string]bool{}
		for _, n := range names {
			members, _ := rcMembers(i, n)
			for _, m := range members {
				named[m] = true
			}
		}
		if r.active {
			for n, up := range before {
				named[n] = named[n] || up
			}
		}
		stays := func(s string) bool { // something essential that was up needs it
			return slices.ContainsFunc(i.Services, func(e s6rc.Service) bool {
				return e.Essential && !r.essentials && before[e.Name] && rcNeeds(i, e.Name, s)
			})
		}
		for _, s := range i.Services {
			n := s.Name
			wanted := slices.ContainsFunc(rcSorted(named), func(m string) bool { return rcNeeds(i, m, n) })
			dropped := slices.ContainsFunc(rcSorted(named), func(m string) bool { return rcNeeds(i, n, m) })
			want := before[n]
			switch {
			case !r.down && wanted:
				want = true
			case r.down && dropped, r.prune && !wanted:
				want = before[n] && stays(n)
			}
			if g.fake.up[n] != want {
				t.Fatalf("%s is up: %v, want %v; told %q", n, g.fake.up[n], want, g.fake.told)
			}
			if g.fake.up[n] {
				for _, need := range s.Requires {
					if !g.fake.up[need] {
						t.Fatalf("%s is up without %s; told %q", n, need, g.fake.told)
					}
				}
			}
			if changed := before[n] != g.fake.up[n]; changed != strings.Contains(said.String(), "service "+n+": successfully") {
				t.Fatalf("of %s it says %q", n, said.String())
			}
		}
		rcInOrder(t, i, g.fake.told)
		g.fake.told = nil
		r.active = false
		if code := r.change(names); code != 0 || len(g.fake.told) != 0 && !r.prune {
			t.Fatalf("the second time: %d, %q", code, g.fake.told)
		}
	})
}

// rcInOrder says that nothing was started before what it needs, nor stopped before what needs it.
func rcInOrder(t *rapid.T, i *s6rc.Image, told []string) {
	at := map[string]int{}
	for n, line := range told {
		verb, names, _ := strings.Cut(line, " ")
		for name := range strings.SplitSeq(names, ",") {
			at[verb+name] = n + 1
		}
	}
	for _, s := range i.Services {
		for _, need := range s.Requires {
			if a, b := at["start"+s.Name], at["start"+need]; a > 0 && b > 0 && a <= b {
				t.Fatalf("%s is started with %s or before it: %q", s.Name, need, told)
			}
			if a, b := at["stop"+s.Name], at["stop"+need]; a > 0 && b > 0 && a >= b {
				t.Fatalf("%s is stopped with %s or behind it: %q", s.Name, need, told)
			}
		}
	}
}

// What listall and all-dependencies say is what a plain search finds.
func TestLawOfRCClosures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := rcDrawn(t)
		var names []string
		for _, s := range i.Services {
			names = append(names, s.Name)
		}
		set := map[string]bool{}
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID[string]).Draw(t, "names") {
			set[n] = true
		}
		for _, down := range []bool{false, true} {
			got := rcClosure(i, set, down)
			for _, n := range names {
				want := slices.ContainsFunc(rcSorted(set), func(m string) bool {
					if down {
						return rcNeeds(i, n, m)
					}
					return rcNeeds(i, m, n)
				})
				if got[n] != want {
					t.Fatalf("down %v: of %v %s is in it: %v, want %v", down, rcSorted(set), n, got[n], want)
				}
			}
		}
	})
}

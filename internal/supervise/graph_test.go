package supervise

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAddRefuses(t *testing.T) {
	after := func(v Service, names ...string) Service {
		v.After = names
		return v
	}
	for _, c := range []struct {
		about    string
		services []Service
		want     string
		hint     string
	}{
		{"a cycle of two", []Service{daemon("a", "b"), daemon("b", "a")}, "add a: the order has a cycle: a → b → a", "take one of these out of requires or after"},
		{"a cycle of one", []Service{daemon("a", "a")}, "a → a", ""},
		{"a cycle behind a tail", []Service{daemon("tail", "x"), daemon("x", "y"), daemon("y", "z"), daemon("z", "x")}, "add x: the order has a cycle: x → y → z → x", ""},
		{"a cycle over both axes", []Service{after(daemon("a"), "b"), daemon("b", "c"), after(daemon("c"), "a")}, "a → b → c → a", ""},
		{"an unknown requirement", []Service{daemon("web", "databse"), daemon("database")}, `add web: require or follow "databse": no such slot`, "did you mean database?"},
		{"an unknown one to come after", []Service{after(daemon("web"), "Old")}, `"Old": no such slot`, "there are: old, web"},
		{"nothing like it", []Service{daemon("web", "zzzzzz")}, `"zzzzzz": no such slot`, "there are: old, web"},
		{"a name twice", []Service{daemon("a"), daemon("a")}, `add "a": there is a slot of that name`, "give it another name"},
		{"a name that is there", []Service{daemon("old")}, `add "old": there is a slot of that name`, ""},
		{"no name", []Service{daemon("")}, `add ""`, ""},
		{"a daemon with a schedule", []Service{{Name: "a", Schedule: every(time.Hour)}}, "add a: only a task has a schedule", "make it a task"},
		{"a task with health", []Service{{Name: "a", Kind: Task, Health: &HealthRule{}}}, "add a: a task has no health", "make it a daemon"},
	} {
		t.Run(c.about, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				g := newRig(t, Options{})
				g.add(daemon("old"))
				err := g.s.Add("me", append([]Service{daemon("fine")}, c.services...)...)
				if err == nil {
					t.Fatal("nothing is refused")
				}
				g.says(err.Error(), c.want)
				if c.about == "an unknown one to come after" {
					c.hint = "did you mean old?"
				}
				if strings.HasPrefix(c.hint, "there are") {
					c.hint = "there are: old, fine, web"
				}
				g.says(HintFor(err), c.hint)
				g.are("old ready") // all or none
			})
		})
	}
}

func TestHealthNeedsAProber(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		g.s.o.Prober = nil
		if err := g.s.Add("me", healthy(Report)); err == nil || HintFor(err) == "" {
			t.Errorf("%v", err)
		}
	})
}

// TestCyclesAreFound draws graphs and compares with a plain search for a way back.
func TestCyclesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprint("s", i)
		}
		deps := map[string][]string{}
		for _, name := range names {
			deps[name] = rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(t, name)
		}
		reach := func(from string) map[string]bool {
			seen, todo := map[string]bool{}, slices.Clone(deps[from])
			for len(todo) > 0 {
				x := todo[0]
				todo = todo[1:]
				if !seen[x] {
					seen[x] = true
					todo = append(todo, deps[x]...)
				}
			}
			return seen
		}
		want := slices.ContainsFunc(names, func(name string) bool { return reach(name)[name] })
		cycle := findCycle(names, deps)
		if (cycle != nil) != want {
			t.Fatalf("%v has a cycle: %v, and %v is found", deps, want, cycle)
		}
		for i := 1; i < len(cycle); i++ {
			if !slices.Contains(deps[cycle[i-1]], cycle[i]) {
				t.Fatalf("%v is no way through %v", cycle, deps)
			}
		}
		if cycle != nil && cycle[0] != cycle[len(cycle)-1] {
			t.Fatalf("%v doesn't come back", cycle)
		}
	})
}

func TestLevelsFollowTheOrder(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		web := daemon("web", "app", "cache")
		web.After = []string{"log"}
		g.add(web, daemon("app", "db"), daemon("cache"), daemon("db"), daemon("log"))
		got := map[string]int{}
		g.s.do(func() {
			for i, x := range g.s.ordered {
				got[x.Name] = x.level
				for _, r := range append(x.needs, x.follows...) {
					if slices.Index(g.s.ordered, r) > i {
						t.Errorf("%s comes before %s", x.Name, r.Name)
					}
				}
			}
		})
		if fmt.Sprint(got) != "map[app:1 cache:0 db:0 log:0 web:2]" {
			t.Error(got)
		}
	})
}

func TestADeepLadderIsCheap(t *testing.T) {
	virtual(t, func(t *testing.T) {
		g := newRig(t, Options{})
		var list []Service
		for i := range 60 { // 2^60 ways from top to bottom
			a, b := daemon(fmt.Sprint("a", i)), daemon(fmt.Sprint("b", i))
			if i > 0 {
				below := []string{fmt.Sprint("a", i-1), fmt.Sprint("b", i-1)}
				a.Requires, b.Requires = below, below
			}
			list = append(list, off(a), off(b))
		}
		g.add(list...)
		g.ok(g.s.Start(t.Context(), "me", true, "a59"))
		g.is("a0", Ready)
		g.is("b59", Down)
		g.ok(g.s.Stop(t.Context(), "me", true, "a0"))
		g.is("a59", Waiting)
	})
}

func TestNearest(t *testing.T) {
	known := []string{"web", "database", "gateway-coder", "x"}
	for word, want := range map[string]string{
		"wbe": "web", "we": "web", "Web": "web", "databas": "database", "gateway-coderr": "gateway-coder", "gateway": "",
		"": "", "y": "", "nothing": "", strings.Repeat("web", 100): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("%q is taken for %q, want %q", word, got, want)
		}
	}
}

func TestNearestIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOf(rapid.String()).Draw(t, "known")
		got := nearest(rapid.String().Draw(t, "word"), known)
		if got != "" && !slices.Contains(known, got) {
			t.Fatalf("%q is none of them", got)
		}
	})
}

package supervise

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update writes the page of the states: go test ./internal/supervise -run Reference -update.
var update = flag.Bool("update", false, "rewrite the generated page")

func TestReference(t *testing.T) {
	const path = "../../docs/reference/states.md"
	if *update {
		if err := os.WriteFile(path, Reference(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(mustRead(t, path), string(Reference())); diff != "" {
		t.Errorf("docs/reference/states.md is stale; run: go test ./internal/supervise -run Reference -update\n%s", diff)
	}
}

func TestTheDiagramHoldsEveryRow(t *testing.T) {
	page := string(Reference())
	for _, r := range table {
		if n := strings.Count(page, "\n    "+string(r.from)+" --> "+string(r.to)+" : "+string(r.on)+"\n"); n != 1 {
			t.Errorf("%s to %s on %q is drawn %d times", r.from, r.to, r.on, n)
		}
	}
}

func TestTable(t *testing.T) {
	known := func(s State) bool {
		return slices.ContainsFunc(states(), func(k struct {
			state State
			means string
		},
		) bool {
			return k.state == s
		})
	}
	type key struct {
		from State
		on   trigger
	}
	seen := map[key]bool{}
	for _, r := range table {
		if !known(r.from) || !known(r.to) {
			t.Errorf("%s to %s: an unknown state", r.from, r.to)
		}
		if k := (key{r.from, r.on}); seen[k] {
			t.Errorf("%s on %q leads to two places", r.from, r.on)
		} else {
			seen[k] = true
		}
		if r.from == r.to {
			t.Errorf("%s leads to itself", r.from)
		}
		if r.means == "" {
			t.Errorf("%s to %s has no meaning", r.from, r.to)
		}
	}
	if n := len(states()); n != 11 {
		t.Errorf("%d states", n)
	}
}

func TestEveryStateIsReachedAndLeft(t *testing.T) {
	reach := map[State]bool{Down: true}
	for range table {
		for _, r := range table {
			reach[r.to] = reach[r.to] || reach[r.from]
		}
	}
	for _, s := range states() {
		if !reach[s.state] {
			t.Errorf("%s is never reached", s.state)
		}
		// From everywhere a stop leads down, by itself or by the end of a process.
		back := map[State]bool{s.state: true}
		for range table {
			for _, r := range table {
				if r.on == onStop || r.on == onKill || r.on == onRest || r.on == onGiveUp {
					back[r.to] = back[r.to] || back[r.from]
				}
			}
		}
		if !back[Down] {
			t.Errorf("no stop leads down from %s", s.state)
		}
	}
}

func TestNoRowNoMove(t *testing.T) {
	if to, ok := next(Ready, onWant); ok || to != Ready {
		t.Errorf("ready is moved to %s by a wish", to)
	}
}

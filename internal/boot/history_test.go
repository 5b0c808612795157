package boot

import (
	"fmt"
	"strings"
	"testing"
)

func TestALineOfHistorySaysWhatABootDid(t *testing.T) {
	step := func(phase, target string, n int) Step { return Step{Phase: phase, Verb: "x", Target: target, Count: n} }
	for _, c := range []struct {
		about string
		rep   Report
		want  string
	}{
		{"nothing", Report{Outcome: Prepared}, ""},
		{"by phases, in their order", Report{Steps: []Step{step("identity", "app", 0), step("seeds", ".env", 0), step("seeds", "SOUL.md", 0)}}, "identity app; seeds .env, SOUL.md"},
		{"three names of each", Report{Steps: []Step{step("seeds", "a", 0), step("seeds", "b", 0), step("seeds", "c", 0), step("seeds", "d", 0)}}, "seeds a, b, c and 1 more"},
		{"a step for many entries", Report{Steps: []Step{step("ownership", "skills", 1000), step("ownership", "logs", 0)}}, "ownership skills, logs and 999 more"},
		{"the end of a long path", Report{Steps: []Step{step("seeds", strings.Repeat("deep/", 20)+"x", 0)}}, "seeds …/x"},
		{"what was refused", Report{Notes: []Note{{Level: Refusal}, {Level: Warning}, {Level: Refusal}}}, "2 refused"},
		{"what ended it", Report{Steps: []Step{step("seeds", "a", 0)}, Outcome: Failed, Error: "no room"}, "seeds a; no room"},
	} {
		if got := c.rep.Done(); got != c.want {
			t.Errorf("%s: %q, want %q", c.about, got, c.want)
		}
	}
}

// What was seeded, migrated or handed over stays known, however often a container is restarted since.
func TestBootsThatDidNothingAreForgottenFirst(t *testing.T) {
	w, _ := onVolume(t)
	deed := remembered(t, w)
	deed.Steps, deed.Count = []Step{{Phase: "seeds", Verb: "create", Target: ".env"}}, 1
	if err := Remember(w, deed); err != nil {
		t.Fatal(err)
	}
	for range 2 * keptBoots {
		remembered(t, w)
	}
	all, err := Recall(w)
	if err != nil || len(all) != keptBoots || all[0].Number != 1 || all[0].Done() != "seeds .env" {
		t.Fatalf("%d are kept, the first is %+v, error %v", len(all), all[0], err)
	}
	if n := all[len(all)-1].Number; n != 2*keptBoots+1 {
		t.Errorf("the newest is %d", n)
	}
}

// Where all did something the oldest goes; and the newest boots are kept, idle or not.
func TestDeedsAreBoundedToo(t *testing.T) {
	w, _ := onVolume(t)
	for n := range keptBoots + 20 {
		rep := remembered(t, w)
		if n >= 20 {
			continue
		}
		rep.Steps = []Step{{Phase: "seeds", Target: fmt.Sprint(n)}}
		if err := Remember(w, rep); err != nil {
			t.Fatal(err)
		}
	}
	for range keptBoots {
		rep := remembered(t, w)
		rep.Steps = []Step{{Phase: "seeds", Target: "late"}}
		if err := Remember(w, rep); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		remembered(t, w)
	}
	all, err := Recall(w)
	if err != nil || len(all) != keptBoots {
		t.Fatalf("%d are kept, error %v", len(all), err)
	}
	for i, r := range all {
		if want := 2*keptBoots + 20 + 3 - keptBoots + 1 + i; r.Number != want {
			t.Errorf("kept %d, want %d", r.Number, want)
		}
	}
}

package spec

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCircleLaw draws services that wait for each other: a complaint about a circle is made where there is one and only
// there, and what it tells is one.
func TestCircleLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "services")
		waits := map[string]map[string]bool{}
		var b strings.Builder
		b.WriteString("version: 1\nservices:\n")
		for i := range n {
			name := fmt.Sprintf("s%d", i)
			waits[name] = map[string]bool{}
			lists := map[string][]string{}
			for j := range n {
				key := rapid.SampledFrom([]string{"", "", "", "requires", "after"}).Draw(t, "key")
				if key != "" {
					lists[key] = append(lists[key], fmt.Sprintf("s%d", j))
					waits[name][fmt.Sprintf("s%d", j)] = true
				}
			}
			fmt.Fprintf(&b, "  %s: {command: [x], requires: [%s], after: [%s]}\n", name, strings.Join(lists["requires"], ", "), strings.Join(lists["after"], ", "))
		}
		_, complaints := one(b.String())
		if (len(complaints) > 0) != circular(waits) {
			t.Fatalf("%s%s", b.String(), said(complaints))
		}
		for _, c := range complaints {
			_, told, ok := strings.Cut(c.Text, "these wait for each other: ")
			if !ok || c.Hint == "" {
				t.Fatalf("%v", c)
			}
			names := strings.Split(told, " → ")
			if len(names) < 2 || names[0] != names[len(names)-1] {
				t.Fatalf("%s is no circle", told)
			}
			for i := range len(names) - 1 {
				if !waits[names[i]][names[i+1]] {
					t.Fatalf("%s: %s doesn't wait for %s", told, names[i], names[i+1])
				}
			}
		}
	})
}

// circular takes away what waits for nothing that is left, until nothing changes: what remains goes in circles.
func circular(waits map[string]map[string]bool) bool {
	left := map[string]bool{}
	for name := range waits {
		left[name] = true
	}
	for changed := true; changed; {
		changed = false
		for name := range left {
			free := true
			for other := range waits[name] {
				free = free && !left[other]
			}
			if free {
				delete(left, name)
				changed = true
			}
		}
	}
	return len(left) > 0
}

func TestWhatMayWaitForWhat(t *testing.T) {
	for _, c := range []struct{ about, services, text, hint string }{
		{"a plain service for a plain one", "a: {command: [x], requires: [b]}, b: {command: [x]}", "", ""},
		{"a per-profile service for a plain one", "a: {per-profile: true, command: [x], requires: [b]}, b: {command: [x]}", "", ""},
		{"a per-profile service for another", "a: {per-profile: true, command: [x], after: [b]}, b: {per-profile: true, command: [x]}", "", ""},
		{"a plain service for a per-profile one", "a: {command: [x], after: [b]}, b: {per-profile: true, command: [x]}", "which to wait for", "per-profile: true"},
		{"a service for a task", "a: {command: [x], requires: [b]}, b: {kind: task, command: [x]}", "", ""},
		{"a task for a service", "a: {kind: task, command: [x], requires: [b]}, b: {command: [x]}", "", ""},
		{"a scheduled task for a service", "a: {kind: task, command: [x], schedule: {every: 1h}, requires: [b]}, b: {command: [x]}", "", ""},
		{"a service for a scheduled task", "a: {command: [x], after: [b]}, b: {kind: task, command: [x], schedule: {every: 1h}}", "", ""},
		{"the same name in both lists", "a: {command: [x], requires: [b], after: [b]}, b: {command: [x]}", "", ""},
		{"the same name twice in one", "a: {command: [x], after: [b, b]}, b: {command: [x]}", "for the second time", "see line 3"},
		{"a name with a letter wrong", "a: {command: [x], requires: [databsae]}, database: {command: [x]}", `there is no service "databsae"`, "did you mean database?"},
		{"a name that is like none", "a: {command: [x], requires: [zzzzzz]}, database: {command: [x]}", "there is no service", "known here: a, database"},
		{"itself", "a: {command: [x], requires: [a]}", "wait for each other: a → a", "take one of them out"},
		{"each other", "a: {command: [x], requires: [b]}, b: {command: [x], after: [a]}", "wait for each other: a → b → a", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			text := "version: 1\nprofiles: {dir: p}\nservices: {" + c.services + "}\n"
			if c.text != "" {
				reject(t, text, c.text, c.hint)
			} else if _, complaints := one(text); complaints != nil {
				t.Error(said(complaints))
			}
		})
	}
}

func TestServicesOfAMergedSpecWaitForEachOther(t *testing.T) {
	specs := files{
		"base.yaml": "version: 1\nservices: {a: {command: [x], requires: [b]}, b: {command: [x]}, bbbb: {command: [x]}}\n",
		"over.yaml": "extends: base.yaml\nservices: {b: {requires: [a]}, c: {command: [x], after: [bbb]}}\n",
	}
	_, complaints := Read(specs.open, "over.yaml")
	got := said(complaints)
	if len(complaints) != 2 || !strings.Contains(got, "over.yaml:2:") || !strings.Contains(got, "a → b → a") || !strings.Contains(got, "did you mean bbbb?") {
		t.Errorf("got %s", got)
	}
	placesLieInTheFile(t, specs, complaints)
}

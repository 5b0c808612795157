package migrate

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/spec"
)

// stepsOf reads steps of one edit a line, all of them to version 2.
func stepsOf(edits ...string) (*Steps, []spec.Complaint) {
	text := "version: 1\nlatest: 2\nenv-file: .env\nsteps:\n  - to: 2\n    edits:\n"
	for _, e := range edits {
		text += "      - " + e + "\n"
	}
	return ReadSteps(func(string) ([]byte, error) { return []byte(text), nil }, "steps.yaml")
}

// What a verb does to a file that isn't as its author thought: nothing is lost without a word, and what can't be placed stays.
func TestVerbs(t *testing.T) {
	for _, c := range []struct{ about, edit, before, after, says string }{
		{"default: null is a choice", "{default: a, value: 1}", "a:\n", "a:\n", ""},
		{"default: no mapping on the way", "{default: a.b, value: 1}", "a: x\n", "a: x\n", "remark a is no mapping: a.b was left out\n"},
		{"default: a list on the way", "{default: a.b, value: 1}", "a: [x]\n", "a: [x]\n", "remark a is no mapping: a.b was left out\n"},
		{"default: a mapping", "{default: a, value: {b: [1, \"off\"]}}", "c: 1\n", "c: 1\na:\n  b: [1, \"off\"]\n", ""},
		{"set: over a block", "{set: a, value: 0x10}", "a: |\n  x\nb: 1\n", "a: 0x10\nb: 1\n", ""},
		{"set: if a number is the same, however it is written", "{set: a, value: 1, if: {a: 24}}", "a: 0x18\n", "a: 1\n", ""},
		{"set: a string is no number", "{set: a, value: 1, if: {a: 24}}", "a: \"24\"\n", "a: \"24\"\n", ""},
		{"set: all conditions count", "{set: a, value: 1, if: {a: null, b: [x, true]}}", "b: yes\n", "b: yes\na: 1\n", ""},
		{"set: one that isn't met", "{set: a, value: 1, if: {a: null, b: [x, true]}}", "b: no\n", "b: no\n", ""},
		{"set: null is as good as absent in a condition", "{set: a, value: 1, if: {a: null}}", "a: ~\n", "a: 1\n", ""},
		{"move: nothing there", "{move: a, to: b.c}", "x: 1\n", "x: 1\n", ""},
		{"move: a block", "{move: a, to: b}", "a: |\n  x\n  y\nz: 1\n", "b: \"x\\ny\\n\"\nz: 1\n", ""},
		{"move: a mapping", "{move: a.m, to: b.m}", "a:\n  m: {x: 1}\n  z: 2\n", "a:\n  z: 2\nb:\n  m:\n    x: 1\n", ""},
		{"move: the target is no mapping", "{move: a, to: b.c}", "a: 1\nb: 2\n", "a: 1\nb: 2\n", "remark b is no mapping: b.c was left out\n"},
		{"move: the target says something", "{move: a, to: b}", "a: 1\nb: 2\n", "b: 2\n", ""},
		{"move: the target is empty", "{move: a, to: b}", "a: 1\nb: ''\n", "b: 1\n", ""},
		{"move: else", "{move: a, to: b, map: {x: 1}, else: 2}", "a: y\n", "b: 2\n", ""},
		{"move: a word of the file that is none", "{move: m, to: \"<p>.m\"}", "m: 1\np: [x]\n", "m: 1\np: [x]\n", "remark m stays where it is: where it belongs can't be told\n"},
		{"move: a word of the file that isn't there", "{move: m, to: \"<p>.m\"}", "m: 1\n", "m: 1\n", "remark m stays where it is: where it belongs can't be told\n"},
		{"move: a word with a dot is one key", "{move: m, to: \"<p>.m\"}", "m: 1\np: a.b\n", "p: a.b\na.b:\n  m: 1\n", ""},
		{"move: a word that leads to itself", "{move: s.m, to: \"s.<s.p>.x\"}", "s: {p: m, m: 1}\n", "s: {p: m, m: 1}\n", "remark s.m is no mapping: s.m.x was left out\n"},
		{"move: each key", "{move: a.*, to: b.*.c}", "a:\n  x: 1\n  \"y z\": 2\n", "b:\n  x:\n    c: 1\n  y z:\n    c: 2\n", ""},
		{"move: each key of no mapping", "{move: a.*, to: b.*.c}", "a: [x]\n", "a: [x]\n", "remark a is no mapping: it stays where it is\n"},
		{"move: a key that is no name", "{move: a.*, to: b.*.c}", "a: {1: x}\n", "a: {1: x}\n", "remark a key of a is no name: it stays where it is\n"},
		{"remove", "{remove: a.b}", "a: {b: 1, c: 2}\n", "a: {c: 2}\n", ""},
		{"remove: if", "{remove: a, if: {a: x}}", "a: z\n", "a: z\n", ""},
		{"largest: not a number", "{largest: a, of: b, above: 3}", "b: x\nc: 1\n", "c: 1\n", ""},
		{"largest: the target is no number", "{largest: a, of: b, above: 3}", "a: x\nb: 9\n", "a: x\n", ""},
		{"largest: absent", "{largest: n.a, of: n.b, above: 3}", "n: {b: 9}\n", "n: {a: 9}\n", ""},
		{"fold: no list", "{fold: l, into: m, name: [n]}", "l: x\n", "l: x\n", "remark l is no list: it stays as it is\n"},
		{"fold: the target is no mapping", "{fold: l, into: m, name: [n]}", "l: [{n: a}]\nm: x\n", "l: [{n: a}]\nm: x\n", "remark m is no mapping: l stays as it is\n"},
		{"fold: no name and no host", "{fold: l, into: m, name: [n], host: [u]}", "l: [{x: 1}, {u: 'http://h.x:1/p'}, word]\n", "m:\n  entry:\n    x: 1\n  h-x:\n    u: 'http://h.x:1/p'\n", "remark l[2] was left out: it has no \n"},
		{"fold: into what is there, elsewhere", "{fold: a.l, into: b.m, name: [n]}", "a:\n  l: [{n: x}]\nb: {m: {x: 1}}\n", "a: {}\nb: {m: {x: 1, x-2: {\"n\": x}}}\n", ""},
		{"fold: what is merged in", "{fold: l, into: m, name: [n]}", "b: &b {k: 1, n: z}\nl:\n  - <<: *b\n    n: a\n    k: 2\n  - <<: *b\n", "b: &b {k: 1, n: z}\nm:\n  a:\n    \"n\": a\n    k: 2\n  z:\n    k: 1\n    \"n\": z\n", ""},
		{"fold: keys that are no names", "{fold: l, into: m, name: [a]}", "l: [{a: x, 1: one, on: yes, ? [c] : d}]\n", "m:\n  x:\n    a: x\n    1: one\n    on: yes\n", "remark l[0]: its key [c] was left out\n"},
		{"remove: a comment behind it stays", "{remove: a.b}", "a: {b: 1, # of b\n  # of c\n  c: 2}\n", "a: { # of b\n  # of c\n  c: 2}\n", ""},
		{"remove: a comment between others stays", "{remove: a.c}", "a: {\n  b: 1,\n  c: 2, # of c\n  # of d\n  d: 3 }\n", "a: {\n  b: 1,\n   # of c\n  # of d\n  d: 3 }\n", ""},
		{"remove: a comment before the last stays", "{remove: a.c}", "a: {b: 1, # of b\n  c: 2}\n", "a: {b: 1, # of b\n  }\n", ""},
		{"enlist: no list", "{enlist: p, dirs: d, files: [f]}", "p: x\n", "p: x\n", "remark p is no list: nothing was added to it\n"},
		{"blank: no file", "{blank: [A]}", "a: 1\n", "a: 1\n", ""},
		{"mkdir and announce", "{mkdir: [a/b], if: {a: 1}}", "a: 1\n", "a: 1\n", "mkdir a/b\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			s, complaints := stepsOf(c.edit)
			if len(complaints) > 0 {
				t.Fatalf("%v", complaints)
			}
			in := Input{Config: []byte("v: 1\n" + c.before), VersionKey: "v", Facts: stepPair{files: map[string]string{"d/x/f": ""}}.facts()}
			out, err := s.Run(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out.Config); got != "v: 2\n"+c.after {
				t.Errorf("%s\nbecame\n%s\nwant\n%s", c.before, got, c.after)
			}
			if got := said(out); got != c.says {
				t.Errorf("it says %q, want %q", got, c.says)
			}
		})
	}
}

// A variable may say the value: the container's before the file's, and nonsense is none.
func TestVariablesOfAStep(t *testing.T) {
	for _, c := range []struct{ env, file, want string }{
		{"", "", "z"},
		{"A=YES", "", "1"},
		{"A= yes ", "B=x", "1"},
		{"A=maybe", "", "z"},
		{"A=maybe", "B=x", "x"},
		{"", "A=yes", "1"},
		{"A=", "A=yes", "1"},
		{"A=no", "A=yes", "z"},
		{"B= a b ", "", "a b"},
		{"B=off", "", "\"off\""},
		{"B=a\x1bb", "", "z"},
		{"B=" + strings.Repeat("x", 2000), "", "z"},
	} {
		s, complaints := stepsOf("{default: a, value: z, env: [{name: A, map: {\"yes\": 1}}, {name: B}]}")
		if len(complaints) > 0 {
			t.Fatalf("%v", complaints)
		}
		in := Input{Config: []byte("v: 1\n"), VersionKey: "v", Lines: []byte(c.file), Facts: Facts{
			Lookup: func(name string) (string, bool) { v, ok := strings.CutPrefix(c.env, name+"="); return v, ok },
		}}
		if out, err := s.Run(t.Context(), in); err != nil || string(out.Config) != "v: 2\na: "+c.want+"\n" {
			t.Errorf("%q and %q give %q, %v", c.env, c.file, out.Config, err)
		}
	}
}

// The names that plugins give themselves are the app's to write.
func TestEnlistedNames(t *testing.T) {
	s, complaints := stepsOf("{enlist: p.use, dirs: d, files: [f, g], name: n, except: p.not}")
	if len(complaints) > 0 {
		t.Fatalf("%v", complaints)
	}
	p := stepPair{files: map[string]string{
		"d/a/f": "n: other\n", "d/b/g": "n: [x]\n", "d/c/f": "n: \"x\\ny\"\n", "d/e/f": "[", "d/h/f": "n: off\n", "d/i/f": "n: \"a: #b\"\n", "d/j/f": "n: out\n",
		"d/k/f": "n: " + strings.Repeat("x", 300),
	}}
	out, err := s.Run(t.Context(), Input{Config: []byte("v: 1\np: {not: [out]}\n"), VersionKey: "v", Facts: p.facts()})
	if want := "v: 2\np: {not: [out], use: [other, b, c, e, h, \"a: #b\", k]}\n"; err != nil || string(out.Config) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.Config, want)
	}
}

// A hostile file asks for thousands of edits.
func TestEditsAreBounded(t *testing.T) {
	s, _ := stepsOf("{move: a.*, to: b.*.c}")
	_, err := s.Run(t.Context(), Input{Config: []byte("a:\n" + lettered(1000)), VersionKey: "v", Facts: stepPair{}.facts()})
	if err == nil || !strings.Contains(err.Error(), "it would take more than 400 edits") {
		t.Errorf("error %v", err)
	}
}

func lettered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ": 1\n")
	}
	return b.String()
}

// The author of an image is told each mistake at once, with its place.
func TestComplaintsAboutSteps(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "it says nothing"},
		{"- a\n", "1:1: the steps: expected a mapping"},
		{"version: 2\nlatest: 1\nsteps: []\n", "1:10: version 2 of this language"},
		{"version: 1\nlatest: x\nsteps: []\n", "2:9: latest: expected a number"},
		{"version: 1\nsteps: []\n", "1:1: latest is missing"},
		{"version: 1\nlatest: 1\n", "1:1: steps is missing"},
		{"version: 1\nlatest: 1\nsteps: {}\n", "3:8: steps: expected a list"},
		{"version: 1\nlatest: 1\nstep: []\n", `3:1: the steps: unknown key "step"`},
		{"version: 1\nlatest: 1\nlatest: 2\nsteps: []\n", `3:1: the steps: "latest" stands there twice`},
		{"version: 1\nlatest: 1\nenv-file: ../x\nsteps: []\n", `3:11: env-file: "../x" is no name on the volume`},
		{"version: 1\nlatest: 1\nenv-file: .berth/x\nsteps: []\n", `env-file: ".berth/x" is no name on the volume`},
		{"version: 1\nlatest: 3\nsteps: [{to: 2}, {to: 2}]\n", "3:23: steps[1]: version 2 comes after 2"},
		{"version: 1\nlatest: 3\nsteps: [{to: 4}]\n", "steps[0]: version 4 is beyond the latest, 3"},
		{"version: 1\nlatest: 3\nsteps: [{about: x}]\n", "3:9: steps[0].to is missing"},
		{"version: 1\nlatest: 3\nsteps: [x]\n", "steps[0]: expected a mapping with to, about, edits"},
		{"a: [\n", "2:1: it is not YAML"},
	} {
		_, complaints := ReadSteps(func(string) ([]byte, error) { return []byte(c.text), nil }, "steps.yaml")
		complained(t, c.text, c.want, complaints)
	}
	_, complaints := ReadSteps(os.ReadFile, "/nonexistent/steps.yaml")
	complained(t, "no file", "open the steps: ", complaints)
	for _, c := range []struct{ edit, want string }{
		{"{}", "there is no verb"},
		{"word", "there is no verb"},
		{"{set: a, value: 1, remove: b}", "7:28: steps[0].edits[0]: has both set and remove"},
		{"{set: a}", "steps[0].edits[0].value is missing"},
		{"{set: a, value: 1, to: b}", `unknown key "to"`},
		{"{set: a..b, value: 1}", `"a..b" is no path`},
		{"{set: [a], value: 1}", "expected a string"},
		{"{set: a, value: 1, if: x}", "steps[0].edits[0].if: expected a mapping"},
		{"{set: a, value: 1, env: [{map: {}}]}", "steps[0].edits[0].env[0].name is missing"},
		{"{set: a, value: 1, env: [{name: 1A}]}", `"1A" is no variable's name`},
		{"{move: a}", "steps[0].edits[0].to is missing"},
		{"{move: a.*, to: b}", "there is not one * in each path"},
		{"{move: \"*.a\", to: \"b.*\"}", "a * stands for the keys of the last mapping only"},
		{"{move: a, to: b, map: x}", "map: expected a mapping"},
		{"{fold: a}", "into is missing"},
		{"{fold: a, into: b, fields: x}", "fields: expected a mapping"},
		{"{largest: a, above: 3}", "of is missing"},
		{"{largest: a, of: b}", "above is missing"},
		{"{enlist: a}", "dirs is missing"},
		{"{enlist: a, dirs: /x, files: [f]}", `"/x" is no name on the volume`},
		{"{blank: A}", "blank: expected a list"},
		{"{blank: [A-B]}", `"A-B" is no variable's name`},
		{"{mkdir: [../x]}", `"../x" is no name on the volume`},
	} {
		_, complaints := stepsOf(c.edit)
		complained(t, c.edit, c.want, complaints)
	}
}

func complained(t *testing.T, about, want string, complaints []spec.Complaint) {
	t.Helper()
	all := ""
	for _, c := range complaints {
		all += c.String()
	}
	if !strings.Contains(all, want) {
		t.Errorf("%q: it says\n%s\nwant %q", about, all, want)
	}
}

// FuzzSteps: whatever stands in a file of steps, and whatever file it is run on, nothing breaks and no file changes half.
func FuzzSteps(f *testing.F) {
	data, err := os.ReadFile(hermesSteps)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, []byte("custom_providers: [{name: a, base_url: b}]\nstt: {model: x, provider: y}\n"), []byte("LLM_MODEL=x\n"))
	f.Add([]byte("version: 1\nlatest: 2\nsteps: [{to: 2, edits: [{move: a.*, to: b.*.<c>}]}]\n"), []byte("a: {b: 1}\nc: d\n"), []byte{})
	f.Fuzz(func(t *testing.T, steps, config, env []byte) {
		s, complaints := ReadSteps(func(string) ([]byte, error) { return steps, nil }, "steps.yaml")
		if s == nil {
			if len(complaints) == 0 {
				t.Error("neither steps nor complaints")
			}
			return
		}
		out, err := s.Run(t.Context(), Input{Config: config, VersionKey: "_config_version", Lines: env, Facts: stepPair{}.facts()})
		if err != nil {
			return
		}
		n, err := Version(out.Config, "_config_version")
		if err != nil && !errors.Is(err, errEmpty) || n != s.Latest {
			t.Errorf("%q says %d, %v", out.Config, n, err)
		}
	})
}

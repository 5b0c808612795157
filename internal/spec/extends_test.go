package spec

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestExtends(t *testing.T) {
	base := `version: 1
app: base
user: {name: base, uid: 500, uid-env: [A, B]}
volume: {path: /data, dirs: [a, b], modes: {x: "0600", y: "0644"}}
seed: [{path: one, content: "1"}, {path: two, content: "2"}]
env: {set: {A: "1", B: "2"}}
migrate: {file: c.yaml, version-key: v, steps: steps.yaml}
services:
  web: {command: [web], stop: {signal: INT, timeout: 5s}}
`
	specs := files{
		"/etc/berth/base.yaml": base,
		"/etc/berth/over/berth.yaml": `extends: ../base.yaml
app: over
user: {uid-env: [C]}
volume: {dirs: [c], modes: {y: "0640"}}
seed: [{path: three, content: "3"}]
env: {set: {B: "3", C: "4"}}
services:
  web: {stop: {timeout: 9s}}
  job: {command: [job]}
`,
	}
	s, complaints := Read(specs.open, "/etc/berth/over/berth.yaml")
	if complaints != nil {
		t.Fatal(said(complaints))
	}
	three := "3"
	for _, c := range []struct {
		about     string
		got, want any
	}{
		{"a scalar replaces", s.App, "over"},
		{"a scalar that isn't replaced stays", s.User.UID, ID(500)},
		{"a default doesn't replace what the base says", s.User.Name, "base"},
		{"a list replaces", s.User.UIDEnv, []string{"C"}},
		{"a list in a merged mapping replaces", s.Volume.Dirs, []string{"c"}},
		{"mappings merge", s.Volume.Modes, map[string]Mode{"x": {0o600, true}, "y": {0o640, true}}},
		{"a list of mappings replaces as a whole", s.Seed, []Seed{{Path: "three", Content: &three, Mode: Mode{0o644, true}}}},
		{"variables merge", s.Env.Set, map[string]Text{"A": "1", "B": "3", "C": "4"}},
		{"mappings in mappings merge", s.Services["web"].Stop, Stop{"INT", Duration(9e9), true}},
		{"what must be there may come from the base", s.Services["web"].Command, []Text{"web"}},
		{"the base's version counts", s.Version, 1},
		{"a name beside the base stays beside it", s.Migrate.Steps, "/etc/berth/steps.yaml"},
		{"the spec's directory is the first file's", s.Dir, "/etc/berth/over"},
		{"what was written stays", s.Extends, "../base.yaml"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExtendsFindsItsFile(t *testing.T) {
	for _, c := range []struct{ about, first, extends, opened string }{
		{"beside the file that says it", "/etc/berth/berth.yaml", "base.yaml", "/etc/berth/base.yaml"},
		{"above it", "/etc/berth/berth.yaml", "../base.yaml", "/etc/base.yaml"},
		{"anywhere", "/etc/berth/berth.yaml", "/usr/share/base.yaml", "/usr/share/base.yaml"},
		{"beside a relative file", "images/x/berth.yaml", "../base.yaml", "images/base.yaml"},
		{"beside a file without a directory", "berth.yaml", "base.yaml", "base.yaml"},
		{"in its shortest form", "./a/./berth.yaml", ".//base.yaml", "a/base.yaml"},
	} {
		t.Run(c.about, func(t *testing.T) {
			var opened []string
			open := func(path string) ([]byte, error) {
				opened = append(opened, path)
				if len(opened) == 1 {
					return []byte("version: 1\nextends: " + c.extends + "\n"), nil
				}
				return []byte("app: x\n"), nil
			}
			s, complaints := Read(open, c.first)
			if complaints != nil || s.App != "x" {
				t.Fatal(said(complaints))
			}
			if len(opened) != 2 || opened[1] != c.opened {
				t.Errorf("opened %q, want %q", opened, c.opened)
			}
		})
	}
}

func TestExtendsAsFarAsItMay(t *testing.T) {
	for _, length := range []int{maxChain, maxChain + 1} {
		specs := files{}
		for i := range length {
			specs[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("extends: %d.yaml\n", i+1)
		}
		specs[fmt.Sprintf("%d.yaml", length-1)] = "version: 1\napp: far\n"
		s, complaints := Read(specs.open, "0.yaml")
		if length <= maxChain && (complaints != nil || s.App != "far") {
			t.Errorf("%d files: %s", length, said(complaints))
		}
		if length > maxChain && (len(complaints) != 1 || !strings.Contains(complaints[0].Text, "more than 8 files")) {
			t.Errorf("%d files: %s", length, said(complaints))
		}
	}
}

func TestACircleOfNewNamesEnds(t *testing.T) {
	opened := 0
	open := func(string) ([]byte, error) {
		opened++
		return fmt.Appendf(nil, "version: 1\nextends: ./deeper/%d.yaml\n", opened), nil
	}
	if _, complaints := Read(open, "0.yaml"); len(complaints) != 1 || opened != maxChain {
		t.Errorf("opened %d files: %s", opened, said(complaints))
	}
}

func TestTheFilesOfAChainShareOneBudget(t *testing.T) {
	filler := "# " + strings.Repeat("x", MaxSize/2) + "\n"
	specs := files{"a.yaml": filler + "extends: b.yaml\n", "b.yaml": filler + "version: 1\n"}
	_, complaints := Read(specs.open, "a.yaml")
	if len(complaints) != 1 || complaints[0].File != "b.yaml" || !strings.Contains(complaints[0].Text, "what leads to it") {
		t.Errorf("got %s", said(complaints))
	}
}

// tree draws a node tree of one kind of value at each key, so that two of them merge.
func drawTree(t *rapid.T, in *source, depth int, label string) *node {
	n := &node{in: in, kind: mapping, line: 1, column: 1}
	for _, key := range []string{"a", "b", "c"} {
		var v *node
		switch rapid.IntRange(0, 3).Draw(t, label+key) {
		case 0:
			continue
		case 1:
			v = &node{in: in, text: rapid.StringMatching("[x-z]").Draw(t, label+key+"text"), tag: "!!str"}
		case 2:
			v = &node{in: in, kind: list, items: []*node{{in: in, text: label, tag: "!!str"}}}
		default:
			if depth == 0 {
				continue
			}
			v = drawTree(t, in, depth-1, label+key)
		}
		n.keys, n.items = append(n.keys, &node{in: in, text: key}), append(n.items, v)
	}
	return n
}

// plain gives a tree as maps, lists and strings.
func plain(n *node) any {
	switch n.kind {
	case list:
		var out []any
		for _, i := range n.items {
			out = append(out, plain(i))
		}
		return out
	case mapping:
		out := map[string]any{}
		for i, k := range n.keys {
			out[k.text] = plain(n.items[i])
		}
		return out
	default:
		return n.text
	}
}

// merged is a second, simpler telling of merge.
func merged(base, over any) any {
	b, isMap := base.(map[string]any)
	o, both := over.(map[string]any)
	if !isMap || !both {
		return over
	}
	out := map[string]any{}
	maps.Copy(out, b)
	for k, v := range o {
		if was, there := out[k]; there {
			v = merged(was, v)
		}
		out[k] = v
	}
	return out
}

func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawTree(t, &source{name: "a"}, 3, "1"), drawTree(t, &source{name: "b"}, 3, "2"), drawTree(t, &source{name: "c"}, 3, "3")
		before := plain(a)
		if diff := cmp.Diff(merged(plain(a), plain(b)), plain(merge(a, b))); diff != "" {
			t.Fatalf("merge differs from its model:\n%s", diff)
		}
		if diff := cmp.Diff(before, plain(a)); diff != "" {
			t.Fatalf("merge changed the base:\n%s", diff)
		}
		if diff := cmp.Diff(plain(a), plain(merge(a, a))); diff != "" {
			t.Fatalf("a tree over itself is another:\n%s", diff)
		}
		empty := &node{kind: mapping}
		if plainly := plain(merge(a, empty)); !cmp.Equal(plainly, before) || !cmp.Equal(plain(merge(empty, a)), before) {
			t.Fatalf("an empty file changes its base: %v", plainly)
		}
		// A kind that changes on the way makes the order of merging matter, so the law is asked of two mappings only.
		left, right := plain(merge(merge(a, b), c)), merged(merged(plain(a), plain(b)), plain(c))
		if !cmp.Equal(left, right) {
			t.Fatalf("three files merge to %v, want %v", left, right)
		}
	})
}

func TestMergedNodesKeepTheirFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := &source{name: "a"}, &source{name: "b"}
		over := drawTree(t, b, 2, "2")
		m := merge(drawTree(t, a, 2, "1"), over)
		for i, k := range m.keys {
			fromOver := over.get(k.text) != nil
			if fromOver != (k.in == b) {
				t.Fatalf("key %s stands in %s", k.text, k.in.name)
			}
			if m.items[i].kind != mapping && fromOver != (m.items[i].in == b) {
				t.Fatalf("the value of %s stands in %s", k.text, m.items[i].in.name)
			}
		}
	})
}

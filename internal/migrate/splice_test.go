package migrate

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// told reads a text by the parser's own decoder: a judge that knows nothing of this package's trees.
func told(t tester, text []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

// putInto does to a map what an edit is to do to a text; it says whether the path leads through mappings.
func putInto(m map[string]any, path []string, v any) bool {
	for _, key := range path[:len(path)-1] {
		switch next := m[key].(type) {
		case map[string]any:
			m = next
		case nil:
			below := map[string]any{}
			m[key], m = below, below
		default:
			return false
		}
	}
	m[path[len(path)-1]] = v
	return true
}

func takeFrom(m map[string]any, path []string) {
	for _, key := range path[:len(path)-1] {
		next, ok := m[key].(map[string]any)
		if !ok {
			return
		}
		m = next
	}
	delete(m, path[len(path)-1])
}

// shared gives how many bytes two texts have in common at both ends.
func shared(a, b []byte) (front, back int) {
	for front < min(len(a), len(b)) && a[front] == b[front] {
		front++
	}
	for back < min(len(a), len(b))-front && a[len(a)-1-back] == b[len(b)-1-back] {
		back++
	}
	return front, back
}

func drawValue(t *rapid.T) (literal string, v any) {
	type both struct {
		text string
		v    any
	}
	b := rapid.SampledFrom([]both{
		{"34", 34},
		{"true", true},
		{`""`, ""},
		{`"off"`, "off"},
		{"word", "word"},
		{`"a: #b\n"`, "a: #b\n"},
		{"http://h:8/v1", "http://h:8/v1"},
		{"[a, 'b c', 3]", []any{"a", "b c", 3}},
		{"[]", []any{}},
		{"{k: {l: x}, m: [{n: 1}]}", map[string]any{"k": map[string]any{"l": "x"}, "m": []any{map[string]any{"n": 1}}}},
		{"{}", map[string]any{}},
	}).Draw(t, "value")
	return b.text, b.v
}

// TestSetLaw: on any document that a person might have, a value is set, the file then says that and nothing else new, by the word
// of a reader of its own, and the bytes outside the pair's own lines are what they were.
func TestSetLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		doc := drawDocument(rt)
		var path []string
		var own *place
		if rapid.Bool().Draw(rt, "there") {
			own = &doc.pairs[rapid.IntRange(0, len(doc.pairs)-1).Draw(rt, "pair")]
			path = own.path
		} else {
			base := rapid.SampledFrom(doc.pairs).Draw(rt, "pair").path
			path = append(slices.Clone(base[:rapid.IntRange(0, len(base)).Draw(rt, "depth")]), rapid.SampledFrom([]string{"new", "new key", "ü"}).Draw(rt, "key"))
		}
		text, v := drawValue(rt)
		want := told(rt, []byte(doc.text))
		ok := putInto(want, path, v)
		got, err := parsed(rt, doc.text).set(path, literal(rt, text))
		var none *noMapping
		if !ok && errors.As(err, &none) {
			return
		}
		if errors.Is(err, ErrRefused) && doc.touchy() {
			return
		}
		if err != nil || !ok {
			rt.Fatalf("%v in\n%s", err, doc.text)
		}
		if d := cmp.Diff(want, told(rt, got.data)); d != "" {
			rt.Fatalf("%q in\n%s\nbecame\n%s\n%s", path, doc.text, got.data, d)
		}
		front, back := shared([]byte(doc.text), got.data)
		switch {
		case own != nil:
			apart(rt, doc.text, string(got.data), own.from, own.to)
		case front+back < len(doc.text): // something came below ~ or {}, which is gone
			p := doc.pairs[slices.IndexFunc(doc.pairs, func(p place) bool { return slices.Equal(p.path, path[:len(path)-1]) })]
			apart(rt, doc.text, string(got.data), p.from, p.to)
		}
		for n := range comments(doc.text) {
			if own == nil && !strings.Contains(string(got.data), n) {
				rt.Fatalf("%s is gone: %q in\n%s\nbecame\n%s", n, path, doc.text, got.data)
			}
		}
	})
}

// apart wants the bytes before and behind a place to be what they were.
func apart(t tester, before, after string, from, to int) {
	t.Helper()
	if len(after) < from+len(before)-to || !strings.HasPrefix(after, before[:from]) || !strings.HasSuffix(after, before[to:]) {
		t.Fatalf("outside %d to %d there is a difference:\n%s\nbecame\n%s", from, to, before, after)
	}
}

func comments(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if _, c, ok := strings.Cut(line, "# c"); ok && !yield("# c"+strings.TrimRight(c, "\r\n")) {
				return
			}
		}
	}
}

// TestRemoveLaw: the same for a key that is taken out.
func TestRemoveLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		doc := drawDocument(rt)
		own := rapid.SampledFrom(doc.pairs).Draw(rt, "pair")
		want := told(rt, []byte(doc.text))
		takeFrom(want, own.path)
		got, err := parsed(rt, doc.text).remove(own.path)
		if errors.Is(err, ErrRefused) && doc.touchy() {
			return
		}
		if err != nil {
			rt.Fatalf("%v in\n%s", err, doc.text)
		}
		if d := cmp.Diff(want, told(rt, got.data)); d != "" && len(want) > 0 {
			rt.Fatalf("without %q\n%s\nbecame\n%s\n%s", own.path, doc.text, got.data, d)
		}
		from := own.from
		if own.alone && len(own.path) > 1 {
			from = 0
			for _, p := range doc.pairs {
				if slices.Equal(p.path, own.path[:len(own.path)-1]) {
					from = p.from // it becomes {} on its own line
				}
			}
		}
		apart(rt, doc.text, string(got.data), from, own.to)
	})
}

// FuzzSplice: whatever the text, an edit gives the tree that was wanted or is refused; a text that is refused whole costs little.
func FuzzSplice(f *testing.F) {
	for _, text := range []string{
		"a: 1\nb:\n  c: [x, {y: z}] # d\n", "a: &x {k: 1}\nb: *x\n<<: *x\n", "a: |+\n\n  x\n\n", "? a\n: - b\n  - c\n", "{a: {b: , c}, 'd': \"e\\n\"}",
		"\ufeff%YAML 1.1\n--- !m\na: !!str 1\n...\n", "a:\r\n- b\r- c\u2028d: 1\u0085e: 2", "a: 'x\n\n  # y''z'\nb: >2-\n    t\n", "- a\n-\n - b: c\n", "a: b: c", "*a : 1",
	} {
		f.Add([]byte(text), "a.c", "new", uint8(0))
		f.Add([]byte(text), "b", "x: [1, y]", uint8(1))
		f.Add([]byte(text), "a", "[]", uint8(2))
		f.Add([]byte(text), "b.c", "'it''s'", uint8(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, way, text2 string, verb uint8) {
		d, err := parse(text)
		if err != nil || len(way) > 100 {
			return
		}
		other, err := parse([]byte(text2))
		if err != nil {
			return
		}
		v, p := other.asWritten(other.root), strings.Split(way, ".")
		before := d.value
		var got *document
		want := before
		switch verb % 4 {
		case 0:
			if got, err = d.set(p, v); err == nil {
				want = before.with(p, v)
			}
		case 1:
			got, err = d.remove(p)
			if err == nil && before.at(p) != nil {
				want = before.with(p, nil)
			}
		case 2:
			if got, err = d.add(p, v); err == nil {
				want = before.with(p, longer(before.at(p), v))
			}
		default:
			if got, err = d.rename(p, "other", v); err == nil && got.value.at(append(slices.Clone(p[:len(p)-1]), "other")) == nil {
				t.Errorf("%q in %q became %q", way, text, got.data)
			}
			return
		}
		var none *noMapping
		if err != nil && !errors.Is(err, ErrRefused) && !errors.As(err, &none) {
			t.Fatalf("error %v", err)
		}
		if !same(d.value, before) {
			t.Errorf("the document itself was changed")
		}
		if err != nil {
			return
		}
		again, err := parseAny(got.data)
		if err != nil || !same(again.value, want) && len(want.items) > 0 {
			t.Errorf("%d %q: %q in\n%s\nbecame\n%s\n%v", verb%4, way, text2, text, got.data, err)
		}
	})
}

func longer(l, v *value) *value {
	return newList(append(slices.Clone(l.items), v)...)
}

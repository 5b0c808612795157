package migrate

import (
	"errors"
	"strings"
	"testing"
)

// parsed parses a text that can be worked on.
func parsed(t tester, text string) *document {
	t.Helper()
	d, err := parseAny([]byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return d
}

// testing.T and rapid.T both.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// literal gives the value that a text says.
func literal(t tester, text string) *value {
	t.Helper()
	d := parsed(t, text)
	if d.root == nil {
		return d.value
	}
	return d.asWritten(d.root)
}

func dotted(s string) []string { return strings.Split(s, ".") }

// What people have in their files, edited at one place. The comments, blank lines, quotes and the order around stay.
func TestSet(t *testing.T) {
	for _, c := range []struct{ about, path, value, before, after string }{
		{"a value", "a.b", "2", "a:\n  b: 1 # one\n  c: 3\n", "a:\n  b: 2 # one\n  c: 3\n"},
		{"a quoted value", "a", "no", "a: 'it''s' # c\n", "a: no # c\n"},
		{"a value in double quotes", "a", "x", `a: "q\" # x" # c` + "\n", "a: x # c\n"},
		{"a value on several lines", "a", "x", "a: one\n  two # c\nb: 1\n", "a: x # c\nb: 1\n"},
		{"a value on the next line", "a", "x", "a:\n  one\nb: 1\n", "a:\n  x\nb: 1\n"},
		{"a block", "a", "x", "a: |\n  one\n  # two\n\n# c\nb: 1\n", "a: x\n\n# c\nb: 1\n"},
		{"a folded block that is last", "a", "x", "b: 1\na: >-\n  one\n  two", "b: 1\na: x"},
		{"a list", "a", "x", "a: # c\n- 1\n- 2\nb: 1\n", "a: x # c\nb: 1\n"},
		{"a mapping", "a", "x", "a:\n  # d\n  k: v\n\nb: 1\n", "a: x\n\nb: 1\n"},
		{"brackets on several lines", "a", "x", "a: [1, # c\n 2\n ] # d\nb: 1\n", "a: x # d\nb: 1\n"},
		{"nothing", "a", "x", "a:   # c\nb: 1\n", "a: x   # c\nb: 1\n"},
		{"a tilde", "a", "x", "a: ~ # c\nb: 1\n", "a: x # c\nb: 1\n"},
		{"a string that would be a boolean", "a", `"off"`, "a: 1\n", "a: \"off\"\n"},
		{"an alias", "b", "x", "a: &v 1\nb: *v # c\n", "a: &v 1\nb: x # c\n"},
		{"what stands there already", "a", "1", "a:   1\n", "a:   1\n"},

		{"a new key", "c", "3", "a: 1\n\n# about b\nb: 2 # two\n\n# the end\n", "a: 1\n\n# about b\nb: 2 # two\nc: 3\n\n# the end\n"},
		{"a new key behind a block", "c", "3", "b: |\n  x\n  # y\n # z\n", "b: |\n  x\n  # y\nc: 3\n # z\n"},
		{"a new key behind a block that keeps its end", "c", "3", "b: |+\n  x\n\n", "b: |+\n  x\n\nc: 3\n"},
		{"a new key behind an empty block", "a.c", "3", "a:\n  b: |\nd: 1\n", "a:\n  b: |\n  c: 3\nd: 1\n"},
		{"a new key behind a hash in quotes", "c", "3", "b: \"x\n  # y\"\n# z\n", "b: \"x\n  # y\"\nc: 3\n# z\n"},
		{"a new key behind words on several lines", "c", "3", "b: x\n  y\n  z # w\n# v\n", "b: x\n  y\n  z # w\nc: 3\n# v\n"},
		{"a new key behind a list at the same depth", "c", "3", "b:\n- x\n- y: 1\n  z: 2\n", "b:\n- x\n- y: 1\n  z: 2\nc: 3\n"},
		{"a new key behind a null", "c", "3", "b:\n", "b:\nc: 3\n"},
		{"a new key behind an alias", "c", "3", "a: &v 1\nb: *v\n", "a: &v 1\nb: *v\nc: 3\n"},
		{"a new key, no line end", "c", "3", "a: 1", "a: 1\nc: 3"},
		{"a new key in a deep mapping", "a.b.c", "3", "a:\n    b:\n        d: 1\n\n    e: 2\n", "a:\n    b:\n        d: 1\n        c: 3\n\n    e: 2\n"},
		{"a new chain", "a.x.w.z", "3", "a:\n  b: 1\nc: 2\n", "a:\n  b: 1\n  x:\n    w:\n      z: 3\nc: 2\n"},
		{"a new chain at the top", "x.z", "3", "# only\na: 1\n", "# only\na: 1\nx:\n  z: 3\n"},
		{"below nothing", "a.b.c", "3", "a: # c\n# d\ne: 1\n", "a: # c\n  b:\n    c: 3\n# d\ne: 1\n"},
		{"below a tilde", "a.b", "3", "a: ~ # c\ne: 1\n", "a: # c\n  b: 3\ne: 1\n"},
		{"below empty brackets", "a.b", "3", "a: {} # c\ne: 1\n", "a: # c\n  b: 3\ne: 1\n"},
		{"below nothing at the end", "a.b", "3", "e: 1\na:", "e: 1\na:\n  b: 3"},
		{"in brackets", "a.c", "3", "a: {b: 1} # c\n", "a: {b: 1, c: 3} # c\n"},
		{"in brackets with a comma at the end", "a.c", "3", "a: { b: 1, }\n", "a: { b: 1, c: 3, }\n"},
		{"in brackets on several lines", "a.c", "3", "a: {\n  b: [1, 2], # c\n}\n", "a: {\n  b: [1, 2], c: 3, # c\n}\n"},
		{"in brackets, below nothing", "a.b.c", "3", "a: {b: , d: 1}\n", "a: {b: {c: 3}, d: 1}\n"},
		{"the whole file in brackets", "b", "3", "{\"a\": 1}\n", "{\"a\": 1, b: 3}\n"},
		{"empty brackets as the whole file", "b.c", "3", "{}\n", "{b: {c: 3}}\n"},
		{"a file without a word", "b.c", "3", "# c\n", "# c\nb:\n  c: 3\n"},
		{"a document with its marks", "b", "3", "%YAML 1.1\n---\na: 1\n...\n", "%YAML 1.1\n---\na: 1\nb: 3\n...\n"},
		{"a quoted key", "a b.c", "3", "\"a b\":\n  d: 1\n", "\"a b\":\n  d: 1\n  c: 3\n"},
		{"a merged key is overridden", "a.k", "3", "x: &x {k: 1}\na:\n  <<: *x\n", "x: &x {k: 1}\na:\n  <<: *x\n  k: 3\n"},
		{"an anchor that nobody asks for", "a.k", "3", "a: &x\n  b: 1\n", "a: &x\n  b: 1\n  k: 3\n"},
		{"a tag of the app's", "b", "3", "a: !secret x\n", "a: !secret x\nb: 3\n"},
		{"lines of Windows", "a.c", "3", "a:\r\n  b: 1\r\nd: 2\r\n", "a:\r\n  b: 1\r\n  c: 3\r\nd: 2\r\n"},
		{"lines of Windows, a chain", "x.z", "3", "a: 1\r\n", "a: 1\r\nx:\r\n  z: 3\r\n"},
		{"a byte order mark", "b", "3", "\ufeffa: 1\n", "\ufeffa: 1\nb: 3\n"},
		{"a byte order mark before the value", "a", "3", "\ufeffa: 1\n", "\ufeffa: 3\n"},
		{"letters of several bytes", "b", "3", "ä: \"ö\" # ü\nb: ß\n", "ä: \"ö\" # ü\nb: 3\n"},
		{"a tab behind the colon", "a", "3", "a:\t1\t# c\n", "a:\t3\t# c\n"},
		{"a line separator in a value", "b", "3", "a: \"x\u2028y\"\nb: 1\n", "a: \"x\u2028y\"\nb: 3\n"},
		{"words that look like a mark of a document", "b", "3", "a: |\n  ---\n  x\nb: 1\n", "a: |\n  ---\n  x\nb: 3\n"},
		{"a mapping for a value", "a", "{x: {w: 1}, z: [1, b]}", "a: 1 # c\nb: 2\n", "a: # c\n  x:\n    w: 1\n  z: [1, b]\nb: 2\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, err := parsed(t, c.before).set(dotted(c.path), literal(t, c.value))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.data) != c.after {
				t.Errorf("%s: %s in\n%s\nbecame\n%s\nwant\n%s", c.path, c.value, c.before, got.data, c.after)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ about, path, before, after string }{
		{"a key", "b", "a: 1\n# about b\nb: 2 # two\n\nc: 3\n", "a: 1\n# about b\n\nc: 3\n"},
		{"the last key", "b", "a: 1\nb: 2", "a: 1\n"},
		{"a mapping", "b", "a: 1\nb:\n  # in\n  x: 1\n\n  y: 2\n# out\nc: 3\n", "a: 1\n# out\nc: 3\n"},
		{"a list", "b", "a: 1\nb:\n- x\n- y: 1\n  z: |\n    t\nc: 3\n", "a: 1\nc: 3\n"},
		{"a block", "b", "b: |\n  x\n  # y\n\n\na: 1\n", "\n\na: 1\n"},
		{"the only key of a mapping", "a.b", "a: # c\n  # d\n  b: 1\ne: 2\n", "a: {} # c\n  # d\ne: 2\n"},
		{"the only key of all", "a", "# c\na: 1\n", "# c\n"},
		{"a pair in brackets", "a.c", "a: {b: 1, c: 2, d: 3}\n", "a: {b: 1, d: 3}\n"},
		{"the first pair in brackets", "a.b", "a: {b: 1, c: 2}\n", "a: {c: 2}\n"},
		{"the last pair in brackets", "a.c", "a: {b: 1, c: [2, 3]}\n", "a: {b: 1}\n"},
		{"the only pair in brackets", "a.b", "a: { b: 1 }\n", "a: {  }\n"},
		{"what isn't there", "x.y", "a: 1\n", "a: 1\n"},
		{"an anchor that nobody asks for", "a", "a: &x 1\nb: 2\n", "b: 2\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, err := parsed(t, c.before).remove(dotted(c.path))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.data) != c.after {
				t.Errorf("%q without %s became %q: want %q", c.before, c.path, got.data, c.after)
			}
		})
	}
}

func TestRename(t *testing.T) {
	for _, c := range []struct{ about, path, key, value, before, after string }{
		{"a scalar", "m.write_mode", "write_approval", "true", "m:\n  a: 1\n  write_mode: approve # c\n  z: 1\n", "m:\n  a: 1\n  write_approval: true # c\n  z: 1\n"},
		{"a list by a mapping", "l", "m", "{a: {b: 1}}", "# c\nl: # d\n- x: 1\n- y\n\nz: 1\n", "# c\nm: # d\n  a:\n    b: 1\n\nz: 1\n"},
		{"in brackets", "m.a", "b", "x", "m: {a: 1, c: 2}\n", "m: {b: x, c: 2}\n"},
		{"a quoted key", "a", "b", "2", "'a' : 1\n", "b : 2\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, err := parsed(t, c.before).rename(dotted(c.path), c.key, literal(t, c.value))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.data) != c.after {
				t.Errorf("%q became %q: want %q", c.before, got.data, c.after)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	for _, c := range []struct{ about, before, after string }{
		{"a list", "l:\n  - a # c\n  # d\nz: 1\n", "l:\n  - a # c\n  - x\n  # d\nz: 1\n"},
		{"a list at its key's depth", "l:\n- a: 1\n  b: 2\nz: 1\n", "l:\n- a: 1\n  b: 2\n- x\nz: 1\n"},
		{"brackets", "l: [a, 'b'] # c\n", "l: [a, 'b', x] # c\n"},
		{"empty brackets", "l: [ ]\n", "l: [x ]\n"},
		{"brackets on several lines", "l: [\n  a, # c\n]\n", "l: [\n  a, x, # c\n]\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, err := parsed(t, c.before).add([]string{"l"}, newText("x"))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.data) != c.after {
				t.Errorf("%q became %q: want %q", c.before, got.data, c.after)
			}
		})
	}
}

// Where an edit would change what somebody else says, or where its place isn't certain, the file stays as it is.
func TestWhatIsRefused(t *testing.T) {
	set := func(p string) func(*document) error {
		return func(d *document) error { _, err := d.set(dotted(p), newText("new")); return err }
	}
	remove := func(p string) func(*document) error {
		return func(d *document) error { _, err := d.remove(dotted(p)); return err }
	}
	for _, c := range []struct {
		about, text string
		edit        func(*document) error
	}{
		{"a value that aliases share", "a: &x {k: 1}\nb: *x\n", set("a.k")},
		{"a new key in what aliases share", "a: &x\n  k: 1\nb: *x\n", set("a.n")},
		{"a way through an alias", "a: &x {k: 1}\nb: *x\n", set("b.k")},
		{"an anchor that is asked for", "a: &x 1\nb: *x\n", remove("a")},
		{"a way through what is merged in", "x: &x {m: {k: 1}}\na:\n  <<: *x\n", set("a.m.n")},
		{"a merged key", "x: &x {k: 1}\na:\n  <<: *x\n", remove("a.k")},
		{"a key that stands there twice", "a: 1\nb: 2\na: 3\n", set("a")},
		{"a mapping that stands there twice", "a: {k: 1}\na: {k: 2}\n", set("a.k")},
		{"a pair behind a question mark", "? a\n: 1\n? b\n: 2\n", remove("a")},
		{"a block with an indentation of its own", "a: |2\n    x\n", set("b")},
	} {
		t.Run(c.about, func(t *testing.T) {
			d := parsed(t, c.text)
			if err := c.edit(d); !errors.Is(err, ErrRefused) {
				t.Errorf("error %v", err)
			}
			if string(d.data) != c.text {
				t.Errorf("it became %q", d.data)
			}
		})
	}
	var none *noMapping
	if _, err := parsed(t, "a: {b: 1}\n").set(dotted("a.b.c"), newText("x")); !errors.As(err, &none) || err.Error() != "a.b is no mapping" {
		t.Errorf("error %v", err)
	}
}

package variable

import (
	"testing"

	"pgregory.net/rapid"
)

func TestLookup(t *testing.T) {
	environ := []string{"A=1", "AB=2", "E=", "A=3=4", "word", "=x", ""}
	for _, c := range []struct {
		about, name, value string
		there              bool
	}{
		{"the last of one name, with everything behind the first =", "A", "3=4", true},
		{"a longer name", "AB", "2", true},
		{"an empty one", "E", "", true},
		{"one that isn't there", "B", "", false},
		{"an entry that is no variable", "word", "", false},
		{"a name that an entry goes on behind", "A=3", "4", true},
	} {
		if value, there := Lookup(environ, c.name); value != c.value || there != c.there {
			t.Errorf("%s: %q, %v", c.about, value, there)
		}
	}
	if _, there := Lookup(nil, "A"); there {
		t.Error("a variable of no environment")
	}
}

// What is set last is found, whatever stands before it.
func TestLookupLaw(t *testing.T) {
	name := rapid.StringMatching(`[A-C]{1,2}`)
	rapid.Check(t, func(t *rapid.T) {
		want, environ := map[string]string{}, []string(nil)
		for range rapid.IntRange(0, 8).Draw(t, "entries") {
			n, value := name.Draw(t, "name"), rapid.String().Draw(t, "value")
			want[n], environ = value, append(environ, n+"="+value)
		}
		n := name.Draw(t, "asked")
		value, there := Lookup(environ, n)
		if w, ok := want[n]; value != w || there != ok {
			t.Fatalf("%q of %q: %q, %v", n, environ, value, there)
		}
	})
}

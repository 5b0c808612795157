package migrate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// People keep keys and notes in this file and nowhere else: emptying one value may touch nothing but that value.
func TestBlank(t *testing.T) {
	for _, c := range []struct{ about, before, after string }{
		{"a line", "A=1\nTOKEN=abc\nB=2\n", "A=1\nTOKEN=\nB=2\n"},
		{"the last line without an end", "TOKEN=abc", "TOKEN="},
		{"blanks and export", "  export  TOKEN = abc  \nB=2", "  export  TOKEN =\nB=2"},
		{"a comment behind it", "TOKEN=abc   # mine\n", "TOKEN=\"\"   # mine\n"},
		{"quotes and a comment", "TOKEN='a # b' # mine\n", "TOKEN=\"\" # mine\n"},
		{"a hash in the value", "TOKEN=a#b\n", "TOKEN=\n"},
		{"a value on several lines", "TOKEN=\"a\nTOKEN=b\\\"\nc\"\nB=2\n", "TOKEN=\nB=2\n"},
		{"each of several", "TOKEN=a\nB=2\nTOKEN=b\n", "TOKEN=\nB=2\nTOKEN=\n"},
		{"lines of Windows", "A=1\r\nTOKEN=abc\r\nB=2\r\n", "A=1\r\nTOKEN=\r\nB=2\r\n"},
		{"a byte order mark", "\ufeffTOKEN=abc\n", "\ufeffTOKEN=\n"},
		{"a quoted name", "'TOKEN'=abc\n", "'TOKEN'=\n"},
		{"what is empty stays", "TOKEN=\nTOKEN=''\nTOKEN= \n", "="},
		{"a comment is none", "# TOKEN=abc\n#TOKEN=abc\n", "="},
		{"another name", "MY_TOKEN=a\nTOKENS=b\ntoken=c\n", "="},
		{"within another's quotes", "B=\"x\nTOKEN=abc\n\"\n", "="},
		{"a quote that never ends is skipped", "TOKEN=\"abc\nTOKEN=def\n", "TOKEN=\"abc\nTOKEN=\n"},
		{"words behind the quotes are skipped", "TOKEN='a' b\nTOKEN=c\n", "TOKEN='a' b\nTOKEN=\n"},
		{"no value at all", "TOKEN\nexport TOKEN\n", "="},
		{"bytes that are no text", "\x00\xff\xfe\nTOKEN=\xff\n", "\x00\xff\xfe\nTOKEN=\n"},
		{"nothing", "", "="},
	} {
		t.Run(c.about, func(t *testing.T) {
			want := strings.TrimPrefix(c.after, "=")
			if c.after == "=" {
				want = c.before
			}
			got, done := blank([]byte(c.before), "TOKEN")
			if string(got) != want || done != (want != c.before) {
				t.Errorf("%q became %q (%v): want %q", c.before, got, done, want)
			}
			if again, done := blank(got, "TOKEN"); done || string(again) != string(got) {
				t.Errorf("a second time %q became %q", got, again)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		file, value string
		ok          bool
	}{
		{"A=1\n", "1", true},
		{"A=1\nA = '2' # c\n", "2", true},
		{"A=1\nA=\n", "", true},
		{"A=\"x y\"\n", "x y", true},
		{"A=x y # z\n", "x y", true},
		{"B=1\n", "", false},
		{"A\n", "", false},
		{"", "", false},
	} {
		if v, ok := lookup([]byte(c.file), "A"); v != c.value || ok != c.ok {
			t.Errorf("%q gives %q, %v", c.file, v, ok)
		}
	}
}

// TestBlankLaw: of any file the other names keep their values, the name has none, and each line that doesn't assign it is there.
func TestBlankLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "end")
		parts := rapid.SliceOf(rapid.SampledFrom([]string{
			"TOKEN=abc", "export TOKEN='a b'", "TOKEN=\"a" + end + "b\" # c", "TOKEN= x # y", "TOKEN=", "A=1", "B='it'", "C=\"x" + end + "TOKEN=q\"", "# TOKEN=z", "", "junk", "D",
		})).Draw(rt, "lines")
		before := strings.Join(parts, end)
		after, _ := blank([]byte(before), "TOKEN")
		for _, name := range []string{"A", "B", "C", "D"} {
			v, ok := lookup([]byte(before), name)
			if w, there := lookup(after, name); v != w || ok != there {
				rt.Fatalf("%s was %q and is %q in %q", name, v, w, after)
			}
		}
		for _, a := range assignments(after) {
			if a.name == "TOKEN" && a.value != "" {
				rt.Fatalf("it is still %q in %q", a.value, after)
			}
		}
		for _, p := range parts {
			if !strings.Contains(p, "TOKEN=") && !strings.Contains(string(after), p) {
				rt.Fatalf("%q is gone from %q", p, after)
			}
		}
	})
}

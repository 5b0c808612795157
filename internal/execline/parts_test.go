package execline

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/proc"
)

func TestSubstitute(t *testing.T) {
	vars := []variable{{"A", []string{"v"}}, {"B", []string{"1", "$A"}}, {"N", nil}, {"E", []string{""}}}
	for _, c := range []struct{ name, word, want string }{
		{"a key alone", "$A", "v"},
		{"a key in braces next to other text", "x${A}y", "xvy"},
		{"a longer name is another key", "$Ab", "$Ab"},
		{"two keys in a word", "$A$A", "vv"},
		{"several values, one word each", " x$B", " x1| x$A"},
		{"they multiply, the left one first", "$B$B", "11|1$A|$A1|$A$A"},
		{"no value deletes the word", "a${N}b", ""},
		{"an empty one leaves it", "${E}", ""},
		{"one backslash quotes", `\$A`, "$A"},
		{"two are one, and the value follows", `\\$A`, `\v`},
		{"three are one and the key", `\\\${A}`, `\${A}`},
		{"before what is no key they stay", `\\$C`, `\\$C`},
		{"a value isn't read again", "$B", "1|$A"},
		{"braces that don't close", "${A", "${A"},
		{"a key within braces", "${$A}", "${v}"},
		{"a key that a brace ends", "$A{x", "v{x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := substitute([]string{c.word}, vars)
			if err != nil || strings.Join(got, "|") != c.want {
				t.Errorf("%q gives %q, %v, want %q", c.word, got, err, c.want)
			}
			if c.name == "no value deletes the word" && len(got) != 0 {
				t.Errorf("%q is left", got)
			}
		})
	}
}

// Words that name no key stay as they are, and the spaces of a block stay in front of each word that comes of one.
func TestWhatSubstitutionKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(` {0,2}[a-c$\\{}]{0,8}`)).Draw(t, "words")
		same, err := substitute(words, []variable{{"zz", []string{"x"}}})
		if err != nil || !slices.Equal(same, words) {
			t.Fatalf("%q gives %q, %v", words, same, err)
		}
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		values := rapid.SliceOf(rapid.String()).Draw(t, "values")
		made, err := substitute([]string{strings.Repeat(" ", depth) + "$A"}, []variable{{"A", values}})
		if err != nil || len(made) != len(values) {
			t.Fatalf("%d values give %q, %v", len(values), made, err)
		}
		for _, m := range made {
			if !strings.HasPrefix(m, strings.Repeat(" ", depth)) {
				t.Fatalf("%q is no longer %d deep", m, depth)
			}
		}
	})
}

// A long word with many keys takes time in proportion to its length, and what would grow without end is refused.
func TestSubstitutionIsBounded(t *testing.T) {
	long := strings.Repeat("$A", 100_000)
	if got, err := substitute([]string{long}, []variable{{"A", []string{"x"}}}); err != nil || len(got[0]) != 100_000 {
		t.Errorf("it gives %d words, %v", len(got), err)
	}
	if _, err := substitute([]string{strings.Repeat("$A", 40)}, []variable{{"A", []string{"x", "y"}}}); err == nil {
		t.Error("two to the power of forty words were made")
	}
}

func TestNetstrings(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        []string
		bad         bool
	}{
		{"none", "", nil, false},
		{"several", "1:a,0:,2:b,,", []string{"a", "", "b,"}, false},
		{"one without its comma", "1:ab", nil, true},
		{"one that is too short", "2:a", nil, true},
		{"one without a length", ":a,", nil, true},
		{"a length that overflows", "99999999999999999999:a,", nil, true},
		{"a length that is the rest", "1:", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := netstrings(c.value)
			if (err != nil) != c.bad || !slices.Equal(got, c.want) {
				t.Errorf("%q gives %q, %v", c.value, got, err)
			}
		})
	}
}

// Split and joined again, a value is what it was.
func TestSplittingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ab :]{0,12}`).Draw(t, "value")
		tr := transformation{delimiters: " :", split: true}
		words, err := tr.apply(value)
		if err != nil {
			t.Fatal(err)
		}
		got, want := strings.Join(words, " "), strings.TrimSuffix(strings.ReplaceAll(value, ":", " "), " ")
		if got != want {
			t.Fatalf("%q gives %q", value, words)
		}
	})
}

func TestHowEndsAreTold(t *testing.T) {
	for _, c := range []struct {
		s                  proc.Status
		approximate, value int
	}{
		{proc.Status{}, 0, 0},
		{proc.Status{Code: 127}, 127, 127},
		{proc.Status{Code: 200}, 128, 200},
		{proc.Status{Signal: syscall.SIGKILL}, 137, 265},
	} {
		if a, v := approximate(c.s), asVariable(c.s); a != c.approximate || v != c.value {
			t.Errorf("%v gives %d and %d", c.s, a, v)
		}
	}
}

// Whatever the pattern, a literal matches itself and nothing is matched by what can't end.
func TestFnmatchTakesNoTime(t *testing.T) {
	p := pattern{}
	if p.match(strings.Repeat("*a", 50)+"b", strings.Repeat("a", 5000)) {
		t.Error("it matches")
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c/.]{0,8}`).Draw(t, "text")
		if !p.match(text, text) || !p.match("*", text) || p.match(text+"x", text) {
			t.Fatalf("%q", text)
		}
	})
}

func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{"a", "(a|b)*", "[[:alpha:]]{2,3}", `\(a\)\{1,\}`, "[]x-]", "^a$", "a**", "{"} {
		f.Add(seed, "ab")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		for _, d := range []dialect{{extended: true}, {}, {extended: true, fold: true, lines: true}} {
			re, err := d.compile(expression)
			if err == nil && len(text) < 1000 {
				re.MatchString(characters(text))
			}
		}
		if got := ofCharacters(characters(text)); got != text {
			t.Fatalf("%q comes back as %q", text, got)
		}
		(pattern{}).match(expression, text)
	})
}

func FuzzVariables(f *testing.F) {
	for _, seed := range []string{"A=1\n", "# c\nA=\"x\\x41\"", "A=\\\n b", "A", "=", "A=\"", "A=\\"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e := envReader{text: text}
		for range len(text) + 1 {
			name, value, more, problem := e.next()
			if !more || problem != "" {
				return
			}
			if !named(name) || strings.Contains(value, "\x00") {
				t.Fatalf("%q gives %q=%q", text, name, value)
			}
		}
		t.Fatalf("%q has no end", text)
	})
}

package nearest

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOf(t *testing.T) {
	known := []string{"uid-env", "web", "init-config-end", strings.Repeat("y", 65)}
	for _, c := range []struct{ about, word, want string }{
		{"a letter missing", "uid-en", "uid-env"},
		{"two letters swapped", "wbe", "web"},
		{"an underscore and capitals", "UID_ENV", "uid-env"},
		{"another word", "password", ""},
		{"nothing", "", ""},
		{"a word too long to compare", strings.Repeat("x", 65), ""},
		{"what is known is too long to compare", strings.Repeat("y", 64), ""},
		{"letters of another script", strings.Repeat("ö", 40), ""},
	} {
		if got := Of(c.word, known); got != c.want {
			t.Errorf("%s: %q is near to %q, want %q", c.about, c.word, got, c.want)
		}
	}
}

// Distances are one: the same both ways, none to itself, never more than the longer word.
func TestLawOfDistance(t *testing.T) {
	word := rapid.StringMatching(`[a-d]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		ab := Distance(a, b)
		if ab != Distance(b, a) || Distance(a, a) != 0 || (ab == 0) != (a == b) || ab > max(len(a), len(b)) || ab < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("from %q to %q it is %d", a, b, ab)
		}
		if n := len(a); n > 1 {
			if d := Distance(a, a[:n-1]); d != 1 {
				t.Fatalf("without its last letter %q is %d away", a, d)
			}
		}
		_ = c
	})
}

func TestDistanceLaws(t *testing.T) {
	word := rapid.StringMatching("[abc]{0,6}")
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := Distance(a, b)
		if d != Distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < len(a)-len(b) {
			t.Fatalf("from %q to %q it is %d, back %d", a, b, d, Distance(b, a))
		}
		if at := rapid.IntRange(0, len(a)).Draw(t, "at"); Distance(a, a[:at]+"z"+a[at:]) != 1 {
			t.Fatalf("one letter more in %q is not 1", a)
		}
	})
	for _, c := range []struct {
		a, b string
		want int
	}{{"ab", "ba", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3}, {"", "abc", 3}, {"same", "same", 0}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q it is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// Capitals that fit may be longer as small letters, which is no word's to use: "Ⱥ" has two bytes, and "ⱥ" three.
func TestSmallLettersMayBeLonger(t *testing.T) {
	known := strings.Repeat("Ⱥ", longest/2)
	if got := Of(known[2:], []string{known}); got != known {
		t.Errorf("it is taken for %q", got)
	}
	if got := Distance("x", strings.Repeat("x", 3*longest)); got != 3*longest-1 {
		t.Errorf("the distance is %d", got)
	}
}

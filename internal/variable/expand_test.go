package variable

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// world is what the container's environment holds in these tests.
func world(name string) (string, bool) {
	switch name {
	case "HOME":
		return "/home/app", true
	case "EMPTY":
		return "", true
	case "EVIL":
		return "${HOME} $$ ${", true
	case "_x1":
		return "under", true
	}
	return "", false
}

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		about    string
		in, want string
	}{
		{"nothing to do", "plain", "plain"},
		{"an empty text", "", ""},
		{"a variable", "${HOME}", "/home/app"},
		{"a variable among words", "a${HOME}b", "a/home/appb"},
		{"two variables", "${HOME}:${HOME}", "/home/app:/home/app"},
		{"a name with a digit", "${_x1}", "under"},
		{"an unset variable is empty", "[${NOBODY}]", "[]"},
		{"an empty variable is empty", "[${EMPTY}]", "[]"},
		{"a default where it is unset", "${NOBODY:-x}", "x"},
		{"a default where it is empty", "${EMPTY:-x}", "x"},
		{"no default where it is set", "${HOME:-x}", "/home/app"},
		{"the other default where it is unset", "${NOBODY-x}", "x"},
		{"the other default leaves an empty one", "${EMPTY-x}", ""},
		{"an empty default", "[${NOBODY:-}]", "[]"},
		{"a default with blanks and quotes", `${NOBODY:-a "b" c}`, `a "b" c`},
		{"a default that is a variable", "${NOBODY:-${HOME}}", "/home/app"},
		{"defaults all the way down", "${A:-${B:-${C:-d}}}e", "de"},
		{"a default that isn't taken may name anything", "${HOME:-${NOBODY}}!", "/home/app!"},
		{"a default with a dollar sign", "${NOBODY:-$$}", "$"},
		{"a default that isn't taken ends at its brace", "${HOME:-a${B:-c}d}e", "/home/appe"},
		{"two dollar signs are one", "$${HOME}", "${HOME}"},
		{"four are two", "$$$$", "$$"},
		{"a dollar sign before a reference", "$$${HOME}", "$/home/app"},
		{"a dollar sign at the end", "a$", "a$"},
		{"a dollar sign before a letter stands for itself", "$HOME", "$HOME"},
		{"a brace outside stands for itself", "}${HOME}}", "}/home/app}"},
		{"what a variable holds isn't read again", "${EVIL}", "${HOME} $$ ${"},
		{"nor in a default", "${NOBODY:-${EVIL}}", "${HOME} $$ ${"},
		{"a letter of another script stays", "é${HOME}日", "é/home/app日"},
		{"a text that Check refuses stays as it is", "${HOME", "${HOME"},
		{"so does one with another operator", "${HOME}${A:=b}", "${HOME}${A:=b}"},
		{"so does one without a name", "${}${HOME}", "${}${HOME}"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := Text(c.in).Expand(world); got != c.want {
				t.Errorf("%q expands to %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		in, what string
		at       int
	}{
		{"${", "unterminated ${", 0},
		{"a ${", "unterminated ${", 2},
		{"${A", "unterminated ${", 0},
		{"${A:-", "unterminated ${", 0},
		{"${A:-b", "unterminated ${", 0},
		{"${A:", "unterminated ${", 0},
		{"x${A:-${B}", "unterminated ${", 1},
		{"x${A:-${B", "unterminated ${", 6},
		{"${}", "${ without the name of a variable", 0},
		{"${ A}", "${ without the name of a variable", 0},
		{"${1}", "${ without the name of a variable", 0},
		{"${é}", "${ without the name of a variable", 0},
		{"${A }", `${A is followed by " "`, 3},
		{"${A+b}", `${A is followed by "+"`, 3},
		{"${Aé}", `${A is followed by "é"`, 3},
		{"${A:}", `${A is followed by ":"`, 3},
		{"ok ${A} ${B:?c}", `${B is followed by ":"`, 11},
		{strings.Repeat("${A:-", 9) + strings.Repeat("}", 9), "references nest more than 8 deep", 40},
	} {
		t.Run(c.in, func(t *testing.T) {
			e := Check(Text(c.in))
			if e == nil {
				t.Fatal("nothing is complained about")
			}
			if e.What != c.what || e.At != c.at || e.Hint == "" {
				t.Errorf("got %q at %d, hint %q", e.What, e.At, e.Hint)
			}
			if got := Text(c.in).Expand(world); got != c.in {
				t.Errorf("it expands to %q", got)
			}
		})
	}
	if e := Check(Text(strings.Repeat("${A:-", 8) + strings.Repeat("}", 8))); e != nil {
		t.Errorf("eight deep: %v", e)
	}
}

// A piece is a part of a text with what it must expand to.
type piece struct{ in, out string }

func drawPiece(depth int) *rapid.Generator[piece] {
	return rapid.Custom(func(t *rapid.T) piece {
		kinds := 5
		if depth == 0 {
			kinds = 3
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			s := rapid.StringMatching(`[a-z:\-/ é{]{0,5}`).Draw(t, "words")
			return piece{s, s}
		case 1:
			return piece{"$$", "$"}
		case 2:
			name := rapid.SampledFrom([]string{"HOME", "EMPTY", "EVIL", "NOBODY"}).Draw(t, "name")
			value, _ := world(name)
			return piece{"${" + name + "}", value}
		}
		name := rapid.SampledFrom([]string{"HOME", "EMPTY", "NOBODY"}).Draw(t, "name")
		op := rapid.SampledFrom([]string{"-", ":-"}).Draw(t, "operator")
		inner := drawPiece(depth-1).Draw(t, "default")
		value, set := world(name)
		if !set || op == ":-" && value == "" {
			value = inner.out
		}
		return piece{"${" + name + op + inner.in + "}", value}
	})
}

func TestExpandLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in, want strings.Builder
		for _, p := range rapid.SliceOfN(drawPiece(3), 0, 6).Draw(t, "pieces") {
			in.WriteString(p.in)
			want.WriteString(p.out)
		}
		if e := Check(Text(in.String())); e != nil {
			t.Fatalf("%q: %v at %d", in.String(), e, e.At)
		}
		if got := Text(in.String()).Expand(world); got != want.String() {
			t.Fatalf("%q expands to %q, want %q", in.String(), got, want.String())
		}
	})
}

func TestExpandOfAnythingAgreesWithTheCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[$${}:\-A-C1 é]{0,24}`).Draw(t, "text")
		e := Check(Text(s))
		asked := false
		got := Text(s).Expand(func(string) (string, bool) { asked = true; return "v", true })
		if e != nil && (got != s || e.At < 0 || e.At >= len(s)) {
			t.Fatalf("%q is refused (%v at %d) and expands to %q", s, e, e.At, got)
		}
		if e == nil && !asked && got != strings.ReplaceAll(s, "$$", "$") {
			t.Fatalf("%q names no variable and expands to %q", s, got)
		}
	})
}

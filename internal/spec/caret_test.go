package spec

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPoint(t *testing.T) {
	for _, c := range []struct {
		about       string
		line        string
		column      int
		show, caret string
	}{
		{"the first character", "abc", 1, "abc", "^"},
		{"one in the middle", "abc", 2, "abc", " ^"},
		{"the end of the line", "abc", 4, "abc", "   ^"},
		{"beyond the end", "abc", 99, "abc", "   ^"},
		{"before the beginning", "abc", 0, "abc", "^"},
		{"an empty line", "", 1, "", "^"},
		{"accents are one column", "éàü: x", 6, "éàü: x", "     ^"},
		{"letters with a mark that combines", "e\u0301x", 3, "e\u0301x", " ^"},
		{"Chinese is two columns", "日本: x", 5, "日本: x", "      ^"},
		{"Korean is two columns", "한글x", 3, "한글x", "    ^"},
		{"full width letters are two columns", "ａｂx", 3, "ａｂx", "    ^"},
		{"pictures are two columns", "🚢x", 2, "🚢x", "  ^"},
		{"half width kana is one column", "ｱx", 2, "ｱx", " ^"},
		{"a tab stays a tab below itself", "\ta:\tx", 5, "\ta:\tx", "\t  \t^"},
		{"blanks at the end go", "a: x  ", 4, "a: x", "   ^"},
		{"control characters become dots", "a\x1b[2Jb", 6, "a·[2Jb", "     ^"},
		{"so does what turns the direction round", "a\u202eb", 3, "a·b", "  ^"},
	} {
		t.Run(c.about, func(t *testing.T) {
			shown, caret := point(c.line, c.column)
			if shown != c.show || caret != c.caret {
				t.Errorf("got\n%q\n%q, want\n%q\n%q", shown, caret, c.show, c.caret)
			}
		})
	}
}

func TestPointCutsLongLines(t *testing.T) {
	line := strings.Repeat("0123456789", 50)
	for _, c := range []struct {
		about       string
		column      int
		first, last string
	}{
		{"the beginning", 1, "0", "…"},
		{"the middle", 250, "…", "…"},
		{"the end", 500, "…", "9"},
		{"after the end", 501, "…", "9"},
	} {
		t.Run(c.about, func(t *testing.T) {
			shown, caret := point(line, c.column)
			if !strings.HasPrefix(shown, c.first) || !strings.HasSuffix(shown, c.last) {
				t.Errorf("shown is %q", shown)
			}
			if n := utf8.RuneCountInString(shown); n > maxShown+2 {
				t.Errorf("%d columns are shown", n)
			}
			at := len(caret) - 1
			if r := []rune(shown); c.column <= 500 && string(r[at]) != string(line[c.column-1]) {
				t.Errorf("the caret stands below %q, want %q", r[at], line[c.column-1])
			}
		})
	}
}

func TestPointLaws(t *testing.T) {
	alphabet := rapid.SampledFrom([]rune("ab \té日🚢\u0301\x1b\u202e:"))
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(alphabet, 0, 300).Draw(t, "line")
		column := rapid.IntRange(-1, 310).Draw(t, "column")
		shown, caret := point(string(runes), column)
		if span([]rune(shown)) > maxShown+2 || span([]rune(caret)) > maxShown+2 {
			t.Fatalf("%q, %q is too long", shown, caret)
		}
		if strings.ContainsAny(shown, "\x1b\u202e\n\r") || strings.Trim(caret, " \t^") != "" || strings.Count(caret, "^") != 1 || !strings.HasSuffix(caret, "^") {
			t.Fatalf("shown %q, caret %q", shown, caret)
		}
		if strings.Count(caret, "\t") > strings.Count(string(runes), "\t") {
			t.Fatalf("the caret has tabs of its own: %q", caret)
		}
	})
}

func TestComplaintString(t *testing.T) {
	for _, c := range []struct {
		about string
		in    Complaint
		want  string
	}{
		{"all of it", Complaint{"a.yaml", 3, 5, "wrong", "do better", "    x: y"}, "a.yaml:3:5: wrong\n        x: y\n        ^\n  hint: do better\n"},
		{"no hint", Complaint{"a.yaml", 1, 1, "wrong", "", "x"}, "a.yaml:1:1: wrong\n    x\n    ^\n"},
		{"an empty line has no caret", Complaint{"a.yaml", 1, 1, "wrong", "h", ""}, "a.yaml:1:1: wrong\n  hint: h\n"},
		{"the file as a whole", Complaint{File: "a.yaml", Text: "wrong", Hint: "h"}, "a.yaml: wrong\n  hint: h\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := c.in.String(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ about, in, want string }{
		{"short", "a", `"a"`},
		{"with quotes", `a"b`, `"a\"b"`},
		{"with a control character", "a\x1b", `"a\x1b"`},
		{"as long as it may be", strings.Repeat("é", maxQuoted), `"` + strings.Repeat("é", maxQuoted) + `"`},
		{"longer", strings.Repeat("é", maxQuoted+1), `"` + strings.Repeat("é", maxQuoted) + `…"`},
		{"much longer", strings.Repeat("x", 1<<20), `"` + strings.Repeat("x", maxQuoted) + `…"`},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := quote(c.in); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestComplaintsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := []string{"z", "a", "m"}
		all := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Complaint {
			return Complaint{File: rapid.SampledFrom(files).Draw(t, "file"), Line: rapid.IntRange(0, 3).Draw(t, "line"), Column: rapid.IntRange(0, 3).Draw(t, "column")}
		})).Draw(t, "all")
		rank := func(c Complaint) int { return strings.Index("zam", c.File)*100 + c.Line*10 + c.Column }
		sorted := inOrder(append([]Complaint(nil), all...), files)
		for i := 1; i < len(sorted); i++ {
			if rank(sorted[i-1]) >= rank(sorted[i]) {
				t.Fatalf("%v comes before %v", sorted[i-1].Place(), sorted[i].Place())
			}
		}
		for _, c := range all {
			found := false
			for _, s := range sorted {
				found = found || s == c
			}
			if !found {
				t.Fatalf("%v is lost", c.Place())
			}
		}
	})
}

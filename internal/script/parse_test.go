package script

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing is no word", "", ""},
		{"only a comment is no word", "# a\n  # b", ""},
		{"words with all kinds of space between", "a b\tc\nd\re", "a|b|c|d|e"},
		{"a comment ends with its line", "a # b\nc", "a|c"},
		{"a # within a word is none", "a#b", "a#b"},
		{"quotation marks keep space", `"a b" c`, "a b|c"},
		{"they may be part of a word", `a"b c"d`, "ab cd"},
		{"an empty string is a word", `a "" b`, "a||b"},
		{"letters behind a backslash in quotation marks", `"\a\b\t\n\v\f\r\q\"\\"`, "\a\b\t\n\v\f\rq\"\\"},
		{"numbers behind it: hexadecimal, octal, decimal", `"\0x41\0103\66\0x4g"`, "ACB\x04g"},
		{"no more digits than a byte has", `"\01234\1234"`, "S4{4"},
		{"a line goes on in quotation marks without a trace", "\"a\\\nb\"", "ab"},
		{"outside of them a backslash keeps what follows", `a\ b \n \" \\`, `a b|n|"|\`},
		{"a backslash before a line's end between words is nothing", "a \\\n b", "a|b"},
		{"within a word it keeps the line's end", "a\\\nb", "a\nb"},
		{"one at the end, alone, is nothing", "a \\", "a"},
		{"a block's words have a space in front, an empty word ends it", "a { b c } d", "a| b| c||d"},
		{"blocks within blocks", "{ { a } }", "  a| |"},
		{"an empty block", "a { } b", "a||b"},
		{"empty words in a block", `{ "" }`, " |"},
		{"braces that are quoted, escaped or part of a word are words", `"{" \} {a} a{`, "{|}|{a}|a{"},
		{"dollars are left for later", `$A ${B} \\$C`, `$A|${B}|\$C`},
		{"bytes that are no UTF-8", "\xff\xfe", "\xff\xfe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			argv, err := Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(argv, "|"); got != c.want {
				t.Errorf("%q gives %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func TestWhatIsNoScript(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
		cause        string
	}{
		{"a block without an end", "a {\n b", 1, 3, "never closed"},
		{"the inner one of two", "{ a\n  { b\n", 2, 3, "never closed"},
		{"a brace as the very last byte", "a {", 1, 3, "never closed"},
		{"an end without a block", "a\n  }", 2, 3, "closes nothing"},
		{"a string without an end", "a\nb \"c", 2, 3, "no second one"},
		{"one that ends in a number", `"\1`, 1, 1, "no second one"},
		{"a backslash that ends a word", `a\`, 1, 2, "nothing follows"},
		{"a byte that is too large", `"\256"`, 1, 2, "no byte"},
		{"a byte that is 0", `ab "\0x00"`, 1, 5, "no byte"},
		{"an octal number without a digit", `"\09"`, 1, 2, "no byte"},
		{"a NUL between words", "a \x00", 1, 3, "NUL"},
		{"a NUL in a word", "a\x00", 1, 2, "NUL"},
		{"a NUL in a comment", "#\x00", 1, 2, "NUL"},
		{"a NUL in a string", "\"\x00\"", 1, 2, "NUL"},
		{"a NUL behind a backslash", "\"\\\x00\"", 1, 3, "NUL"},
		{"a NUL behind a backslash in a word", "\\\x00", 1, 1, "nothing follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			argv, err := Parse([]byte(c.text))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%q gives %q, %v", c.text, argv, err)
			}
			if e.Line != c.line || e.Column != c.column || !strings.Contains(e.Cause, c.cause) || e.Hint == "" {
				t.Errorf("%q gives %q with the hint %q, want line %d, column %d, %q", c.text, e, e.Hint, c.line, c.column, c.cause)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		said             int
	}{
		{"what is clean stays", "a\nb\r c", "a\nb\r c", 0},
		{"a mark goes", "\xef\xbb\xbfa", "a", 1},
		{"CR at line ends go", "a\r\nb\r\n", "a\nb\n", 1},
		{"both", "\xef\xbb\xbfa \\\r\nb", "a \\\nb", 2},
		{"a mark elsewhere is a word's", "a\xef\xbb\xbf", "a\xef\xbb\xbf", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean, said := Clean([]byte(c.text))
			if string(clean) != c.want || len(said) != c.said {
				t.Errorf("it gives %q and says %q", clean, said)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	argv, err := Parse([]byte(`if { test -d "/a b" } { } foreground { if { a } b } "\n#" # c`))
	if err != nil {
		t.Fatal(err)
	}
	want := "if\n{\n  test\n  -d\n  \"/a b\"\n}\n\"\"\nforeground\n{\n  if\n  {\n    a\n  }\n  b\n}\n\"\\n#\"\n"
	if got := string(Format(argv)); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}

// again says whether words that are written and read once more are the same.
func again(argv []string) (text []byte, same bool) {
	text = Format(argv)
	got, err := Parse(text)
	return text, err == nil && slices.Equal(got, argv)
}

func TestWhatIsWrittenIsReadAsTheSame(t *testing.T) {
	word := rapid.OneOf(
		rapid.StringMatching(`[ -~\n\t]{0,6}`),
		rapid.SampledFrom([]string{"", " ", "  ", " a", "  a", "{", "}", "#", "\\", "\"", "\xff", "\x01", " {", "$A"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		argv := rapid.SliceOfN(word, 0, 12).Draw(t, "argv")
		if text, same := again(argv); !same {
			t.Fatalf("%q is written as\n%s", argv, text)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a { b } c", `"\0x41" \`, "# a\n{ { x } y }", "}", "\"", "{\\\n}", "a\r\nb"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		argv, err := Parse(text)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Line < 1 || e.Column < 1 {
				t.Fatalf("%q gives %v", text, err)
			}
			return
		}
		if written, same := again(argv); !same {
			t.Fatalf("%q is written as\n%s", argv, written)
		}
	})
}

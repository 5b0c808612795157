package volume

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHowAValueIsWritten(t *testing.T) {
	for value, want := range map[string]string{
		"https://a.example:8443/v1":      "KEY=https://a.example:8443/v1",
		"https://u:p%40@a.example/x,y=z": "KEY=https://u:p%40@a.example/x,y=z",
		"https://a.example/?a=1&b=2":     "KEY='https://a.example/?a=1&b=2'",
		"https://a.example/#part":        "KEY='https://a.example/#part'",
		"a b":                            "KEY='a b'",
		" a":                             "KEY=' a'",
		"~/x":                            "KEY='~/x'",
		"$HOME":                          "KEY='$HOME'",
		"$(touch x)`id`;":                "KEY='$(touch x)`id`;'",
		`"quoted"`:                       `KEY='"quoted"'`,
		"it's":                           `KEY="it's"`,
		"é":                              "KEY='é'",
		"two\nlines":                     "!a line break",
		"ends\r":                         "!a line break",
		"a\x00b":                         "!a NUL byte",
		"a\tb":                           "!control characters",
		"a\x7f":                          "!control characters",
		"\xff":                           "!isn't UTF-8",
		"https://${HOST}/":               "!a reference to a variable",
		`a\b`:                            "!a backslash",
		`it's "both"`:                    "!quotes of both kinds",
		"it's $5":                        "!beside a dollar",
		"it's `id`":                      "!backquote",
	} {
		line, err := lineFor("KEY", value)
		if cause, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), cause) || strings.Contains(err.Error(), value) {
				t.Errorf("%q gives %q, %v: want %q", value, line, err, cause)
			}
			continue
		}
		if got, ok := assigned([]byte(line), "KEY"); err != nil || line != want || !ok || got != value {
			t.Errorf("%q gives %s, %v, which is read as %q: want %s", value, line, err, got, want)
		}
	}
}

func TestHowAFileIsEdited(t *testing.T) {
	const line = "KEY=new"
	own := func(lines ...string) map[string][]string {
		var sums []string
		for _, l := range lines {
			sums = append(sums, lineSum([]byte(l)))
		}
		return map[string][]string{"KEY": sums}
	}
	for _, c := range []struct {
		about, file, value string
		was                map[string][]string
		want               string
		owns               string // the line that is berth's afterwards; "-": none
	}{
		{"added", "A=1\n", "new", nil, "A=1\nKEY=new\n", "KEY=new"},
		{"added to nothing", "", "new", nil, "KEY=new\n", "KEY=new"},
		{"added behind a line without an end", "A=1", "new", nil, "A=1\nKEY=new\n", "KEY=new"},
		{"added in Windows' manner", "A=1\r\n", "new", nil, "A=1\r\nKEY=new\r\n", "KEY=new"},
		{"a stale line keeps its place", "A=1\nKEY=old\nB=2\n", "new", nil, "A=1\nKEY=new\nB=2\n", "KEY=new"},
		{"an empty one too", "KEY=\nB=2\n", "new", nil, "KEY=new\nB=2\n", "KEY=new"},
		{"its export stays", "  export  KEY='old' # c\r\nB=2\n", "new", nil, "export KEY=new\r\nB=2\n", "export KEY=new"},
		{"the mark of a file's beginning stays", "\ufeffKEY=old\n", "new", nil, "\ufeffKEY=new\n", "KEY=new"},
		{"a value of two lines", "KEY='a\nKEY=b'\nB=2\n", "new", nil, "KEY=new\nB=2\n", "KEY=new"},
		{"two lines become one", "KEY=old\nA=1\nKEY=new\n", "new", nil, "KEY=new\nA=1\n", "KEY=new"},
		{"two right lines become one", "KEY=new\nKEY=new\n", "new", nil, "KEY=new\n", "KEY=new"},
		{"the last line without an end", "KEY=old", "new", nil, "KEY=new", "KEY=new"},
		{"the user's own right line is the user's", "export KEY=\"new\" # mine\n", "new", nil, "export KEY=\"new\" # mine\n", "-"},
		{"berth's own right line is berth's", "KEY=new\n", "new", own("KEY=new", "KEY=x"), "KEY=new\n", "KEY=new"},
		{"a comment is no line", "# KEY=old\n", "new", nil, "# KEY=old\nKEY=new\n", "KEY=new"},
		{"unset: berth's goes", "A=1\nKEY=new\nB=2\n", "", own("KEY=new"), "A=1\nB=2\n", "-"},
		{"unset: berth's of a change that was cut off goes", "KEY=old\n", "", own("KEY=new", "KEY=old"), "", "-"},
		{"unset: the user's stays", "A=1\nKEY=mine\n", "", own("KEY=new"), "A=1\nKEY=mine\n", "-"},
		{"unset: one that the user has changed stays", "KEY=new # mine\n", "", own("KEY=new"), "KEY=new # mine\n", "-"},
		{"unset: nothing is known", "KEY=new\n", "", nil, "KEY=new\n", "-"},
		{"unset: the mark of a file's beginning stays", "\ufeffKEY=new\r\nA=1\n", "", own("KEY=new"), "\ufeffA=1\n", "-"},
		{"unset: the only line", "KEY=new\n", "", own("KEY=new"), "", "-"},
	} {
		e := &mirrorEdit{was: c.was, data: []byte(c.file)}
		if c.value == "" {
			e.without("KEY")
		} else if err := e.with("KEY", c.value, line); err != nil {
			t.Errorf("%s: %v", c.about, err)
		}
		if string(e.data) != c.want || (len(e.set)+len(e.gone) > 0) != (c.file != c.want) {
			t.Errorf("%s: %q became %q, set %q, gone %q: want %q", c.about, c.file, e.data, e.set, e.gone, c.want)
		}
		want := own(c.owns)["KEY"]
		if c.owns == "-" {
			want = nil
		}
		if !slices.Equal(e.now["KEY"], want) {
			t.Errorf("%s: berth's are %q", c.about, e.now)
		}
	}
	// A quote that is never closed would take in what comes behind it.
	e := &mirrorEdit{data: []byte("A='oops\n")}
	if err := e.with("KEY", "a b", "KEY='a b'"); !errors.Is(err, errOpenQuote) || string(e.data) != "A='oops\n" {
		t.Errorf("it gives %v and %q", err, e.data)
	}
}

// Whatever a file holds: set, it has one line, which gives the value; a second edit finds nothing to do; unset again, it holds
// what it did without the lines that it had of the variable; and no other line ever changes.
func TestLawAMirroredLineComesAndGoes(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"KEY=old\n", "KEY=", "export KEY='old'\r\n", "A=1\n", "OTHER='KEY=\nKEY=x\n'\n", "=", " ", "'", "\"", "#", "x\n", "\n", "\r\n", "\x00", "\xff", "\ufeff", "export ", "KEYS=1\n", "B=\"it's\" # c\n",
	})
	value := rapid.SampledFrom([]string{"https://a.example/v1", "a b", "it's", "old", "$x", "é#"})
	others := func(data []byte) string {
		var b strings.Builder
		for _, l := range entries(data) {
			if _, ok := assigned(l, "KEY"); !ok {
				b.Write(l)
			}
		}
		return strings.TrimRight(strings.ReplaceAll(b.String(), byteOrderMark, ""), "\r\n")
	}
	edited := 0
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(strings.Join(rapid.SliceOf(piece).Draw(t, "file"), ""))
		v := value.Draw(t, "value")
		line, err := lineFor("KEY", v)
		if err != nil {
			t.Fatal(err)
		}
		e := &mirrorEdit{data: slices.Clone(data)}
		if err := e.with("KEY", v, line); err != nil {
			if string(e.data) != string(data) || len(e.now) > 0 {
				t.Fatalf("refused, and yet %q became %q", data, e.data)
			}
			return
		}
		if n := strings.Count(string(e.data), "KEY=") - strings.Count(others(e.data), "KEY="); valueIn(e.data, "KEY") != v || n < 1 {
			t.Fatalf("%q became %q", data, e.data)
		}
		if others(e.data) != others(data) {
			t.Fatalf("%q became %q: another line changed", data, e.data)
		}
		again := &mirrorEdit{was: e.now, data: e.data}
		if err := again.with("KEY", v, line); err != nil || len(again.set) > 0 {
			t.Fatalf("%q became %q, %v", e.data, again.data, err)
		}
		if len(e.set) == 0 {
			return
		}
		edited++
		back := &mirrorEdit{was: again.now, data: e.data}
		back.without("KEY")
		if others(back.data) != others(data) || len(back.gone) != 1 || strings.Contains(string(back.data), line) && !strings.Contains(others(data), line) {
			t.Fatalf("%q became %q and then %q", data, e.data, back.data)
		}
	})
	if edited == 0 {
		t.Error("nothing was ever edited")
	}
}

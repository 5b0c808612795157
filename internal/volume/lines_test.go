package volume

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A value that berth fails to see is one that it replaces; one that it sees and the app doesn't leaves the app without. So a line is
// read as python-dotenv and shells read it.
func TestAssigned(t *testing.T) {
	for _, c := range []struct {
		line, value string
		ok          bool
	}{
		{"KEY=x", "x", true},
		{"KEY=x\n", "x", true},
		{"KEY=x\r\n", "x", true},
		{"  KEY = x  ", "x", true},
		{"\tKEY=\tx", "x", true},
		{"export KEY=x", "x", true},
		{"export\tKEY='x'", "x", true},
		{"  export   KEY = \"x\" # c", "x", true},
		{"\ufeffKEY=x", "x", true},
		{"KEY='a b # c'", "a b # c", true},
		{`KEY="it's"`, "it's", true},
		{"KEY=a#b", "a#b", true},
		{"KEY=a #b", "a", true},
		{"KEY=a\t# b", "a", true},
		{"KEY=a=b==", "a=b==", true},
		{"KEY='unclosed", "'unclosed", true},
		{"KEY=", "", true},
		{"KEY=\r\n", "", true},
		{"KEY=''", "", true},
		{`KEY=""  # none`, "", true},
		{`KEY=""'x'`, `""'x'`, true},
		{"KEY=''x # c\r\n", "''x # c", true},
		{"KEY= # none", "", true},
		{"KEY=#none", "", true},
		{"export KEY=", "", true},
		{"KEY", "", false},
		{"# KEY=x", "", false},
		{"#KEY=x", "", false},
		{"KEYS=x", "", false},
		{"MY_KEY=x", "", false},
		{"key=x", "", false},
		{"exportKEY=x", "", false},
		{"KEY:x", "", false},
		{"echo KEY=x", "", false},
		{"OTHER=KEY=x", "", false},
		{"", "", false},
	} {
		if v, ok := assigned([]byte(c.line), "KEY"); v != c.value || ok != c.ok {
			t.Errorf("%q gives %q, %v: want %q, %v", c.line, v, ok, c.value, c.ok)
		}
	}
}

// Whatever a user's file holds: after a value was added the file gives that value, on exactly one line, and every line that isn't the
// variable's own is there byte for byte, in its order.
func TestALineIsAdded(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"KEY", "KEY=", "KEY=\n", "KEY=''\r\n", "export KEY=\n", "OTHER=1", "OTHER='KEY='", "=", " ", "\t", "'", "\"", "#", "x", "\n", "\r\n", "\r", "\x00", "\xff", "é", "\ufeff", "export ",
	})
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(strings.Join(rapid.SliceOf(piece).Draw(t, "file"), ""))
		if valueIn(data, "KEY") != "" {
			t.Skip("it has a value")
		}
		kept := withoutEmpty(data, "KEY")
		out := withLine(kept, "KEY=secret")
		if got := valueIn(out, "KEY"); got != "secret" {
			t.Fatalf("%q gives %q", out, got)
		}
		own := 0
		var rest, want []byte
		for _, line := range entries(out) {
			if _, ok := assigned(line, "KEY"); ok {
				own++
			} else {
				rest = append(rest, line...)
			}
		}
		for _, line := range entries(data) {
			if _, ok := assigned(line, "KEY"); !ok {
				want = append(want, line...)
			}
		}
		if own != 1 || !bytes.Equal(bytes.TrimRight(rest, "\r\n"), bytes.TrimRight(want, "\r\n")) {
			t.Fatalf("%q became %q: %d own lines, the rest is %q", data, out, own, rest)
		}
		if !bytes.HasSuffix(out, []byte("\n")) || bytes.HasSuffix(out, []byte("\r\n")) != bytes.Contains(kept, []byte("\r\n")) {
			t.Fatalf("%q ends in another manner: %q", data, out)
		}
	})
}

// What stands in quotes over several lines is one value, whatever it looks like.
func TestALineInAQuotedValueIsNobodysAssignment(t *testing.T) {
	for text, want := range map[string]string{
		"A='x\nKEY=\ny'\nKEY=\nB=1\n":              "A='x\nKEY=\ny'\nB=1\n",
		"export A = \"x\\\"\nKEY=\n\" # c\nKEY=\n": "export A = \"x\\\"\nKEY=\n\" # c\n",
		"A='never closed\nKEY=\nB=1\n":             "A='never closed\nB=1\n",
		"# it's a comment = 'x\nKEY=\nB='1'\n":     "# it's a comment = 'x\nB='1'\n",
		"A=don't\nKEY=\nB=can't\n":                 "A=don't\nB=can't\n",
		"KEY=''\nA=1":                              "A=1",
	} {
		if got := string(withoutEmpty([]byte(text), "KEY")); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := valueIn([]byte("A='x\nKEY=inner\ny'\n"), "KEY"); got != "" {
		t.Errorf("a line in quotes was taken for the value: %q", got)
	}
	if got := valueIn([]byte("KEY='two\nlines'\n"), "KEY"); got != "two\nlines" {
		t.Errorf("the value is %q", got)
	}
}

// Whatever a file of lines holds, only the variable's own empty lines go, and one comes at the end: every other byte stays.
func TestLawAnEditTouchesOnlyItsLine(t *testing.T) {
	parts := []string{"A=1\n", "B = 'x'\r\n", "# c\n", "\n", "export C=\"q\\\"\nKEY=\nr\" # d\n", "D='a\nKEY=z\nb'\n", "\xff\x00\n", "KEYS=\n", "\tE=\n", "no assignment\n", "F=it's\n"}
	own := []string{"KEY=\n", "export KEY=''\n", " KEY = \r\n"}
	rapid.Check(t, func(rt *rapid.T) {
		var all, others string
		for range rapid.IntRange(0, 12).Draw(rt, "lines") {
			if rapid.IntRange(0, 3).Draw(rt, "own") == 0 {
				all += rapid.SampledFrom(own).Draw(rt, "line")
				continue
			}
			part := rapid.SampledFrom(parts).Draw(rt, "line")
			all, others = all+part, others+part
		}
		got := string(withLine(withoutEmpty([]byte(all), "KEY"), "KEY=v"))
		if got != others+"KEY=v\n" && got != others+"KEY=v\r\n" {
			rt.Fatalf("%q became %q", all, got)
		}
	})
}

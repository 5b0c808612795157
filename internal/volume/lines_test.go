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
		for line := range bytes.Lines(out) {
			if _, ok := assigned(line, "KEY"); ok {
				own++
			} else {
				rest = append(rest, line...)
			}
		}
		for line := range bytes.Lines(data) {
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

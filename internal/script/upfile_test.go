package script

import (
	"strings"
	"testing"
)

// What the `up` files of published images hold.
func TestUpFiles(t *testing.T) {
	for _, c := range []struct{ text, words string }{
		{"/etc/s6-overlay/s6-rc.d/init-adduser/run\n", "/etc/s6-overlay/s6-rc.d/init-adduser/run"},
		{"# nothing to do\n", ""},
		{"", ""},
		{`echo "all is well"`, "echo|all is well"},
		{"if { test -e /x }\n  foreground { echo a }\n  echo b\n", "if| test| -e| /x||foreground| echo| a||echo|b"},
	} {
		argv, err := Parse([]byte(c.text))
		if got := strings.Join(argv, "|"); got != c.words || err != nil {
			t.Errorf("%q is %q, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"foreground { echo", "echo }", `echo "a`, "a\x00"} {
		if argv, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is %q", text, argv)
		}
	}
}

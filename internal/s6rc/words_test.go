package s6rc

import (
	"strings"
	"testing"
	"time"
)

func TestMeant(t *testing.T) {
	known := []string{"init-config", "init-config-end", "web", "db", "s6-setuidgid", "notification-fd"}
	for _, c := range []struct{ name, want string }{
		{"init-confg", "init-config"},
		{"init_config", "init-config"},
		{"INIT-CONFIG", "init-config"},
		{"init-config-edn", "init-config-end"},
		{"wbe", "web"},
		{"wep", "web"},
		{"bd", "db"},
		{"x", ""},
		{"", ""},
		{"notification-df", "notification-fd"},
		{"s6-setuidgd", "s6-setuidgid"},
		{strings.Repeat("x", 65), ""},
		{strings.Repeat("ö", 40), ""},
	} {
		if got := guess(c.name, known); got != c.want {
			t.Errorf("%q is meant as %q, want %q", c.name, got, c.want)
		}
		hint := ""
		if c.want != "" {
			hint = "did you mean " + c.want + "?"
		}
		if got := Meant(c.name, known); got != hint {
			t.Errorf("%q: %q", c.name, got)
		}
	}
	if got := guess("web", make([]string, maxGuesses+1)); got != "" {
		t.Errorf("among too many: %q", got)
	}
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []line
	}{
		{"nothing", "", nil},
		{"blanks", "  \n\t\n", nil},
		{"one", "a", []line{{"a", 1}}},
		{"with an end", "a\n", []line{{"a", 1}}},
		{"comments and blanks are counted", "# x\n\n  a \n#b\nb c\n", []line{{"a", 3}, {"b c", 5}}},
		{"a comment isn't one behind a word", "a # b", []line{{"a # b", 1}}},
	} {
		got := lines(c.text)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		ok   bool
	}{
		{"3", 3, true},
		{" 3\n", 3, true},
		{"0", 0, true},
		{"10", 10, true},
		{"11", 11, false},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"0x3", 0, false},
		{"3 4", 0, false},
		{"99999999999999999999", 0, false},
	} {
		if n, ok := number(c.text, 10); ok != c.ok || ok && n != c.n {
			t.Errorf("%q is %d, %v", c.text, n, ok)
		}
	}
	for _, c := range []struct {
		text string
		d    time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{"1500\n", 1500 * time.Millisecond, true},
		{"4294967295", 4294967295 * time.Millisecond, true},
		{"4294967296", 0, false},
		{"1s", 0, false},
		{"1.5", 0, false},
		{"", 0, false},
	} {
		if d, ok := milliseconds(c.text); ok != c.ok || ok && d != c.d {
			t.Errorf("%q is %s, %v", c.text, d, ok)
		}
	}
}

func TestOddNames(t *testing.T) {
	for name, odd := range map[string]string{
		"web":                    "",
		"web-1.2_x@y":            "",
		"wéb":                    "",
		"a b":                    "",
		"a/b":                    "slash",
		"/":                      "slash",
		"a\nb":                   "control",
		"a\x7f":                  "control",
		"a\xffb":                 "control", // not to be shown
		strings.Repeat("x", 256): "255 bytes",
		strings.Repeat("x", 255): "",
	} {
		if got := oddName(name); (odd == "") != (got == "") || !strings.Contains(got, odd) {
			t.Errorf("%q is odd because %q, want %q", name, got, odd)
		}
	}
}

func TestShebangs(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       string
		dirty      bool
		says       string
	}{
		{"a shell", "#!/bin/sh\necho", "/bin/sh", false, ""},
		{"blanks around", "#! \t/bin/sh \t \n", "/bin/sh", false, ""},
		{"one argument, however many words", "#!/usr/bin/env -S a  b\n", "/usr/bin/env|-S a  b", false, ""},
		{"a tab between", "#!/bin/sh\t-e\n", "/bin/sh|-e", false, ""},
		{"no line end", "#!/bin/sh", "/bin/sh", false, ""},
		{"a carriage return", "#!/bin/sh -e\r\necho\r\n", "/bin/sh|-e", true, "ends with a carriage return"},
		{"a carriage return and no line end", "#!/bin/sh\r", "/bin/sh", true, "ends with a carriage return"},
		{"a carriage return in later lines only", "#!/bin/sh\necho\r\n", "/bin/sh", false, ""},
		{"a byte order mark", "\xef\xbb\xbf#!/bin/sh\n", "/bin/sh", true, "starts with a byte order mark"},
		{"both", "\xef\xbb\xbf#!/bin/sh\r\n", "/bin/sh", true, "ends with a carriage return"},
		{"a program", "\x7fELF\x02", "", false, ""},
		{"nothing", "", "", false, "it is empty"},
		{"text", "echo a\n", "", false, "no #! line"},
		{"a byte order mark and text", "\xef\xbb\xbfecho\n", "", false, "no #! line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &reader{image: &Image{}}
			p := Program{Path: "/x"}
			r.shebang(&p, []byte(c.head))
			if got := strings.Join(p.Shebang, "|"); got != c.want || p.Dirty != c.dirty {
				t.Errorf("%q, %v, want %q, %v", got, p.Dirty, c.want, c.dirty)
			}
			all := strings.Join(said(r.complaints()), "\n")
			if !strings.Contains(all, c.says) || (c.says == "") != (all == "") {
				t.Errorf("it says %q, want %q", all, c.says)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"plain":        "plain",
		"ünïcode →":    "ünïcode →",
		"a\nb":         `a\nb`,
		"\x1b[2J":      `\x1b[2J`,
		"\xff":         `\ufffd`,
		"tab\there":    `tab\there`,
		"\u202eturned": `\u202eturned`,
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"echo a\n":                      "echo a",
		"# c\nif {\n  a\n}\n\tb\n":      "if { a } b",
		strings.Repeat("word ", 60):     strings.TrimSuffix(strings.Repeat("word ", 24), " ") + " …",
		"echo \"a  b\" # the end\nlast": "echo \"a b\" # the end last",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

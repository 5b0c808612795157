package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// reject wants exactly one complaint whose text and hint hold the given words.
func reject(t *testing.T, yaml, text, hint string) {
	t.Helper()
	_, complaints := one(yaml)
	if len(complaints) != 1 {
		t.Fatalf("%d complaints about %q:\n%s", len(complaints), yaml, said(complaints))
	}
	if c := complaints[0]; !strings.Contains(c.Text, text) || !strings.Contains(c.Hint, hint) {
		t.Errorf("%q: got %q, hint %q", yaml, c.Text, c.Hint)
	}
}

func TestDurations(t *testing.T) {
	spec := func(timeout string) string {
		return "version: 1\nhooks: [{at: before-main, command: [x], timeout: " + timeout + "}]\n"
	}
	for in, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1m30s": 90 * time.Second, "500ms": 500 * time.Millisecond, "24h": 24 * time.Hour,
		`"2s"`: 2 * time.Second, "1.5s": 1500 * time.Millisecond, "1ms": time.Millisecond,
	} {
		s, complaints := one(spec(in))
		if complaints != nil {
			t.Errorf("%s: %s", in, said(complaints))
			continue
		}
		if got := time.Duration(s.Hooks[0].Timeout); got != want {
			t.Errorf("%s is %v, want %v", in, got, want)
		}
	}
	for _, c := range []struct{ about, in, hint string }{
		{"a number without a unit", "30", "say the unit: 30s"},
		{"a quoted number without a unit", `"30"`, "the units are"},
		{"a blank before the unit", "30 s", "without a blank"},
		{"a unit that nobody knows", "3w", "the units are"},
		{"words", "soon", "the units are"},
		{"nothing", `""`, "the units are"},
		{"zero", "0s", ""},
		{"less than zero", "-1s", ""},
		{"more than a day", "24h1s", ""},
		{"more than can be counted", "99999999h", ""},
		{"a list", "[1s]", ""},
		{"a mapping", "{s: 1}", ""},
	} {
		t.Run(c.about, func(t *testing.T) { reject(t, spec(c.in), "hooks[0].timeout: expected a time", c.hint) })
	}
}

func TestDurationOr(t *testing.T) {
	if got := Duration(0).Or(time.Minute); got != time.Minute {
		t.Errorf("an absent duration is %v", got)
	}
	if got := Duration(time.Second).Or(time.Minute); got != time.Second {
		t.Errorf("a given duration is %v", got)
	}
	if got := Duration(90 * time.Second).String(); got != "1m30s" {
		t.Errorf("it is written %q", got)
	}
}

func TestSizes(t *testing.T) {
	spec := func(size string) string {
		return "version: 1\nservices: {web: {command: [x], log: {dir: logs, size: " + size + "}}}\n"
	}
	for in, want := range map[string]Size{
		"1B": 1, "1KB": 1000, "1kB": 1000, "1MB": 1e6, "2GB": 2e9, "1KiB": 1024, "3MiB": 3 << 20, "1GiB": 1 << 30, `"10MB"`: 1e7,
	} {
		s, complaints := one(spec(in))
		if complaints != nil {
			t.Errorf("%s: %s", in, said(complaints))
			continue
		}
		if got := s.Services["web"].Log.Size; got != want {
			t.Errorf("%s is %d, want %d", in, got, want)
		}
	}
	for _, c := range []struct{ about, in, hint string }{
		{"a number without a unit", "1000", "say the unit: 1000B"},
		{"a small unit", "1mb", "the units are"},
		{"half a unit", "1M", "the units are"},
		{"a unit twice", "1MBMB", "the units are"},
		{"a unit alone", "MB", "the units are"},
		{"a blank before the unit", "1 MB", "the units are"},
		{"a fraction", "1.5MB", "the units are"},
		{"zero", "0MB", ""},
		{"less than zero", "-1MB", ""},
		{"more than can be counted", "9223372036854775807KB", ""},
		{"more digits than a number has", "99999999999999999999B", "the units are"},
		{"nothing", `""`, "the units are"},
		{"a list", "[1MB]", ""},
	} {
		t.Run(c.about, func(t *testing.T) { reject(t, spec(c.in), "services.web.log.size: expected a size", c.hint) })
	}
}

func TestModes(t *testing.T) {
	spec := func(mode string) string { return "version: 1\nseed: [{path: a, content: x, mode: " + mode + "}]\n" }
	rapid.Check(t, func(t *rapid.T) {
		perm := rapid.Uint32Range(0, 0o7777).Draw(t, "perm")
		form := rapid.SampledFrom([]string{`"%04o"`, `'%04o'`}).Draw(t, "form")
		if perm < 0o1000 && rapid.Bool().Draw(t, "short") {
			form = `"%03o"`
		}
		s, complaints := one(spec(fmt.Sprintf(form, perm)))
		if complaints != nil {
			t.Fatal(said(complaints))
		}
		m := s.Seed[0].Mode
		if m.Perm != perm || !m.Set || m.Or(0o777) != perm || m.String() != fmt.Sprintf("%04o", perm) {
			t.Fatalf("%04o is read as %v", perm, m)
		}
		_, complaints = one(spec(fmt.Sprintf("%04o", perm)))
		want := fmt.Sprintf("write it in quotes: \"%04o\"", perm)
		if len(complaints) != 1 || !strings.Contains(complaints[0].Hint, want) {
			t.Fatalf("without quotes: %s, want the hint %s", said(complaints), want)
		}
	})
	for _, c := range []struct{ about, in, hint string }{
		{"two digits", `"64"`, "three or four digits"},
		{"five digits", `"00644"`, "three or four digits"},
		{"a digit that isn't octal", `"0689"`, "three or four digits"},
		{"a sign", `"+644"`, "three or four digits"},
		{"an underscore", `"0_44"`, "three or four digits"},
		{"YAML 1.2's octal", "0o640", `without the o: "0640"`},
		{"the same in quotes", `"0o640"`, `without the o: "0640"`},
		{"chmod's words", "u=rw", "octal only"},
		{"ls's words", "rwxr-x---", "octal only"},
		{"a hexadecimal number", "0x1a4", "three or four digits"},
		{"true", "true", "three or four digits"},
	} {
		t.Run(c.about, func(t *testing.T) { reject(t, spec(c.in), "seed[0].mode: expected a mode in quotes", c.hint) })
	}
}

func TestModeThatIsNotSet(t *testing.T) {
	var m Mode
	if m.Or(0o640) != 0o640 || m.String() != "" {
		t.Errorf("got %o, %q", m.Or(0o640), m)
	}
	if m := (Mode{0, true}); m.Or(0o640) != 0 || m.String() != "0000" {
		t.Errorf("mode 0 is %o, %q", m.Or(0o640), m)
	}
}

func TestIDs(t *testing.T) {
	for in, want := range map[string]ID{"1": 1, "1000": 1000, "65534": 65534, "65536": 65536, "4294967294": 4294967294} {
		s, complaints := one("version: 1\nuser: {uid: " + in + ", gid: " + in + "}\n")
		if complaints != nil || s.User.UID != want || s.User.GID != want {
			t.Errorf("%s: %s", in, said(complaints))
		}
	}
	for _, c := range []struct{ about, in, text, hint string }{
		{"root", "0", "0 is root", "take a number from 1"},
		{"the 16 bit no-id", "65535", "65535 stands for no id", ""},
		{"the 32 bit no-id", "4294967295", "expected a number from 1 to 4294967294", ""},
		{"more than 32 bits", "4294967296", "expected a number from 1 to 4294967294", ""},
		{"more than 64 bits", "18446744073709551616", "expected a number from 1 to 4294967294", ""},
		{"less than zero", "-1", "expected a number from 1 to 4294967294", ""},
		{"a name", "app", `expected a number from 1 to 4294967294, but the string "app" stands here`, ""},
		{"a quoted number", `"1000"`, `expected a number from 1 to 4294967294, but the string "1000" stands here`, "write it without quotes"},
		{"octal to some", "0750", "expected a number", "plain decimal digits"},
		{"hexadecimal", "0x3e8", "expected a number", "plain decimal digits"},
		{"underscores", "1_000", "expected a number", ""},
		{"a fraction", "1e3", "expected a number", ""},
		{"a variable", "$UID", "expected a number", ""},
	} {
		t.Run(c.about, func(t *testing.T) { reject(t, "version: 1\nuser: {uid: "+c.in+"}\n", "user.uid: "+c.text, c.hint) })
		t.Run(c.about+" as gid", func(t *testing.T) {
			reject(t, "version: 1\nuser: {gid: "+c.in+"}\n", "user.gid: "+c.text, c.hint)
		})
	}
}

func TestTruths(t *testing.T) {
	spec := func(v string) string { return "version: 1\ninstall: {path: /opt/app, immutable: " + v + "}\n" }
	for in, want := range map[string]bool{"true": true, "True": true, "TRUE": true, "false": false, "False": false} {
		if s, complaints := one(spec(in)); complaints != nil || s.Install.Immutable != want {
			t.Errorf("%s: %s", in, said(complaints))
		}
	}
	for in, hint := range map[string]string{
		"yes": "write true", "on": "write true", "1": "write true", `"true"`: "write true", "no": "write false", "off": "write false",
		"0": "write false", `"false"`: "write false", "perhaps": "", "[true]": "", "2": "",
	} {
		reject(t, spec(in), "install.immutable: expected true or false", hint)
	}
}

func TestSignals(t *testing.T) {
	spec := func(v string) string {
		return "version: 1\nservices: {web: {command: [x], stop: {signal: " + v + "}}}\n"
	}
	for _, name := range signals() {
		for _, prefix := range []string{"", "SIG"} {
			if s, complaints := one(spec(prefix + name)); complaints != nil || s.Services["web"].Stop.Signal != name {
				t.Errorf("%s%s: %s", prefix, name, said(complaints))
			}
		}
	}
	for in, hint := range map[string]string{
		"term": "did you mean TERM?", "TEMR": "did you mean TERM?", "SIGTEM": "did you mean TERM?", "QIUT": "did you mean QUIT?",
		"SIG": "known here", "STOP": "known here", "CHLD": "known here", `"9"`: "known here",
	} {
		reject(t, spec(in), "is not a signal that stops", hint)
	}
}

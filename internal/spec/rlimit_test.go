package spec

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func withLimit(key, value string) string {
	return "version: 1\nservices: {web: {command: [x], limits: {" + key + ": " + value + "}}}\n"
}

func TestCounts(t *testing.T) {
	for in, want := range map[string]Rlimit{
		"0": {0, 0, true}, "1024": {1024, 1024, true}, `"1024"`: {1024, 1024, true}, "1024:4096": {1024, 4096, true},
		"7:7": {7, 7, true}, "unlimited": {Unlimited, Unlimited, true}, "1:unlimited": {1, Unlimited, true},
		"12:30": {12, 30, true}, // to YAML 1.1 this is a number of base 60
	} {
		s, complaints := one(withLimit("nofile", in))
		if complaints != nil {
			t.Errorf("%s: %s", in, said(complaints))
			continue
		}
		if got := s.Services["web"].Limits.NoFile; got != want {
			t.Errorf("%s is %v, want %v", in, got, want)
		}
	}
	for _, c := range []struct{ about, in, text, hint string }{
		{"a sign", "-1", "expected a limit such as 1024", "plain decimal digits"},
		{"a plus", `"+1"`, "expected a limit such as 1024", "plain decimal digits"},
		{"a unit", "1KiB", "expected a limit such as 1024", "plain decimal digits"},
		{"a fraction", "1.5", "expected a limit such as 1024", "plain decimal digits"},
		{"octal to some", "0755", "expected a limit such as 1024", "plain decimal digits"},
		{"three parts", `"1:2:3"`, "expected a limit such as 1024", "plain decimal digits"},
		{"a blank", `"1 : 2"`, "expected a limit such as 1024", "plain decimal digits"},
		{"more than can be counted", "9223372036854775808", "expected a limit such as 1024", ""},
		{"nothing", `""`, "expected a limit such as 1024", ""},
		{"true", "true", "expected a limit such as 1024", ""},
		{"a mapping", "{soft: 1}", "expected a limit such as 1024", ""},
		{"the hard one below the soft one", "2:1", "the soft limit 2 is above the hard one, 1", "the lower one first"},
		{"a soft one without a bound below a hard one with one", "unlimited:5", "the soft limit unlimited is above the hard one, 5", ""},
	} {
		t.Run(c.about, func(t *testing.T) { reject(t, withLimit("nofile", c.in), c.text, c.hint) })
	}
}

func TestBytes(t *testing.T) {
	for in, want := range map[string]Rlimit{
		"0": {0, 0, true}, "64MiB": {64 << 20, 64 << 20, true}, "0:1GB": {0, 1e9, true}, "1KiB:unlimited": {1024, Unlimited, true},
		`"8MiB:64MiB"`: {8 << 20, 64 << 20, true},
	} {
		s, complaints := one(withLimit("memlock", in))
		if complaints != nil {
			t.Errorf("%s: %s", in, said(complaints))
			continue
		}
		if got := s.Services["web"].Limits.MemLock; got != want {
			t.Errorf("%s is %v, want %v", in, got, want)
		}
	}
	for _, c := range []struct{ about, in, hint string }{
		{"a number without a unit", "1024", "say the unit: 1024B"},
		{"one of two without a unit", "1024:1MB", "the units are"},
		{"a size of nothing with a unit", "0MB", "the units are"},
		{"a small unit", "1mb", "the units are"},
		{"more than can be counted", "9223372036854775807KB", "the units are"},
		{"a word", "none", "the units are"},
	} {
		t.Run(c.about, func(t *testing.T) {
			reject(t, withLimit("memlock", c.in), "limits.memlock: expected a limit such as 0", c.hint)
		})
	}
}

func TestLimitLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		soft, hard := rapid.Uint64Range(0, 1<<63-1).Draw(t, "soft"), rapid.Uint64Range(0, 1<<63-1).Draw(t, "hard")
		s, complaints := one(withLimit("nproc", fmt.Sprintf("%d:%d", soft, hard)))
		if soft > hard {
			if len(complaints) != 1 {
				t.Fatalf("%d:%d: %s", soft, hard, said(complaints))
			}
			return
		}
		if complaints != nil || s.Services["web"].Limits.NProc != (Rlimit{soft, hard, true}) {
			t.Fatalf("%d:%d is read as %v: %s", soft, hard, s, said(complaints))
		}
	})
}

package native

import "testing"

func TestAsks(t *testing.T) {
	all := []string{"gateway", "profile", "doctor", "update", "setup", "dump"}
	for _, c := range []struct {
		about  string
		args   []string
		native []string
		want   bool
	}{
		{"a gateway's verb", []string{"gateway", "start"}, all, true},
		{"behind the profile", []string{"-p", "x", "gateway", "start"}, all, true},
		{"behind its long form", []string{"--profile", "x", "gateway", "stop"}, all, true},
		{"behind one word", []string{"--profile=x", "gateway", "status"}, all, true},
		{"attached", []string{"-px", "gateway", "run"}, all, true},
		{"an empty name is a name", []string{"-p", "", "gateway", "start"}, all, true},
		{"a profile's verb", []string{"profile", "create", "x"}, all, true},
		{"the doctor", []string{"doctor", "--fix"}, all, true},
		{"an update", []string{"update"}, all, true},
		{"a setup", []string{"setup"}, all, true},
		{"a dump", []string{"dump"}, all, true},
		{"no words at all", nil, all, false},
		{"chat is the app's", []string{"chat", "-q", "x"}, all, false},
		{"a gateway's other verb", []string{"gateway", "setup"}, all, false},
		{"a bare gateway", []string{"gateway"}, all, false},
		{"a profile's other verb", []string{"profile", "use", "x"}, all, false},
		{"the app's own help", []string{"gateway", "--help"}, all, false},
		{"its help on a verb", []string{"gateway", "start", "-h"}, all, false},
		{"but not behind --", []string{"profile", "create", "--", "-h"}, all, true},
		{"its version", []string{"--version"}, all, false},
		{"another flag in front", []string{"--tui", "gateway", "start"}, all, false},
		{"-- in front", []string{"--", "gateway", "start"}, all, false},
		{"a profile flag without a name", []string{"-p"}, all, false},
		{"the same behind the verb", []string{"gateway", "start", "-p"}, all, false},
		{"an empty word", []string{""}, all, false},
		{"what the image doesn't leave to berth", []string{"doctor"}, []string{"gateway"}, false},
		{"nothing is native", []string{"gateway", "start"}, nil, false},
	} {
		if got := Asks(c.args, c.native); got != c.want {
			t.Errorf("%s: %q gives %v", c.about, c.args, got)
		}
	}
}

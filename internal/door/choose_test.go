package door

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// links says which paths are berth itself in these tests.
func links(path string) bool {
	switch path {
	case "/init", "/usr/bin/tini", "/opt/app/docker/main-wrapper.sh", "/opt/app/docker/entrypoint.sh", "/usr/bin/berth":
		return true
	}
	return false
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		about string
		argv  []string
		want  Choice
	}{
		{"berth speaks its own words", []string{"berth", "plan", "--json"}, Choice{Words, []string{"plan", "--json"}, false}},
		{"a path doesn't matter", []string{"/usr/local/bin/berth"}, Choice{Words, []string{}, false}},
		{"a download keeps its words under a longer name", []string{"./berth-linux-amd64", "check"}, Choice{Words, []string{"check"}, false}},
		{"berth init boots", []string{"berth", "init", "--", "sleep", "1"}, Choice{Boot, []string{"sleep", "1"}, true}},
		{"flags after init are the app's", []string{"berth", "init", "--version"}, Choice{Boot, []string{"--version"}, true}},
		{"run lives long as well", []string{"berth", "run", "--", "x"}, Choice{Words, []string{"run", "--", "x"}, true}},
		{"init behind a flag too", []string{"berth", "--log-format", "json", "init"}, Choice{Words, []string{"--log-format", "json", "init"}, true}},
		{"a command named run does not", []string{"berth", "check", "--", "run"}, Choice{Words, []string{"check", "--", "run"}, false}},
		{"a service named run does not", []string{"berth", "logs", "-f", "run"}, Choice{Words, []string{"logs", "-f", "run"}, false}},
		{"a format named init does not", []string{"berth", "--log-format", "init", "plan"}, Choice{Words, []string{"--log-format", "init", "plan"}, false}},
		{"run behind a flag with its value", []string{"berth", "--log-format=json", "run"}, Choice{Words, []string{"--log-format=json", "run"}, true}},
		{"/init boots", []string{"/init", "chat", "-q", "a b"}, Choice{Boot, []string{"chat", "-q", "a b"}, true}},
		{"/init without words boots", []string{"/init"}, Choice{Boot, []string{}, true}},
		{"/init passes a flag on", []string{"/init", "--help"}, Choice{Boot, []string{"--help"}, true}},
		{"one -- is taken off", []string{"/init", "--", "--", "x"}, Choice{Boot, []string{"--", "x"}, true}},
		{"the old entry point boots", []string{"/opt/app/docker/entrypoint.sh", "sh", "-c", "exit 7"}, Choice{Boot, []string{"sh", "-c", "exit 7"}, true}},
		{"the dispatcher boots", []string{"entrypoint-dispatch.sh", "x"}, Choice{Boot, []string{"x"}, true}},
		{"a wrapper after init is taken off", []string{"/init", "/opt/app/docker/main-wrapper.sh", "sleep", "1"}, Choice{Boot, []string{"sleep", "1"}, true}},
		{"so are several", []string{"/init", "/usr/bin/tini", "-g", "--", "/init", "x"}, Choice{Boot, []string{"x"}, true}},
		{"an app's own entrypoint.sh stays", []string{"/init", "/app/entrypoint.sh", "x"}, Choice{Boot, []string{"/app/entrypoint.sh", "x"}, true}},
		{"a word without a slash stays", []string{"/init", "init"}, Choice{Boot, []string{"init"}, true}},
		{"berth by its path stays", []string{"/init", "/usr/bin/berth", "plan"}, Choice{Boot, []string{"/usr/bin/berth", "plan"}, true}},
		{"tini's flags go", []string{"/usr/bin/tini", "-g", "--", "gateway", "run"}, Choice{Boot, []string{"gateway", "run"}, true}},
		{"tini and init are one boot", []string{"tini", "--", "/init", "gateway", "run"}, Choice{Boot, []string{"gateway", "run"}, true}},
		{"tini alone boots", []string{"tini"}, Choice{Boot, []string{}, true}},
		{"any other name is the app's", []string{"/opt/app/bin/hermes", "init"}, Choice{App, []string{"init"}, false}},
		{"an empty argv[0] is berth's", []string{""}, Choice{Words, []string{}, false}},
		{"so is no argv at all", nil, Choice{Words, nil, false}},
	} {
		t.Run(c.about, func(t *testing.T) {
			if d := cmp.Diff(c.want, Choose(c.argv, links)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTini(t *testing.T) {
	for _, c := range []struct{ about, args, want string }{
		{"no flags", "sleep 1", "sleep 1"},
		{"a kill of the group", "-g -- gateway run", "gateway run"},
		{"its long name", "--kill-process-group x", "x"},
		{"arguments of their own", "-p SIGKILL -e 143 -v -v -- sleep infinity", "sleep infinity"},
		{"attached arguments", "-pSIGKILL -e143 x -e", "x -e"},
		{"bundled flags", "-gsvvv x", "x"},
		{"bundled with an argument", "-gp SIGTERM x", "x"},
		{"a subreaper and a warning", "-s -w --subreaper x", "x"},
		{"the licence, help and version are not asked of us", "-l -h --help --version x", "x"},
		{"unknown flags", "-Z --zzz x", "x"},
		{"only flags", "-g -s", ""},
		{"nothing after a flag that wants something", "-e", ""},
		{"the command's flags stay", "-g cmd -g -- -v", "cmd -g -- -v"},
		{"everything after -- stays", "-- -x", "-x"},
		{"a single dash is a word", "- x", "- x"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := strings.Join(tini(strings.Fields(c.args)), " "); got != c.want {
				t.Errorf("tini(%s) = %q, want %q", c.args, got, c.want)
			}
		})
	}
}

// Whatever comes in, what comes out is its end: no word is changed, none is made up.
func TestChooseOnlyTakesOff(t *testing.T) {
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"--", "-g", "-p", "/init", "/usr/bin/tini", "init", "-e", ""}))
	rapid.Check(t, func(t *rapid.T) {
		argv := append([]string{rapid.SampledFrom([]string{"init", "tini", "berth", "hermes"}).Draw(t, "name")}, rapid.SliceOf(word).Draw(t, "args")...)
		got := Choose(argv, links).Args
		if len(got) > len(argv)-1 || cmp.Diff(argv[len(argv)-len(got):], got) != "" && len(got) > 0 {
			t.Fatalf("Choose(%q) gives %q", argv, got)
		}
	})
}

// What follows -- is the command, to the letter, behind every door that boots.
func TestChooseKeepsTheCommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		command := rapid.SliceOf(rapid.String()).Draw(t, "command")
		argv := append([]string{rapid.SampledFrom([]string{"init", "tini", "main-wrapper.sh", "entrypoint.sh"}).Draw(t, "name"), "--"}, command...)
		got := Choose(argv, links).Args
		if len(got) != len(command) || len(got) > 0 && cmp.Diff(command, got) != "" {
			t.Fatalf("Choose(%q) gives %q", argv, got)
		}
	})
}

package shim

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/environ"
)

func TestOnlyTheAppsCommandIsItsName(t *testing.T) {
	for _, c := range []struct {
		command []string
		name    string
		want    bool
	}{
		{[]string{"hermes"}, "hermes", true},
		{[]string{"/opt/hermes/.venv/bin/hermes"}, "hermes", true},
		{[]string{"hermes", "chat"}, "hermes", true},
		{[]string{"hermes"}, "hermes-acp", false},
		{[]string{"hermes"}, "", false},
		{nil, "hermes", false},
	} {
		if got := (&App{Command: c.command}).Bears(c.name); got != c.want {
			t.Errorf("%q by the name %q: %v", c.command, c.name, got)
		}
	}
}

func TestTheAppsEnvironment(t *testing.T) {
	a := &App{
		UID: 10000, GID: 10001, Groups: []uint32{44}, Name: "hermes", Home: "/home/hermes", Umask: 0o027,
		Set:   map[string]string{"HOME": "${APP_HOME:-/opt/data}", "PRICE": "5$$", "MODE": "fast"},
		Vars:  map[string]string{"APP_HOME": "/data", "HOME": "/root", "APP_ROOT": "/opt/$app"},
		Found: map[string]string{"CHROME": "/opt/chrome/$1/chrome"}, Unset: []string{"BUILD_ID", "AUTH"},
		Path: []string{"${HOME}/.local/bin", "${APP_BIN:-${APP_ROOT}/bin}"}, Files: []string{"AUTH", "BANNER"},
	}
	path := "PATH=/data/.local/bin:/opt/$app/bin:"
	for _, c := range []struct {
		about    string
		caller   []string
		has, not []string
	}{
		{
			"out of nothing (env -i) it has what the spec sets, as the container's variables had it", nil,
			[]string{"HOME=/data", "USER=hermes", "LOGNAME=hermes", "PRICE=5$", "MODE=fast", "CHROME=/opt/chrome/$1/chrome", path + environ.DefaultPath},
			nil,
		},
		{
			"a caller's own variables stay (docker exec -e)",
			[]string{"TERM=xterm", "LINE=$x", "PATH=/bin"},
			[]string{"TERM=xterm", "LINE=$x", path + "/bin"},
			nil,
		},
		{
			"what the engine says of root is replaced",
			[]string{"HOME=/root", "USER=root"},
			[]string{"HOME=/data", "USER=hermes"},
			[]string{"HOME=/root"},
		},
		{
			"the spec's values win over a caller's", []string{"MODE=slow"}, []string{"MODE=fast"}, []string{"MODE=slow"},
		},
		{
			"what its texts name is the caller's to set (docker exec -e)",
			[]string{"APP_HOME=/elsewhere", "APP_BIN=/mine", "PATH=/bin"},
			[]string{"HOME=/elsewhere", "PATH=/elsewhere/.local/bin:/mine:/bin"},
			nil,
		},
		{
			"even to nothing", []string{"APP_HOME="}, []string{"HOME=/opt/data", "APP_HOME="}, nil,
		},
		{
			"the container's secrets and what the spec unsets are gone",
			[]string{"AUTH=s3cret", "BUILD_ID=1", "BANNER=hi"},
			[]string{"BANNER=hi"},
			[]string{"AUTH=s3cret", "BUILD_ID=1"},
		},
		{
			"what was found stands behind a caller's word",
			[]string{"CHROME=/mine"},
			[]string{"CHROME=/mine"},
			nil,
		},
		{
			"directories that PATH has already come first, once",
			[]string{"PATH=/bin:/opt/$app/bin"},
			[]string{path + "/bin"},
			nil,
		},
	} {
		t.Run(c.about, func(t *testing.T) {
			room := append(slices.Clone(c.caller), make([]string, 8)...) // what os.Environ gives may have room behind it
			given := slices.Clone(room)
			got := a.Environ(room[:len(c.caller)])
			if d := cmp.Diff(given, room); d != "" {
				t.Errorf("the caller's own was changed: %s", d)
			}
			for _, line := range c.has {
				if !slices.Contains(got, line) {
					t.Errorf("%s is missing in %q", line, got)
				}
			}
			for _, line := range c.not {
				if slices.Contains(got, line) {
					t.Errorf("%s is there: %q", line, got)
				}
			}
		})
	}
}

package spec

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// agent is what testdata/good/agent.yaml says, value for value.
func agent() *Spec {
	state, stamp, running, nothing := `{"gateway_state":"running"}`, "docker", "running", ""
	return &Spec{
		Version: 1, App: "agent", Dir: "testdata/good",
		User: User{
			Name: "agent", UID: 10000, GID: 10000, UIDEnv: []string{"AGENT_UID", "PUID"}, GIDEnv: []string{"AGENT_GID", "PGID"},
			UmaskEnv: "UMASK", JoinGroupsOf: []string{"/var/run/docker.sock", "/run/docker.sock", "/dev/dri/*"}, OtherUsers: Refuse,
		},
		Volume: Volume{
			Path: "${AGENT_HOME:-/opt/data}",
			Dirs: []string{
				"backups", "cron", "sessions", "logs", "logs/gateways", "home", "profiles", "pairing", "platforms/pairing",
				"lazy-packages",
			},
			Own: Own{
				Trees: []string{"cron", "sessions", "logs", "home", "profiles", "pairing", "platforms/pairing", "lazy-packages"},
				Files: []string{"auth.json", ".env", "config.yaml", "state.db", "state.db-shm", "state.db-wal", "gateway_state.json"},
				Heal:  HealBehind, Rate: 50000, Schedule: &Schedule{Every: Duration(12 * time.Hour)},
			},
			Modes:  map[string]Mode{".env": {0o600, true}, "config.yaml": {0o640, true}},
			Remove: []Remove{{".install_method", &stamp}},
		},
		Install: Install{Path: "/opt/agent", Method: "docker", Own: []string{".venv", "ui-tui", "node_modules", "gateway"}},
		Seed: []Seed{
			{Path: ".env", From: ".env.example", Mode: Mode{0o600, true}},
			{Path: "config.yaml", From: "cli-config.yaml.example", Mode: Mode{0o640, true}},
			{Path: "SOUL.md", From: "docker/SOUL.md", Mode: Mode{0o644, true}},
			{Path: "auth.json", FromEnv: "AGENT_AUTH_JSON", Mode: Mode{0o600, true}, Secret: true},
			{Path: "gateway_state.json", Content: &state, Mode: Mode{0o644, true}, When: &When{"AGENT_STATE", &running}},
			{Path: "motd", Content: &nothing, Mode: Mode{0o644, true}, When: &When{Env: "AGENT_MOTD"}},
		},
		Keep: []Keep{{"skills", "skills", "AGENT_SKILLS", ".no-skills", []string{"agent"}, ".suppressed", "SKILL.md", []string{"DESCRIPTION.md"}, []string{"__pycache__"}, ".manifest"}},
		Generate: []Generate{
			{".env", "API_SERVER_KEY", 32},
			{".env", "OTHER_KEY", 32},
		},
		Mirror: []Mirror{{".env", true, []string{"AGENT_PORTAL_URL", "AGENT_API_URL"}, Mode{0o640, true}}},
		Reseed: []Reseed{{
			Path: "auth.json", Entry: "accounts.main", Name: "main session", FromEnv: "AGENT_AUTH_JSON_AGAIN", Require: map[string]string{"client_id": "agent"},
			Tokens: []string{"access_token"}, Terminal: "error.login", Newer: "issued_at", Mode: Mode{0o640, true},
		}},
		Migrate: &Migrate{
			File: "config.yaml", VersionKey: "_config_version", Backup: []string{"config.yaml", ".env"},
			BackupDir: "backups/agent", BackupKeep: 5,
			SkipEnv: "AGENT_SKIP_MIGRATION", Steps: "testdata/good/migrations.yaml", RunTimeout: Duration(time.Minute),
		},
		Env: Env{
			FromFile: []string{"AGENT_TOKEN"},
			Set:      map[string]Text{"HOME": "${AGENT_HOME:-/opt/data}", "EMPTY": ""},
			Unset:    []string{"LD_PRELOAD"},
			Path:     []Text{"/opt/agent/bin", "/opt/agent/.venv/bin", "${AGENT_HOME:-/opt/data}/.local/bin"},
			Find:     map[string]Find{"AGENT_BROWSER": {"${BROWSERS_PATH}", []string{"chrome", "chromium", "chrome-headless-shell"}}},
		},
		Main: Main{
			Command: []Text{"agent"}, Program: "/opt/agent/.venv/bin/agent", RootEnv: "AGENT_EXEC_AS_ROOT", Native: []string{"gateway", "profile"},
			Verbs:    []string{"chat", "gateway", "dashboard"},
			Redirect: []Redirect{{[]string{"gateway", "run"}, "gateway-default", &Unless{"--no-supervise", "AGENT_NO_SUPERVISE"}}},
		},
		Profiles: &Profiles{
			"default", "profiles", "SOUL.md", "[a-z0-9][a-z0-9_-]{0,63}", "gateway_state.json",
			[]string{"gateway.pid", "processes.json"},
			&Shared{"AGENT_SHARED", "config.yaml", []string{"shared", "gateway.shared"}},
		},
		Services: services(),
		Control: Control{[]Allow{
			{UID: 33, Services: []string{"dashboard", "gateway"}, May: MaySee},
			{GID: 2000, Services: []string{"gateway-default", "sweep"}, May: MayControl},
		}},
		Hooks: []Hook{
			{BeforeVolume, "", []Text{"/opt/agent/hook"}, AsRoot, Duration(500 * time.Millisecond), FailStop},
			{BeforeMain, "last", []Text{"/opt/agent/hook", "", "${AGENT_HOME}"}, AsApp, Duration(30 * time.Second), FailWarn},
		},
	}
}

func TestEverythingThatCanBeSaidIsRead(t *testing.T) {
	s, complaints := Read(os.ReadFile, "testdata/good/agent.yaml")
	if complaints != nil {
		t.Fatalf("complaints:\n%s", said(complaints))
	}
	if diff := cmp.Diff(agent(), s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSmallestSpecHasTheDefaults(t *testing.T) {
	s, complaints := one("version: 1\n")
	if complaints != nil {
		t.Fatal(said(complaints))
	}
	own := Own{Heal: HealAuto, Rate: 20000}
	want := &Spec{Version: 1, Dir: ".", User: User{Name: "app", UID: 1000, GID: 1000, OtherUsers: Refuse}, Volume: Volume{Own: own}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDefault(t *testing.T) {
	want := &Spec{
		Version: 1,
		User: User{
			Name: "app", UID: 1000, GID: 1000, UIDEnv: []string{"PUID"}, GIDEnv: []string{"PGID"}, UmaskEnv: "UMASK",
			OtherUsers: Adopt,
		},
		Volume: Volume{Optional: []string{"/config", "/data"}, Own: Own{Heal: HealAuto, Rate: 20000}},
	}
	got := Default()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got.User.UIDEnv[0], got.Volume.Optional[0] = "CHANGED", "/changed"
	if diff := cmp.Diff(want, Default()); diff != "" {
		t.Errorf("a caller's change shows in the next one's default:\n%s", diff)
	}
}

func TestReadGivesASpecOrComplaints(t *testing.T) {
	for _, text := range []string{"version: 1", "version: 2", "", "a: [", "version: 1\napp: x", "version: 1\nappp: x"} {
		if s, complaints := one(text); (s == nil) != (len(complaints) > 0) {
			t.Errorf("%q gives a spec (%v) and %d complaints", text, s != nil, len(complaints))
		}
	}
}

func TestLineEndsAreTheParsers(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r", "\u0085", "\u2028"} {
		_, complaints := one("version: 1" + end + "user:" + end + "  nam: x" + end + "app: x" + end)
		if len(complaints) != 1 || complaints[0].Place() != "berth.yaml:3:3" || complaints[0].Source != "  nam: x" {
			t.Errorf("lines that end in %q: %s", end, said(complaints))
		}
	}
}

func TestWhatTheOpenerSaysIsToldOnce(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/etc/berth/berth.yaml", Err: fs.ErrPermission}
	for _, c := range []struct {
		about string
		err   error
		want  string
	}{
		{"an error with the path in it", denied, "open the spec: permission denied"},
		{"an error of the opener's own", errors.New("too slow"), "open the spec: too slow"},
		{"a file that isn't there", fs.ErrNotExist, "open the spec: no such file or directory"},
	} {
		t.Run(c.about, func(t *testing.T) {
			_, complaints := Read(func(string) ([]byte, error) { return nil, c.err }, "/etc/berth/berth.yaml")
			if len(complaints) != 1 || complaints[0].Text != c.want || complaints[0].Line != 0 {
				t.Errorf("got %q", said(complaints))
			}
			if !strings.HasPrefix(said(complaints), "/etc/berth/berth.yaml: open") {
				t.Errorf("the place is told as %q", said(complaints))
			}
		})
	}
}

func TestBytesThatAreNoSpec(t *testing.T) {
	for _, c := range []struct{ about, text, place, want string }{
		{"an empty file", "", "berth.yaml:1:1", "the file says nothing"},
		{"blank lines", "\n\n  \n", "berth.yaml:1:1", "the file says nothing"},
		{"only a document's start", "---\n", "berth.yaml:1:1", "the file says nothing"},
		{"null", "null\n", "berth.yaml:1:1", "the file says nothing"},
		{"a byte order mark", "\xef\xbb\xbfversion: 1\n", "berth.yaml:1:1", "the file begins with a byte order mark"},
		{"UTF-16", "\xff\xfev\x00e\x00", "berth.yaml:1:1", "the file is UTF-16"},
		{"UTF-16 the other way round", "\xfe\xff\x00v\x00e", "berth.yaml:1:1", "the file is UTF-16"},
		{"a NUL byte", "version: 1\napp: a\x00b\n", "berth.yaml:2:7", "a NUL byte stands here"},
		{"Latin 1", "version: 1\n# caf\xe9\n", "berth.yaml:2:6", "the byte 0xe9 is not UTF-8"},
		{"an escape sequence", "version: 1\napp: \x1b[2J\n", "berth.yaml:2:6", "the control character 0x1b stands here"},
		{"DEL", "version: 1\napp: é\x7f\n", "berth.yaml:2:7", "the control character 0x7f stands here"},
		{"an unfinished sequence at the end", "version: 1\n# \xe2\x82", "berth.yaml:2:3", "the byte 0xe2 is not UTF-8"},
		{"a surrogate in UTF-8", "app: \xed\xa0\x80", "berth.yaml:1:6", "the byte 0xed is not UTF-8"},
		{"a number", "1\n", "berth.yaml:1:1", "a spec is a mapping of keys to values, but the number 1 stands here"},
		{"a later document that is broken", "version: 1\n---\na: [\n", "berth.yaml:4:1", "not YAML: did not find expected node content (while parsing a flow node)"},
	} {
		t.Run(c.about, func(t *testing.T) {
			_, complaints := one(c.text)
			if len(complaints) != 1 {
				t.Fatalf("%d complaints:\n%s", len(complaints), said(complaints))
			}
			if got := complaints[0]; got.Place() != c.place || got.Text != c.want || got.Hint == "" {
				t.Errorf("got %q at %s, hint %q", got.Text, got.Place(), got.Hint)
			}
		})
	}
}

func TestTheReplacementCharacterIsACharacter(t *testing.T) {
	s, complaints := one("version: 1\napp: a\uFFFDb\n")
	if complaints != nil || s.App != "a\uFFFDb" {
		t.Errorf("got %s", said(complaints))
	}
}

func TestEmptySections(t *testing.T) {
	s, complaints := one("version: 1\nuser: {}\nvolume: {dirs: [], modes: {}}\nseed: []\nservices: {}\nhooks: []\nenv: {set: {}}\n")
	if complaints != nil {
		t.Fatal(said(complaints))
	}
	if s.User.UID != 1000 || len(s.Volume.Dirs)+len(s.Seed)+len(s.Services)+len(s.Hooks)+len(s.Env.Set) != 0 {
		t.Errorf("got %+v", s)
	}
}

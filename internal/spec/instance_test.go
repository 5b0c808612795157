package spec

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const perProfile = `version: 1
profiles: {dir: profiles, name: "[^/]+", root: default}
services:
  gateway:
    per-profile: true
    enabled: "{profile}"
    requires: [worker, web]
    after: [worker]
    command: [gw, "${A}", "--name={profile}"]
    profile-args: [-p, "{profile}", "$HOME"]
    env: {NAME: "{profile}", BOTH: "${B:-{profile}}"}
    ready: {log: "^{profile} is up$"}
    health: {exec: [ask, "{profile}"]}
    reload: {command: [tell, "{profile}"]}
    log: {dir: "logs/{profile}", rotate: [logs/*.log, "{profile}/[ab]"]}
  worker: {per-profile: true, command: [w], ready: {file: run/ready}}
  other: {per-profile: true, command: [o], ready: {file: "/run/{profile}"}, health: {tcp: "{profile}:80"}}
  web: {command: [web, "{profile}"]}
`

func readPerProfile(t *testing.T) *Spec {
	t.Helper()
	s, complaints := one(perProfile)
	if complaints != nil {
		t.Fatal(said(complaints))
	}
	return s
}

func TestInstance(t *testing.T) {
	s := readPerProfile(t)
	before := readPerProfile(t)
	desk, root := s.Instance("gateway", "desk"), s.Instance("gateway", "default")
	for _, c := range []struct {
		about     string
		got, want any
	}{
		{"a named profile's arguments stand after the program", desk.Command, []Text{"gw", "-p", "desk", "$$HOME", "${A}", "--name=desk"}},
		{"the root profile has no arguments of its own", root.Command, []Text{"gw", "${A}", "--name=default"}},
		{"the arguments are in the command, and not said twice", desk.ProfileArgs, []string(nil)},
		{"the environment has the name", desk.Env, map[string]Text{"NAME": "desk", "BOTH": "${B:-desk}"}},
		{"so has the switch", desk.Enabled, Text("desk")},
		{"what it requires is the same profile's, where there is one", desk.Requires, []string{"worker-desk", "web"}},
		{"so is what it comes after", root.After, []string{"worker-default"}},
		{"the line that it waits for has the name", desk.Ready.Log, "^desk is up$"},
		{"a question has the name", desk.Health.Exec, []Text{"ask", "desk"}},
		{"a reload has the name", desk.Reload.Command, []Text{"tell", "desk"}},
		{"the log's directory has the name", desk.Log.Dir, "logs/desk"},
		{"its own files lie in the profile's directory", desk.Log.Rotate, []string{"profiles/desk/logs/*.log", "profiles/desk/desk/[ab]"}},
		{"the root profile's is the volume itself", root.Log.Rotate, []string{"logs/*.log", "default/[ab]"}},
		{"the file that it waits for lies there too", s.Instance("worker", "desk").Ready.File, "profiles/desk/run/ready"},
		{"and on the volume itself for the root profile", s.Instance("worker", "default").Ready.File, "run/ready"},
		{"an absolute one has the name", s.Instance("other", "desk").Ready.File, "/run/desk"},
		{"an address has the name", s.Instance("other", "desk").Health.TCP, Text("desk:80")},
		{"a service that isn't per profile stays as it is", s.Instance("web", "desk"), before.Services["web"]},
		{"a slot of a per-profile service has the profile's name", s.Slot("gateway", "desk"), "gateway-desk"},
		{"another has its own", s.Slot("web", "desk"), "web"},
		{"and nothing changed the spec", s, before},
	} {
		t.Run(c.about, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAProfilesNameIsOnlyAName: whoever writes to the volume chooses it.
func TestAProfilesNameIsOnlyAName(t *testing.T) {
	s := readPerProfile(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a$${}:*?\[\]\\.()|^ -]{1,12}`).Draw(t, "name")
		if !s.Profiles.Valid(name) || name == "default" || strings.Contains(name, "{profile}") {
			return
		}
		in := s.Instance("gateway", name)
		empty := func(string) (string, bool) { return "", false }
		for _, c := range []struct{ about, got, want string }{
			{"an argument", in.Command[2].Expand(empty), name},
			{"a longer argument", in.Command[5].Expand(empty), "--name=" + name},
			{"a variable", in.Env["NAME"].Expand(empty), name},
			{"a question", in.Health.Exec[1].Expand(empty), name},
		} {
			if c.got != c.want {
				t.Fatalf("%s of %q becomes %q", c.about, name, c.got)
			}
		}
		re, err := regexp.Compile(in.Ready.Log)
		if err != nil || !re.MatchString(name+" is up") || re.MatchString("x"+name+" is up") {
			t.Fatalf("the pattern of %q is %s: %v", name, in.Ready.Log, err)
		}
		if ok, err := path.Match(in.Log.Rotate[0], "profiles/"+name+"/logs/a.log"); !ok || err != nil {
			t.Fatalf("%q doesn't match %s: %v", in.Log.Rotate[0], name, err)
		}
		if ok, _ := path.Match(in.Log.Rotate[0], "profiles/a/logs/a.log"); ok && name != "a" {
			t.Fatalf("%q matches another profile's file", in.Log.Rotate[0])
		}
		if !filepath.IsLocal(in.Log.Dir) || !strings.HasPrefix(in.Log.Dir, "logs/") || strings.Count(in.Log.Dir, "/") != 1 {
			t.Fatalf("the lines of %q go to %s", name, in.Log.Dir)
		}
	})
}

func TestValid(t *testing.T) {
	usual := &Profiles{Name: "[a-z0-9][a-z0-9_-]{0,63}"}
	any := &Profiles{Name: "(?s).*"}
	for _, c := range []struct {
		about, name string
		in          *Profiles
		want        bool
	}{
		{"a usual name", "desk-2", usual, true},
		{"the longest", strings.Repeat("a", 64), usual, true},
		{"too long a name", strings.Repeat("a", 65), usual, false},
		{"capitals", "Coder", usual, false},
		{"a blank", "a b", usual, false},
		{"a way out", "../x", usual, false},
		{"an end of line", "a\n", usual, false},
		{"nothing", "", any, false},
		{"the directory itself", ".", any, false},
		{"its parent", "..", any, false},
		{"two components", "a/b", any, false},
		{"a NUL byte", "a\x00", any, false},
		{"longer than a component may be", strings.Repeat("a", 256), any, false},
		{"anything else where anything goes", "My Bot\n", any, true},
		{"a pattern that is a mistake", "a", &Profiles{Name: "("}, false},
		{"no pattern", "a", &Profiles{}, false},
		{"no profiles", "a", nil, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := c.in.Valid(c.name); got != c.want {
				t.Errorf("%q: got %v", c.name, got)
			}
		})
	}
}

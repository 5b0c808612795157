package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// gateways is a spec whose every profile has one slot.
const gateways = profiles + `services: {gateway: {per-profile: true, command: ` + stays + `}}`

// cases of a state file, with the word that decides and whether its profile is wanted up.
type stateCase struct {
	about, text, prior string
	up                 bool
	recorded           string // desired_state afterwards
}

func stateCases() []stateCase {
	return []stateCase{
		{"missing", "", "None", false, ""},
		{"empty", " ", "None", false, ""},
		{"corrupt", `{"gateway_state":`, "None", false, ""},
		{"array", `["running"]`, "None", false, ""},
		{"string", `"running"`, "None", false, ""},
		{"starting", `{"gateway_state":"starting"}`, "starting", false, ""},
		{"startup_failed", `{"gateway_state":"startup_failed"}`, "startup_failed", false, ""},
		{"stopped", `{"gateway_state":"stopped","pid":7}`, "stopped", false, ""},
		{"running", `{"gateway_state":"running","pid":7}`, "running", true, "running"},
		{"draining", `{"gateway_state":"draining"}`, "draining", true, "running"},
		{"degraded", `{"gateway_state":"degraded"}`, "degraded", true, "running"},
		{"desired-up", `{"desired_state":"running","gateway_state":"stopped"}`, "running", true, "running"},
		{"desired-down", `{"desired_state":"stopped","gateway_state":"running"}`, "stopped", false, "stopped"},
		{"desired-odd", `{"desired_state":"maybe","gateway_state":"running"}`, "running", true, "running"},
	}
}

// desired gives a profile's recorded state, and its other keys.
func (g *rig) desired(profile string) (string, map[string]any) {
	g.t.Helper()
	var keys map[string]any
	dir := "profiles/" + profile + "/"
	if profile == "default" {
		dir = ""
	}
	if json.Unmarshal([]byte(g.read(dir+"gateway_state.json")), &keys) != nil {
		return "", nil
	}
	word, _ := keys["desired_state"].(string)
	return word, keys
}

func TestReconcileAtBoot(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	want := map[string]bool{"default": true}
	g.profile("default", `{"gateway_state":"running"}`)
	for _, c := range stateCases() {
		g.profile(c.about, c.text)
		want[c.about] = c.up
	}
	g.put("logs/here", "")
	g.up()
	got := map[string]bool{}
	for _, f := range g.roster.Found {
		got[f.Name] = f.Up
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if names := g.roster.Found; names[0].Name != "default" || !slices.IsSortedFunc(names[1:], func(a, b Found) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("the order is %v", names)
	}
	g.has("logs/container-boot.log", "profile=string")
	log := g.read("logs/container-boot.log")
	if !strings.HasPrefix(strings.SplitN(log, " ", 2)[1], "profile=default ") {
		t.Errorf("the first line isn't default's:\n%s", log)
	}
	for _, c := range stateCases() {
		action, state := "registered", supervise.Down
		if c.up {
			action, state = "started", supervise.Ready
		}
		g.is("gateway-"+c.about, state)
		line := fmt.Sprintf(`profile=%s prior_state=%s action=%s prior_exit=unknown`, c.about, c.prior, action)
		if !regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} ` + line + `$`).MatchString(log) {
			t.Errorf("%s: %q is not in\n%s", c.about, line, log)
		}
		if g.told("info: reconcile: "+line) != 1 {
			t.Errorf("%s: %q was not told", c.about, line)
		}
		word, keys := g.desired(c.about)
		if word != c.recorded {
			t.Errorf("%s: recorded %q, want %q", c.about, word, c.recorded)
		}
		if strings.Contains(c.text, "pid") && keys["pid"] != 7.0 {
			t.Errorf("%s: other keys are %v", c.about, keys)
		}
		troubled := slices.Contains([]string{"empty", "corrupt", "array", "string"}, c.about)
		if n := g.told("warning: profile " + c.about + ": "); (n > 0) != troubled {
			t.Errorf("%s: %d warnings", c.about, n)
		}
	}
	if g.told("reconcile: profile=default prior_state=running action=started") != 1 {
		t.Error("default was not started")
	}
}

func TestReconcileSkips(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.put("profiles/nomarker/gateway_state.json", `{"desired_state":"running"}`)
	g.put("profiles/file", "")
	g.put("profiles/My Bot/SOUL.md", "")
	g.put("profiles/default/SOUL.md", "")
	g.put("profiles/.hidden/SOUL.md", "")
	g.profile("last", `{"desired_state":"running"}`)
	ok(t, os.Symlink(g.at("profiles/last"), g.at("profiles/link")))
	g.up()
	g.is("gateway-last", supervise.Ready)
	if got := strings.Join(g.slots(), " "); got != "gateway-default gateway-last" {
		t.Errorf("slots %q", got)
	}
	for _, name := range []string{"My Bot", "profiles/link", `"default"`} {
		if g.told(name) != 1 {
			t.Errorf("%s was not told: %+v", name, g.notes)
		}
	}
	if g.read("logs/container-boot.log") != "" || g.told("mend its logs") != 0 {
		t.Error("a directory for logs was missed")
	}
}

// A file that can't be read or listed as a rule would have it degrades one profile, not the boot.
func TestReconcileWithoutADirectoryOfProfiles(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	ok(t, os.WriteFile(g.at("profiles"), nil, 0o644))
	g.profile("default", `{"desired_state":"running"}`)
	g.up()
	g.is("gateway-default", supervise.Ready)
	if len(g.slots()) != 1 || g.told("warning: list profiles: ") != 1 {
		t.Errorf("slots %q, notes %+v", g.slots(), g.notes)
	}
}

// What a run before left is removed from each profile; a pid in it is somebody else's by now.
func TestStaleFiles(t *testing.T) {
	g := newRig(t, gateways)
	g.profile("a", "")
	all := []string{"gateway.pid", "processes.json", "profiles/a/gateway.pid"}
	for _, name := range all {
		g.put(name, fmt.Sprint(os.Getpid()))
	}
	g.put("profiles/b/gateway.pid", "no profile")
	ok(t, os.Mkdir(g.at("profiles/a/processes.json"), 0o755))
	want := []string{"remove gateway.pid", "remove processes.json", "remove profiles/a/gateway.pid"}
	if got := g.plan(""); !slices.Equal(got, want) {
		t.Errorf("the plan has %q", got)
	}
	g.up()
	if got := steps(g.ride); !slices.Equal(got, want) {
		t.Errorf("the boot made %q", got)
	}
	for _, name := range all {
		if _, err := os.Lstat(g.at(name)); !os.IsNotExist(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if g.read("profiles/b/gateway.pid") == "" || g.told("changed: Removed stale gateway.pid, processes.json of profile default") != 1 ||
		g.told("refusal: ") != 1 {
		t.Errorf("notes: %+v", g.notes)
	}
}

// A container whose command asks for a profile's service has it up, unless a person wants it down.
func TestTheCommandAsksForASlot(t *testing.T) {
	for _, c := range []struct {
		state        string
		up           bool
		steps        []string
		from, state2 string
	}{
		{"", true, []string{"record gateway_state.json"}, legacyCommand, "running"},
		{`{"gateway_state":"stopped"}`, true, []string{"record gateway_state.json"}, "", "stopped"},
		{`{"desired_state":"stopped"}`, false, nil, "", ""},
		{`{"desired_state":"running"}`, true, nil, "", ""},
	} {
		g := newRig(t, gateways)
		g.profile("default", c.state)
		g.profile("a", "")
		if got := g.plan("gateway-default"); !slices.Equal(got, c.steps) {
			t.Errorf("%s: the plan has %q", c.state, got)
		}
		r, run := g.look(false, nil, "gateway-default")
		if r.Found[0].Up != c.up || r.Found[1].Up || !slices.Equal(steps(run), c.steps) {
			t.Errorf("%s: found %+v by %q", c.state, r.Found, steps(run))
		}
		ok(t, g.world.Close())
		word, keys := g.desired("default")
		from, _ := keys["migrated_from"].(string)
		state, _ := keys["gateway_state"].(string)
		if (word == "running") != c.up || from != c.from || state != c.state2 {
			t.Errorf("%s: recorded %v", c.state, keys)
		}
		if got := g.plan("gateway-default"); len(got) != 0 {
			t.Errorf("%s: the next plan has %q", c.state, got)
		}
	}
}

// Where the root profile's service serves every profile, the others stay down.
func TestShared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env, config string
		up          bool
	}{
		{"", "", true}, {"MULTI=1", "", false}, {"MULTI=0", "multiplex: true\n", true}, {"", "multiplex: yes\n", false}, {"", "gateway: {multiplex: true}\n", false}, {"", ": bad", true},
	} {
		g := newRig(t, strings.Replace(gateways, "stale:", "shared: {env: MULTI, file: config.yaml, keys: [multiplex, gateway.multiplex]}, stale:", 1), c.env)
		g.put("config.yaml", c.config)
		g.profile("default", `{"desired_state":"running"}`)
		g.profile("a", `{"desired_state":"running"}`)
		r, _ := g.look(false, nil, "")
		if !r.Found[0].Up || r.Found[1].Up != c.up {
			t.Errorf("%s %q: %+v", c.env, c.config, r.Found)
		}
		ok(t, g.world.Close())
	}
}

// Nothing is written to a volume that is mounted read-only, and what it says still holds.
func TestAReadOnlyVolume(t *testing.T) {
	g := newRig(t, gateways)
	g.profile("a", `{"gateway_state":"running"}`)
	g.put("gateway.pid", "1")
	g.put("logs/here", "")
	_, _ = g.look(true, nil, "")
	ok(t, g.world.Close())
	g.world.ReadOnly = true
	g.up()
	g.is("gateway-a", supervise.Ready)
	g.ended()
	if word, _ := g.desired("a"); word != "" || g.read("gateway.pid") == "" || len(g.files("logs")) != 1 || len(steps(g.ride)) != 0 {
		t.Errorf("something was written: %q, %q, %q", word, g.files("logs"), steps(g.ride))
	}
}

// A service that requires one which another container runs is that container's too, and who only comes after it isn't.
func TestUnlessMainGoesAlongRequires(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`main: {command: [app]}
services:
	store: {per-profile: true, unless-main: [dashboard], command: `+stays+`}
	gateway: {per-profile: true, requires: [store], command: `+stays+`}
	beside: {per-profile: true, after: [store], command: `+stays+`}`)
	g.profile("default", `{"desired_state":"running"}`)
	g.up("dashboard")
	g.is("beside-default", supervise.Ready)
	if got := g.slots(); len(got) != 1 {
		t.Errorf("slots %q", got)
	}
	g.profile("a", "")
	p, err := g.fleet.Register(deadline(t), "test", "a")
	if err != nil || !slices.Equal(p.Slots, []string{"beside-a"}) {
		t.Errorf("registered %+v, %v", p, err)
	}
}

func TestVerb(t *testing.T) {
	main := &spec.Main{Command: []spec.Text{"app", "--ui"}, Program: "/opt/app"}
	for words, want := range map[string]string{
		"": "", "app": "", "serve": "serve", "app serve": "serve", "/opt/app serve x": "serve", "-v serve": "serve", "-p serve run": "run", "--profile dashboard gateway": "gateway",
		"app -p x -v dashboard": "dashboard", "-p": "", "-p=x serve": "serve", "other app": "other",
	} {
		if got := Verb(main, []string{"-p", "{profile}"}, strings.Fields(words)); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
	if got := Verb(&spec.Main{Command: []spec.Text{"app", "dashboard"}}, nil, nil); got != "dashboard" {
		t.Errorf("without words it is the command's own: %q", got)
	}
}

// TestLaw: on any tree a plan changes nothing, the boot after it makes exactly its steps, and then nothing is left to do.
func TestLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := newRig(t, gateways)
		defer func() { _ = os.RemoveAll(filepath.Dir(g.dir)) }()
		var texts []string
		for _, c := range stateCases() {
			texts = append(texts, c.text)
		}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"default", "a", "b", "My Bot"}), rapid.ID[string]).Draw(rt, "profiles") {
			g.profile(name, rapid.SampledFrom(texts).Draw(rt, "state"))
			dir := g.at("profiles/" + name)
			if name == "default" {
				dir = g.dir
			}
			for _, stale := range []string{"gateway.pid", "processes.json", "gateway_state.json"} {
				at := filepath.Join(dir, stale)
				switch rapid.SampledFrom([]string{"", "", "file", "dir", "link", "fifo"}).Draw(rt, stale) {
				case "file":
					if stale != "gateway_state.json" {
						ok(t, os.WriteFile(at, []byte("1"), 0o600), g.own(at))
					}
				case "dir":
					_ = os.Mkdir(at, 0o755)
				case "link":
					_ = os.Symlink("/etc/hostname", at)
				case "fifo":
					_ = unix.Mkfifo(at, 0o644)
				}
			}
		}
		redirected := rapid.SampledFrom([]string{"", "gateway-default", "gateway-a"}).Draw(rt, "redirected")
		before := strings.Join(g.files("."), " ")
		plan := g.plan(redirected)
		if after := strings.Join(g.files("."), " "); after != before {
			rt.Fatalf("a plan changed %s to %s", before, after)
		}
		_, run := g.look(false, nil, redirected)
		ok(t, g.world.Close())
		if got := steps(run); !slices.Equal(got, plan) {
			rt.Fatalf("the plan has %q, the boot made %q", plan, got)
		}
		if left := g.plan(redirected); len(left) != 0 {
			rt.Fatalf("after %q there is left %q", plan, left)
		}
	})
}

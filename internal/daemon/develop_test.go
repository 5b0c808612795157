package daemon

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

func TestVariable(t *testing.T) {
	for _, c := range []struct{ about, text, want string }{
		{"a variable", "${DATA}", "DATA"},
		{"one with a default where it is empty", "${DATA:-/data}", "DATA"},
		{"one with a default where it is unset", "${DATA-/data}", "DATA"},
		{"a default with dashes and colons", "${DATA:-/a-b:c}", "DATA"},
		{"a default that is a variable", "${DATA:-${HOME}}", "DATA"},
		{"a path", "/data", ""},
		{"a path below a variable", "${HOME}/data", ""},
		{"a variable below a path", "/srv/${NAME}", ""},
		{"two variables", "${A:-/srv}/${B}", ""},
		{"two with a dash", "${A-x}-${B}", ""},
		{"a default that is a variable", "${A:-${B}}", "A"},
		{"two variables", "${A}${B}", ""},
		{"two with a slash", "${A}/${B}", ""},
		{"a dollar sign that stands for itself", "$${DATA}", ""},
		{"no name", "${}", ""},
		{"a default without a name", "${:-/data}", ""},
		{"a brace that isn't closed", "${DATA", ""},
		{"nothing", "", ""},
	} {
		if got := variable(spec.Text(c.text)); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.about, c.text, got, c.want)
		}
	}
}

// What variable names is what the text stands for.
func TestVariableLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Z_][A-Z0-9_]{0,8}`).Draw(t, "name")
		rest := rapid.SampledFrom([]string{"}", ":-/data}", "-/data}", ":-${X}}", ":-}"}).Draw(t, "rest")
		text := spec.Text("${" + name + rest)
		if variable(text) != name {
			t.Fatalf("%q is %q", text, variable(text))
		}
		value := rapid.StringMatching(`.+`).Draw(t, "value")
		if got := text.Expand(func(n string) (string, bool) { return value, n == name }); got != value {
			t.Fatalf("%q is %q", text, got)
		}
	})
}

func TestDevelop(t *testing.T) {
	hooks := []spec.Hook{
		{Name: "mine", Command: []spec.Text{"x"}},
		{Name: "root's", As: spec.AsRoot, Command: []spec.Text{"x"}},
		{Name: "the app's", As: spec.AsApp, Command: []spec.Text{"x"}},
	}
	given := func() *spec.Spec {
		return &spec.Spec{
			App: "app", User: spec.User{Name: "app", JoinGroupsOf: []string{"/dev/kvm"}},
			Volume:  spec.Volume{Path: "${DATA:-/data}", Dirs: []string{"logs"}, Optional: []string{"/data"}},
			Install: spec.Install{Path: "/opt/app", Own: []string{"tree"}}, Hooks: hooks[:3:3],
		}
	}
	s := given()
	w := &boot.World{Spec: s, Environ: append(make([]string, 0, 8), "DATA=/elsewhere", "X=1")}
	environ := w.Environ
	top := t.TempDir()
	dir := top + "/$HOME-${X}"
	ok(t, develop(w, dir))
	want := given()
	want.Volume.Path, want.Volume.Optional, want.User.JoinGroupsOf, want.Install.Own = spec.Text(top+"/$$HOME-$${X}"), nil, nil, nil
	want.Hooks = []spec.Hook{hooks[0], hooks[2]}
	if d := cmp.Diff(want, w.Spec); d != "" {
		t.Error(d)
	}
	if got := w.Spec.Volume.Path.Expand(w.Lookup); got != dir {
		t.Errorf("the volume is %q", got)
	}
	if got, _ := w.Lookup("DATA"); got != dir {
		t.Errorf("the spec's other texts see %q", got)
	}
	// The caller's spec is read again by later doors, and its environment may be os.Environ's own.
	if d := cmp.Diff(given(), s); d != "" {
		t.Errorf("the caller's spec was changed: %s", d)
	}
	if d := cmp.Diff([]string{"DATA=/elsewhere", "X=1", ""}, environ[:3]); d != "" {
		t.Errorf("the caller's environment was changed: %s", d)
	}

	w = &boot.World{Spec: &spec.Spec{Volume: spec.Volume{Path: "/data"}}, Environ: []string{"X=1"}}
	ok(t, develop(w, dir))
	if d := cmp.Diff([]string{"X=1"}, w.Environ); d != "" {
		t.Errorf("a path without a variable sets one: %s", d)
	}

	// A mistyped name must not grow a tree on somebody's machine.
	w = &boot.World{Spec: s}
	if err := develop(w, dir+"/none/dir"); !errors.Is(err, fs.ErrNotExist) || boot.HintFor(err) == "" || w.Spec != s {
		t.Errorf("got %v", err)
	}
}

func TestDeveloper(t *testing.T) {
	t.Setenv("USER", "me")
	user := spec.User{Name: "app", UID: 10000, GID: 10001, UmaskEnv: "UMASK", UIDEnv: []string{"APP_UID", "PUID"}, GIDEnv: []string{"PGID"}}
	for _, c := range []struct {
		about   string
		euid    uint32
		user    spec.User
		environ []string
		want    identity.Identity
		warns   string
	}{
		{"a user is itself, whatever the variables say", 501, user, []string{"PUID=7", "PGID=8"}, identity.Identity{Name: "me", UID: 501, GID: 20}, ""},
		{"root is whom the spec names", 0, user, nil, identity.Identity{Name: "app", UID: 10000, GID: 10001}, ""},
		{"root is whom the variables name, before it", 0, user, []string{"APP_UID=5", "PUID=7", "PGID=8"}, identity.Identity{Name: "app", UID: 5, GID: 8}, ""},
		{"root is never the app", 0, user, []string{"PUID=0"}, identity.Identity{Name: "app", UID: 10000, GID: 10001}, `PUID="0": ` + identity.ErrRoot.Error()},
		{"a gid that is no number", 0, user, []string{"PGID=wheel"}, identity.Identity{Name: "app", UID: 10000, GID: 10001}, `PGID="wheel": ` + identity.ErrNotNumber.Error()},
		{"a spec that names no numbers", 0, spec.User{}, []string{"PUID=7"}, identity.Identity{UID: 1000, GID: 1000}, ""},
		{"the umask is the variable's", 501, user, []string{"UMASK=027"}, identity.Identity{Name: "me", UID: 501, GID: 20, Umask: 0o027}, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			w := &boot.World{Spec: &spec.Spec{User: c.user}, Environ: c.environ, EUID: c.euid, EGID: 20}
			r := boot.NewPlan(w)
			if err := r.Phases(t.Context(), developer("/home/me/dir")); err != nil {
				t.Fatal(err)
			}
			c.want.Home = "/home/me/dir"
			if c.want.Umask == 0 {
				c.want.Umask = -1
			}
			if d := cmp.Diff(c.want, w.Identity); d != "" {
				t.Error(d)
			}
			var said []string
			for _, n := range r.Notes() {
				said = append(said, n.Text)
			}
			if c.warns == "" && said != nil || !strings.Contains(strings.Join(said, "\n"), c.warns) {
				t.Errorf("said %q, want %q", said, c.warns)
			}
			if len(r.Steps()) > 0 {
				t.Errorf("the machine's accounts are to be changed: %v", r.Steps())
			}
		})
	}
}

// A relative directory is named by HOME and by the spec's texts, in whatever directory these are read.
func TestTheDirectoryIsAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	o := Options{Spec: &spec.Spec{Volume: spec.Volume{Path: "/data"}}, Develop: "sub/../d"}
	w, err := world(&o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { ok(t, w.Close()) }()
	if want, err := os.Getwd(); err != nil || o.Develop != want+"/d" || w.Spec.Volume.Path != spec.Text(want+"/d") {
		t.Errorf("got %q and %q, %v", o.Develop, w.Spec.Volume.Path, err)
	}
	if w.EUID != uint32(os.Geteuid()) || w.Root.Path() != "/" || w.Identity.Umask != -1 {
		t.Errorf("got %+v", w)
	}
}

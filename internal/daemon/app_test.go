package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// prepared is the world of a boot that is over, with something of everything that an app's record is made of.
func prepared() *boot.World {
	return &boot.World{
		Spec: &spec.Spec{
			Main: spec.Main{Command: []spec.Text{"${WHICH:-hermes}", "--home", "${HOME}"}, Program: "/opt/app/hermes", RootEnv: "AS_ROOT"},
			Env: spec.Env{
				Set:   map[string]spec.Text{"HOME": "${APP_HOME:-/opt/data}", "PRICE": "5$$", "MODE": "fast"},
				Unset: []string{"BUILD_ID"},
				Path:  []spec.Text{"${HOME}/.local/bin", "${APP_BIN:-${APP_ROOT}/bin}"},
			},
			Seed: []spec.Seed{{Path: "auth.json", FromEnv: "AUTH", Secret: true}, {Path: "b", FromEnv: "BANNER"}, {Path: "c", Secret: true}},
		},
		Environ:  []string{"PATH=/usr/bin:/bin", "APP_HOME=/data", "AUTH=s3cret", "BANNER=hi", "BUILD_ID=1", "HOME=/root", "LINE=a$b", "APP_ROOT=/opt/$app"},
		Find:     map[string]string{"CHROME": "/opt/chrome/$1/chrome"},
		Identity: identity.Identity{Name: "hermes", UID: 10000, GID: 10001, Groups: []uint32{44}, Home: "/home/hermes", Umask: 0o027},
	}
}

func TestNewApp(t *testing.T) {
	want := &App{
		Version: 1, UID: 10000, GID: 10001, Groups: []uint32{44}, Name: "hermes", Home: "/home/hermes", Umask: 0o027,
		Command: []string{"hermes", "--home", "/data"}, Program: "/opt/app/hermes", RootEnv: "AS_ROOT",
		Set:   map[string]string{"HOME": "${APP_HOME:-/opt/data}", "PRICE": "5$$", "MODE": "fast"},
		Vars:  map[string]string{"APP_HOME": "/data", "HOME": "/root", "APP_ROOT": "/opt/$app"},
		Found: map[string]string{"CHROME": "/opt/chrome/$1/chrome"}, Unset: []string{"BUILD_ID", "AUTH"},
		Path: []string{"${HOME}/.local/bin", "${APP_BIN:-${APP_ROOT}/bin}"}, Files: []string{"AUTH", "BANNER"},
	}
	w := prepared()
	got := NewApp(w)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(w.Identity, got.Identity()); d != "" {
		t.Error(d)
	}
	// The record lies in a file: what the children don't get is not in it, though a text names it.
	w.Spec.Env.Set["COPY"] = "${AUTH}${BUILD_ID}"
	if d := cmp.Diff(want.Vars, NewApp(w).Vars); d != "" {
		t.Error(d)
	}
}

func TestTheAppsEnvironment(t *testing.T) {
	a := NewApp(prepared())
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
				if !has(got, line) {
					t.Errorf("%s is missing in %q", line, got)
				}
			}
			for _, line := range c.not {
				if has(got, line) {
					t.Errorf("%s is there: %q", line, got)
				}
			}
		})
	}
}

// The app under its own name has main's environment: whether the caller has the container's variables (docker exec) or main's own,
// as main's children have.
func TestTheAppsEnvironmentIsMains(t *testing.T) {
	given := rapid.SampledFrom([]string{"A", "B", "HOME", "USER", "AUTH"})
	value := rapid.OneOf(rapid.StringMatching(`[^:]*`), rapid.SampledFrom([]string{"", "$", "$$", "${A}"}))
	// Texts name what neither a text nor the spec's unset changes, and a directory is one.
	texts := []spec.Text{"", "$", "$$", "/x", "${A}", "${A-d}/bin", "${B:-x}", "${C:-${A}}"}
	rapid.Check(t, func(t *rapid.T) {
		w := &boot.World{Spec: &spec.Spec{}, Find: rapid.MapOf(rapid.SampledFrom([]string{"USER", "FOUND"}), value).Draw(t, "found")}
		for k, v := range rapid.MapOf(given, value).Draw(t, "environ") {
			w.Environ = append(w.Environ, k+"="+v)
		}
		w.Environ = append(w.Environ, rapid.SampledFrom([]string{"PATH=", "PATH=/x:/bin::/x", "NOPATH="}).Draw(t, "PATH"))
		w.Spec.Env.Set = rapid.MapOf(rapid.SampledFrom([]string{"HOME", "USER", "X", "AUTH"}), rapid.SampledFrom(texts)).Draw(t, "set")
		w.Spec.Env.Unset = rapid.SliceOf(rapid.SampledFrom([]string{"USER", "FOUND", "AUTH"})).Draw(t, "unset")
		w.Spec.Env.Path = rapid.SliceOf(rapid.SampledFrom(append(texts, "${HOME}/bin"))).Draw(t, "path")
		w.Identity = identity.Identity{Name: rapid.SampledFrom([]string{"", "app"}).Draw(t, "name"), Home: "/h$"}
		main := environ.Child(source(w))
		a := NewApp(w)
		for about, caller := range map[string][]string{"the container's": w.Environ, "main's": main} {
			if d := cmp.Diff(slices.Sorted(slices.Values(main)), slices.Sorted(slices.Values(a.Environ(caller)))); d != "" {
				t.Fatalf("out of %s, main - app +:\n%s", about, d)
			}
		}
	})
}

func TestAs(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	ok(t, err, os.MkdirAll(dir+"/shim", 0o755), os.Symlink(exe, dir+"/shim/app"), os.Symlink(exe, dir+"/shim/helper"))
	real, helper, venv := program(t, dir+"/bin/app", 0o755), program(t, dir+"/bin/helper", 0o755), program(t, dir+"/venv/app", 0o755)
	path := []string{dir + "/shim", dir + "/bin"}
	for _, c := range []struct {
		about, name string
		app         App
		want        string
	}{
		{"berth bears the name first on PATH, and the app comes later", "app", App{Path: path}, real},
		{"main.program answers to main's name", "app", App{Path: path, Command: []string{"app"}, Program: venv}, venv},
		{"also where main is named by a path", "app", App{Path: path, Command: []string{"/opt/bin/app"}, Program: venv}, venv},
		{"main.program answers to no other name", "helper", App{Path: path, Command: []string{"app"}, Program: venv}, helper},
	} {
		t.Run(c.about, func(t *testing.T) {
			cmd, err := c.app.As(c.name, []string{"-q", "a b"}, []string{"X=$1"})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{c.name, "-q", "a b"}, cmd.Args); d != "" || cmd.Path != c.want {
				t.Errorf("got %s, want %s; its words: %s", cmd.Path, c.want, d)
			}
			if !has(cmd.Env, "X=$1") || !strings.HasPrefix(strings.Join(cmd.Env, "\n"), "X=$1\nPATH="+strings.Join(path, ":")+":") {
				t.Errorf("environment %q", cmd.Env)
			}
		})
	}
	for about, a := range map[string]App{
		"nobody but berth bears the name": {Path: path[:1]},
		"main.program is berth":           {Path: path, Command: []string{"app"}, Program: dir + "/shim/app"},
	} {
		_, err := a.As("app", nil, []string{"PATH=" + dir + "/none"})
		if f, ok := errors.AsType[*boot.Failure](err); !ok || f.Code != 127 || f.Hint == "" {
			t.Errorf("%s: got %v", about, err)
		}
	}
	_, err = (&App{}).As("app", nil, []string{"PATH=" + dir + "/none"})
	if e, ok := errors.AsType[*proc.StartError](err); !ok || e.Code() != 127 {
		t.Errorf("nobody bears the name: got %v", err)
	}
}

// What root types (docker exec) must not leave root's files on the volume, unless it asks for that; who isn't root stays who it is.
func TestAsWhom(t *testing.T) {
	dir := t.TempDir()
	program(t, dir+"/app", 0o755)
	record := App{UID: 1000, GID: 1001, Groups: []uint32{44}, Umask: 0o027, Path: []string{dir}, RootEnv: "AS_ROOT", Vars: map[string]string{"AS_ROOT": "1"}}
	nameless, root := record, record
	nameless.RootEnv, root.UID = "", 0
	for _, c := range []struct {
		about  string
		app    App
		caller []string
		drops  bool
	}{
		{"root is the app", record, nil, true},
		{"root asked to stay it", record, []string{"AS_ROOT=yes"}, false},
		{"root said that it doesn't ask", record, []string{"AS_ROOT=0"}, true},
		{"root asked and thought better of it", record, []string{"AS_ROOT=1", "AS_ROOT="}, true},
		{"a spec that knows no such variable", nameless, []string{"AS_ROOT=1", "=1"}, true},
		{"a record that says root has nobody to become", root, nil, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, err := c.app.As("app", nil, c.caller)
			if err != nil {
				t.Fatal(err)
			}
			var want *proc.Credential
			if os.Geteuid() == 0 && c.drops {
				want = &proc.Credential{UID: 1000, GID: 1001, Groups: []uint32{44}}
			}
			if d := cmp.Diff(want, got.Credential); d != "" || got.Umask != 0o027 {
				t.Errorf("umask %o, %s", got.Umask, d)
			}
		})
	}
}

// A program that only root may execute isn't the app's, so that the search goes on behind it.
func TestAsLooksWithTheAppsRights(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	program(t, dir+"/root/app", 0o700)
	theirs := program(t, dir+"/bin/app", 0o755)
	c, err := (&App{UID: 1000, GID: 1000, Path: []string{dir + "/root", dir + "/bin"}}).As("app", nil, nil)
	if err != nil || c.Path != theirs {
		t.Fatalf("got %+v, %v", c, err)
	}
}

func TestFindApp(t *testing.T) {
	dir := open(t)
	chrome := program(t, filepath.Join(dir, "browsers/v1/chrome"), 0o755)
	s := &spec.Spec{
		User:   spec.User{Name: "berth-test-app", UID: 4242, GID: 4343, UIDEnv: []string{"PUID"}},
		Volume: spec.Volume{Path: "${DATA}"},
		Main:   spec.Main{Command: []spec.Text{"app"}},
		Env:    spec.Env{Find: map[string]spec.Find{"CHROME": {Under: spec.Text(dir), Names: []string{"chrome"}}}},
	}
	a, err := FindApp(t.Context(), Options{Spec: s, Environ: []string{"DATA=" + dir + "/data", "PUID=5151"}})
	if err != nil {
		t.Fatal(err)
	}
	uid, gid := uint32(5151), uint32(4343)
	if os.Geteuid() != 0 { // who isn't root has no other numbers to be had
		uid, gid = uint32(os.Geteuid()), uint32(os.Getegid())
	}
	if a.UID != uid || a.GID != gid || a.Found["CHROME"] != chrome {
		t.Errorf("got %+v", a)
	}
	if _, err := os.Lstat(dir + "/data"); err == nil {
		t.Error("looking made the volume's directory")
	}
	if _, err := FindApp(t.Context(), Options{Spec: s, Environ: []string{"DATA=/etc"}}); boot.HintFor(err) == "" {
		t.Errorf("a volume that can't be is found: %v", err)
	}
	// Nothing is frozen any more.
	top, err := fsx.Open(dir)
	ok(t, err, top.Mkdir("after", fsx.Attr{Mode: 0o755}), top.Close())
}

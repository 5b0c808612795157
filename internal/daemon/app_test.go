package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/shim"
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
	want := &shim.App{
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

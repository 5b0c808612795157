package shim

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/failure"
	"github.com/berth-init/berth/internal/proc"
)

func ok(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// program lays an executable file of a mode, with its parents.
func program(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755), os.Chmod(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600), os.Chmod(path, mode))
	return path
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
			if !slices.Contains(cmd.Env, "X=$1") || !strings.HasPrefix(strings.Join(cmd.Env, "\n"), "X=$1\nPATH="+strings.Join(path, ":")+":") {
				t.Errorf("environment %q", cmd.Env)
			}
		})
	}
	for about, a := range map[string]App{
		"nobody but berth bears the name": {Path: path[:1]},
		"main.program is berth":           {Path: path, Command: []string{"app"}, Program: dir + "/shim/app"},
	} {
		_, err := a.As("app", nil, []string{"PATH=" + dir + "/none"})
		if f, ok := errors.AsType[*failure.Failure](err); !ok || f.Code != 127 || f.Hint == "" {
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
	if os.Geteuid() != 0 {
		t.Skip("needs root: it looks with another user's rights")
	}
	dir := t.TempDir()
	program(t, dir+"/root/app", 0o700)
	theirs := program(t, dir+"/bin/app", 0o755)
	c, err := (&App{UID: 1000, GID: 1000, Path: []string{dir + "/root", dir + "/bin"}}).As("app", nil, nil)
	if err != nil || c.Path != theirs {
		t.Fatalf("got %+v, %v", c, err)
	}
}

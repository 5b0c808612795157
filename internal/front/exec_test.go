package front

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
)

func TestCommandsOfTheApp(t *testing.T) {
	bin := t.TempDir()
	for name, mode := range map[string]os.FileMode{"tool": 0o755, "closed": 0o600} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(bin, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "/nonexistent")
	t.Setenv("TOKEN", "x")
	app := &shim.App{
		UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Home: "/data", Umask: 0o27, Path: []string{bin},
		Set: map[string]string{"GREETING": "hello"}, Unset: []string{"TOKEN"},
	}
	c, err := command(app, []string{"tool", "--help", ""})
	if err != nil {
		t.Fatal(err)
	}
	if c.Path != bin+"/tool" || c.Dir != "" || c.Umask != 0o27 || c.Credential != nil {
		t.Errorf("%+v", c)
	}
	if d := cmp.Diff([]string{"tool", "--help", ""}, c.Args); d != "" {
		t.Error(d)
	}
	for _, want := range []string{"HOME=/data", "GREETING=hello", "PATH=" + bin + ":/nonexistent"} {
		if !slices.Contains(c.Env, want) {
			t.Errorf("%s is missing in %q", want, c.Env)
		}
	}
	if slices.Contains(c.Env, "TOKEN=x") {
		t.Error("what the spec takes away is there")
	}
	for name, code := range map[string]int{"closed": 126, "none": 127, "": 127, "./tool": 127, "/": 126} {
		_, err := command(app, []string{name})
		if start, ok := errors.AsType[*proc.StartError](err); !ok || start.Code() != code {
			t.Errorf("%q: %v, want %d", name, err, code)
		}
	}
	t.Setenv("PATH", "")
	app.Path = nil
	if c, err := command(app, []string{"sh"}); err != nil || filepath.Base(c.Path) != "sh" {
		t.Errorf("without PATH: %+v, %v", c, err)
	}
}

// Root is dropped, whatever the variable says that keeps it under the app's own name; an app that is root stays it.
func TestCommandsOfTheAppDropRoot(t *testing.T) {
	t.Setenv("KEEP", "1")
	app := &shim.App{UID: 4242, GID: 4343, Groups: []uint32{4444}, RootEnv: "KEEP"}
	c, err := command(app, []string{"/bin/sh"})
	if err != nil {
		t.Fatal(err)
	}
	var want *proc.Credential
	if os.Geteuid() == 0 {
		want = &proc.Credential{UID: 4242, GID: 4343, Groups: []uint32{4444}}
	}
	if d := cmp.Diff(want, c.Credential); d != "" {
		t.Error(d)
	}
	app.UID = 0
	if c, err := command(app, []string{"/bin/sh"}); err != nil || c.Credential != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

// What Exec fails with before it becomes anything is what was found.
func TestExecOfNothing(t *testing.T) {
	t.Setenv(SpecEnv, filepath.Join(t.TempDir(), "none.yaml"))
	if _, err := shim.Read(); err == nil {
		t.Skip("needs a machine where berth has not booted")
	}
	v, said := said(false)
	if err := v.Exec([]string{"true"}); Code(err) != 125 || said.Len() == 0 {
		t.Errorf("%v, and said %q", err, said)
	}
}

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestS6Sessions boots images that are made for s6-overlay, in namespaces.
func TestS6Sessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/s6", Setup: setupS6, Condition: condition, RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": code, "start": start, "send": send, "ends": ends, "until": until, "lays": lays,
			"inside": inside, "within": within, "shows": shows, "ordered": ordered, "absent": absent,
		},
	})
}

// setupS6 makes the session's root an image of s6-overlay's kind, with berth at its names; what the session lays under root/
// with a first line that names an interpreter may be executed.
func setupS6(env *testscript.Env) error {
	if err := setup(env); err != nil {
		return err
	}
	root := filepath.Join(env.WorkDir, "root")
	for _, dir := range []string{"command", "var"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"with-contenv", "s6-setuidgid", "s6-svc", "s6-svstat", "s6-svwait", "s6-svscanctl", "s6-rc", "s6-log", "execlineb", "foreground", "if", "printcontenv", "logutil-service", "s6-notifyoncheck"} {
		if err := os.Symlink("/app/berth", filepath.Join(root, "command", name)); err != nil {
			return err
		}
	}
	return filepath.WalkDir(filepath.Join(root, "etc"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if err := os.Chmod(path, 0o644); err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(strings.TrimPrefix(string(data), "\ufeff"), "#!") {
			return err
		}
		return os.Chmod(path, 0o755)
	})
}

// ordered FILE TEXT...: the file holds the texts, each behind the one before.
func ordered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ordered file text...")
	}
	all := ts.ReadFile(args[0])
	rest := all
	for _, text := range args[1:] {
		at := strings.Index(rest, text)
		if at < 0 {
			ts.Fatalf("%q isn't there, or out of order:\n%s", text, all)
		}
		rest = rest[at+len(text):]
	}
}

// absent FILE TEXT...: the file holds none of the texts.
func absent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: absent file text...")
	}
	all := ts.ReadFile(args[0])
	for _, text := range args[1:] {
		if strings.Contains(all, text) {
			ts.Fatalf("%q is there:\n%s", text, all)
		}
	}
}

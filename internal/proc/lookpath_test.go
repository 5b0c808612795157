package proc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestLookPath(t *testing.T) {
	root := t.TempDir()
	write := func(name string, mode os.FileMode) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := write("a/tool", 0o644)
	second := write("b/tool", 0o755)
	write("a/plain", 0o644)
	write("cwd/trap", 0o755)
	ownerOnly := write("b/private", 0o700)
	if err := os.Mkdir(filepath.Join(root, "a/dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("tool", filepath.Join(root, "b/link")); err != nil {
		t.Fatal(err)
	}
	a, b, cwd := filepath.Join(root, "a"), filepath.Join(root, "b"), filepath.Join(root, "cwd")
	closed := filepath.Join(root, "closed")
	if err := os.Mkdir(closed, 0); err != nil {
		t.Fatal(err)
	}
	other := &Credential{UID: 4000000, GID: 4000000}
	path := a + ":" + b
	tests := []struct {
		name, program, path, dir string
		as                       *Credential
		want                     string
		code                     int
	}{
		{"a file that can't be executed is passed over", "tool", path, "", other, second, 0},
		{"a link is followed and keeps its name", "link", path, "", other, filepath.Join(b, "link"), 0},
		{"a name that is nowhere", "nope", path, "", other, "", 127},
		{"a directory that can't be searched says nothing", "nope", closed + ":" + path, "", nil, "", 127},
		{"an empty PATH finds nothing", "tool", "", b, other, "", 127},
		{"an empty name", "", path, "", other, "", 127},
		{"a dot is no program", "..", path, "", other, "", 127},
		{"only a file without the bit", "plain", path, "", other, "", 126},
		{"a directory is no program", "dir", path, "", other, "", 127},
		{"another user's private program", "private", path, "", other, "", 126},
		{"the working directory is not in an empty element", "trap", ":" + path + ":", cwd, other, "", 127},
		{"nor in a relative one", "trap", ".:" + path, cwd, other, "", 127},
		{"a slash goes round PATH", second, "", "", other, second, 0},
		{"a slash is relative to the directory", "b/tool", a, root, other, second, 0},
		{"a slash to a file without the bit", first, path, "", other, "", 126},
		{"a slash to nothing", "./nope", path, root, other, "", 127},
		{"a slash to a directory", a, path, "", other, "", 126},
		{"through a file", second + "/x", path, "", other, "", 127},
		{"we may run our own private program", "private", path, "", nil, ownerOnly, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := LookPath(tt.program, tt.path, tt.dir, tt.as)
			if got != tt.want {
				t.Fatalf("got %q, %v; want %q", got, err, tt.want)
			}
			if tt.code == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*StartError](err)
			if !ok || e.Code() != tt.code || e.Op != OpFind {
				t.Fatalf("got %v; want code %d", err, tt.code)
			}
		})
	}
}

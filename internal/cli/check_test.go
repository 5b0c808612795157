package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/spec"
)

const (
	good = "version: 1\napp: tester\nvolume: {path: /data}\n"
	bad  = "version: 1\nvolum: {path: /data}\nuser:\n  uid: banana\nseed:\n  - {path: ../escape, content: x}\n"
)

// Every mistake with its place, its line, a caret under it and what to do; how many there are goes to stdout.
func TestCheckTellsEveryMistakeAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "bad.yaml", bad)
	a := berth(t, "check", "bad.yaml")
	want := `berth: bad.yaml:2:1: unknown key "volum"
    volum: {path: /data}
    ^
berth: hint: did you mean volume?
berth: bad.yaml:4:8: user.uid: expected a number from 1 to 4294967294, but the string "banana" stands here
      uid: banana
           ^
berth: bad.yaml:6:12: seed[0].path: "../escape" leads out by ..
      - {path: ../escape, content: x}
               ^
berth: hint: name what lies inside
`
	if d := cmp.Diff(answer{1, "bad.yaml: 3 mistakes\n", want}, a, cmp.AllowUnexported(answer{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCheckTellsMistakesInJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "bad.yaml", bad)
	a := berth(t, "check", "bad.yaml", "--log-format", "json")
	a.wants(t, 1, "bad.yaml: 3 mistakes\n", "{")
	type place struct {
		Level, File  string
		Line, Column int
	}
	var got []place
	for text := range strings.Lines(a.err) {
		var p place
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got = append(got, p)
	}
	want := []place{{"error", "bad.yaml", 2, 1}, {"error", "bad.yaml", 4, 8}, {"error", "bad.yaml", 6, 12}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCheckOfAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.yaml", good)
	put(t, "bad.yaml", "version: 1\nusr: {}\n")
	put(t, "parent.yaml", "version: 1\nextends: bad.yaml\n")
	put(t, "empty.yaml", "")
	put(t, "a\x1b[2K\rb.yaml", good)
	put(t, "a\nb.yaml", good)
	put(t, "big.yaml", strings.Repeat("# much is said here and nothing is meant\n", 1<<15))
	mkdir(t, "dir.yaml")
	for name, target := range map[string]string{"link.yaml": "good.yaml", "loop.yaml": "loop.yaml", "torn.yaml": "nothing"} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo("fifo.yaml", 0o644); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, ".")
	for _, c := range []struct {
		about, name string
		code        int
		out, err    string
	}{
		{"a good one", "good.yaml", 0, "good.yaml: ok\n", ""},
		{"a good one, by a link", "link.yaml", 0, "link.yaml: ok\n", ""},
		{"one mistake", "bad.yaml", 1, "bad.yaml: 1 mistake\n", "berth: bad.yaml:2:1: "},
		{"a mistake in the file that it extends", "parent.yaml", 1, "parent.yaml: 1 mistake\n", "berth: bad.yaml:2:1: "},
		{"an empty one", "empty.yaml", 1, "empty.yaml: 1 mistake\n", "berth: empty.yaml:1:1: "},
		{"one that isn't there", "none.yaml", 1, "none.yaml: 1 mistake\n", "no such file"},
		{"a link to nothing", "torn.yaml", 1, "torn.yaml: 1 mistake\n", "no such file"},
		{"a link to itself", "loop.yaml", 1, "loop.yaml: 1 mistake\n", "too many links"},
		{"a directory", "dir.yaml", 1, "dir.yaml: 1 mistake\n", "another kind of file"},
		{"a FIFO, which would never end", "fifo.yaml", 1, "fifo.yaml: 1 mistake\n", "another kind of file"},
		{"one that is too big", "big.yaml", 1, "big.yaml: 1 mistake\n", "larger than allowed"},
		{"a name that moves the cursor", "a\x1b[2K\rb.yaml", 0, "a?[2K?b.yaml: ok\n", ""},
		{"one that isn't there and moves the cursor", "c\x1b[2K.yaml", 1, "c?[2K.yaml: 1 mistake\n", "c?[2K.yaml"},
		{"a name of two lines", "a\nb.yaml", 0, "a\n    b.yaml: ok\n", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			berth(t, "check", c.name).wants(t, c.code, c.out, c.err)
			t.Setenv(front.SpecEnv, c.name)
			berth(t, "check").wants(t, c.code, c.out, c.err)
			t.Setenv(front.SpecEnv, "good.yaml")
			berth(t, "check", "--", c.name).wants(t, c.code, c.out, c.err)
		})
	}
	same(t, before, snapshot(t, "."))
}

// Where the image has no spec the embedded default holds, and says so.
func TestCheckWithoutAFile(t *testing.T) {
	if _, err := os.Lstat(front.SpecPath); !errors.Is(err, fs.ErrNotExist) {
		t.Skip("this machine has a spec of its own at " + front.SpecPath)
	}
	t.Setenv(front.SpecEnv, "")
	berth(t, "check").wants(t, 0, spec.DefaultName+": ok: there is no "+front.SpecPath+", so berth's embedded default holds\n", "")
}

func TestCheckWritesTheSchema(t *testing.T) {
	for _, args := range [][]string{{"check", "--schema"}, {"check", "--schema=true", "nowhere.yaml"}} {
		a := berth(t, args...)
		if a.code != 0 || a.err != "" || !bytes.Equal([]byte(a.out), spec.Schema()) {
			t.Errorf("%q ended with %d, said %q, and wrote %d bytes", args, a.code, a.err, len(a.out))
		}
		var schema struct {
			Schema     string `json:"$schema"`
			Type       string
			Properties map[string]json.RawMessage
		}
		if err := json.Unmarshal([]byte(a.out), &schema); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(schema.Schema, "https://json-schema.org/") || schema.Type != "object" {
			t.Errorf("$schema is %q, type %q", schema.Schema, schema.Type)
		}
		for _, key := range []string{"version", "user", "volume", "seed", "main"} {
			if schema.Properties[key] == nil {
				t.Errorf("%s is missing", key)
			}
		}
	}
}

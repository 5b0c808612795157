package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A try is one run of the program in a home of its own, with its output collected.
type try struct {
	*app
	home    string
	env     map[string]string
	signals chan os.Signal
	outPath string
	errs    bytes.Buffer
	died    chan struct{}
}

func newTry(t *testing.T, args ...string) *try {
	t.Helper()
	dir := t.TempDir()
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), out.Close() })
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	x := &try{home: home, signals: make(chan os.Signal, 8), outPath: out.Name(), env: map[string]string{"HERMES_HOME": home}, died: make(chan struct{}, 1)}
	x.app = &app{
		name: "hermes", args: args, in: in, out: out, err: &x.errs, signals: x.signals, pid: os.Getpid(),
		die:    func() { x.died <- struct{}{} },
		getenv: func(name string) string { return x.env[name] },
	}
	return x
}

func (x *try) stdout(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(x.outPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (x *try) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(x.home, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		about    string
		args     []string
		code     int
		out, err string
	}{
		{"help of the whole", []string{"--help"}, 0, "usage: hermes [-h]", ""},
		{"help of a verb", []string{"chat", "--help"}, 0, "usage: hermes chat", ""},
		{"help of a verb that is only known by name", []string{"login", "-h"}, 0, "usage: hermes login", ""},
		{"such a verb without a question shows its form", []string{"mcp"}, 2, "", "usage: hermes mcp"},
		{"version", []string{"--version"}, 0, "stand-in", ""},
		{"a question", []string{"chat", "-q", "two  words"}, 0, "you said: two  words\n", ""},
		{"a question of two words is no question", []string{"chat", "-q", "two", "words"}, 2, "", "-q TEXT"},
		{"an unknown word", []string{"frobnicate"}, 2, "", `invalid choice: "frobnicate"`},
		{"an unknown flag", []string{"--frobnicate"}, 2, "", "unrecognized arguments: --frobnicate"},
		{"no terminal, no talk", nil, 1, "", "needs a terminal"},
		{"no terminal, no TUI", []string{"--tui"}, 2, "", "--tui needs a terminal"},
		{"a profile without a name", []string{"-p"}, 2, "", "expected one argument"},
		{"a profile that isn't there", []string{"-p", "late", "config", "get", "x"}, 1, "", `no such profile "late"`},
		{"a profile that is a way out", []string{"-p", "../x", "chat"}, 1, "", `"../x" is no name`},
		{"the default profile is the home itself", []string{"-p", "default", "chat", "-q", "x"}, 0, "you said: x", ""},
		{"gateway does one thing", []string{"gateway", "walk"}, 2, "", "gateway takes run"},
		{"gateway knows its flags", []string{"gateway", "run", "--fast"}, 2, "", "unrecognized arguments: --fast"},
		{"a profile's gateway without its name", []string{"gateway", "run", "-p"}, 2, "", "expected one argument"},
		{"one that isn't there", []string{"gateway", "run", "--profile", "late"}, 1, "", `no such profile "late"`},
		{"setup takes no words", []string{"setup", "now"}, 2, "", "unrecognized arguments: now"},
		{"update has nothing to do", []string{"update"}, 0, "newest", ""},
		{"serve takes no words", []string{"serve", "now"}, 2, "", ""},
		{"dashboard takes no words", []string{"dashboard", "now"}, 2, "", ""},
		{"config does two things", []string{"config", "del", "x"}, 2, "", "config takes"},
	} {
		t.Run(c.about, func(t *testing.T) {
			x := newTry(t, c.args...)
			if code := x.run(); code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			if out := x.stdout(t); !strings.Contains(out, c.out) || c.out == "" && out != "" {
				t.Errorf("stdout %q, want %q in it", out, c.out)
			}
			if err := x.errs.String(); !strings.Contains(err, c.err) {
				t.Errorf("stderr %q, want %q in it", err, c.err)
			}
		})
	}
}

func TestArgumentsArePrintedAsTheyCame(t *testing.T) {
	args := []string{"chat", "-q", "", "a\nb", `"<&>'`, "--", "-x", "$(id)"}
	x := newTry(t, args...)
	x.env["HERMES_STANDIN_ARGV"] = "1"
	if code := x.run(); code != 0 {
		t.Fatalf("code %d", code)
	}
	var got []string
	if err := json.Unmarshal([]byte(x.stdout(t)), &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, append([]string{"hermes"}, args...)) {
		t.Errorf("printed %q", got)
	}
	if strings.Count(x.stdout(t), "\n") != 1 {
		t.Errorf("%q is not one line", x.stdout(t))
	}
}

func TestHomeIsBelowHOMEWithoutHERMES_HOME(t *testing.T) {
	x := newTry(t)
	x.env = map[string]string{"HOME": "/somewhere"}
	if got := x.app.home(); got != "/somewhere/.hermes" {
		t.Errorf("home %q", got)
	}
}

func TestSignalsInTheForeground(t *testing.T) {
	for s, want := range map[os.Signal]int{
		syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGWINCH: 0, syscall.SIGUSR1: 0,
	} {
		if got := ended(s); got != want {
			t.Errorf("%v ends with %d, want %d", s, got, want)
		}
	}
}

func TestConfigChangesOneLine(t *testing.T) {
	x := newTry(t, "config", "set", "model", "tiny")
	const before = "# mine\nother: 1\nmodel: big # a comment goes with its value\nmodels: [a]\nlast: 2"
	x.write(t, "config.yaml", before)
	if err := os.Chmod(filepath.Join(x.home, "config.yaml"), 0o640); err != nil {
		t.Fatal(err)
	}
	if code := x.run(); code != 0 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	x.args = []string{"config", "set", "new", "yes"}
	if code := x.run(); code != 0 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	data, err := os.ReadFile(filepath.Join(x.home, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "# mine\nother: 1\nmodel: tiny\nmodels: [a]\nlast: 2\nnew: yes\n"; string(data) != want {
		t.Errorf("config is %q, want %q", data, want)
	}
	info, err := os.Stat(filepath.Join(x.home, "config.yaml"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	x.args = []string{"config", "get", "model"}
	if code := x.run(); code != 0 || x.stdout(t) != "tiny\n" {
		t.Errorf("get: code %d, %q", code, x.stdout(t))
	}
	x.args = []string{"config", "get", "nothing"}
	if code := x.run(); code != 1 || !strings.Contains(x.errs.String(), `no key "nothing"`) {
		t.Errorf("get nothing: code %d, %q", code, x.errs.String())
	}
	x.args = []string{"config", "set", "a", "b\nc: d"}
	if code := x.run(); code != 2 {
		t.Errorf("a value of two lines: code %d, want 2", code)
	}
}

func TestANewConfigIsPrivate(t *testing.T) {
	x := newTry(t, "config", "set", "a", "b")
	if code := x.run(); code != 0 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	info, err := os.Stat(filepath.Join(x.home, "config.yaml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

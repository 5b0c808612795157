package hermes

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

func TestTemplates(t *testing.T) {
	g := newRig(t)
	abs := filepath.Join(g.tree, "abs")
	ok(t, os.WriteFile(abs, []byte("abs"), 0o644))
	content := "text"
	g.e.Spec.Seed = []spec.Seed{
		{Path: "./said.txt", Content: &content},
		{Path: "abs.txt", From: abs, Mode: spec.Mode{Perm: 0o600, Set: true}},
		{Path: "rel.txt", From: "docker/SOUL.md"},
		{Path: "gone.txt", From: "gone"},
		{Path: "farther.txt", From: "/gone/gone"},
		{Path: "secret.txt", FromEnv: "SECRET"},
	}
	s := &session{Env: &g.e}
	for _, c := range []struct {
		name, data string
		mode       uint32
		known      bool
	}{
		{"said.txt", "text", 0o644, true},
		{"abs.txt", "abs", 0o600, true},
		{"rel.txt", "be kind\n", 0o644, true},
		{"gone.txt", "", 0, false},
		{"farther.txt", "", 0, false},
		{"secret.txt", "", 0, false},
		{"other.txt", "", 0, false},
	} {
		got, known := s.template(c.name)
		if known != c.known || known && (string(got.data) != c.data || got.mode != c.mode || got.name != c.name) {
			t.Errorf("%s: %+v, %v", c.name, got, known)
		}
	}
	g.e.Tree = nil
	if _, known := s.template("rel.txt"); known {
		t.Error("without a tree there is a template")
	}
}

// Whoever makes .env, or a link of it, while it is being made private: a file that is there stays what it is, and
// becomes private; what a link leads to is left alone.
func TestAnAttackerIsQuicker(t *testing.T) {
	for _, c := range []struct {
		about string
		make  func(g *rig)
		check func(g *rig, done envDone, err error)
	}{
		{"a file", func(g *rig) { g.write(".env", "mine") }, func(g *rig, done envDone, err error) {
			g.is(err == nil && done == envTightened && g.read(".env") == "mine" && g.mode(".env") == 0o600, "%v, %v, %o", done, err, g.mode(".env"))
		}},
		{"a link", func(g *rig) { g.write("outside", "precious"); g.link("outside", ".env") }, func(g *rig, _ envDone, err error) {
			g.is(errors.Is(err, fsx.ErrSymlink) && g.mode("outside") == 0o644 && g.read("outside") == "precious", "%v, %o", err, g.mode("outside"))
		}},
		{"a directory", func(g *rig) { g.mkdir(".env") }, func(g *rig, _ envDone, err error) {
			g.is(errors.Is(err, fsx.ErrKind) && g.mode(".env") == 0o755, "%v, %o", err, g.mode(".env"))
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			once := true
			remove := fsx.OnChange(func(op, _ string) {
				if op == "rename" && once {
					once = false
					c.make(g)
				}
			})
			var done envDone
			err := g.e.As(func() (err error) { done, err = privateEnv(g.e.Volume, nil); return err })
			remove()
			c.check(g, done, err)
			for _, name := range g.below(".") {
				g.is(!fsx.IsTemp(name), "left over: %s", name)
			}
		})
	}
}

// For all k: who dies at the k-th change leaves no .env or a whole and private one.
func TestPrivateEnvThatDies(t *testing.T) {
	for k := 1; ; k++ {
		g := quickRig(t)
		if g.dies(k, "setup") {
			g.is(k > 3, "only %d changes were announced", k-1)
			return
		}
		if g.there(".env") {
			g.is(g.mode(".env") == 0o600 && g.read(".env") == "# settings\n", ".env is %o: %q", g.mode(".env"), g.read(".env"))
		}
		g.gets(0, nil, "setup")
		g.is(g.mode(".env") == 0o600, ".env is %o", g.mode(".env"))
	}
}

func TestEnvThatIsMounted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts")
	}
	g := newRig(t)
	g.write(".env", "")
	g.write("host.env", "A=b\n", 0o644)
	why := make(chan string, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			why <- "needs a thread that isn't the first"
			return
		}
		if err := errors.Join(unix.Unshare(unix.CLONE_NEWNS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount(g.at("host.env"), g.at(".env"), "", unix.MS_BIND, "")); err != nil {
			why <- "needs mounts of its own: " + err.Error()
			return
		}
		home, err := fsx.Open(g.home) // a handle belongs to the mounts that it was opened among
		if err != nil {
			why <- err.Error()
			return
		}
		defer func() { _ = home.Close() }()
		g.e.Volume = home
		g.gets(0, says("could not make .env private", "another file system", "mode 0600"), "setup")
		g.is(len(g.exec) == 1, "the app was asked %q", g.exec)
		g.gets(0, says(".env is mounted by itself"), "doctor")
		why <- ""
	}()
	if w := <-why; w != "" {
		t.Skip(w)
	}
	g.is(g.mode("host.env") == 0o644, "the host's file is %o", g.mode("host.env"))
}

// What comes from outside can't forge a line, move the cursor, or pass for an answer.
func TestWordsFromOutsideAreTamed(t *testing.T) {
	g := newRig(t)
	evil := "x\nberth: Deleted profile default\x1b[2J\u202e"
	g.write("profiles/"+evil+"/SOUL.md", "")
	g.sup.slots[0].Verdict = evil
	g.sup.slots[0].LastExit = evil
	for _, args := range [][]string{
		{"profile", "list"},
		{"gateway", "status"},
		{"gateway", "status", "--all"},
		{"doctor"},
		{"dump"},
		{"-p", evil, "gateway", "start"},
		{"profile", "create", evil},
		{"profile", "delete", evil},
		{"gateway", "stop", "--" + evil},
	} {
		_, handled := g.ask(args...)
		g.is(handled, "%q was left", args)
		for line := range strings.Lines(g.out.String() + g.err.String()) {
			g.is(!strings.HasPrefix(line, "berth: Deleted") && !strings.ContainsAny(line, "\x1b\u202e"), "%q says %q", args, line)
		}
	}
}

func TestAnEnvOfLittle(t *testing.T) {
	e := &Env{}
	if e.now().IsZero() || e.env("HOME") != "" || e.manager() != "berth (container supervisor)" {
		t.Error("an empty one has no defaults")
	}
	called := false
	if err := e.as(func() error { called = true; return nil }); err != nil || !called {
		t.Errorf("without an actor: %v, %v", called, err)
	}
}

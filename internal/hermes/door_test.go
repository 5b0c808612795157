package hermes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/shim"
)

// newCaller is a call by the app's name over a rig's tree and volume, with the image's spec where it is looked for.
func newCaller(t *testing.T, g *rig, environ ...string) (*caller, *bytes.Buffer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "berth.yaml")
	ok(t, os.WriteFile(file, image, 0o600))
	t.Setenv(front.SpecEnv, file)
	v, err := front.NewVoice("text")
	ok(t, err)
	app := &shim.App{
		UID: uint32(g.uid), GID: uint32(g.uid), Command: []string{"hermes"}, Native: g.e.Spec.Main.Native, Volume: g.home, Tree: g.tree,
		RootEnv: "AS_ROOT",
	}
	out := &bytes.Buffer{}
	// A socket's path has at most 107 bytes (unix(7)), and a test's own directory bears the test's whole name.
	none := fmt.Sprintf("%s=/tmp/berth-none-%d", api.SocketEnv, os.Getpid())
	return &caller{voice: v, app: app, name: "hermes", environ: append([]string{none, "HERMES_CONTAINER=1"}, environ...), out: out}, out
}

func TestTheDoorGivesWhatAnAnswerNeeds(t *testing.T) {
	g := newRig(t)
	c, _ := newCaller(t, g, "A=1", "A=2")
	e, err := c.env(g.e.Spec, []string{"gateway", "status"})
	ok(t, err)
	g.is(e.Volume.Path() == g.home && e.Tree.Path() == g.tree, "it has %s and %s", e.Volume.Path(), e.Tree.Path())
	value, there := e.Lookup("A")
	g.is(value == "2" && there && e.Supervisor != nil && e.Root != nil && !e.StaysRoot, "it has %+v", e)
	root := os.Geteuid() == 0
	g.is((e.As != nil) == root, "as the app's user: %v, root %v", e.As != nil, root)
	ok(t, e.as(func() error { return createEnv(e.Volume, []byte("x")) }))
	info, err := os.Stat(g.at(envFile))
	ok(t, err)
	if st, _ := info.Sys().(*syscall.Stat_t); int(st.Uid) != g.uid || st.Mode&0o777 != 0o600 {
		t.Errorf("what it wrote is %d's, %o", st.Uid, st.Mode)
	}
	c.close()
	g.is(c.closers == nil, "left open: %d", len(c.closers))
	c.close() // again does no harm

	c.app.Volume, c.app.Tree = filepath.Join(g.home, "none"), ""
	e, err = c.env(g.e.Spec, nil)
	ok(t, err)
	g.is(e.Volume == nil && e.Tree == nil, "what isn't there is %v and %v", e.Volume, e.Tree)
	c.close()
	c.app.Volume = g.at(envFile)
	_, err = c.env(g.e.Spec, nil)
	g.is(err != nil, "a file passes for the volume")
	c.close()
}

func TestWhoStaysRootWritesAsRoot(t *testing.T) {
	g := newRig(t)
	for value, want := range map[string]bool{
		"1": true, "true": true, "TRUE": true, "yes": true, "Yes": true, "on": true,
		"": false, "0": false, "false": false, "no": false, "off": false, "2": false, "garbage": false,
	} {
		c, _ := newCaller(t, g, "AS_ROOT="+value)
		e, err := c.env(g.e.Spec, nil)
		ok(t, err)
		root := os.Geteuid() == 0
		g.is(e.StaysRoot == (root && want), "AS_ROOT=%q: stays root %v", value, e.StaysRoot)
		g.is((e.As != nil) == (root && !want), "AS_ROOT=%q: as the app's user %v", value, e.As != nil)
		c.close()
	}
	c, _ := newCaller(t, g, "=1")
	c.app.RootEnv = ""
	e, err := c.env(g.e.Spec, nil)
	ok(t, err)
	g.is(!e.StaysRoot, "without a variable for it, it stays root")
	c.close()
}

func TestTheDoorAnswersOrLeavesTheWords(t *testing.T) {
	for _, c := range []struct {
		about   string
		args    string
		code    int
		handled bool
		out     string
	}{
		{"nobody on the socket of a container", "gateway status", 4, true, ""},
		{"a report without a supervisor", "dump", 0, true, "supervisor:     none"},
		{"a profile made without a supervisor", "profile create coder", 0, true, "Created profile coder"},
		{"where nobody supervises, a gateway in the foreground is the app's", "gateway run", 0, false, ""},
		{"an update of what is in no image", "update", 0, false, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			x, out := newCaller(t, g)
			code, handled := x.answer(strings.Fields(c.args))
			g.is(code == c.code && handled == c.handled, "%q gives %d, handled %v", c.args, code, handled)
			g.is(strings.Contains(out.String(), c.out) && (c.out != "" || out.Len() == 0), "%q says %s", c.args, out)
			g.is(x.closers == nil, "left open: %d", len(x.closers))
		})
	}
}

func TestASpecWithMistakesEndsTheCall(t *testing.T) {
	g := newRig(t)
	c, out := newCaller(t, g)
	t.Setenv(front.SpecEnv, filepath.Join(t.TempDir(), "none.yaml"))
	code, handled := c.answer([]string{"doctor"})
	g.is(code == 125 && handled && out.Len() == 0, "it gives %d, handled %v: %s", code, handled, out)
	c, _ = newCaller(t, g)
	c.app.Volume = g.tree + "/cli-config.yaml.example"
	code, handled = c.answer([]string{"doctor"})
	g.is(code == 1 && handled, "a volume that is a file gives %d, handled %v", code, handled)
}

package hermes

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/native"
	"github.com/berth-init/berth/internal/spec"
)

// image is the part of the image's spec that the words are about.
//
//go:embed testdata/berth.yaml
var image []byte

// A supervisor that remembers what it was told, and does it at once.
type fake struct {
	slots  []Slot
	told   []string
	errs   map[string]error // by "verb name", or by verb
	before func(order string)
	spec   *spec.Spec
}

func (f *fake) order(verb, name string) error {
	order := verb + " " + name
	if f.before != nil {
		f.before(order)
	}
	f.told = append(f.told, order)
	for _, key := range []string{order, verb} {
		if err := f.errs[key]; err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Status(context.Context) ([]Slot, error) {
	return slices.Clone(f.slots), f.errs["status"]
}

func (f *fake) change(verb, name string, do func(*Slot)) error {
	if err := f.order(verb, name); err != nil {
		return err
	}
	i := slices.IndexFunc(f.slots, func(s Slot) bool { return s.Name == name })
	if i < 0 {
		return ErrUnknownSlot
	}
	do(&f.slots[i])
	return nil
}

func up(s *Slot)   { s.State, s.Wanted, s.Pid = "up", true, 100+len(s.Name) }
func down(s *Slot) { s.State, s.Wanted, s.Pid = "down", false, 0 }

func (f *fake) Start(_ context.Context, name string) error   { return f.change("start", name, up) }
func (f *fake) Stop(_ context.Context, name string) error    { return f.change("stop", name, down) }
func (f *fake) Restart(_ context.Context, name string) error { return f.change("restart", name, up) }

func (f *fake) Register(_ context.Context, name string) error {
	if err := f.order("register", name); err != nil {
		return err
	}
	slot := f.spec.Slot(service, name)
	if slices.ContainsFunc(f.slots, func(s Slot) bool { return s.Name == slot }) {
		return ErrRegistered
	}
	f.slots = append(f.slots, Slot{Name: slot, State: "down"})
	return nil
}

func (f *fake) Unregister(_ context.Context, name string) error {
	if err := f.order("unregister", name); err != nil {
		return err
	}
	f.slots = slices.DeleteFunc(f.slots, func(s Slot) bool { return s.Name == f.spec.Slot(service, name) })
	return nil
}

// A rig is an image's tree, a volume that belongs to the app's user, and a supervisor.
type rig struct {
	t    *testing.T
	home string
	tree string
	env  map[string]string
	sup  *fake
	e    Env
	uid  int
	exec []string // what the app was asked

	out bytes.Buffer
	err notice
}

// A notice is a buffer that can be waited for.
type notice struct {
	bytes.Buffer
	said chan struct{}
}

func (n *notice) Write(data []byte) (int, error) {
	defer func() {
		if n.said != nil {
			n.said <- struct{}{}
		}
	}()
	return n.Buffer.Write(data)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return rigIn(t, t.TempDir())
}

// quickRig is a rig in memory, where there is such a place: a test that makes a hundred of them and waits for the disk
// in each would take minutes on a slow one.
func quickRig(t *testing.T) *rig {
	t.Helper()
	top, err := os.MkdirTemp("/dev/shm", "berth-test-")
	if err != nil {
		return newRig(t)
	}
	t.Cleanup(func() { ok(t, os.RemoveAll(top)) })
	return rigIn(t, top)
}

func rigIn(t *testing.T, top string) *rig {
	t.Helper()
	for at := top; at != "/" && os.Geteuid() == 0; at = filepath.Dir(at) {
		in, err := os.Stat(at)
		ok(t, err)
		if in.Mode().Perm()&0o005 != 0o005 {
			ok(t, os.Chmod(at, in.Mode().Perm()|0o005))
		}
	}
	g := &rig{t: t, home: filepath.Join(top, "data"), tree: filepath.Join(top, "opt"), env: map[string]string{}, uid: os.Geteuid()}
	if g.uid == 0 {
		g.uid = 4242
	}
	s, complaints := spec.Read(func(string) ([]byte, error) { return image, nil }, "berth.yaml")
	if len(complaints) > 0 {
		t.Fatal(complaints)
	}
	g.sup = &fake{errs: map[string]error{}, spec: s, slots: []Slot{{Name: "gateway-default", State: "down"}, {Name: "dashboard", State: "down"}}}
	ok(t, os.Mkdir(g.tree, 0o755), os.Chmod(g.tree, 0o755), os.Mkdir(g.home, 0o755), os.Chmod(g.home, 0o755))
	g.own("")
	g.lay("docker/SOUL.md", "be kind\n")
	g.lay("cli-config.yaml.example", "model: {}\n")
	g.lay(".env.example", "# settings\n")
	home, err := fsx.Open(g.home)
	ok(t, err)
	tree, err := fsx.Open(g.tree)
	ok(t, err)
	actor, err := fsx.NewActor(uint32(g.uid), uint32(g.uid), nil)
	ok(t, err)
	t.Cleanup(func() { ok(t, actor.Close(), home.Close(), tree.Close()) })
	g.e = Env{
		Spec: s, Volume: home, Tree: tree, Root: fstest.MapFS{".dockerenv": {}}, As: actor.Do, Supervisor: g.sup,
		Lookup: func(name string) (string, bool) { v, ok := g.env[name]; return v, ok },
		Exec:   func(args []string) int { g.exec = args; return 0 },
		Now:    func() time.Time { return time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC) },
	}
	return g
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (g *rig) at(name string) string { return filepath.Join(g.home, name) }

func (g *rig) own(name string) {
	g.t.Helper()
	if os.Geteuid() == 0 {
		ok(g.t, os.Lchown(g.at(name), g.uid, g.uid))
	}
}

func (g *rig) mkdir(name string) {
	g.t.Helper()
	if name == "." {
		return
	}
	g.mkdir(filepath.Dir(name))
	if err := os.Mkdir(g.at(name), 0o755); err == nil {
		ok(g.t, os.Chmod(g.at(name), 0o755))
		g.own(name)
	} else if !errors.Is(err, fs.ErrExist) {
		g.t.Fatal(err)
	}
}

// write writes a file on the volume, the app's own.
func (g *rig) write(name, text string, perm ...os.FileMode) {
	g.t.Helper()
	g.mkdir(filepath.Dir(name))
	mode := os.FileMode(0o644)
	if len(perm) > 0 {
		mode = perm[0]
	}
	ok(g.t, os.WriteFile(g.at(name), []byte(text), 0o600), os.Chmod(g.at(name), mode))
	g.own(name)
}

func (g *rig) link(to, name string) {
	g.t.Helper()
	g.mkdir(filepath.Dir(name))
	ok(g.t, os.Symlink(to, g.at(name)))
	g.own(name)
}

// lay writes a file of the image.
func (g *rig) lay(name, text string) {
	g.t.Helper()
	full := filepath.Join(g.tree, name)
	ok(g.t, os.MkdirAll(filepath.Dir(full), 0o755), os.Chmod(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(text), 0o644), os.Chmod(full, 0o644))
}

// profile makes a profile and its slot.
func (g *rig) profile(name string) {
	g.t.Helper()
	g.write("profiles/"+name+"/SOUL.md", "")
	g.sup.slots = append(g.sup.slots, Slot{Name: "gateway-" + name, State: "down"})
}

func (g *rig) read(name string) string {
	g.t.Helper()
	data, err := os.ReadFile(g.at(name))
	ok(g.t, err)
	return string(data)
}

func (g *rig) there(name string) bool {
	_, err := os.Lstat(g.at(name))
	return err == nil
}

func (g *rig) mode(name string) os.FileMode {
	g.t.Helper()
	in, err := os.Lstat(g.at(name))
	ok(g.t, err)
	return in.Mode().Perm()
}

// desired gives what a profile's state file records.
func (g *rig) desired(dir string) any {
	g.t.Helper()
	data, err := os.ReadFile(g.at(filepath.Join(dir, "gateway_state.json")))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	ok(g.t, err)
	var m map[string]any
	ok(g.t, json.Unmarshal(data, &m))
	return m["desired_state"]
}

// ask has the words answered.
func (g *rig) ask(args ...string) (code int, handled bool) {
	g.t.Helper()
	return g.askIn(g.t.Context(), args...)
}

func (g *rig) askIn(ctx context.Context, args ...string) (code int, handled bool) {
	g.t.Helper()
	g.out.Reset()
	g.err.Reset()
	g.sup.told, g.exec = nil, nil
	e := g.e
	e.Args, e.Out, e.Tell = args, &g.out, g.hear
	code, handled = Answer(ctx, e)
	if !native.Asks(args, e.Spec.Main.Native) && handled {
		g.t.Errorf("%q was answered, but isn't asked of berth", args)
	}
	return code, handled
}

// hear writes a line of berth's own as its voice does.
func (g *rig) hear(n boot.Note) {
	text := "berth: " + front.Safe(n.Text) + "\n"
	if n.Hint != "" {
		text += "berth: hint: " + front.Safe(n.Hint) + "\n"
	}
	_, _ = g.err.Write([]byte(text))
}

// gets asks, and wants the code and the words: of either writer, a line of berth's own with its prefix.
func (g *rig) gets(code int, words []string, args ...string) {
	g.t.Helper()
	got, handled := g.ask(args...)
	g.is(got == code && handled, "%q: code %d, handled %v; want %d\n%s%s", args, got, handled, code, &g.out, &g.err)
	all := g.out.String() + g.err.String()
	for _, w := range words {
		g.is(strings.Contains(all, w), "%q doesn't say %q: %s", args, w, all)
	}
	for line := range strings.Lines(g.err.String()) {
		g.is(strings.HasPrefix(line, "berth: "), "%q says %q on stderr", args, line)
	}
	g.is(code == 0 || g.err.Len() > 0, "%q: code %d without a word", args, code)
}

// leaves asks what is the app's to answer.
func (g *rig) leaves(args ...string) {
	g.t.Helper()
	code, handled := g.ask(args...)
	g.is(!handled && code == 0, "%q: code %d, handled %v: %s%s", args, code, handled, &g.out, &g.err)
	g.is(len(g.sup.told) == 0, "%q: told %q", args, g.sup.told)
}

func (g *rig) told(want ...string) {
	g.t.Helper()
	g.is(slices.Equal(g.sup.told, want), "told %q, want %q", g.sup.told, want)
}

func (g *rig) is(yes bool, format string, args ...any) {
	g.t.Helper()
	if !yes {
		g.t.Errorf(format, args...)
	}
}

// nobody takes the supervisor away.
func (g *rig) nobody(container bool) {
	g.e.Supervisor = nil
	if !container {
		g.e.Root = fstest.MapFS{}
	}
}

func says(w ...string) []string { return w }

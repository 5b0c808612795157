package fleet

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// profiles is the part of a spec that most tests with profiles share.
const profiles = `
profiles: {dir: profiles, marker: SOUL.md, state: gateway_state.json, stale: [gateway.pid, processes.json]}
`

// A rig is an app with its volume, and the fleet that runs its services.
type rig struct {
	t     *testing.T
	dir   string // the volume
	root  string // the image
	spec  *spec.Spec
	env   []string
	uid   uint32
	gid   uint32
	world *boot.World
	ride  *boot.Run // the one that looked at the profiles

	quiet, alone bool
	hangs        bool // something does, and the end says so
	format       logs.Format
	program      func(name string) (string, error) // nil: along PATH
	prepare      func(f *Fleet)                    // nil: nothing is changed before it begins
	budget       time.Duration                     // of a stop

	roster *Roster
	fleet  *Fleet
	out    *page
	ended  func() // stops it all, once

	mu     sync.Mutex
	notes  []boot.Note
	events []supervise.Event
}

// A page is a stdout that tests read.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(data)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// newRig reads a spec. Its volume belongs to the app's user: as root to one of its own, else to who runs the tests.
func newRig(t *testing.T, text string, env ...string) *rig {
	t.Helper()
	top := t.TempDir()
	g := &rig{t: t, dir: top + "/vol", root: top + "/image", uid: 4242, gid: 4343, alone: true, format: logs.Plain, out: &page{}, budget: patience}
	if os.Geteuid() != 0 {
		g.uid, g.gid = uint32(os.Geteuid()), uint32(os.Getegid())
	}
	ok(t, os.Chmod(filepath.Dir(top), 0o755), os.Chmod(top, 0o755), os.Mkdir(g.dir, 0o755), os.Chmod(g.dir, 0o755), g.own(g.dir))
	g.image("etc/passwd", fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\napp:x:%d:%d::/nowhere:/bin/sh\nguest:x:4500:4501::/home/guest:/bin/sh\n", g.uid, g.gid))
	g.image("etc/group", "root:x:0:\nhelpers:x:4600:guest\n")
	s, complaints := spec.Read(func(string) ([]byte, error) {
		return []byte("version: 1\nvolume: {path: /data}\n" + strings.ReplaceAll(text, "\t", "  ")), nil
	}, "/berth.yaml")
	for _, c := range complaints {
		t.Errorf("%s", c.Text)
	}
	if s == nil {
		t.FailNow()
	}
	g.spec = s
	g.env = append([]string{"PATH=" + boot.SafePath, "HELPER=" + helper, "SECRET=seed"}, env...)
	return g
}

func (g *rig) own(name string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(name, int(g.uid), int(g.gid))
}

// image lays a file in the image.
func (g *rig) image(name, text string) {
	g.t.Helper()
	ok(g.t, os.MkdirAll(filepath.Dir(g.root+"/"+name), 0o755), os.WriteFile(g.root+"/"+name, []byte(text), 0o644))
}

// put lays a file on the volume, as the app would.
func (g *rig) put(name, text string) {
	g.t.Helper()
	at := g.dir
	for part := range strings.SplitSeq(filepath.Dir(name), "/") {
		at = filepath.Join(at, part)
		if err := os.Mkdir(at, 0o755); err == nil {
			ok(g.t, g.own(at))
		}
	}
	temp := filepath.Join(filepath.Dir(g.at(name)), ".put")
	ok(g.t, os.WriteFile(temp, []byte(text), 0o644), g.own(temp), os.Rename(temp, g.at(name)))
}

// profile makes a profile's directory, with a state where there is one to say.
func (g *rig) profile(name, state string) {
	g.t.Helper()
	at := "."
	if name != "default" {
		at = "profiles/" + name
		g.put(at+"/SOUL.md", "")
	}
	if state != "" {
		g.put(at+"/gateway_state.json", state)
	}
}

func (g *rig) at(name string) string { return filepath.Join(g.dir, name) }

// read gives a file of the volume; nothing where there is none.
func (g *rig) read(name string) string {
	g.t.Helper()
	data, err := os.ReadFile(g.at(name))
	if err != nil && !os.IsNotExist(err) {
		g.t.Fatal(err)
	}
	return string(data)
}

// look makes the world of one boot and has the profiles looked at, by a plan or a boot.
func (g *rig) look(plan bool, words []string, redirected string) (*Roster, *boot.Run) {
	g.t.Helper()
	root, err := fsx.Open(g.root)
	ok(g.t, err)
	volume, err := fsx.Open(g.dir)
	ok(g.t, err)
	w := &boot.World{
		Spec: g.spec, Environ: g.env, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid()), Root: root, Volume: volume, Path: g.dir,
		Identity: identity.Identity{Name: "app", UID: g.uid, GID: g.gid, Home: g.dir, Umask: -1},
	}
	w.OnClose(root.Close)
	w.OnClose(volume.Close)
	w.Actor, err = fsx.NewActor(g.uid, g.gid, nil)
	ok(g.t, err)
	w.OnClose(w.Actor.Close)
	if g.world != nil {
		w.ReadOnly = g.world.ReadOnly
	}
	g.world = w
	run := boot.NewBoot(w, g.tell)
	if plan {
		run = boot.NewPlan(w)
		defer fsx.Freeze()()
	}
	var r Roster
	ok(g.t, run.Phases(g.t.Context(), Reconcile(&r, words, redirected)))
	return &r, run
}

// plan gives the steps of a plan. The disk is frozen meanwhile, for every test: those that plan run alone.
func (g *rig) plan(redirected string) []string {
	g.t.Helper()
	_, run := g.look(true, nil, redirected)
	defer func() { ok(g.t, g.world.Close()) }()
	return steps(run)
}

func steps(run *boot.Run) []string {
	var all []string
	for _, s := range run.Steps() {
		all = append(all, s.Verb+" "+s.Target)
	}
	return all
}

// up boots: the profiles are looked at, and the services begin.
func (g *rig) up(words ...string) *rig {
	g.t.Helper()
	g.roster, g.ride = g.look(false, words, "")
	g.begin()
	return g
}

// begin begins the services.
func (g *rig) begin() {
	g.t.Helper()
	out := logs.NewOutlet(g.out, 0, g.format)
	f, err := New(Options{
		World: g.world, Source: environ.Source{Environ: g.env, Set: g.spec.Env.Set, Secret: []string{"SECRET"}, Identity: g.world.Identity},
		Table: children, Program: g.find, StopTimeout: g.budget, Sink: g, Stdout: out, Quiet: g.quiet, Alone: g.alone, Tell: g.tell,
	})
	ok(g.t, err)
	g.fleet = f
	world := g.world
	down := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := f.Shutdown(ctx); err != nil && !g.hangs {
			g.t.Errorf("shutdown: %v", err)
		}
		if err := f.Close(ctx); err != nil {
			g.t.Errorf("close: %v", err)
		}
		_, _ = out.Close(ctx), world.Close()
	})
	g.t.Cleanup(down)
	g.ended = down
	if g.prepare != nil {
		g.prepare(f)
	}
	ok(g.t, f.Begin(g.roster))
}

// find finds a program, as PID 1 does.
func (g *rig) find(name string, env []string, as *proc.Credential) (string, error) {
	if g.program != nil {
		return g.program(name)
	}
	w := boot.World{Environ: env}
	path, _ := w.Lookup("PATH")
	return proc.LookPath(name, path, "", as)
}

// Event is the rig's Sink.
func (g *rig) Event(e supervise.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.events = append(g.events, e)
}

func (g *rig) tell(n boot.Note) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.notes = append(g.notes, n)
}

// told says whether a note holds a text, and counts those that do.
func (g *rig) told(text string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, note := range g.notes {
		if strings.Contains(string(note.Level)+": "+note.Text, text) {
			n++
		}
	}
	return n
}

// states gives the states that a slot has come to, in their order.
func (g *rig) states(slot string) []supervise.State {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []supervise.State
	for _, e := range g.events {
		if e.Slot == slot && e.From != e.To {
			all = append(all, e.To)
		}
	}
	return all
}

// when gives the number of the event by which a slot came to a state; 0 where none did.
func (g *rig) when(slot string, to supervise.State) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.events {
		if e.Slot == slot && e.To == to {
			return e.Seq
		}
	}
	return 0
}

// status gives a slot's.
func (g *rig) status(slot string) supervise.Status {
	g.t.Helper()
	all, err := g.fleet.Supervisor().StatusOf(slot)
	ok(g.t, err)
	return all[0]
}

// slots gives the names of all.
func (g *rig) slots() []string {
	var all []string
	for _, s := range g.fleet.Supervisor().Status() {
		all = append(all, s.Name)
	}
	return all
}

// is waits until a slot is in one of some states, and gives its status.
func (g *rig) is(slot string, want ...supervise.State) supervise.Status {
	g.t.Helper()
	var s supervise.Status
	for ctx, tick := deadline(g.t), time.NewTicker(2*time.Millisecond); ; {
		s = g.status(slot)
		if slices.Contains(want, s.State) {
			tick.Stop()
			return s
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			g.t.Fatalf("%s is %s (%s), not %v", slot, s.State, s.Why, want)
		}
	}
}

// has waits until a file on the volume holds a text.
func (g *rig) has(name, text string) {
	g.t.Helper()
	for ctx, tick := deadline(g.t), time.NewTicker(2*time.Millisecond); !strings.Contains(g.read(name), text); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			g.t.Fatalf("%s holds %q, not %q; %+v", name, g.read(name), text, g.fleet.Supervisor().Status())
		}
	}
}

// order gives the supervisor an order and wants it done.
func (g *rig) order(verb func(*supervise.Supervisor, context.Context, string, bool, ...string) error, slots ...string) {
	g.t.Helper()
	ok(g.t, verb(g.fleet.Supervisor(), deadline(g.t), "test", true, slots...))
}

// files gives the names below a directory of the volume.
func (g *rig) files(dir string) []string {
	g.t.Helper()
	var all []string
	err := filepath.WalkDir(g.at(dir), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(g.at(dir), p)
			all = append(all, rel)
		}
		return nil
	})
	ok(g.t, err)
	return all
}

// lines gives what a slot's log files hold.
func (g *rig) lines(slot string) []string {
	g.t.Helper()
	place, err := g.fleet.Lines(deadline(g.t), slot)
	ok(g.t, err)
	var all []string
	for l, err := range place.Lines(deadline(g.t), logs.Query{Lines: logs.All}) {
		ok(g.t, err)
		all = append(all, string(l.Text))
	}
	return all
}

package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

func ok(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func equal(t testing.TB, about string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%q", got), fmt.Sprintf("%q", want); g != w {
		t.Errorf("%s:\n got %.2000s\nwant %.2000s", about, g, w)
	}
}

func needsRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts, or acts as another user")
	}
}

// soon waits for a condition.
func soon(t testing.TB, about string, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: it never came", about)
		}
	}
}

// A rig is a directory, a collector, and what its logs told.
type rig struct {
	t   testing.TB
	top string
	dir *fsx.Dir
	c   *Collector

	mu    sync.Mutex
	told  []Notice
	clock time.Time
}

var birthday = time.Date(2026, 11, 25, 19, 47, 3, 123456789, time.UTC)

func newRig(t testing.TB) *rig {
	t.Helper()
	return rigAt(t, t.TempDir())
}

func rigAt(t testing.TB, top string) *rig {
	t.Helper()
	d, err := fsx.Open(top)
	ok(t, err)
	c, err := NewCollector()
	ok(t, err)
	t.Cleanup(func() { ok(t, c.Close(), d.Close()) })
	return &rig{t: t, top: top, dir: d, c: c, clock: birthday}
}

func (g *rig) place() Place { return Place{Dir: g.dir, Path: "logs/web"} }

// options are of a log that keeps ten archives and tells the rig.
func (g *rig) options() Options {
	return Options{Slot: "web", Place: g.place(), Keep: 10, Now: g.now, Tell: func(n Notice) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.told = append(g.told, n)
	}}
}

func (g *rig) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.clock
}

func (g *rig) pass(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock = g.clock.Add(d)
}

func (g *rig) notices() []Notice {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.told)
}

// open opens a log that the test closes at the latest.
func (g *rig) open(o Options) *Log {
	g.t.Helper()
	l := g.c.Open(o)
	g.t.Cleanup(func() { ok(g.t, l.Close(context.Background())) })
	return l
}

func pipeOf(t testing.TB, l *Log) *os.File {
	t.Helper()
	w, err := l.Pipe("stdout", nil)
	ok(t, err)
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// say writes to a pipe and waits until it is written on.
func (g *rig) say(l *Log, w io.Writer, texts ...string) {
	g.t.Helper()
	for _, text := range texts {
		_, err := io.WriteString(w, text)
		ok(g.t, err, l.Flush(g.t.Context()))
	}
}

func (g *rig) path(name string) string { return filepath.Join(g.top, "logs/web", name) }

func (g *rig) text(name string) string {
	g.t.Helper()
	data, err := os.ReadFile(g.path(name))
	ok(g.t, err)
	return string(data)
}

// files lists the log's directory.
func (g *rig) files() []string {
	g.t.Helper()
	all, err := os.ReadDir(g.path(""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	ok(g.t, err)
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// lines reads the log.
func (g *rig) lines(q Query) []string {
	g.t.Helper()
	return linesOf(g.t, g.place(), q)
}

func linesOf(t testing.TB, p Place, q Query) []string {
	t.Helper()
	var all []string
	for l, err := range p.Lines(t.Context(), q) {
		ok(t, err)
		all = append(all, string(l.Text))
	}
	return all
}

// numbered gives lines "line 7" from one number to another, ends included.
func numbered(from, to int) (all []string) {
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf("line %d", i))
	}
	return all
}

func joined(lines []string) string { return strings.Join(lines, "\n") + "\n" }

// sink is a reader of stdout that can stop.
type sink struct {
	mu   sync.Mutex
	text []byte
	gate sync.RWMutex // held for writing: it has stopped
}

func (s *sink) Write(data []byte) (int, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, data...)
	return len(data), nil
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}

// asAnotherUser gives rights of a user who owns the rig's directory; as a plain user, the test's own.
func (g *rig) asAnotherUser() Rights {
	g.t.Helper()
	uid := uint32(os.Geteuid())
	if uid == 0 {
		uid = 4242
		ok(g.t, os.Chown(g.top, int(uid), int(uid)))
		for dir := filepath.Dir(g.top); strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
			ok(g.t, os.Chmod(dir, 0o755)) // t.TempDir's are root's alone
		}
	}
	a, err := fsx.NewActor(uid, uid, nil)
	ok(g.t, err)
	g.t.Cleanup(func() { ok(g.t, a.Close()) })
	return a
}

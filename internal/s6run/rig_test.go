package s6run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// sleeps is a run that does nothing until it is told to stop.
const sleeps = "#!/bin/sh\nexec sleep 1000\n"

// files are what a service directory holds: names that end in a slash are directories, run and finish are executable.
type files map[string]string

// A rig is a scan directory and its room.
type rig struct {
	t    *testing.T
	top  string // a directory of the test's own
	scan string
	o    Options
	room *Room
	end  func()

	mu    sync.Mutex
	notes []boot.Note
	halts []byte
}

func newRig(t *testing.T) *rig {
	t.Helper()
	top := t.TempDir()
	g := &rig{t: t, top: top, scan: top + "/scan"}
	ok(t, os.Chmod(filepath.Dir(top), 0o755), os.Chmod(top, 0o755), os.Mkdir(g.scan, 0o755), os.Chmod(g.scan, 0o755),
		unix.Mkfifo(top+"/never", 0o600)) // what reads it waits
	g.o = Options{
		Table: children, Scan: g.scan, StopTimeout: 10 * time.Second, HoldMax: 5 * time.Millisecond, Tell: g.tell,
		Env:  func() []string { return []string{"PATH=" + boot.SafePath, "TOP=" + top} },
		Halt: func(c byte) { g.mu.Lock(); defer g.mu.Unlock(); g.halts = append(g.halts, c) },
	}
	return g
}

// begin begins the room.
func (g *rig) begin(slots ...Slot) *rig {
	g.t.Helper()
	r, err := New(g.o)
	ok(g.t, err)
	g.room = r
	g.end = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Shutdown(ctx); err != nil {
			g.t.Errorf("shutdown: %v", err)
		}
		if err := r.Close(ctx); err != nil {
			g.t.Errorf("close: %v", err)
		}
	})
	g.t.Cleanup(g.end)
	ok(g.t, r.Begin(slots...))
	return g
}

// dir lays a service directory, whole or not at all, as a client does.
func (g *rig) dir(name string, f files) string {
	g.t.Helper()
	at := filepath.Join(g.scan, name)
	lay(g.t, filepath.Join(g.top, "making"), f)
	ok(g.t, os.Rename(filepath.Join(g.top, "making"), at))
	return at
}

// lay makes a service directory.
func lay(t *testing.T, dir string, f files) string {
	t.Helper()
	ok(t, os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		at := filepath.Join(dir, name)
		ok(t, os.MkdirAll(filepath.Dir(at), 0o755), os.Chmod(filepath.Dir(at), 0o755))
		if strings.HasSuffix(name, "/") {
			ok(t, os.MkdirAll(at, 0o755), os.Chmod(at, 0o755))
			continue
		}
		mode := os.FileMode(0o644)
		if base := filepath.Base(name); base == "run" || base == "finish" {
			mode = 0o755
		}
		ok(t, os.WriteFile(at, []byte(f[name]), mode), os.Chmod(at, mode))
	}
	return dir
}

// slot is a Slot with a directory of its own beside the scan directory, and a link in there that leads to it.
func (g *rig) slot(name string, f files, requires ...string) Slot {
	g.t.Helper()
	at := lay(g.t, filepath.Join(g.top, "defined", name), f)
	ok(g.t, os.Symlink(at, filepath.Join(g.scan, name)))
	return Slot{Service: supervise.Service{Name: name, Desired: true, Requires: requires}, Dir: at}
}

func (g *rig) at(name string) string { return filepath.Join(g.scan, name) }

// read gives a file below the rig's own directory; nothing where there is none.
func (g *rig) read(name string) string {
	data, err := os.ReadFile(filepath.Join(g.top, name))
	if err != nil && !os.IsNotExist(err) {
		g.t.Error(err)
	}
	return string(data)
}

// has waits until a file below the rig's own directory holds a text.
func (g *rig) has(name, text string) {
	g.t.Helper()
	until(g.t, func() string { return fmt.Sprintf("%s holds %q: %q", name, text, g.read(name)) }, func() bool {
		return strings.Contains(g.read(name), text)
	})
}

func (g *rig) tell(n boot.Note) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.notes = append(g.notes, n)
}

// told says how many notes hold a text.
func (g *rig) told(text string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, note := range g.notes {
		if strings.Contains(note.Text, text) {
			n++
		}
	}
	return n
}

func (g *rig) everything() []boot.Note {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.notes)
}

// when gives the number of the last event by which a slot came to a state; 0 where none did.
func (g *rig) when(slot string, to supervise.State) uint64 {
	for _, e := range slices.Backward(g.room.Supervisor().Events(0)) {
		if e.Slot == slot && e.To == to {
			return e.Seq
		}
	}
	return 0
}

// is waits until a slot is in a state.
func (g *rig) is(slot string, want ...supervise.State) supervise.Status {
	g.t.Helper()
	var s supervise.Status
	until(g.t, func() string { return fmt.Sprintf("%s is %v: %+v %+v", slot, want, s, g.everything()) }, func() bool {
		list, err := g.room.Supervisor().StatusOf(slot)
		if err != nil {
			return false
		}
		s = list[0]
		return slices.Contains(want, s.State)
	})
	return s
}

// slots gives the names of all slots.
func (g *rig) slots() string {
	var all []string
	for _, s := range g.room.Supervisor().Status() {
		all = append(all, s.Name)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// release ends what waits at the FIFO named never, once something does.
func (g *rig) release() {
	g.t.Helper()
	until(g.t, says("something waits"), func() bool {
		f, err := os.OpenFile(g.top+"/never", os.O_WRONLY|unix.O_NONBLOCK, 0)
		if err == nil {
			err = f.Close()
		}
		return err == nil
	})
}

// letGo ends what waits at the FIFO named never.
func (g *rig) letGo() {
	f, err := os.OpenFile(g.top+"/never", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		g.t.Error(err)
	}
}

// letters writes to a control FIFO, as s6-svc does.
func letters(t *testing.T, dir, list string) {
	t.Helper()
	if err := s6dir.Send(dir+"/"+s6dir.Control, list); err != nil {
		t.Fatalf("send %q to %s: %v", list, dir, err)
	}
}

// scanctl writes to the scan directory's FIFO, as s6-svscanctl does, and waits for the look.
func (g *rig) scanctl(list string) {
	g.t.Helper()
	before, _ := g.scans()
	ok(g.t, s6dir.Send(g.scan+"/"+s6dir.ScanControl, list))
	until(g.t, says("the look ends"), func() bool { _, ended := g.scans(); return ended > before })
}

func (g *rig) scans() (begun, ended int) {
	g.t.Helper()
	data, err := os.ReadFile(g.scan + "/.s6-svscan/scans")
	ok(g.t, err)
	_, err = fmt.Sscanf(string(data), "%d %d\n", &begun, &ended)
	ok(g.t, err)
	return begun, ended
}

// An ear hears the letters of a service directory's events.
type ear struct {
	f     *os.File
	heard string
}

// listen makes a subscriber's FIFO. The directory is made where nobody did.
func listen(t *testing.T, dir string) *ear {
	t.Helper()
	at := dir + "/event/ftrig1:@4000000068c9a9ae0b7c1b5c:abcdef"
	if err := os.Mkdir(dir+"/event", 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	ok(t, unix.Mkfifo(at, 0o622))
	f, err := os.OpenFile(at, os.O_RDWR|unix.O_NONBLOCK, 0)
	ok(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return &ear{f: f}
}

// hears waits until the letters so far are these.
func (e *ear) hears(want string) error {
	_ = e.f.SetReadDeadline(time.Now().Add(patience))
	var buf [1]byte
	for len(e.heard) < len(want) {
		n, err := e.f.Read(buf[:])
		if err != nil {
			return fmt.Errorf("heard %q, want %q: %w", e.heard, want, err)
		}
		e.heard += string(buf[:n])
	}
	if e.heard != want {
		return fmt.Errorf("heard %q, want %q", e.heard, want)
	}
	return nil
}

// status reads a service directory's.
func status(t *testing.T, dir string) s6dir.Status {
	t.Helper()
	s, err := s6dir.ReadStatus(dir)
	ok(t, err)
	return s
}

// noTime is long ago.
var noTime = time.Unix(1, 0)

func nowhere(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	ok(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

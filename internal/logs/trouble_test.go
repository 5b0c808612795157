package logs

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// full gives a rig whose directory is a file system of a few pages. The mount is in a namespace of its own that nobody
// enters: the handle is enough.
func full(t *testing.T, size int) *rig {
	t.Helper()
	needsRoot(t)
	top := t.TempDir()
	g := &rig{t: t, top: top, clock: birthday}
	type opened struct {
		dir *fsx.Dir
		err error
	}
	got := make(chan opened)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		d, err := ownTmpfs(top, size)
		got <- opened{d, err}
	}()
	o := <-got
	if o.err != nil {
		t.Skipf("needs a mount namespace: %v", o.err)
	}
	c, err := NewCollector()
	ok(t, err)
	g.c, g.dir = c, o.dir
	t.Cleanup(func() { ok(t, c.Close(), o.dir.Close()) })
	return g
}

func ownTmpfs(top string, size int) (*fsx.Dir, error) {
	if unix.Gettid() == unix.Getpid() {
		return nil, fmt.Errorf("the main thread's namespace is the process's")
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", top, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		return nil, err
	}
	return fsx.Open(top)
}

func TestAFullDiskSendsLinesToStdoutUntilThereIsRoom(t *testing.T) {
	g := full(t, 64<<10)
	var s sink
	o := g.options()
	o.Quiet, o.Outlet, o.Size = true, NewOutlet(&s, 0, Prefixed), 1<<20
	l := g.open(o)
	w := pipeOf(t, l)
	ok(t, g.dir.Create("ballast", make([]byte, 40<<10), fsx.Attr{Mode: 0o600}))
	lines := numbered(1, 3000)
	for i := 0; i < len(lines); i += 100 {
		g.say(l, w, joined(lines[i:i+100]))
	}
	inFile := linesOf(t, g.place(), Query{Lines: All})
	n := len(inFile)
	if n < 50 || n > 2900 {
		t.Fatalf("%d lines are in the file", n)
	}
	equal(t, "in the file", inFile, lines[:n])
	if len(g.notices()) != 1 || !strings.Contains(g.notices()[0].Text, "no space left on device; its lines go to stdout alone") || g.notices()[0].Hint == "" {
		t.Fatalf("told %v", g.notices())
	}
	// A try that fails again is not told again.
	g.pass(2 * retryFirst)
	g.say(l, w, "another try\n")
	ok(t, g.dir.Remove("ballast"))
	g.pass(2 * retryMost)
	g.say(l, w, "room again\n")
	equal(t, "told", len(g.notices()), 2)
	ok(t, o.Outlet.Close(t.Context()))
	got := linesOf(t, g.place(), Query{Lines: All})
	equal(t, "the mark", got[len(got)-2:], []string{fmt.Sprintf("berth: %d lines are missing here: append to %s/logs/web/current: no space left on device", 3001-n, g.top), "room again"})
	equal(t, "in the file before it", got[:n], lines[:n])
	equal(t, "on stdout", s.String(), "web: "+strings.Join(append(lines[n:], "another try"), "\nweb: ")+"\n")
}

// leaf makes the log's own directory, for anybody to write.
func (g *rig) leaf() error {
	return errors.Join(os.Mkdir(g.path(""), 0o755), os.Chmod(g.path(""), 0o777))
}

func TestALogThatCantBeWrittenIsToldOnceWithAHint(t *testing.T) {
	for _, c := range []struct {
		name       string
		do         func(g *rig) error
		undo       func(g *rig) error
		text, hint string
	}{
		{
			"the directory is a link", func(g *rig) error { return os.Symlink(t.TempDir(), g.path("")) },
			func(g *rig) error { return os.Remove(g.path("")) }, "symbolic link", "real directory",
		},
		{
			"the directory is a file", func(g *rig) error { return os.WriteFile(g.path(""), nil, 0o644) },
			func(g *rig) error { return os.Remove(g.path("")) }, "another kind", "real directory",
		},
		{
			"the file is a link", func(g *rig) error { return errors.Join(g.leaf(), os.Symlink("/etc/passwd", g.path("current"))) },
			func(g *rig) error { return os.Remove(g.path("current")) }, "symbolic link", "regular file",
		},
		{
			"the file is a FIFO", func(g *rig) error { return errors.Join(g.leaf(), unix.Mkfifo(g.path("current"), 0o644)) },
			func(g *rig) error { return os.Remove(g.path("current")) }, "another kind", "regular file",
		},
		{
			"the file is a directory", func(g *rig) error { return errors.Join(g.leaf(), os.Mkdir(g.path("current"), 0o755)) },
			func(g *rig) error { return os.Remove(g.path("current")) }, "another kind", "regular file",
		},
		{
			"the directory is another user's", func(g *rig) error { return os.Mkdir(g.path(""), 0o555) },
			func(g *rig) error { return os.Chmod(g.path(""), 0o777) }, "permission denied", "chown",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			ok(t, os.Mkdir(g.top+"/logs", 0o777), os.Chmod(g.top+"/logs", 0o777))
			var s sink
			o := g.options()
			o.Outlet = NewOutlet(&s, 0, Prefixed)
			o.Place.Rights = g.asAnotherUser()
			ok(t, c.do(g))
			l := g.open(o)
			w := pipeOf(t, l)
			g.say(l, w, "one\n", "two\n")
			g.pass(10 * time.Second)
			g.say(l, w, "three\n")
			if n := g.notices(); len(n) != 1 || !n[0].Warning || !strings.Contains(n[0].Text, c.text) || !strings.Contains(n[0].Hint, c.hint) {
				t.Fatalf("told %+v", n)
			}
			ok(t, c.undo(g))
			g.pass(10 * time.Second)
			g.say(l, w, "four\n")
			if n := g.notices(); len(n) != 2 || n[1].Warning || !strings.Contains(n[1].Text, "3 lines are missing") {
				t.Errorf("told %+v", n)
			}
			got := g.lines(Query{Lines: All})
			if len(got) != 2 || !strings.HasPrefix(got[0], "berth: 3 lines are missing here: ") || got[1] != "four" {
				t.Errorf("lines %q", got)
			}
			ok(t, o.Outlet.Close(t.Context()))
			equal(t, "stdout", s.String(), "web: one\nweb: two\nweb: three\nweb: four\n")
		})
	}
}

func TestRetriesComeMoreAndMoreSeldom(t *testing.T) {
	g := newRig(t)
	ok(t, os.WriteFile(g.top+"/logs", nil, 0o644))
	o := g.options()
	tries := 0 // written by the log alone, which Flush waits for
	o.Place.Rights = rights(func(fn func() error) error { tries++; return fn() })
	l := g.open(o)
	w := pipeOf(t, l)
	for range 120 {
		g.say(l, w, "x\n")
		g.pass(time.Second)
	}
	if tries < 6 || tries > 12 {
		t.Errorf("%d tries in two minutes", tries)
	}
	if n := g.notices(); len(n) != 1 || !strings.Contains(n[0].Text, "its lines are lost") {
		t.Errorf("told %v", n)
	}
	g.pass(-24 * time.Hour) // a clock that is set back doesn't keep a log from being tried
	before := tries
	g.say(l, w, "x\n")
	if tries == before {
		t.Error("no try after the clock was set back")
	}
}

// rights is a function with Do.
type rights func(fn func() error) error

func (r rights) Do(fn func() error) error { return r(fn) }

func TestATroubleDuringARotationLosesNoLine(t *testing.T) {
	g := newRig(t)
	var s sink
	o := g.options()
	o.Quiet, o.Outlet, o.Size = true, NewOutlet(&s, 0, Plain), 1000
	var refuse atomic.Bool
	o.Place.Rights = rights(func(fn func() error) error {
		if refuse.Load() {
			return unix.EIO
		}
		return fn()
	})
	l := g.open(o)
	w := pipeOf(t, l)
	g.say(l, w, "first\n")
	refuse.Store(true)
	lines := numbered(1, 100)
	g.say(l, w, joined(lines))
	refuse.Store(false)
	g.pass(10 * time.Second)
	g.say(l, w, "last\n")
	ok(t, o.Outlet.Close(t.Context()))
	var all []string
	for _, line := range g.lines(Query{Lines: All}) {
		if !strings.HasPrefix(line, "berth: ") {
			all = append(all, line)
		}
	}
	n := len(all)
	all = append(append(append([]string{}, all[:n-1]...), strings.Split(strings.TrimSpace(s.String()), "\n")...), all[n-1])
	equal(t, "lines", all, append(append([]string{"first"}, lines...), "last"))
}

package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const stampText = "2026-11-25T19:47:03+00:00 "

func TestLinesAreStampedAndWhole(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	w := pipeOf(t, l)
	g.say(l, w, "one\ntwo\nthr", "ee\n", "\n", "no end yet")
	equal(t, "current", g.text("current"), stampText+"one\n"+stampText+"two\n"+stampText+"three\n"+stampText+"\n")
	g.pass(time.Minute)
	ok(t, w.Close(), l.Wait(t.Context()))
	if !strings.HasSuffix(g.text("current"), "2026-11-25T19:48:03+00:00 no end yet\n") {
		t.Errorf("a line without an end was not ended: %q", g.text("current"))
	}
	if len(g.notices()) > 0 {
		t.Errorf("told %v", g.notices())
	}
}

func TestFilesAreMadeWithTheModeAskedForAndNoneBeforeThereIsALine(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Mode = 0o640
	l := g.open(o)
	w := pipeOf(t, l)
	ok(t, l.Flush(t.Context()))
	if f := g.files(); f != nil {
		t.Errorf("files %q before a line came", f)
	}
	g.say(l, w, "a\n")
	st, err := os.Stat(g.path("current"))
	ok(t, err)
	equal(t, "mode", st.Mode().String(), "-rw-r-----")
}

func TestACrashedRunsLastLineNeverBecomesTheNextRunsFirst(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	first := pipeOf(t, l)
	g.say(l, first, "whole\ntorn by a cra")
	second := pipeOf(t, l) // the slot is restarted; a grandchild still holds the first run's pipe
	g.say(l, second, "a new run\n")
	ok(t, first.Close(), second.Close(), l.Wait(t.Context()))
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"whole", "a new run", "torn by a cra"})
}

func TestTwoStreamsShareAFileLineByLine(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep = 10_000, 1000
	l := g.open(o)
	var all sync.WaitGroup
	const each = 2000
	for _, stream := range []string{"stdout", "stderr"} {
		w, err := l.Pipe(stream, nil)
		ok(t, err)
		all.Go(func() {
			defer func() { _ = w.Close() }()
			for i := range each {
				text := fmt.Sprintf("%s %d %s\n", stream, i, strings.Repeat("x", i%50))
				half := i % len(text) // in two writes, so that pieces of both arrive in turn
				_, _ = io.WriteString(w, text[:half])
				_, _ = io.WriteString(w, text[half:])
			}
		})
	}
	all.Wait()
	ok(t, l.Wait(t.Context()))
	next := map[string]int{}
	for _, line := range g.lines(Query{Lines: All}) {
		var stream, tail string
		var i int
		n, _ := fmt.Sscanf(line, "%s %d %s", &stream, &i, &tail)
		if n < 2 || next[stream] != i || tail != strings.Repeat("x", i%50) {
			t.Fatalf("after %v came %q", next, line)
		}
		next[stream]++
	}
	equal(t, "lines", next, map[string]int{"stdout": each, "stderr": each})
}

func TestAFileIsClosedBeforeALineMakesItTooLarge(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep = 1000, 3
	l := g.open(o)
	w := pipeOf(t, l)
	lines := numbered(1, 200)
	g.say(l, w, joined(lines)) // one batch, many files
	names := g.files()
	if len(names) != 4 || names[3] != "current" {
		t.Fatalf("files %q", names)
	}
	for _, name := range names {
		text := g.text(name)
		if len(text) > 1000 || !strings.HasSuffix(text, "\n") || !strings.HasPrefix(text, stampText) {
			t.Errorf("%s has %d bytes and is %q", name, len(text), text)
		}
	}
	got := g.lines(Query{Lines: All})
	equal(t, "what was kept", got, lines[len(lines)-len(got):])
	if len(got) < 80 {
		t.Errorf("kept only %d lines", len(got))
	}
}

func TestALineLargerThanAFileHasAFileOfItsOwn(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size = 100
	l := g.open(o)
	w := pipeOf(t, l)
	long := strings.Repeat("y", 30_000)
	g.say(l, w, "a\n"+long+"\nb\n")
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"a", long, "b"})
	equal(t, "files", len(g.files()), 3)
}

func TestNoArchiveIsKeptWhereNoneIsWanted(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep = 100, 0
	l := g.open(o)
	g.say(l, pipeOf(t, l), joined(numbered(1, 100)))
	equal(t, "files", g.files(), []string{"current"})
}

func TestALogGoesOnWhereTheLastBootEnded(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size = 500
	var want []string
	for boot := range 5 {
		l := g.c.Open(o)
		w, err := l.Pipe("stdout", nil)
		ok(t, err)
		lines := numbered(boot*20+1, boot*20+20)
		want = append(want, lines...)
		g.say(l, w, joined(lines))
		ok(t, w.Close(), l.Close(t.Context()))
	}
	equal(t, "lines", g.lines(Query{Lines: All}), want)
	for i, name := range g.files()[:3] {
		if a, _ := parseArchive(name); a.number != uint64(i+1) {
			t.Errorf("archive %d is %s", i, name)
		}
	}
}

func TestALineThatAKillToreIsEnded(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755), os.WriteFile(g.path("current"), []byte(stampText+"torn by a ki"), 0o644))
	l := g.open(g.options())
	g.say(l, pipeOf(t, l), "next\n")
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"torn by a ki", "next"})
}

func TestLinesGoToTheFileThatHasTheName(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(g *rig) error
	}{
		{"the file is removed", func(g *rig) error { return os.Remove(g.path("current")) }},
		{"the file is moved away", func(g *rig) error { return os.Rename(g.path("current"), g.path("moved")) }},
		{"the directory is moved away", func(g *rig) error { return os.Rename(g.path(""), g.top+"/moved") }},
		{"all logs are removed", func(g *rig) error { return os.RemoveAll(g.top + "/logs") }},
		{"another file takes its place", func(g *rig) error {
			return errors.Join(os.WriteFile(g.path("other"), nil, 0o644), os.Rename(g.path("other"), g.path("current")))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			l := g.open(g.options())
			w := pipeOf(t, l)
			g.say(l, w, "before\n")
			ok(t, c.do(g))
			g.pass(2 * lookEvery)
			g.say(l, w, "after\n")
			equal(t, "lines", g.lines(Query{Lines: All}), []string{"after"})
			if n := g.notices(); len(n) > 0 {
				t.Errorf("told %v", n)
			}
		})
	}
}

func TestASnapshotMadeOfLinksKeepsWhatItHas(t *testing.T) {
	g := newRig(t)
	l := g.c.Open(g.options())
	w := pipeOf(t, l)
	g.say(l, w, "old\n")
	ok(t, l.Close(t.Context()), os.Link(g.path("current"), g.top+"/snapshot"))
	l = g.open(g.options())
	g.say(l, pipeOf(t, l), "new\n")
	data, err := os.ReadFile(g.top + "/snapshot")
	ok(t, err)
	equal(t, "snapshot", string(data), stampText+"old\n")
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"old", "new"})
}

func TestWhoWatchesSeesEachLineUntilItHasSeenEnough(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	var mu sync.Mutex
	var seen []string
	w, err := l.Pipe("stdout", func(line []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, string(line))
		return string(line) != "ready"
	})
	ok(t, err)
	other := pipeOf(t, l)
	g.say(l, other, "ready on another run's pipe\n")
	g.say(l, w, "a\n\nb", "\nready\nc\n", "ready\n")
	mu.Lock()
	defer mu.Unlock()
	equal(t, "seen", seen, []string{"a", "", "b", "ready"})
	equal(t, "lines", g.lines(Query{Lines: 2}), []string{"c", "ready"})
	ok(t, w.Close())
}

func TestALongLineIsCutIntoMarkedParts(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.MaxLine = 10
	l := g.open(o)
	g.say(l, pipeOf(t, l), "0123456789abc\nshort\n")
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"0123456789 [continues]", "[continued] abc", "short"})
}

func TestAfterCloseWritersGetEPIPEAndNoPipeIsGiven(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	w := pipeOf(t, l)
	_, err := io.WriteString(w, "last words\nwithout an end")
	ok(t, err, l.Close(t.Context()))
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"last words", "without an end"})
	if _, err := w.Write([]byte("more\n")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v, want EPIPE", err)
	}
	if _, err := l.Pipe("stdout", nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v, want %v", err, fs.ErrClosed)
	}
	if err := l.Adopt(dupOf(t, w), "stdout", nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v, want %v", err, fs.ErrClosed)
	}
	ok(t, l.Close(t.Context()))
}

func TestAPipeThatSomebodyElseMadeIsRead(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	r, w, err := os.Pipe()
	ok(t, err)
	ok(t, l.Adopt(dupOf(t, r), "stdout", nil), r.Close())
	g.say(l, w, "adopted\n")
	ok(t, w.Close(), l.Wait(t.Context()))
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"adopted"})
	f, err := os.Open(g.path("current"))
	ok(t, err)
	if err := l.Adopt(dupOf(t, f), "stdout", nil); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a regular file can't be waited for, but got %v", err)
	}
	ok(t, f.Close())
}

func TestWhatWaitsEndsWithItsContext(t *testing.T) {
	g := newRig(t)
	l := g.open(g.options())
	pipeOf(t, l) // held open, so that it never ends
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("the budget is spent"))
	for _, err := range []error{l.Wait(ctx)} {
		if err == nil || err.Error() != "wait for log web: the budget is spent" {
			t.Errorf("got %v", err)
		}
	}
	hang := make(chan struct{})
	w, err := l.Pipe("stdout", func([]byte) bool { <-hang; return true }) // as a file system that hangs
	ok(t, err)
	_, err = io.WriteString(w, "x\n")
	ok(t, err)
	if err := l.Close(ctx); err == nil || err.Error() != "close log web: the budget is spent" {
		t.Errorf("got %v", err)
	}
	close(hang)
	ok(t, l.Close(t.Context()), w.Close())
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"x"})
}

func TestAFileSystemThatHangsHoldsUpOnlyItsOwnService(t *testing.T) {
	g := newRig(t)
	stuck := g.open(g.options())
	o := g.options()
	o.Slot, o.Place.Path = "db", "logs/db"
	well := g.open(o)
	hang := make(chan struct{})
	w, err := stuck.Pipe("stdout", func([]byte) bool { <-hang; return true })
	ok(t, err)
	_, err = io.WriteString(w, "x\n")
	ok(t, err)
	for range 3 {
		again := pipeOf(t, stuck) // the slot can still be restarted
		ok(t, again.Close())
		g.say(well, pipeOf(t, well), "y\n")
	}
	equal(t, "lines", linesOf(t, o.Place, Query{Lines: All}), []string{"y", "y", "y"})
	close(hang)
	ok(t, w.Close(), stuck.Wait(t.Context()))
}

func dupOf(t *testing.T, f *os.File) int {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	ok(t, err)
	return fd
}

func TestALogWithoutFilesSpeaksOnStdout(t *testing.T) {
	g := newRig(t)
	var s sink
	o := g.options()
	o.Place, o.Quiet, o.Outlet = Place{}, true, NewOutlet(&s, 0, Prefixed)
	l := g.open(o)
	g.say(l, pipeOf(t, l), "a\nb\n")
	ok(t, o.Outlet.Close(t.Context()))
	equal(t, "stdout", s.String(), "web: a\nweb: b\n")
	if g.files() != nil || len(g.notices()) > 0 {
		t.Errorf("files %q, told %v", g.files(), g.notices())
	}
}

func TestArchivesOfS6LogAreReadAndPruned(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	for i := range 4 {
		name := fmt.Sprintf("@400000006b0740bf255c2bf%d.s", i)
		ok(t, os.WriteFile(g.path(name), fmt.Appendf(nil, "2026-11-25 19:47:03.000000000  s6 %d\n", i), 0o644))
	}
	o := g.options()
	o.Keep = 2
	l := g.open(o)
	g.say(l, pipeOf(t, l), "ours\n")
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"s6 2", "s6 3", "ours"})
	if !slices.Contains(g.files(), "@400000006b0740bf255c2bf3.s") {
		t.Errorf("files %q", g.files())
	}
}

package logs

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("needs /proc to count descriptors: %v", err)
	}
	return len(all)
}

func TestQuietServicesCostNoGoroutine(t *testing.T) {
	g := newRig(t)
	before := runtime.NumGoroutine()
	const services = 200
	var ends []*os.File
	var logs []*Log
	for i := range services {
		o := g.options()
		o.Slot, o.Place.Path = fmt.Sprint("s", i), fmt.Sprint("logs/s", i)
		l := g.open(o)
		logs, ends = append(logs, l), append(ends, pipeOf(t, l))
	}
	for i, w := range ends {
		g.say(logs[i], w, "hello\n")
	}
	soon(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before+5 })
}

func TestRunsCostNoDescriptors(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size = 300
	l := g.open(o)
	run := func() {
		w, err := l.Pipe("stdout", nil)
		ok(t, err)
		g.say(l, w, joined(numbered(1, 20)))
		ok(t, w.Close(), l.Wait(t.Context()))
	}
	run()
	before := openFiles(t)
	for range 50 {
		run()
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}

func TestTheChildsEndBlocks(t *testing.T) {
	g := newRig(t)
	w := pipeOf(t, g.open(g.options()))
	flags, err := unix.FcntlInt(w.Fd(), unix.F_GETFL, 0)
	ok(t, err)
	if flags&unix.O_NONBLOCK != 0 {
		t.Error("programs don't expect EAGAIN on stdout")
	}
}

func TestBuffersAreBounded(t *testing.T) {
	g := newRig(t)
	var all []*buffers
	for range 3 * mostLarge {
		b := g.c.small()
		g.c.enlarge(&b)
		all = append(all, b)
	}
	large := 0
	for _, b := range all {
		if b.large {
			large++
		}
		g.c.free(b)
	}
	equal(t, "large buffers", large, mostLarge)
	equal(t, "lent at the end", g.c.large.Load(), int32(0))
}

func TestABusyPipeIsMadeWideAndFewAre(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Place = Place{}
	l := g.open(o)
	block := make([]byte, 64<<10)
	for i := range block {
		block[i] = '\n'
	}
	wide := 0
	for range mostWide + 4 {
		w := pipeOf(t, l)
		for range 40 {
			_, err := w.Write(block)
			ok(t, err)
		}
		ok(t, l.Flush(t.Context()))
		n, err := unix.FcntlInt(w.Fd(), unix.F_GETPIPE_SZ, 0)
		ok(t, err)
		if n == pipeLarge {
			wide++
		}
	}
	if wide == 0 || wide > mostWide {
		t.Errorf("%d pipes are wide", wide)
	}
	ok(t, l.Close(t.Context()))
	equal(t, "wide at the end", g.c.wide.Load(), int32(0))
}

func TestAProgramThatWritesLineByLineIsReadInBatches(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Keep = 1000
	l := g.open(o)
	w := pipeOf(t, l)
	lines := numbered(1, 5000)
	for _, line := range lines {
		_, err := io.WriteString(w, line+"\n")
		ok(t, err)
	}
	ok(t, l.Flush(t.Context()))
	equal(t, "lines", g.lines(Query{Lines: All}), lines)
}

func TestACollectorThatIsClosedGivesNoPipes(t *testing.T) {
	c, err := NewCollector()
	ok(t, err)
	l := c.Open(Options{Slot: "web"})
	w, err := l.Pipe("stdout", nil)
	ok(t, err, c.Close())
	if _, err := l.Pipe("stdout", nil); err == nil {
		t.Error("a pipe that nobody reads would hang its writer")
	}
	_, err = io.WriteString(w, "unheard\n")
	ok(t, err, l.Close(t.Context()), w.Close())
}

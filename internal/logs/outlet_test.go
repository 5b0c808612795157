package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLinesOnStdout(t *testing.T) {
	for _, c := range []struct {
		name   string
		format Format
		want   string
	}{
		{"with the slot in front", Prefixed, "web: a\nweb: \nweb: <b>\ndb: c\n"},
		{"as they are", Plain, "a\n\n<b>\nc\n"},
		{"as objects", JSON, `{"time":"2026-11-25T19:47:03.123456789Z","slot":"web","stream":"stdout","line":"a"}
{"time":"2026-11-25T19:47:03.123456789Z","slot":"web","stream":"stdout","line":""}
{"time":"2026-11-25T19:47:03.123456789Z","slot":"web","stream":"stdout","line":"<b>"}
{"time":"2026-11-25T19:47:03.123456789Z","slot":"db","stream":"stderr","line":"c"}
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s sink
			o := NewOutlet(&s, 0, c.format)
			o.push("web", "stdout", birthday, []byte("a\n\n<b>\n"))
			o.push("db", "stderr", birthday, []byte("c\n"))
			ok(t, o.Close(t.Context()))
			equal(t, "stdout", s.String(), c.want)
		})
	}
}

func TestAnObjectIsJSONWhateverTheLineIs(t *testing.T) {
	for _, line := range []string{"\x00\x1b[31m\xff\xfe\"\\", "\u2028", strings.Repeat("é", 5000)} {
		var got struct{ Line string }
		ok(t, json.Unmarshal(object(entry{now: birthday}, []byte(line)), &got))
		equal(t, "line", got.Line, strings.ToValidUTF8(strings.ReplaceAll(line, "\xff\xfe", "\ufffd\ufffd"), "\ufffd"))
	}
}

func TestTheFormatCanChange(t *testing.T) {
	var s sink
	o := NewOutlet(&s, 0, Plain)
	o.push("web", "stdout", birthday, []byte("alone\n"))
	soon(t, "the first line", func() bool { return s.String() != "" })
	o.SetFormat(Prefixed)
	o.push("web", "stdout", birthday, []byte("not alone\n"))
	ok(t, o.Close(t.Context()))
	equal(t, "stdout", s.String(), "alone\nweb: not alone\n")
}

func TestAReaderThatStopsCostsCountedDropsAndNeverTheFile(t *testing.T) {
	g := newRig(t)
	var s sink
	s.gate.Lock()
	o := g.options()
	o.Keep, o.Outlet = 1000, NewOutlet(&s, 4096, Prefixed)
	l := g.open(o)
	w := pipeOf(t, l)
	lines := numbered(1, 20_000)
	for i := 0; i < len(lines); i += 1000 {
		g.say(l, w, joined(lines[i:i+1000]))
	}
	equal(t, "in the file", g.lines(Query{Lines: All}), lines)
	dropped := o.Outlet.Dropped()
	s.gate.Unlock()
	ok(t, o.Outlet.Close(t.Context()))
	next, told := 0, 0
	for line := range strings.SplitSeq(strings.TrimSuffix(s.String(), "\n"), "\n") {
		var n, again int
		if _, err := fmt.Sscanf(line, "berth: stdout isn't read fast enough: %d lines dropped here (web %d)", &n, &again); err == nil && n == again {
			next, told = next+n, told+n // the count stands where the lines would
			continue
		}
		if line != "web: "+lines[next] {
			t.Fatalf("got %q, want %q", line, lines[next])
		}
		next++
	}
	equal(t, "read and dropped", next, len(lines))
	equal(t, "told", told, int(dropped))
}

func TestAFloodDoesntDrownTheOthers(t *testing.T) {
	var s sink
	s.gate.Lock()
	o := NewOutlet(&s, 4096, Plain)
	for i := range 2000 { // more than the writer takes before it waits and the queue holds
		o.push("loud", "stdout", birthday, fmt.Appendf(nil, "%d\n", i))
	}
	o.push("quiet", "stdout", birthday, []byte("still heard\n"))
	s.gate.Unlock()
	ok(t, o.Close(t.Context()))
	if !strings.Contains(s.String(), "still heard\n") || !strings.Contains(s.String(), "dropped here (loud ") {
		t.Errorf("stdout %q", s.String())
	}
}

func TestClosingWaitsForNoReader(t *testing.T) {
	var s sink
	s.gate.Lock()
	o := NewOutlet(&s, 0, Plain)
	o.push("web", "stdout", birthday, []byte("x\n"))
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("the budget is spent"))
	if err := o.Close(ctx); err == nil || err.Error() != "write to stdout: the budget is spent" {
		t.Errorf("got %v", err)
	}
	s.gate.Unlock()
	ok(t, o.Close(t.Context()))
	o.push("web", "stdout", birthday, []byte("too late\n"))
	equal(t, "dropped", o.Dropped(), uint64(1))
}

// writes keeps each write by itself.
type writes struct{ all [][]byte }

func (w *writes) Write(data []byte) (int, error) {
	w.all = append(w.all, bytes.Clone(data))
	return len(data), nil
}

func TestWritesAreAtomicOnAPipe(t *testing.T) {
	var w writes
	o := NewOutlet(&w, 0, Prefixed)
	long := strings.Repeat("y", 10_000)
	text := joined(numbered(1, 2000)) + long + "\n" + joined(numbered(1, 10))
	o.push("web", "stdout", birthday, []byte(text))
	ok(t, o.Close(t.Context()))
	for _, one := range w.all {
		if !bytes.HasSuffix(one, []byte("\n")) || !bytes.HasPrefix(one, []byte("web: ")) {
			t.Errorf("a write begins or ends within a line: %.40q", one)
		}
		if len(one) > atomicWrite && bytes.Count(one, []byte("\n")) > 1 {
			t.Errorf("a write of several lines has %d bytes", len(one))
		}
	}
	equal(t, "all", strings.ReplaceAll(string(bytes.Join(w.all, nil)), "web: ", ""), text)
}

func TestAReaderThatHasGoneAwayIsCounted(t *testing.T) {
	r, w, err := os.Pipe()
	ok(t, err, r.Close())
	o := NewOutlet(Descriptor(w.Fd()), 0, Plain)
	o.push("web", "stdout", birthday, []byte("x\ny\n"))
	ok(t, o.Close(t.Context()))
	equal(t, "dropped", o.Dropped(), uint64(2))
	if _, err := Descriptor(w.Fd()).Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v, want EPIPE", err)
	}
	ok(t, w.Close())
}

func TestADescriptorThatSomebodyMadeNonBlockingIsWaitedFor(t *testing.T) {
	var ends [2]int
	ok(t, unix.Pipe2(ends[:], unix.O_CLOEXEC), unix.SetNonblock(ends[1], true))
	r := os.NewFile(uintptr(ends[0]), "read")
	done := make(chan error, 1)
	text := strings.Repeat("0123456789abcde\n", 20_000)
	go func() {
		_, err := io.WriteString(Descriptor(ends[1]), text)
		_ = unix.Close(ends[1])
		done <- err
	}()
	got, err := io.ReadAll(r)
	ok(t, err, <-done, r.Close())
	equal(t, "text", string(got), text)
}

func TestAQueueAtRestHoldsLittle(t *testing.T) {
	var s sink
	o := NewOutlet(&s, 0, Plain)
	o.push("web", "stdout", birthday, bytes.Repeat([]byte("0123456789abcde\n"), 30_000))
	soon(t, "the memory to be given back", func() bool {
		o.push("web", "stdout", time.Now(), []byte("x\n"))
		o.mu.Lock()
		defer o.mu.Unlock()
		return cap(o.waiting.data) <= keepQueue
	})
	ok(t, o.Close(t.Context()))
}

package logs

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFloods(t *testing.T) {
	for _, c := range []struct {
		name  string
		flood Flood
		lines int
		want  []string
	}{
		{"fewer lines than are wanted", Flood{Lines: 10}, 10, numbered(1, 10)},
		{"more are dropped and counted", Flood{Lines: 3}, 10, append(numbered(1, 3), "berth: flood: 7 lines dropped within a second, 3 passed")},
		{"one of three passes beyond", Flood{Lines: 2, Every: 3}, 10, []string{"line 1", "line 2", "line 5", "line 8", "berth: flood: 6 lines dropped within a second, 4 passed"}},
		{"no policy passes everything", Flood{}, 5000, numbered(1, 5000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			o := g.options()
			o.Flood = c.flood
			l := g.open(o)
			w := pipeOf(t, l)
			lines := numbered(1, c.lines)
			half := c.lines / 2
			g.say(l, w, joined(lines[:half]), joined(lines[half:]))
			g.pass(time.Second)
			g.say(l, w, "the next second\n")
			equal(t, "lines", g.lines(Query{Lines: All}), append(c.want, "the next second"))
		})
	}
}

func TestTheCountIsWrittenAlsoWhenNothingFollows(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Flood = Flood{Lines: 1}
	var s sink
	o.Outlet = NewOutlet(&s, 0, Prefixed)
	l := g.open(o)
	g.say(l, pipeOf(t, l), "a\nb\nc\n")
	g.pass(2 * time.Second) // the slot has fallen silent
	soon(t, "the count", func() bool { return strings.Contains(g.text("current"), "flood: 2 lines dropped") })
	ok(t, o.Outlet.Close(t.Context()))
	equal(t, "stdout", s.String(), "web: a\nweb: berth: flood: 2 lines dropped within a second, 1 passed\n")
}

func TestTheCountIsWrittenAtTheEnd(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Flood = Flood{Lines: 1}
	l := g.open(o)
	g.say(l, pipeOf(t, l), "a\nb\n")
	ok(t, l.Close(t.Context()))
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"a", "berth: flood: 1 lines dropped within a second, 1 passed"})
}

func TestAWatcherSeesWhatAFloodDrops(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Flood = Flood{Lines: 1}
	l := g.open(o)
	seen := make(chan string, 10)
	w, err := l.Pipe("stdout", func(line []byte) bool { seen <- string(line); return true })
	ok(t, err)
	g.say(l, w, "a\nready\n")
	equal(t, "seen", []string{<-seen, <-seen}, []string{"a", "ready"})
	ok(t, w.Close())
}

func TestWhatPassesAndWhatIsDroppedIsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := flood{Flood: Flood{Lines: rapid.IntRange(1, 20).Draw(t, "lines"), Every: rapid.IntRange(0, 5).Draw(t, "every")}, since: birthday}
		all, passed := 0, 0
		for range rapid.IntRange(1, 10).Draw(t, "blocks") {
			n := rapid.IntRange(1, 15).Draw(t, "n")
			all += n
			f.admit([]byte(strings.Repeat("x\n", n)), func(block []byte) { passed += strings.Count(string(block), "\n") })
		}
		if passed != f.passed || passed+f.dropped != all {
			t.Fatalf("%d lines: %d passed, counted %d, dropped %d", all, passed, f.passed, f.dropped)
		}
		if want := min(all, f.Lines); passed < want || f.Every == 0 && passed != want {
			t.Fatalf("%d lines passed of %d", passed, all)
		}
	})
}

package front

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
)

func progress(done, total int64) boot.Note {
	return boot.Note{Level: boot.Progress, Phase: "ownership", Text: "Looking at who owns what in /data", Bar: &boot.Bar{Done: done, Total: total, Rate: 61234.5}}
}

func end() boot.Note { return boot.Note{Level: boot.Progress, Bar: &boot.Bar{End: true}} }

// On a terminal a bar is drawn over itself, and any other line takes its place.
func TestABarOnATerminal(t *testing.T) {
	v, got := said(false)
	v.width = func() int { return 200 }
	v.Tell(progress(300_000, 1_000_000))
	v.Tell(progress(600_000, 1_000_000))
	v.Tell(boot.Note{Text: "another line"})
	v.Tell(end())
	v.Tell(progress(1, 0))
	v.Tell(end())
	want := "\rberth: Looking at who owns what in /data  [######--------------] 30 %  300,000 of 1,000,000 entries  61,234/s  11 s left\x1b[K" +
		"\rberth: Looking at who owns what in /data  [############--------] 60 %  600,000 of 1,000,000 entries  61,234/s  7 s left\x1b[K" +
		"\r\x1b[Kberth: another line\n" +
		"\rberth: Looking at who owns what in /data  1 entry  61,234/s\x1b[K" +
		"\r\x1b[K"
	if got.String() != want {
		t.Errorf("said %q\nwant %q", got, want)
	}
}

// A bar that doesn't fit would leave its first lines on the screen.
func TestABarFitsTheTerminal(t *testing.T) {
	for width := range 130 {
		b := progress(300_000, 1_000_000)
		if line := draw(b.Text, b.Bar, width); len(line) > width {
			t.Errorf("%d columns: %q", width, line)
		}
	}
	hostile := draw("in /data\x1b[2K\nberth: all is well", &boot.Bar{}, 200)
	if strings.ContainsAny(hostile, "\x1b\r") {
		t.Errorf("%q", hostile)
	}
}

// Elsewhere a line every few seconds says that something is alive; what is over soon says nothing.
func TestProgressWithoutATerminal(t *testing.T) {
	v, got := said(false)
	v.width = func() int { return 0 }
	for range 100 {
		v.Tell(progress(1, 2))
	}
	if got.String() != "" {
		t.Errorf("at once it said %q", got)
	}
	v.lined = v.lined.Add(-lineEvery)
	for range 100 {
		v.Tell(progress(300_000, 1_000_000))
	}
	if want := "berth: Looking at who owns what in /data: 300,000 of 1,000,000 entries, 61,234/s, 11 s left\n"; got.String() != want {
		t.Errorf("said %q, want %q", got, want)
	}
	v.Tell(end())
	v.Tell(progress(1, 2))
	if n := strings.Count(got.String(), "\n"); n != 1 {
		t.Errorf("the next duty speaks at once: %q", got)
	}
}

func TestProgressInJSON(t *testing.T) {
	v, got := said(true)
	v.width = func() int { t.Error("JSON asked for the width"); return 80 }
	v.Tell(progress(1, 2))
	v.lined = v.lined.Add(-lineEvery)
	v.Tell(progress(300_000, 1_000_000))
	v.Tell(end())
	var l line
	if err := json.Unmarshal([]byte(got.String()), &l); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	l.Time = ""
	want := line{Level: "progress", Phase: "ownership", Text: "Looking at who owns what in /data", Done: 300_000, Total: 1_000_000, Rate: 61234, Left: 11}
	if l != want {
		t.Errorf("said %+v, want %+v", l, want)
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		b    boot.Bar
		want string
	}{
		{boot.Bar{Done: 5, Rate: 2}, "5 entries, 2/s"},
		{boot.Bar{Done: 1500, Total: 2500, Rate: 10, AtMost: true}, "1,500 of at most 2,500 entries, 10/s, at most 2 min left"},
		{boot.Bar{Done: 1, Total: 1_000_000, Rate: 1}, "1 of 1,000,000 entries, 1/s, 278 h left"},
	} {
		if got := strings.Join(figures(&c.b), ", "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for d, want := range map[time.Duration]string{time.Millisecond: "1 s", 99 * time.Second: "99 s", 100 * time.Second: "2 min", 2 * time.Hour: "2 h"} {
		if got := lasting(d); got != want {
			t.Errorf("%s is %q", d, got)
		}
	}
}

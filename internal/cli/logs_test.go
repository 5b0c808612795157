package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/api"
)

// talkative is a rig whose slots said something, text and bytes.
func talkative(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, service("web", "ready", 12), service("db", "ready", 7))
	at := time.Date(2026, 11, 25, 19, 47, 3, 0, time.UTC)
	r.says(
		api.NewLogLine("web", at, []byte("\x1b[32mhello\x1b[0m")), api.NewLogLine("db", at, nil),
		api.NewLogLine("web", at, []byte("\xff\x00 no text")), api.NewLogLine("db", at, []byte("<&> ü\r")),
	)
	return r
}

func TestLogsAreWhatWasSaid(t *testing.T) {
	talkative(t)
	for _, c := range []struct {
		about string
		args  string
		out   string
	}{
		{"one slot, to the byte", "logs web", "\x1b[32mhello\x1b[0m\n\xff\x00 no text\n"},
		{"one slot that is named twice is one", "logs web web", "\x1b[32mhello\x1b[0m\n\xff\x00 no text\n"},
		{"several slots, each line with its own", "logs web db", "web: \x1b[32mhello\x1b[0m\ndb: \nweb: \xff\x00 no text\ndb: <&> ü\r\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if d := cmp.Diff(answer{0, c.out, ""}, berth(t, strings.Fields(c.args)...), cmp.AllowUnexported(answer{})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	berth(t, "logs", "none").wants(t, 1, "", "hint: did you mean web?")
}

func TestLogsAsJSON(t *testing.T) {
	r := talkative(t)
	a := berth(t, "logs", "--json", "web", "db")
	a.wants(t, 0, "{", "")
	harmless(t, a.out)
	var got []string
	for l := range strings.Lines(a.out) {
		var line api.LogLine
		if err := json.Unmarshal([]byte(l), &line); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %v %q", line.Slot, line.Time, line.Line()))
	}
	for i, l := range r.said {
		if want := fmt.Sprintf("%s %v %q", l.Slot, l.Time, l.Line()); i >= len(got) || got[i] != want {
			t.Errorf("line %d of %q, want %s", i, got, want)
		}
	}
}

func TestWhatLogsAreAskedFor(t *testing.T) {
	r := talkative(t)
	for _, c := range []struct {
		about string
		args  string
		lines int
		ago   time.Duration // -1: no time
	}{
		{"everything", "logs web", 0, -1},
		{"the last ones", "logs web -n 10", 10, -1},
		{"the last ones by their long name", "logs --lines=10 web", 10, -1},
		{"those of the last minutes", "logs web --since 10m", 0, 10 * time.Minute},
		{"those of the last days", "logs web --since 2d -n3", 3, 48 * time.Hour},
		{"none at all", "logs web -n 0", 0, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			berth(t, strings.Fields(c.args)...).wants(t, 0, "hello", "")
			q := r.query()
			if q.Lines != c.lines || q.Follow || !cmp.Equal(q.Slots, []string{"web"}) {
				t.Errorf("asked %+v", q)
			}
			if ago := time.Since(q.Since); c.ago < 0 != q.Since.IsZero() || c.ago >= 0 && (ago < c.ago || ago > c.ago+time.Minute) {
				t.Errorf("asked since %v", q.Since)
			}
		})
	}
	berth(t, "logs", "web", "--since", "2026-01-31T12:00:00+02:00").wants(t, 0, "hello", "")
	if got := r.query().Since; !got.Equal(time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("asked since %v", got)
	}
	for _, args := range []string{"--since=soon", "--since=-10m", "--since=1769860800", "--since=", "-n=-1", "-n=x", "-n=9999999"} {
		a := berth(t, "logs", "web", args)
		a.wants(t, 2, "", "\nberth: hint: ")
	}
}

func TestFollowedLogsComeAtOnce(t *testing.T) {
	r := talkative(t)
	out := &waiter{got: make(chan struct{}, 10)}
	done := make(chan answer)
	go func() { done <- answer{code: Main([]string{"logs", "-f", "web"}, nil, Beside{}, out)} }()
	for range 2 { // nothing ends the stream, and yet they are here
		<-out.got
	}
	if q := r.query(); !q.Follow {
		t.Errorf("asked %+v", q)
	}
	_ = heard(t, func() {
		r.close()
		if a := <-done; a.code != 4 {
			t.Errorf("ended with %d, want 4", a.code)
		}
	})
}

// head has what it wants and goes: no error, nothing said, and the rest isn't read.
func TestAReaderMayLeave(t *testing.T) {
	r := talkative(t)
	for range 20000 {
		r.says(api.NewLogLine("web", time.Now(), bytes.Repeat([]byte("x"), 100)))
	}
	for i := uint64(1); i <= 100; i++ {
		r.ring.Add(api.Event{Seq: i, Slot: "web", Why: strings.Repeat("x", 2000)})
	}
	for range 1000 {
		r.set(func() {
			r.slots = append(r.slots, service(fmt.Sprintf("slot-%d", len(r.slots)), "ready", 1, func(v *api.Service) { v.Why = strings.Repeat("y", 200) }))
		})
	}
	for _, c := range []struct {
		args string
		code int
	}{
		{"logs web", 0},
		{"logs web db --json", 0},
		{"events", 0},
		{"events --json", 0},
		{"status", 0},
		{"status --json", 0},
	} {
		t.Run(c.args, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = writer.Close() }()
			go func() {
				_, _ = reader.Read(make([]byte, 100))
				_ = reader.Close()
			}()
			berthTo(t, writer, strings.Fields(c.args)...).wants(t, c.code, "", "")
		})
	}
}

// A disk that is full is an error all the same.
func TestLogsThatDontArriveAreAFailure(t *testing.T) {
	talkative(t)
	for _, args := range [][]string{{"logs", "web"}, {"logs", "web", "--json"}, {"logs", "-f", "web"}, {"status"}, {"status", "--json"}, {"ready"}, {"start", "web"}} {
		for _, room := range []int{0, 3} {
			berthTo(t, &small{room}, args...).wants(t, 1, "", "berth: no space left on device\n")
		}
	}
}

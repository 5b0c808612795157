package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/api"
)

// history is one event of every kind.
func history() []api.Event {
	at := time.Date(2026, 11, 25, 19, 47, 3, 5e6, time.FixedZone("", 3600))
	return []api.Event{
		{Seq: 1, Time: at, Slot: "web", From: "waiting", To: "starting", Why: "free to start"},
		{Seq: 2, Time: at, Slot: "web", From: "starting", To: "up", Pid: 12, Why: "runs"},
		{Seq: 3, Time: at, Slot: "db", From: "ready", To: "holding", Pid: 7, Why: "killed by SIGKILL", Exit: &api.Exit{Code: 137, Signal: "KILL"}},
		{Seq: 4, Time: at, Slot: "web", From: "up", To: "up", Why: "unhealthy: 500"},
		{Seq: 5, Time: at, Slot: "web", From: "up", To: "stopping", Pid: 12, Why: "told to stop", Who: "uid 0, pid 9 (berth)"},
		{Seq: 6, Time: at, Slot: "web", From: "stopping", To: "down", Why: "stopped", Exit: &api.Exit{Code: 3}},
		{Seq: 7, Time: at, To: "ready", Why: "a\nforged\x1b[2K line"},
	}
}

func withHistory(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, service("web", "ready", 12), service("db", "ready", 7))
	for _, e := range history() {
		r.ring.Add(e)
	}
	return r
}

func TestEventsForPeople(t *testing.T) {
	withHistory(t)
	want := "" +
		"1 2026-11-25T18:47:03.005Z web: waiting -> starting: free to start\n" +
		"2 2026-11-25T18:47:03.005Z web: starting -> up, pid 12: runs\n" +
		"3 2026-11-25T18:47:03.005Z db: ready -> holding, pid 7: killed by SIGKILL\n" +
		"4 2026-11-25T18:47:03.005Z web: up: unhealthy: 500\n" +
		"5 2026-11-25T18:47:03.005Z web: up -> stopping, pid 12: told to stop (asked by uid 0, pid 9 (berth))\n" +
		"6 2026-11-25T18:47:03.005Z web: stopping -> down: stopped, exit 3\n" +
		"7 2026-11-25T18:47:03.005Z berth: ready: a forged?[2K line\n"
	if d := cmp.Diff(answer{0, want, ""}, berth(t, "events"), cmp.AllowUnexported(answer{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	a := berth(t, "events", "--after", "5", "web")
	if lines := strings.SplitAfter(want, "\n"); a != (answer{0, lines[5], ""}) {
		t.Errorf("after the fifth: %+v", a)
	}
	if a := berth(t, "events", "--after", "7"); a != (answer{}) {
		t.Errorf("after the last: %+v", a)
	}
}

func TestEventsAsJSON(t *testing.T) {
	withHistory(t)
	a := berth(t, "events", "--json")
	a.wants(t, 0, "{", "")
	var got []api.Event
	for l := range strings.Lines(a.out) {
		var e api.Event
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if d := cmp.Diff(history(), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if a := berth(t, "events", "--json", "db"); strings.Count(a.out, "\n") != 1 || a.code != 0 {
		t.Errorf("of one slot: %+v", a)
	}
}

// What is no longer kept is said, not silently missing.
func TestEventsThatAreLostAreCounted(t *testing.T) {
	r := newRig(t)
	for n := uint64(1); n <= 250; n++ { // the rig keeps 100
		r.ring.Add(api.Event{Seq: n, Slot: "web", To: "up"})
	}
	berth(t, "events", "--after", "100").wants(t, 0, "(50 events before this one not kept)\n151 ", "")
	berth(t, "events", "--after", "149").wants(t, 0, "(1 event before this one not kept)\n151 ", "")
	berth(t, "events", "--after", "x").wants(t, 2, "", `invalid argument "x" for "--after"`)
}

// A name that no slot has may be one of the past; a mistyped one is told as well.
func TestEventsOfAnUnknownSlot(t *testing.T) {
	withHistory(t)
	berth(t, "events", "weg").wants(t, 0, "", "berth: look at \"weg\": there is no such slot\nberth: hint: did you mean web?\n")
}

func TestFollowersEndWithTheServer(t *testing.T) {
	for _, args := range [][]string{{"events", "-f"}, {"events", "--follow", "--json", "web"}, {"logs", "-f", "web"}, {"logs", "-f", "web", "db", "--json"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r := withHistory(t)
			r.says(api.NewLogLine("web", time.Now(), []byte("hello")))
			out := &waiter{got: make(chan struct{}, 1000)}
			go func() {
				<-out.got
				r.close()
			}()
			a := berthTo(t, out, args...)
			a.wants(t, 4, "", "berth: follow the "+args[0]+": berth has ended: nobody answers\nberth: hint: the container's log says why")
		})
	}
}

// A waiter is a stdout that says when something came.
type waiter struct{ got chan struct{} }

func (w *waiter) Write(data []byte) (int, error) { w.got <- struct{}{}; return len(data), nil }

// A server that dies has ended too; one that only hung up has not.
func TestFollowersOfAServerThatBreaksOff(t *testing.T) {
	const begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"seq\":1}\n\r\n"
	for _, args := range [][]string{{"events", "-f"}, {"logs", "-f", "web"}} {
		impostor(t, begun, true)
		berth(t, args...).wants(t, 4, "\n", "berth has ended: nobody answers")
		impostor(t, begun, false)
		berth(t, args...).wants(t, 1, "\n", "berth: ask berth: it hung up")
	}
	impostor(t, begun, false)
	berth(t, "events").wants(t, 1, "1 ", "berth: ask berth: it hung up")
}

// `berth events -f | grep -m 1 up` ends when grep does, although nothing more happens.
func TestAFollowersReaderMayLeave(t *testing.T) {
	for _, args := range [][]string{{"events", "-f"}, {"logs", "-f", "web"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r := withHistory(t)
			r.says(api.NewLogLine("web", time.Now(), []byte("hello")))
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = writer.Close() }()
			go func() {
				_, _ = reader.Read(make([]byte, 10))
				_ = reader.Close()
			}()
			berthTo(t, writer, args...).wants(t, 0, "", "")
		})
	}
}

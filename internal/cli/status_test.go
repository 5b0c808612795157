package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/api"
)

// household is one slot of every kind that there is something to say about.
func household() []api.Service {
	return []api.Service{
		service("dashboard", "down", 0, func(v *api.Service) { v.Desired, v.Why = "down", "not enabled" }),
		service("gateway-coder", "failed", 0, func(v *api.Service) {
			v.Verdict, v.Why, v.LastExit = "failed: 5 short runs in a row, the last one: exit 1", "5 short runs in a row, the last one: exit 1", &api.Exit{Code: 1}
		}),
		service("gateway-default", "holding", 0, func(v *api.Service) {
			v.Restarts, v.Why, v.Verdict, v.LastExit = 7, "killed by SIGKILL", "failing", &api.Exit{Code: 137, Signal: "KILL"}
			v.HoldUntil = new(time.Now().Add(32 * time.Second))
		}),
		service("nightly", "waiting", 0, func(v *api.Service) {
			v.Why, v.HoldUntil, v.LastExit = "waits for its time", new(time.Now().Add(5*time.Hour+time.Minute)), &api.Exit{}
		}),
		service("web", "ready", 4211, func(v *api.Service) { v.Why = "runs" }),
		service("worker", "ready", 12, func(v *api.Service) {
			v.Healthy, v.Restarts, v.Why, v.LastExit = new(false), 1, "ready", &api.Exit{Code: 3}
		}),
	}
}

func TestStatusForPeople(t *testing.T) {
	newRig(t, household()...)
	want := "" +
		"NAME             STATE    SINCE  PID   RESTARTS  NOTE\n" +
		"dashboard        down     1m     -     0         not enabled\n" +
		"gateway-coder    failed   1m     -     0         5 short runs in a row, the last one: exit 1\n" +
		"gateway-default  holding  1m     -     7         failing, killed by SIGKILL, next run in 31s\n" +
		"nightly          waiting  1m     -     0         waits for its time, next run in 5h, last: exit 0\n" +
		"web              ready    1m     4211  0\n" +
		"worker           ready    1m     12    1         unhealthy, last: exit 3\n"
	a := berth(t, "status")
	if d := cmp.Diff(answer{0, want, ""}, a, cmp.AllowUnexported(answer{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestStatusOfNothing(t *testing.T) {
	newRig(t)
	berth(t, "status").wants(t, 0, "there are no services: ", "")
	berth(t, "status", "--json").wants(t, 0, `{"services":[]}`, "")
}

// What is asked for as JSON is what the server wrote, to the byte.
func TestStatusAsJSONIsTheServers(t *testing.T) {
	newRig(t, household()...)
	for _, names := range [][]string{nil, {"web", "worker"}} {
		want, err := client().StatusJSON(t.Context(), names...)
		if err != nil {
			t.Fatal(err)
		}
		if got := berth(t, append([]string{"status", "--json"}, names...)...); got != (answer{0, string(want), ""}) {
			t.Errorf("%q gives %+v, want %q", names, got, want)
		}
	}
}

func TestStatusOfNamesSaysYesOrNo(t *testing.T) {
	done := func(code int) api.Service {
		return service(fmt.Sprintf("done-%d", code), "done", 0, func(v *api.Service) { v.LastExit = &api.Exit{Code: code} })
	}
	newRig(t, append(household(), done(0), done(78), service("busy", "up", 5), service("soon", "waiting", 0), service("ending", "stopping", 9))...)
	for _, c := range []struct {
		about string
		names string
		code  int
	}{
		{"one that is ready", "web", 0},
		{"one that runs and is not ready yet", "busy", 0},
		{"one that is done", "done-0", 0},
		{"one that is done and gave up", "done-78", 3},
		{"one that waits for its time", "nightly", 0},
		{"one that waits for another", "soon", 3},
		{"one that is down", "dashboard", 3},
		{"one that holds", "gateway-default", 3},
		{"one that failed", "gateway-coder", 3},
		{"one that is being stopped", "ending", 3},
		{"several that are well", "web worker nightly", 0},
		{"one among several that isn't", "web dashboard", 3},
	} {
		t.Run(c.about, func(t *testing.T) {
			names := strings.Fields(c.names)
			berth(t, append([]string{"status"}, names...)...).wants(t, c.code, "\n"+names[0], "")
			a := berth(t, append([]string{"status", "--json"}, names...)...)
			a.wants(t, c.code, "{", "")
			var st api.Status
			if err := json.Unmarshal([]byte(a.out), &st); err != nil || len(st.Services) != len(names) {
				t.Errorf("%v in %s", err, a.out)
			}
		})
	}
	berth(t, "status", "web", "weg").wants(t, 1, "", "berth: look at \"weg\": there is no such slot\nberth: hint: did you mean web?\n")
	berth(t, "status", "--json", "weg").wants(t, 1, "", "did you mean web?")
	berth(t, "status", "a/b").wants(t, 2, "", "hint: names have")
}

func TestStatusOfAThousand(t *testing.T) {
	var all []api.Service
	for i := range 1000 {
		all = append(all, service(fmt.Sprintf("svc-%03d", i), "ready", 1000+i))
	}
	newRig(t, all...)
	a := berth(t, "status")
	a.wants(t, 0, "\nsvc-999  ready  1m     1999  0\n", "")
	if n := strings.Count(a.out, "\n"); n != 1001 {
		t.Errorf("%d lines, want 1001", n)
	}
	berth(t, "status", "--json").wants(t, 0, `"name":"svc-999"`, "")
}

// A terminal has 80 columns: no line is longer, and what was cut shows.
func TestStatusOnATerminal(t *testing.T) {
	newRig(t, household()...)
	master, slave := terminal(t, 80)
	go func() {
		berthTo(t, slave, "status")
		_, _ = slave.WriteString("end\n")
	}()
	text := readUntil(t, master, "end\r\n")
	cut := 0
	for l := range strings.SplitSeq(text, "\r\n") {
		if n := len([]rune(l)); n > 80 {
			t.Errorf("%q has %d columns", l, n)
		}
		if strings.HasSuffix(l, "…") {
			cut++
		}
	}
	if cut == 0 || !strings.Contains(text, "NOTE") {
		t.Errorf("nothing was cut in %q", text)
	}
}

// terminal makes a terminal of a width.
func terminal(t *testing.T, width uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a terminal: %v", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a terminal: %v", err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// readUntil reads until an end.
func readUntil(t *testing.T, f *os.File, end string) string {
	t.Helper()
	var text []byte
	buf := make([]byte, 4096)
	for !strings.HasSuffix(string(text), end) {
		n, err := f.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, text)
		}
		text = append(text, buf[:n]...)
	}
	return string(text)
}

func TestColumns(t *testing.T) {
	rows := [][]string{{"A", "B", "NOTE"}, {"äöü", "1", "a note that is rather long for its place"}, {"x", "22", ""}}
	for _, c := range []struct {
		about string
		width int
		want  string
	}{
		{"a pipe cuts nothing", 0, "A    B   NOTE\näöü  1   a note that is rather long for its place\nx    22\n"},
		{"a terminal that is wide enough neither", 60, "A    B   NOTE\näöü  1   a note that is rather long for its place\nx    22\n"},
		{"a narrow one cuts the last column", 30, "A    B   NOTE\näöü  1   a note that is rathe…\nx    22\n"},
		{"one where nothing could be read cuts nothing", 20, "A    B   NOTE\näöü  1   a note that is rather long for its place\nx    22\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if d := cmp.Diff(c.want, columns(rows, c.width)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 59999 * time.Millisecond: "59s", time.Minute: "1m", 59 * time.Minute: "59m", time.Hour: "1h", 47 * time.Hour: "47h",
		48 * time.Hour: "2d", 1000 * 24 * time.Hour: "1000d",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %s, want %s", d, got, want)
		}
	}
}

// What services make berth say moves no cursor and makes no row of its own.
func TestStatusTellsNothingHostile(t *testing.T) {
	const x = "\x1b[2K\r\nweb ready\u009b31m\u202e\xff"
	newRig(t, service("web", x, 0, func(v *api.Service) { v.Why, v.Verdict, v.Since = x, x+"more", time.Time{} }))
	a := berth(t, "status")
	a.wants(t, 0, "\nweb ", "")
	harmless(t, a.out)
	if n := strings.Count(a.out, "\n"); n != 2 {
		t.Errorf("%d lines in %q", n, a.out)
	}
}

package daemon

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/api"
)

// forever is a main that runs until it is told to end, and says when it listens.
const forever = `trap 'echo main >>order; exit 7' TERM; echo ready; while :; do sleep 0.01; done`

// notes is a service that writes down that it was told to end.
func notes(name string) string {
	return `[sh, -c, 'trap "echo ` + name + ` >>order; exit" TERM; echo >up-` + name + `; while :; do sleep 0.01; done']`
}

// in says that a main runs in the volume's directory: the ride's own is go test's.
func in(script string) []string { return []string{"sh", "-c", `cd "$HOME"; ` + script} }

// Main's end ends the container with its code, after the services have been stopped, dependants first.
func TestMainsEndStopsTheServicesInReverse(t *testing.T) {
	c := serving(t, `services:
	db: {command: `+notes("db")+`}
	web: {requires: [db], command: `+notes("web")+`}
	late: {after: [web], command: `+notes("late")+`}`, in(`while [ ! -e go ]; do sleep 0.01; done; exit 5`)...).ask(t)
	for _, name := range []string{"db", "web", "late"} {
		c.has("up-"+name, "\n")
	}
	c.put("go")
	c.ends(5)
	if got := c.read("order"); got != "late\nweb\ndb\n" {
		t.Errorf("the order was %q", got)
	}
}

// TERM reaches main's own tree at once; what the supervisor runs is told in its turn, once, and by nobody else.
func TestTermIsMainsAtOnceAndTheServicesInTheirTurn(t *testing.T) {
	c := serving(t, `services:
	db: {command: `+notes("db")+`}
	web: {requires: [db], command: [sh, -c, 'trap "echo web >>order; while [ ! -e go ]; do sleep 0.01; done; echo web ended >>order; exit" TERM; echo >up-web; while :; do sleep 0.01; done']}`,
		in(forever)...).ask(t)
	c.has("up-db", "\n")
	c.has("up-web", "\n")
	c.tell()
	c.has("order", "main\n")
	c.has("order", "web\n")
	if strings.Contains(c.read("order"), "db") {
		t.Errorf("db was told too early: %q", c.read("order"))
	}
	c.put("go")
	c.ends(7)
	if got := c.read("order"); !strings.HasSuffix(got, "web ended\ndb\n") || strings.Count(got, "db") != 1 || strings.Count(got, "web\n") != 1 {
		t.Errorf("the order was %q", got)
	}
}

// A service that is deaf is killed when the time is up, and costs main's code nothing.
func TestADeafServiceIsKilledWhenTheTimeIsUp(t *testing.T) {
	r := serving(t, `services: {deaf: {stop: {timeout: 10m}, command: [sh, -c, 'trap "" TERM; echo >up; while :; do sleep 0.01; done']}}`, in(`while [ ! -e up ]; do sleep 0.01; done; exit 5`)...)
	r.Environ = append(r.Environ, StopTimeoutEnv+"=300ms")
	r.ask(t).ends(5)
}

// A service's own bound is within the budget: it is killed at that, and the others go on stopping in their order.
func TestADeafServiceIsKilledAtItsOwnBound(t *testing.T) {
	c := serving(t, `services:
	db: {command: `+notes("db")+`}
	deaf: {requires: [db], stop: {timeout: 100ms}, command: [sh, -c, 'trap "" TERM; echo >up; while :; do sleep 0.01; done']}`, in(`while [ ! -e up ] || [ ! -e up-db ]; do sleep 0.01; done; exit 5`)...).ask(t)
	c.ends(5)
	if got := c.read("order"); got != "db\n" || !strings.Contains(c.p.err.String(), "info: deaf: did not stop within 100ms: killing\n") {
		t.Errorf("the order was %q\n%s", got, c.p.err)
	}
}

// A critical service's failure ends the container with its code: main is told, and the services as well.
func TestACriticalServiceEndsTheContainer(t *testing.T) {
	c := serving(t, `services:
	web: {command: `+notes("web")+`}
	grave: {requires: [web], on-failure: end, restart: {limit: 1}, command: [sh, -c, 'while [ ! -e go ]; do sleep 0.01; done; exit 42']}
	light: {command: [sh, -c, exit 3], restart: {policy: never}}`, in(forever)...).ask(t)
	c.p.says(c.p.out, "ready\n")
	c.has("up-web", "\n")
	c.is("light", "failed")
	c.put("go")
	c.ends(42)
	if got := c.read("order"); !strings.Contains(got, "main\n") || !strings.Contains(got, "web\n") {
		t.Errorf("told: %q", got)
	}
	if said := c.p.err.String(); !strings.Contains(said, "warning: service grave has failed, and the container ends with it: ") ||
		!strings.Contains(said, "warning: light: failed: exit 3\n") {
		t.Errorf("it said\n%s", said)
	}
}

// A main that can't be started ends the container with its own failure, and the services with it.
func TestServicesEndWithAMainThatCanNotStart(t *testing.T) {
	c := serving(t, `services: {web: {command: `+notes("web")+`}}`, "/no/such/main").ask(t)
	c.ends(100)
	if !strings.Contains(c.p.err.String(), `run "/no/such/main": no such file`) {
		t.Errorf("it said\n%s", c.p.err)
	}
}

// Services run as the app, in the volume's directory, with the app's environment.
func TestServicesAreTheApps(t *testing.T) {
	r := serving(t, `env: {set: {X: "${DATA}/x"}, unset: [GONE]}
main: {command: [app], program: /bin/sh}
services: {web: {command: [app, -c, 'echo "$(id -u) $(pwd -P) $HOME $X ${GONE-gone} $0" >who; exec sleep 300', me]}}`, "sleep", "300")
	r.Environ = append(r.Environ, "GONE=no")
	c := r.ask(t)
	c.has("who", "\n")
	uid := os.Geteuid()
	if uid == 0 {
		uid = 1000
	}
	if got, want := c.read("who"), strings.Join([]string{strconv.Itoa(uid), r.Dir, r.Dir, r.Dir + "/x", "gone", "me"}, " ")+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.term(143)
}

// A boot without services answers too: it is ready, and has nothing.
func TestWithoutServices(t *testing.T) {
	c := serving(t, ``, in(forever)...).ask(t)
	c.p.says(c.p.out, "ready\n")
	until(t, "it answers", func() bool { _, err := c.Version(deadline(t)); return err == nil })
	st, err := c.Status(deadline(t))
	ok(t, err)
	ready, err := c.Ready(deadline(t))
	ok(t, err)
	if len(st.Services) != 0 || !ready.Ready {
		t.Errorf("got %+v, %+v", st, ready)
	}
	_, err = c.Start(deadline(t), api.Action{Slots: []string{"web"}})
	c.refused(err, api.UnknownSlot)
	c.refused(c.Logs(deadline(t), api.LogsQuery{}, nil), api.Absent)
	_, err = c.Profiles(deadline(t))
	c.refused(err, api.Absent)
	c.term(7)
}

// How lines look on stdout: bare where one slot speaks alone, with its name beside main or another one, JSON on demand.
func TestHowServicesSpeak(t *testing.T) {
	const hello = `[sh, -c, 'echo hello; exec sleep 300']`
	const main = `main: {command: [app], redirect: [{args: [run], to: web}]}
`
	for _, c := range []struct {
		about, spec string
		words       []string
		json        bool
		want        []string
	}{
		{"beside main", `services: {web: {command: ` + hello + `}}`, []string{"sh", "-c", "echo main; exec sleep 300"}, false, []string{"main", "web: hello"}},
		{"alone", main + `services: {web: {command: ` + hello + `}}`, []string{"run"}, false, []string{"hello"}},
		{"JSON", main + `services: {web: {command: ` + hello + `}}`, []string{"run"}, true, []string{`"slot":"web","stream":"output","line":"hello"}`}},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := serving(t, c.spec, c.words...)
			r.JSON = c.json
			p := r.off(t)
			for _, want := range c.want {
				p.says(p.out, want+"\n")
			}
			if got := strings.Split(strings.TrimSpace(p.out.String()), "\n"); len(got) != len(c.want) || !c.json && !slices.Contains(got, c.want[0]) {
				t.Errorf("got %q", got)
			}
			p.signal(syscall.SIGTERM)
			if got := p.ends(); got.Code != 143 {
				t.Errorf("got %s\n%s", got, p.err)
			}
		})
	}
	none(t)
}

// Where main owns the terminal the services keep away from it: their lines are in their files.
func TestServicesAreQuietWhereMainOwnsTheTerminal(t *testing.T) {
	master, slave := terminal(t)
	r := serving(t, `services: {web: {log: {dir: logs}, command: [sh, -c, 'echo hello from web; exec sleep 300']}}`, in(known+reader)...)
	p := shellOn(t, slave, job{"run", false}, r)
	p.job()
	c := &console{t: t, r: r, p: p}
	c.has("logs/current", "hello from web\n")
	typed(t, master, "done\n")
	p.says(p.out, "main read done\n")
	if got := p.ends(); !got.Success() || strings.Contains(p.out.String(), "hello from web") {
		t.Errorf("got %s, %q\n%s", got, p.out, p.err)
	}
	none(t)
}

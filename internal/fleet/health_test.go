package fleet

import (
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

const often = `period: 100ms, timeout: 100ms`

// sickens boots a service that is healthy until the file sick is there, and wants it restarted then.
func sickens(ready, health, script string) func(*testing.T) {
	return func(t *testing.T) {
		g := newRig(t, `services: {web: {ready: {`+ready+`}, health: {`+health+`, period: 200ms, timeout: 200ms, threshold: 2}, command: [sh, -c, 'rm -f sick; `+script+`']}}`, "PORT="+port(t)).up()
		until(t, "it is healthy", func() bool { h := g.status("web").Healthy; return h != nil && *h })
		g.put("sick", "")
		until(t, "it is restarted", func() bool { return g.status("web").Restarts > 0 })
		until(t, "it is healthy again", func() bool { h := g.status("web").Healthy; return h != nil && *h })
	}
}

// dies is a server that ends when the file sick is there, and leaves the service's process behind.
const dies = `& server=$!; while [ ! -e sick ]; do sleep 0.02; done; kill $server; exec sleep 300`

func healthKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"health.tcp":  sickens(`tcp: "${PORT}"`, `tcp: "${PORT}"`, `$HELPER listen 127.0.0.1:$PORT `+dies),
		"health.http": sickens(`tcp: "${PORT}"`, `http: "http://127.0.0.1:${PORT}/"`, `printf 200 >code; $HELPER serve 127.0.0.1:$PORT code & while [ ! -e sick ]; do sleep 0.02; done; printf 503 >code; wait`),
		"health.exec": sickens(`exec: [sh, -c, "[ ! -e sick ]"]`, `exec: [sh, -c, "[ ! -e sick ]"]`, `exec sleep 300`),
		"health.period": func(t *testing.T) {
			g := newRig(t, `services:
	often: {health: {exec: [sh, -c, echo >>often], `+often+`}, command: `+stays+`}
	seldom: {health: {exec: [sh, -c, echo >>seldom], period: 1h}, command: `+stays+`}`).up()
			g.has("often", "\n\n\n")
			if g.read("seldom") != "" || g.status("seldom").Healthy != nil {
				t.Errorf("it was asked %q times", g.read("seldom"))
			}
		},
		"health.timeout": func(t *testing.T) {
			g := newRig(t, `services: {web: {health: {exec: [sleep, "300"], `+often+`, threshold: 1, action: report}, command: `+stays+`}}`).up()
			until(t, "it isn't healthy", func() bool { h := g.status("web").Healthy; return h != nil && !*h })
			if _, why := g.fleet.Supervisor().Ready(); len(why) != 1 || !strings.Contains(why[0], "no answer within 100ms") {
				t.Errorf("why: %q", why)
			}
		},
		"health.threshold": func(t *testing.T) {
			g := newRig(t, `services: {web: {health: {exec: [sh, -c, "echo >>asked; exit 1"], period: 1s, timeout: 1s, threshold: 3, action: report}, command: `+stays+`}}`).up()
			until(t, "it isn't healthy", func() bool { h := g.status("web").Healthy; return h != nil && !*h })
			if got := strings.Count(g.read("asked"), "\n"); got < 3 {
				t.Errorf("after %d answers", got)
			}
		},
		"health.action": func(t *testing.T) {
			g := newRig(t, `services:
	told: {health: {exec: [sh, -c, "echo it is sick; exit 9"], period: 2s, timeout: 2s, threshold: 1, action: report}, command: `+stays+`}
	ended: {health: {exec: [sh, -c, exit 9], `+often+`, threshold: 1, action: restart}, command: `+stays+`}`).up()
			until(t, "one is restarted", func() bool { return g.status("ended").Restarts > 0 })
			until(t, "one isn't healthy", func() bool { h := g.status("told").Healthy; return h != nil && !*h })
			if s := g.status("told"); s.Restarts != 0 || s.State != supervise.Ready {
				t.Errorf("%+v", s)
			}
			if _, why := g.fleet.Supervisor().Ready(); len(why) == 0 || !strings.Contains(strings.Join(why, "\n"), "exit code 9: it is sick") {
				t.Errorf("why: %q", why)
			}
		},
	}
}

// A check that is out of time dies with its group, and what leaves the group can't hold up the answer.
func TestACheckLeavesNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {health: {exec: [sh, -c, "echo $$$$ >>checks; sleep 300 & setsid sleep 301 & exit 1"], `+often+`, threshold: 2, action: report}, command: `+stays+`}}`).up()
	until(t, "it isn't healthy", func() bool { h := g.status("web").Healthy; return h != nil && !*h })
	g.has("checks", "\n")
	group := strings.Fields(g.read("checks"))[0]
	until(t, "the group is gone", func() bool { return !alive(t, group) })
}

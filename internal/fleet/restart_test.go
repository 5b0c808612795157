package fleet

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/supervise"
)

// ends runs a script as a service with a restart rule until the service is where it ends.
func ends(rule, script string, state supervise.State, why string, runs int) func(*testing.T) {
	return func(t *testing.T) {
		g := newRig(t, `services: {web: {restart: {`+rule+`}, command: [sh, -c, 'echo >>ran; `+script+`']}}`).up()
		s := g.is("web", state)
		if got := strings.Count(g.read("ran"), "\n"); got != runs || !strings.Contains(s.Why, why) {
			t.Errorf("%d runs, want %d; %s", got, runs, s.Why)
		}
	}
}

func both(tests ...func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		for _, test := range tests {
			test(t)
		}
	}
}

func restartKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"restart.policy": both(
			ends("policy: always", `exit 0`, supervise.Holding, "exit 0", 2), // the hold comes after the second
			ends("policy: on-failure", `exit $((2-$(wc -l <ran)))`, supervise.Done, "exit 0", 2),
			ends("policy: never", `exit 0`, supervise.Done, "exit 0", 1),
			ends("policy: never", `exit 4`, supervise.Failed, "exit 4", 1),
		),
		"restart.final-codes": both(
			ends("final-codes: [0, 78]", "exit 78", supervise.Done, "exit 78, which is final", 1),
			ends("final-codes: [0, 78]", "exit 0", supervise.Done, "exit 0, which is final", 1),
			func(t *testing.T) { // of a task they count as success
				g := newRig(t, `services: {once: {kind: task, restart: {final-codes: [9]}, command: [sh, -c, exit 9]}}`).up()
				if s := g.is("once", supervise.Done); !s.Ready {
					t.Errorf("%+v", s)
				}
			},
		),
		// Of a policy that takes 0 for the end it asks for another run all the same.
		"restart.at-once-codes": ends("policy: on-failure, at-once-codes: [0], final-codes: [7]", `[ $(wc -l <ran) = 2 ] && exit 7; exit 0`, supervise.Done, "exit 7", 2),
		"restart.hold-max": func(t *testing.T) {
			g := newRig(t, `services: {web: {restart: {hold-max: 400ms}, command: [sh, -c, exit 1]}}`).up()
			s := g.is("web", supervise.Holding)
			if d := s.HoldUntil.Sub(s.Since).Round(10 * time.Millisecond); d < 350*time.Millisecond || d > 450*time.Millisecond {
				t.Errorf("it holds for %v", d)
			}
		},
		"restart.stable": func(t *testing.T) {
			g := newRig(t, `services: {web: {restart: {stable: 10ms}, command: [sh, -c, 'echo >>ran; exec sleep 0.05']}}`).up()
			g.has("ran", "\n\n\n\n")
			if slices.Contains(g.states("web"), supervise.Holding) {
				t.Errorf("it was held: %v", g.states("web"))
			}
		},
		"restart.limit": ends("limit: 3, hold-max: 10ms", "exit 5", supervise.Failed, "3 short runs in a row, the last one: exit 5", 3),
		"on-failure": func(t *testing.T) {
			g := newRig(t, `services:
	meek: {kind: task, command: [sh, -c, exit 3]}
	vital: {requires: [meek], on-failure: end, restart: {policy: never}, command: `+stays+`}
	grave: {on-failure: end, after: [meek], ready: {file: go}, restart: {limit: 1}, command: [sh, -c, 'while [ ! -e go ]; do sleep 0.01; done; exit 42']}`)
			g.up()
			if f := g.fails(); f.Slot != "vital" || f.Code != 1 {
				t.Errorf("the first failure is %+v", f)
			}
			g.put("go", "")
			g.is("grave", supervise.Failed)
			g.is("meek", supervise.Failed)

			g = newRig(t, `services: {grave: {on-failure: end, restart: {final-codes: [78]}, command: [sh, -c, exit 78]}}`).up()
			if f := g.fails(); f.Slot != "grave" || f.Code != 78 {
				t.Errorf("the failure is %+v", f)
			}
		},
	}
}

// fails waits for the failure of a critical service.
func (g *rig) fails() supervise.Failure {
	g.t.Helper()
	select {
	case f := <-g.fleet.Supervisor().Critical():
		return f
	case <-deadline(g.t).Done():
		g.t.Fatalf("nothing critical failed: %+v", g.fleet.Supervisor().Status())
		return supervise.Failure{}
	}
}

// A service that is killed from outside comes back by itself, with another pid.
func TestAServiceThatIsKilledComesBack(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: `+stays+`}}`).up()
	was := g.is("web", supervise.Ready).Pid
	ok(t, syscall.Kill(was, syscall.SIGKILL))
	until(t, "it runs again", func() bool { s := g.status("web"); return s.State == supervise.Ready && s.Pid != was })
	if s := g.status("web"); s.Restarts != 1 || s.LastExit.Signal != syscall.SIGKILL {
		t.Errorf("%+v", s)
	}
}

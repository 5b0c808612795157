package fleet

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// held counts the descriptors of this process.
func held(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	ok(t, err)
	return len(all)
}

// Fifty runs of services of each kind hold no more descriptors and goroutines than one.
func TestRestartsHoldNothing(t *testing.T) {
	g := newRig(t, `services:
	plain: {command: `+stays+`}
	fd: {ready: {fd: 3}, command: [sh, -c, 'echo >&3; exec sleep 300']}
	notify: {ready: {notify: true}, log: {dir: logs/notify}, command: [sh, -c, 'echo hello; exec $HELPER notify READY=1 stay']}
	log: {ready: {log: up}, limits: {nice: 1}, reload: {command: [sh, -c, echo again]}, command: [sh, -c, 'echo up; exec sleep 300']}
	file: {ready: {exec: ["true"]}, command: `+stays+`}
	never: {ready: {file: never}, command: `+stays+`}`).up()
	all := []string{"plain", "fd", "notify", "log", "file"}
	for _, slot := range all {
		g.is(slot, supervise.Ready)
	}
	round := func() {
		g.order((*supervise.Supervisor).Restart, all...)
		ok(t, g.fleet.Supervisor().Restart(deadline(t), "test", false, "never"), g.fleet.Supervisor().Reload(deadline(t), "test", "log"))
	}
	round()
	until(t, "it is calm", func() bool { return g.status("never").State == supervise.Up })
	fds, routines := held(t), runtime.NumGoroutine()
	for range 10 {
		round()
	}
	var got, now int
	until(t, "nothing more is held", func() bool {
		got, now = held(t), runtime.NumGoroutine()
		return g.status("never").State == supervise.Up && got <= fds && now <= routines
	})
}

// What a fleet held is given back with it: descriptors, goroutines, the actors' threads.
func TestTheEndGivesAllBack(t *testing.T) {
	fds, routines := held(t), runtime.NumGoroutine()
	for range 3 {
		g := newRig(t, profiles+`services:
	gateway: {per-profile: true, log: {dir: "logs/{profile}"}, ready: {fd: 3}, command: [sh, -c, 'echo up; echo >&3; exec sleep 300']}
	sick: {health: {exec: [sleep, "300"], period: 100ms, timeout: 100ms, action: report}, command: `+stays+`}
	broken: {command: [/no/such]}`)
		g.profile("default", `{"desired_state":"running"}`)
		g.profile("a", `{"desired_state":"running"}`)
		g.up()
		g.is("gateway-a", supervise.Ready)
		ok(t, g.fleet.Unregister(deadline(t), "test", "a"))
		g.ended()
	}
	until(t, "all is given back", func() bool { return held(t) <= fds && runtime.NumGoroutine() <= routines })
}

// Fifty kills from outside: each comes back, and no zombie stays.
func TestKillsLeaveNoZombies(t *testing.T) {
	g := newRig(t, `services: {web: {restart: {stable: 1ms}, command: [sh, -c, 'sleep 300 & exec sleep 301']}}`).up()
	g.is("web", supervise.Ready)
	for n := range 50 {
		s := g.is("web", supervise.Ready)
		for _, p := range g.fleet.Processes() {
			_ = p.Signal(9)
		}
		until(t, "it runs again", func() bool { now := g.status("web"); return now.Pid != 0 && now.Run > s.Run })
		if s.Run != n+1 {
			t.Fatalf("run %d after %d kills", s.Run, n)
		}
	}
	until(t, "no zombie is left", func() bool {
		all, err := os.ReadDir("/proc")
		ok(t, err)
		for _, e := range all {
			data, _ := os.ReadFile("/proc/" + e.Name() + "/stat")
			if _, rest, found := strings.Cut(string(data), ") "); found && strings.HasPrefix(rest, "Z "+itoa(os.Getpid())+" ") {
				return false
			}
		}
		return true
	})
}

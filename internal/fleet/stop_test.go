package fleet

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// alive says whether anybody is left of a process group.
func alive(t *testing.T, group string) bool {
	t.Helper()
	n, err := strconv.Atoi(group)
	ok(t, err)
	return !errors.Is(syscall.Kill(-n, 0), syscall.ESRCH)
}

// exists says whether a process is there.
func exists(pid string) bool {
	_, err := os.Stat("/proc/" + pid)
	return err == nil
}

// grows is a script that has a child in its group, and writes down who it is.
const grows = `sleep 300 & echo $! >child; `

func stopKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"stop.signal": func(t *testing.T) {
			g := newRig(t, `services:
	usual: {command: [sh, -c, 'trap "echo usual >>got; exit 3" TERM; echo >>up; while :; do sleep 0.01; done']}
	other: {stop: {signal: USR1}, command: [sh, -c, 'trap "" TERM; trap "echo other >>got; exit 3" USR1; echo >>up; while :; do sleep 0.01; done']}`).up()
			g.has("up", "\n\n")
			g.order((*supervise.Supervisor).Stop, "usual", "other")
			for _, want := range []string{"usual\n", "other\n"} {
				if !strings.Contains(g.read("got"), want) {
					t.Errorf("got %q, want %q in it", g.read("got"), want)
				}
			}
		},
		"stop.timeout": func(t *testing.T) {
			g := newRig(t, `services: {web: {stop: {timeout: 50ms}, command: [sh, -c, 'trap "" TERM; echo >up; while :; do sleep 0.01; done']}}`).up()
			g.has("up", "\n")
			g.order((*supervise.Supervisor).Stop, "web")
			if s := g.status("web"); s.LastExit.Signal != syscall.SIGKILL || g.when("web", supervise.Killing) == 0 {
				t.Errorf("%+v", s)
			}
		},
		"stop.kill-group": func(t *testing.T) {
			g := newRig(t, `services: {web: {command: [sh, -c, '`+grows+`echo >up; exec sleep 300']}}`).up()
			g.has("up", "\n")
			child := strings.TrimSpace(g.read("child"))
			g.order((*supervise.Supervisor).Stop, "web")
			until(t, "its child is gone", func() bool { return !exists(child) })

			g = newRig(t, `services: {web: {stop: {kill-group: false}, command: [sh, -c, '`+grows+`echo >up; exec sleep 300']}}`).up()
			g.has("up", "\n")
			child = strings.TrimSpace(g.read("child"))
			g.order((*supervise.Supervisor).Stop, "web")
			if !exists(child) {
				t.Error("its child is gone")
			}
			pid, err := strconv.Atoi(child)
			ok(t, err, syscall.Kill(pid, syscall.SIGKILL))
		},
		"reload.signal": func(t *testing.T) {
			g := newRig(t, `services: {web: {reload: {signal: USR1}, command: [sh, -c, 'trap "echo again >>got" USR1; echo >up; while :; do sleep 0.01; done']}}`).up()
			g.has("up", "\n")
			was := g.is("web", supervise.Ready).Pid
			ok(t, g.fleet.Supervisor().Reload(deadline(t), "test", "web"))
			g.has("got", "again\n")
			if s := g.status("web"); s.Pid != was {
				t.Errorf("%+v", s)
			}
		},
		"reload.command": func(t *testing.T) {
			g := newRig(t, `services: {web: {env: {A: own}, reload: {command: [sh, -c, "echo $A $0 >>got; echo no more; exit $(cat code)", "${A}"]}, command: `+stays+`}}`)
			g.put("code", "0")
			g.up()
			g.is("web", supervise.Ready)
			ok(t, g.fleet.Supervisor().Reload(deadline(t), "test", "web"))
			if g.read("got") != "own own\n" {
				t.Errorf("got %q", g.read("got"))
			}
			g.put("code", "6")
			if err := g.fleet.Supervisor().Reload(deadline(t), "test", "web"); err == nil || !strings.Contains(err.Error(), "exit 6: no more") {
				t.Errorf("got %v", err)
			}
		},
	}
}

// What is left of a group when its leader crashes dies with it too: the next run finds nobody in its place.
func TestACrashTakesItsGroupAlong(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: [sh, -c, '[ -e child ] && exec sleep 300; `+grows+`kill -9 $$$$']}}`).up()
	until(t, "the second run", func() bool { s := g.status("web"); return s.Run == 2 && s.State == supervise.Ready })
	until(t, "its child is gone", func() bool { return !exists(strings.TrimSpace(g.read("child"))) })
}

// The time of the whole stop is the fleet's: a service that asks for more is killed within it.
func TestADeafServiceIsKilledWithinTheBudget(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {stop: {timeout: 10m}, command: [sh, -c, 'trap "" TERM; echo >up; while :; do sleep 0.01; done']}}`)
	g.budget = patience / 100
	g.up()
	g.has("up", "\n")
	g.ended()
	if s := g.status("web"); s.LastExit == nil || s.LastExit.Signal != syscall.SIGKILL {
		t.Errorf("%+v", s)
	}
}

// Processes are those that the supervisor sees to, and no others.
func TestProcesses(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: `+stays+`}, db: {command: `+stays+`}, off: {enabled: "no", command: `+stays+`}}`).up()
	want := g.is("web", supervise.Ready).Pid
	g.is("db", supervise.Ready)
	if n := len(g.fleet.Processes()); n != 2 {
		t.Errorf("%d processes", n)
	}
	g.order((*supervise.Supervisor).Stop, "db")
	if all := g.fleet.Processes(); len(all) != 1 || all[0].Pid() != want {
		t.Errorf("%d processes", len(all))
	}
}

package fleet

import (
	"net"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// awaits is the beginning of a script that waits for a file.
const awaits = `while [ ! -e go ]; do sleep 0.01; done; `

// rises boots a service with a question and another one that waits for it: not ready until it has seen the file go.
func rises(ready, script string, env ...string) func(*testing.T) {
	return func(t *testing.T) {
		g := newRig(t, `services:
	web: {ready: {`+ready+`}, command: [sh, -c, '`+awaits+script+`']}
	next: {requires: [web], command: `+stays+`}`, append(env, "PORT="+port(t))...).up()
		g.is("web", supervise.Up)
		if s := g.status("next"); s.State != supervise.Waiting {
			t.Errorf("next is %s: %s", s.State, s.Why)
		}
		g.put("go", "")
		if s := g.is("web", supervise.Ready, supervise.Failed); s.State != supervise.Ready {
			t.Errorf("it is %s: %s; it said %q", s.State, s.Why, g.out)
		}
		g.is("next", supervise.Ready)
	}
}

// port gives a port that nobody listens on.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ok(t, err, l.Close())
	return port
}

func readyKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"ready.tcp": both(
			rises(`tcp: "${PORT}"`, `exec $HELPER listen 127.0.0.1:$PORT`),
			rises(`tcp: "localhost:${PORT}"`, `exec $HELPER listen 127.0.0.1:$PORT`),
		),
		"ready.http": rises(`http: "http://127.0.0.1:${PORT}/health"`, `printf 204 >code; exec $HELPER serve 127.0.0.1:$PORT code`),
		"ready.exec": rises(`exec: [sh, -c, "[ -e done ] && [ $A = own ]"]`, `touch done; exec sleep 300`, "A=own"),
		"ready.log":  rises(`log: "^up( and|)[ ]running$"`, `echo not up; echo up and running; exec sleep 300`),
		"ready.file": rises(`file: run/web.ready`, `mkdir run; touch run/web.ready; exec sleep 300`),
		"ready.fd": both(
			rises(`fd: 3`, `echo >&3; exec sleep 300`),
			rises(`fd: 7`, `for n in 3 4 5 6; do echo no >&$n; done 2>/dev/null; printf "half a " >&7; echo line >&7; exec sleep 300`),
		),
		"ready.notify": both(
			rises(`notify: true`, `exec $HELPER notify READY=1 stay`, "NOTIFY_SOCKET=/run/engine.sock"),
			rises(`notify: true`, `$HELPER notify READY=1 stay & sleep 300`), // another one of its group
		),
		"ready.timeout": func(t *testing.T) {
			g := newRig(t, `services: {web: {ready: {file: never, timeout: 50ms}, command: `+stays+`}}`).up()
			if s := g.is("web", supervise.Failed); !strings.Contains(s.Why, "not ready within 50ms") {
				t.Error(s.Why)
			}
		},
		"ready.on-timeout": func(t *testing.T) {
			g := newRig(t, `services:
	strict: {ready: {file: never, timeout: 50ms, on-timeout: fail}, command: `+stays+`}
	lenient: {ready: {file: never, timeout: 50ms, on-timeout: go-on}, command: `+stays+`}
	next: {requires: [lenient], command: `+stays+`}`).up()
			g.is("strict", supervise.Failed)
			if s := g.is("lenient", supervise.Ready); !strings.Contains(s.Why, "goes on") {
				t.Error(s.Why)
			}
			g.is("next", supervise.Ready)
		},
	}
}

// s6's way: who closes the descriptor without a line will never be ready. Those below it are no pipes of berth's.
func TestADescriptorThatIsClosedWithoutALine(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {ready: {fd: 5}, command: [sh, -c, 'readlink /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 >fds; exec 5>&-; exec sleep 300']}}`).up()
	if s := g.is("web", supervise.Failed); !strings.Contains(s.Why, "closed without a newline") {
		t.Error(s.Why)
	}
	got := strings.Split(g.read("fds"), "\n")
	if len(got) != 4 || got[0] != "/dev/null" || got[1] != "/dev/null" || !strings.HasPrefix(got[2], "pipe:") {
		t.Errorf("its descriptors are %q", got)
	}
}

// A service has no descriptor but those that it is meant to have.
func TestAServiceHasThreeDescriptors(t *testing.T) {
	t.Parallel()
	for about, limits := range map[string]string{"forked": "", "by the child stage": "limits: {nice: 1}, "} {
		g := newRig(t, `services: {list: {kind: task, `+limits+`command: [ls, /proc/self/fd]}}`).up()
		g.is("list", supervise.Done)
		want := "0\n1\n2\n3\n" // ls's own look at the directory is one
		until(t, "its descriptors", func() bool { return len(g.out.String()) >= len(want) })
		if got := g.out.String(); got != want {
			t.Errorf("%s: it has %q", about, got)
		}
	}
}

// Only the service's own process and its group have a say about it.
func TestANotifyMessageFromAStranger(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	web: {ready: {notify: true}, command: [sh, -c, 'echo $NOTIFY_SOCKET >socket; `+awaits+`exec $HELPER notify READY=1 stay']}
	other: {command: [sh, -c, 'while [ ! -s socket ]; do sleep 0.01; done; export NOTIFY_SOCKET=$(cat socket); exec $HELPER notify READY=1 stay']}
	left: {command: [sh, -c, 'while [ ! -s socket ]; do sleep 0.01; done; export NOTIFY_SOCKET=$(cat socket); exec $HELPER notify READY=1 stay']}`).up()
	until(t, "a stranger is told of", func() bool { return g.told("warning: web: notify: accept notify message from pid ") == 1 })
	if s := g.status("web"); s.State != supervise.Up {
		t.Errorf("it is %s", s.State)
	}
	g.put("go", "")
	g.is("web", supervise.Ready)
	if n := g.told("web: notify: "); n != 1 {
		t.Errorf("strangers of one run are told of %d times", n)
	}
}

// A task that is ready when it has succeeded needs no question; a service without one is ready as soon as it runs.
func TestWithoutAQuestion(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: `+stays+`}}`).up()
	if s := g.is("web", supervise.Ready); s.Why != "runs" {
		t.Error(s.Why)
	}
}

// What an earlier run sent late is nobody's: each run has a question of its own.
func TestEachRunIsAskedAnew(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	log: {ready: {log: "^up$"}, command: [sh, -c, '[ -e log ] || { touch log; echo up; exec sleep 300; }; exec sleep 300']}
	fd: {ready: {fd: 3}, command: [sh, -c, '[ -e fd ] || { touch fd; echo >&3; exec sleep 300; }; exec sleep 300']}
	notify: {ready: {notify: true}, command: [sh, -c, '[ -e notify ] || { touch notify; exec $HELPER notify READY=1 stay; }; exec sleep 300']}`).up()
	for _, slot := range []string{"log", "fd", "notify"} {
		g.is(slot, supervise.Ready)
		ok(t, g.fleet.Supervisor().Restart(deadline(t), "test", false, slot))
		until(t, "the second run", func() bool { return g.status(slot).Run == 2 && g.status(slot).Pid != 0 })
		if s := g.status(slot); s.State != supervise.Up {
			t.Errorf("%s is %s: %s", slot, s.State, s.Why)
		}
	}
}

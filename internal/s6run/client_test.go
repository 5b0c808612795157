package s6run

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// TestAManagerWithoutRights registers and unregisters slots as a user does who was given the scan directory, with the genuine
// programs and a skeleton of its own.
func TestAManagerWithoutRights(t *testing.T) {
	needsRoot(t)
	genuine(t, "s6-svc")
	g := newRig(t)
	me := &proc.Credential{UID: 10000, GID: 10000}
	said := g.top + "/said"
	ok(t, os.WriteFile(said, nil, 0o666), os.Chmod(said, 0o666), os.Chown(g.scan, 10000, 10000))
	static := g.slot("static", files{"run": sleeps})
	g.begin(static)
	ok(t, os.Chown(g.scan+"/.s6-svscan/control", 10000, 10000), os.Chown(g.scan+"/.s6-svscan/lock", 10000, 10000))

	does := func(want int, words string) string {
		t.Helper()
		out, code := runs(t, me, "/bin/sh", "-c", "cd "+g.scan+" && "+words)
		if code != want {
			t.Fatalf("%s gives %d, want %d: %s", words, code, want, out)
		}
		return out
	}
	has := func(runs int) {
		t.Helper()
		until(t, says("the run has said who it is"), func() bool { return g.read("said") == strings.Repeat("10000\n", runs) })
	}
	register := func() {
		t.Helper()
		before := strings.Count(g.read("said"), "\n")
		does(0, `set -e; mkdir -p g.tmp/log; mkdir -m 3730 g.tmp/event g.tmp/log/event; mkdir g.tmp/supervise g.tmp/log/supervise
mkdir g.tmp/supervise/event; mkfifo -m 660 g.tmp/supervise/control g.tmp/log/supervise/control
printf '#!/bin/sh\nid -u >>`+said+`\nexec sleep 1000\n' >g.tmp/run; printf '#!/bin/sh\nexit 0\n' >g.tmp/finish; printf '#!/bin/sh\nexec cat\n' >g.tmp/log/run
echo longrun >g.tmp/type; chmod 755 g.tmp/run g.tmp/finish g.tmp/log/run; mv g.tmp gateway; s6-svscanctl -a .`)
		g.is("gateway", supervise.Ready)
		g.is("gateway/log", supervise.Ready)
		has(before + 1)
	}
	unregister := func() {
		t.Helper()
		does(0, "s6-svc -d gateway && s6-svwait -D -t 10000 gateway && s6-svscanctl -an . && rm -r gateway")
		until(t, func() string { return "the slots go: " + g.slots() }, func() bool { return g.slots() == "static" })
	}
	register()
	if out := does(0, "s6-svstat gateway"); !strings.HasPrefix(out, "up (pid ") {
		t.Errorf("svstat: %q", out)
	}
	does(0, "s6-svc -wr -t -T 20000 gateway")
	has(2)
	does(111, "s6-svc -d static") // root's
	unregister()
	register()
	unregister()
	if got := g.read("said"); got != "10000\n10000\n10000\n" {
		t.Errorf("it ran as %q", got)
	}
	if list := does(0, "ls -A"); list != ".s6-svscan\nstatic\n" {
		t.Errorf("left are %q", list)
	}
}

// TestLettersToAGroup are of later releases than the one beside which the others are tried.
func TestLettersToAGroup(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": "#!/bin/sh\nsleep 1000 &\necho $! >$TOP/child\nwait\n", "finish": "#!/bin/sh\nexit 0\n"})
	g.begin()
	g.has("child", "\n")
	child, err := strconv.Atoi(strings.TrimSpace(g.read("child")))
	ok(t, err)
	stopped := func(pid int) bool {
		data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return strings.Contains(string(data), ") T ")
	}
	letters(t, at, "P")
	until(t, says("all are stopped"), func() bool { return stopped(child) && stopped(status(t, at).Pid) && status(t, at).Paused })
	letters(t, at, "C")
	until(t, says("none is"), func() bool { return !stopped(child) && !status(t, at).Paused })
	letters(t, at, "OK")
	until(t, says("all are dead"), func() bool { return !alive(child) && status(t, at).Pid == 0 })
	g.is("web", supervise.Done)
}

// A run may ask for something with its first word, before anybody here has noted that it runs.
func TestTheFirstWordOfARunIsHeard(t *testing.T) {
	g := newRig(t)
	g.dir("web", files{"run": "#!/bin/sh\nprintf t >supervise/control\nexec sleep 1000\n"})
	g.begin()
	until(t, says("a hundred runs have asked for their end"), func() bool {
		list, err := g.room.Supervisor().StatusOf("web")
		return err == nil && list[0].Run > 100
	})
}

// TestScriptsFromElsewhere asks that a slot says what is wrong with its program.
func TestScriptsFromElsewhere(t *testing.T) {
	g := newRig(t)
	for name, text := range map[string]string{
		"crlf": "#!/bin/sh\r\nexec sleep 1000\r\n", "bom": "\ufeff#!/bin/sh\nexec sleep 1000\n", "nothing": "", "missing": "#!/no/such/shell\n",
	} {
		g.dir(name, files{"run": text})
	}
	g.dir("mode", files{"run": sleeps})
	ok(t, os.Chmod(g.at("mode")+"/run", 0o644))
	g.begin()
	for _, name := range []string{"crlf", "bom", "nothing", "missing", "mode"} {
		var s supervise.Status
		until(t, func() string { return name + " says why: " + s.Why }, func() bool {
			list, err := g.room.Supervisor().StatusOf(name)
			ok(t, err)
			s = list[0]
			return strings.Contains(s.Why, "run")
		})
		if s.LastExit != nil && name != "mode" && name != "nothing" {
			t.Errorf("%s has run: %v", name, s.LastExit)
		}
		letters(t, g.at(name), "d")
		g.is(name, supervise.Down)
	}
	if g.told("crlf") == 0 || g.told("bom") == 0 {
		t.Errorf("nobody tells of them: %+v", g.everything())
	}
}

// TestAControlFIFOThatWasTakenAwayLeavesTheServiceAlone asks what becomes of a slot whose owner breaks it.
func TestAControlFIFOThatWasTakenAwayLeavesTheServiceAlone(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": sleeps})
	g.begin()
	g.is("web", supervise.Ready)
	ok(t, os.Remove(at+"/supervise/control"), unix.Mkfifo(at+"/supervise/control", 0o600))
	if err := s6dir.Send(at+"/supervise/control", "d"); err == nil {
		t.Error("somebody reads another FIFO")
	}
	ok(t, os.RemoveAll(at+"/supervise"), os.RemoveAll(at+"/event"))
	g.room.find("web").letter('r')
	until(t, says("it runs again"), func() bool { return g.is("web", supervise.Ready).Run == 2 })
	if _, err := os.Lstat(at + "/supervise"); err == nil {
		t.Error("it was made again")
	}
}

package s6run

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

func TestADirectoryThatAClientRenamesIntoPlaceIsASlotWhenTheLookHasEnded(t *testing.T) {
	g := newRig(t).begin()
	g.dir("web", files{"run": sleeps})
	g.scanctl("a")
	letters(t, g.at("web"), "u") // somebody reads it already
	g.is("web", supervise.Ready)
	if !status(t, g.at("web")).WantUp {
		t.Error("it isn't wanted up")
	}
	if held, err := s6dir.Supervised(g.at("web")); err != nil || !held {
		t.Errorf("nobody holds the lock: %v", err)
	}
	before := g.slots()
	g.scanctl("a")
	g.scanctl("azzz")
	if got := g.slots(); got != before {
		t.Errorf("looking again made %q of %q", got, before)
	}
}

func TestWhatTheScanDirectoryMayHold(t *testing.T) {
	g := newRig(t)
	run := files{"run": sleeps, "down": ""}
	for _, name := range []string{"b", "a", ".hidden", "x.tmp", "with space", "ünï"} {
		g.dir(name, run)
	}
	g.dir("empty", files{})
	g.dir("fifo", files{}) // run is none
	g.dir("line\nbreak", run)
	g.dir(strings.Repeat("l", 252), run)
	g.dir("asking", files{"run": sleeps, "down": "", "flag-newpidns": "", "lock-fd": "4\n"})
	g.dir("logged", files{"run": sleeps, "down": "", "log/run": "#!/bin/sh\nexec cat\n"})
	g.dir("barren", files{"run": sleeps, "down": "", "log/": ""})
	g.dir("logfile", files{"run": sleeps, "down": "", "log": "no directory"})
	ok(t, os.WriteFile(g.at("file"), nil, 0o644), os.Symlink("nowhere", g.at("dangling")), os.Symlink("loop", g.at("loop")))
	ok(t, os.Symlink("../beside", g.at("linked")), os.Symlink("linked", g.at("more")))
	lay(t, g.top+"/beside", run)
	g.begin()
	if got, want := g.slots(), "a asking b barren linked logfile logged logged/log with space ünï"; got != want {
		t.Errorf("the slots are %q, want %q", got, want)
	}
	for text, times := range map[string]int{
		`"empty": there is no run`: 1, `"fifo": there is no run`: 1, "control characters": 1, "longer than 251": 1, "dangling": 1, "more than 8 links": 1,
		`"more": it is supervised as linked already`: 1, "barren has no logger": 1, "asking/flag-newpidns: ": 1, "asking/lock-fd: ": 1, "hidden": 0, "x.tmp": 0, `"file"`: 0,
	} {
		if got := g.told(text); got != times {
			t.Errorf("%q was told %d times, want %d: %+v", text, got, times, g.everything())
		}
	}
	t.Log("and what was told once isn't told again")
	before := len(g.everything())
	g.scanctl("a")
	if after := g.everything(); len(after) != before {
		t.Errorf("told again: %+v", after[before:])
	}
}

// TestAClientUnregisters goes the way of a manager that has no rights but its directory's.
func TestAClientUnregisters(t *testing.T) {
	g := newRig(t).begin()
	for round := range 2 { // the name may be used again
		at := g.dir("gateway", files{
			"run": "#!/bin/sh\necho up\nexec sleep 1000\n", "finish": "#!/bin/sh\nexit 0\n", "log/run": "#!/bin/sh\nexec cat >>$TOP/logged\n",
		})
		g.scanctl("a")
		g.is("gateway", supervise.Ready)
		g.is("gateway/log", supervise.Ready)
		g.has("logged", strings.Repeat("up\n", round+1))
		letters(t, at, "d")
		until(t, says("it is down"), func() bool { s := status(t, at); return s.Pid == 0 && s.Ready && !s.WantUp })
		g.scanctl("an")
		if err := os.RemoveAll(at); err != nil { // nothing of ours is written into it meanwhile
			t.Fatal(err)
		}
		t.Log("what nobody can reach any more goes by itself")
		until(t, func() string { return "the slots go: " + g.slots() }, func() bool { return g.slots() == "" })
		if _, err := os.Lstat(at); !os.IsNotExist(err) {
			t.Fatalf("something came back: %v", err)
		}
	}
}

func TestPruning(t *testing.T) {
	g := newRig(t)
	defined := g.slot("defined", files{"run": sleeps})
	virtual := Slot{Service: supervise.Service{Name: "virtual", Desired: true}, Start: Oneshot(nil, nil, 0, 0)}
	g.dir("gone", files{"run": sleeps})
	g.dir("down", files{"run": sleeps, "down": ""})
	g.dir("stays", files{"run": sleeps})
	g.begin(defined, virtual)
	for _, name := range []string{"defined", "virtual", "gone", "stays"} {
		g.is(name, supervise.Ready)
	}
	ok(t, os.Rename(g.at("gone"), g.top+"/gone"), os.RemoveAll(g.at("down")), os.Remove(g.at("defined")))

	t.Log("a look alone lets go only of what is down")
	g.scanctl("a")
	if got := g.slots(); got != "defined gone stays virtual" {
		t.Errorf("the slots are %q", got)
	}
	g.is("gone", supervise.Ready)

	t.Log("pruning stops what is gone")
	e := listen(t, g.top+"/gone")
	g.scanctl("n")
	until(t, func() string { return "it goes: " + g.slots() }, func() bool { return g.slots() == "defined stays virtual" })
	ok(t, e.hears("dDx"))
	g.is("defined", supervise.Down)
	g.is("stays", supervise.Ready)
	g.is("virtual", supervise.Ready)

	t.Log("which may be started again by whoever knows it")
	ok(t, g.room.Supervisor().Start(deadline(t), "me", true, "defined"))
	g.room.Rescan()
	g.is("defined", supervise.Ready)
}

func TestADirectoryThatTakesAnothersPlace(t *testing.T) {
	g := newRig(t)
	g.dir("web", files{"run": "#!/bin/sh\necho one >$TOP/said\nexec sleep 1000\n"})
	g.begin()
	g.has("said", "one")
	ok(t, os.Rename(g.at("web"), g.top+"/old"))
	g.dir("web", files{"run": "#!/bin/sh\necho two >$TOP/said\nexec sleep 1000\n"})
	g.scanctl("a")
	if g.told("the one before still runs") != 1 {
		t.Errorf("nobody says why: %+v", g.everything())
	}
	g.scanctl("an")
	g.has("said", "two")
}

func TestWhatEndsTheContainer(t *testing.T) {
	g := newRig(t).begin()
	ok(t, s6dir.Send(g.scan+"/"+s6dir.ScanControl, "ttqbiz"))
	until(t, says("each is heard"), func() bool { g.mu.Lock(); defer g.mu.Unlock(); return len(g.halts) == 4 })
}

func TestALookThatHangsIsntWaitedForAndMissesNothing(t *testing.T) {
	g := newRig(t).begin()
	g.room.scanning.Lock() // as one does that stands in a file system that hangs
	begun, _ := g.scans()
	ok(t, s6dir.Send(g.scan+"/"+s6dir.ScanControl, "a"))
	g.dir("web", files{"run": sleeps})
	if now, ended := g.scans(); now != begun || ended != begun {
		t.Errorf("a look that hasn't begun counts: %d %d", now, ended)
	}
	g.room.scanning.Unlock()
	g.is("web", supervise.Ready)
}

func TestAReadOnlyScanDirectoryRunsItsServicesAllTheSame(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs a user: root writes everywhere")
	}
	g := newRig(t)
	s := g.slot("web", files{"run": sleeps})
	ok(t, os.Chmod(g.scan, 0o555))
	defer func() { _ = os.Chmod(g.scan, 0o755) }()
	g.begin(s)
	g.is("web", supervise.Ready)
	if g.told("s6-svscanctl doesn't work") != 1 {
		t.Errorf("nobody says so: %+v", g.everything())
	}
}

func TestWithoutAScanDirectoryThereAreOneshots(t *testing.T) {
	g := newRig(t)
	g.o.Scan = ""
	g.begin(Slot{Service: supervise.Service{Name: "once", Desired: true}, Start: Oneshot(nil, nil, 0, 0)})
	g.is("once", supervise.Ready)
	g.room.Rescan()
}

// TestGenuineClients controls us with the genuine programs.
func TestGenuineClients(t *testing.T) {
	genuine(t, "s6-svc")
	g := newRig(t)
	at := g.dir("web", files{"run": "#!/bin/sh\ntouch $TOP/go\nread x <$TOP/never\necho >&3\nexec sleep 1000\n", "notification-fd": "3"})
	g.begin()
	does := func(code int, want string, argv ...string) {
		t.Helper()
		said, got := runs(t, nil, argv...)
		if want != "" && !strings.HasPrefix(said, want) || got != code {
			t.Errorf("%v says %q and gives %d, want %q and %d", argv, said, got, want, code)
		}
	}
	does(0, "", "s6-svok", at)
	until(t, says("it is up"), func() bool { return status(t, at).Pid != 0 })
	does(0, "up (pid ", "s6-svstat", at)
	does(0, "true false\n", "s6-svstat", "-o", "up,ready", at)
	until(t, says("it waits"), func() bool { _, err := os.Stat(g.top + "/go"); return err == nil })
	ready := make(chan int)
	go func() {
		_, code := runs(t, nil, "s6-svwait", "-U", "-t", "20000", at)
		ready <- code
	}()
	until(t, says("somebody waits for it"), func() bool {
		list, _ := os.ReadDir(at + "/event")
		return len(list) > 0
	})
	g.release()
	if code := <-ready; code != 0 {
		t.Errorf("s6-svwait -U gives %d", code)
	}
	does(0, "true true true\n", "s6-svstat", "-o", "up,ready,wantedup", at)
	does(0, "", "s6-svc", "-wD", "-d", "-T", "20000", at)
	does(0, "down (signal SIGTERM) ", "s6-svstat", at)
	does(0, "", "s6-svwait", "-D", "-t", "20000", at)
	does(0, "", "s6-svdt", at)
	does(0, "", "s6-svscanctl", "-an", g.scan)
	if list, err := os.ReadDir(at + "/event"); err != nil || len(list) > 0 {
		t.Errorf("left in event: %v %v", list, err)
	}
	g.end()
	does(1, "", "s6-svok", at)
	does(100, "", "s6-svscanctl", "-a", g.scan)
}

func TestManySlotsComeAndGoAtOnce(t *testing.T) {
	g := newRig(t).begin()
	const n = 12
	for i := range n {
		g.dir(fmt.Sprint("s", i), files{"run": sleeps, "log/run": "#!/bin/sh\nexec cat\n"})
	}
	g.scanctl("a")
	for i := range n {
		g.is(fmt.Sprint("s", i), supervise.Ready)
	}
	for i := range n {
		ok(t, os.RemoveAll(g.at(fmt.Sprint("s", i))))
	}
	g.scanctl("an")
	until(t, func() string { return "they go: " + g.slots() }, func() bool { return g.slots() == "" })
	if left := len(g.room.Processes()); left != 0 {
		t.Errorf("%d processes are left", left)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ok(t, g.room.Shutdown(ctx))
}

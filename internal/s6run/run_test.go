package s6run

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

func TestWhatARunAndItsFinishAreGiven(t *testing.T) {
	g := newRig(t)
	g.o.Env = func() []string { return []string{"PATH=" + os.Getenv("PATH"), "TOP=" + g.top, "ONLY=this"} }
	at := g.dir("web", files{
		"run":      "#!/bin/sh\necho \"$0 $* $(pwd) $ONLY $HOME\" >$TOP/run\nps -o pgid= -o sid= -p $$ | tr -s ' ' >$TOP/group\necho $$ >$TOP/pid\nreadlink /proc/$$/fd/0 >$TOP/in\nexec sleep 1000\n",
		"finish":   "#!/bin/sh\necho \"$* $(cat data/it)\" >$TOP/finish\n",
		"data/it":  "data",
		"nothing/": "",
	})
	g.begin()
	g.is("web", supervise.Ready)
	g.has("in", "/dev/null")
	pid := strings.TrimSpace(g.read("pid"))
	if got, want := g.read("run"), "./run web "+at+" this \n"; got != want {
		t.Errorf("run: %q, want %q", got, want)
	}
	if got := strings.Fields(g.read("group")); len(got) != 2 || got[0] != pid || got[1] != pid {
		t.Errorf("it is %s in group and session %v", pid, got)
	}
	letters(t, at, "k")
	g.has("finish", "256 9 web "+pid+" data\n")
	until(t, says("it runs again"), func() bool { return g.is("web", supervise.Ready).Run == 2 })
	letters(t, at, "d")
	until(t, says("it is down"), func() bool { return status(t, at).Pid == 0 })
	data, err := os.ReadFile(at + "/supervise/death_tally")
	ok(t, err)
	deaths := s6dir.ParseDeaths(data)
	if len(deaths) != 2 || deaths[0].Code != 137 || deaths[0].Signal != 9 || deaths[1].Signal != 15 {
		t.Errorf("deaths: %+v", deaths)
	}
}

func TestAFinishIsGivenTheCode(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": "#!/bin/sh\nexit 42\n", "finish": "#!/bin/sh\necho $1 $2 >$TOP/finish\nexit 125\n", "max-death-tally": "1"})
	g.begin()
	s := g.is("web", supervise.Done)
	if g.read("finish") != "42 0\n" || s.Why != "exit 42: finish says that it is to stay down" {
		t.Errorf("finish: %q; %q", g.read("finish"), s.Why)
	}
	letters(t, at, "o")
	until(t, says("it has run twice"), func() bool { return g.is("web", supervise.Done).Run == 2 })
	if in, err := os.Stat(at + "/supervise/death_tally"); err != nil || in.Size() != s6dir.DeathSize {
		t.Errorf("the tally: %v %v", in, err)
	}
}

// s6-permafailon counts in a finish: the tally holds the death that the finish is about, however long the disk takes over it.
func TestAFinishFindsTheDeathThatItIsAbout(t *testing.T) {
	g := newRig(t)
	g.dir("web", files{"run": "#!/bin/sh\nexit 1\n", "finish": "#!/bin/sh\nwc -c <supervise/death_tally >$TOP/size\nexit 125\n"})
	t.Cleanup(fsx.OnChange(func(_, path string) {
		if !strings.Contains(path, "death_tally") || !strings.HasPrefix(path, g.top) {
			return
		}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for range 100 { // a finish that was started already would be through by then
			if _, err := os.Stat(g.top + "/size"); err == nil {
				return
			}
			<-tick.C
		}
	}))
	g.begin()
	g.is("web", supervise.Done)
	g.has("size", strconv.Itoa(s6dir.DeathSize)+"\n")
}

// TestWhoIsLeftBehind asks what becomes of a group whose leader has died.
func TestWhoIsLeftBehind(t *testing.T) {
	const forks = "#!/bin/sh\nsleep 1000 &\necho $! >$TOP/child\nexec sleep 1000\n"
	for name, c := range map[string]struct {
		files files
		lives bool
	}{
		"without a finish it dies":                {files{"run": forks}, false},
		"with one it is finish's":                 {files{"run": forks, "finish": "#!/bin/sh\nexit 0\n"}, true},
		"and finish may end it by its number":     {files{"run": forks, "finish": "#!/bin/sh\nkill -s KILL -- -$4\n"}, false},
		"a finish that can't be run is one still": {files{"run": forks, "finish": "#!/nowhere\n"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			at := g.dir("web", c.files)
			g.begin()
			g.has("child", "\n")
			letters(t, at, "d")
			until(t, says("it is down"), func() bool { s := status(t, at); return s.Pid == 0 && s.Wait != 0 })
			child, err := strconv.Atoi(strings.TrimSpace(g.read("child")))
			ok(t, err)
			until(t, says("the child's fate"), func() bool { return c.lives == alive(child) })
		})
	}
}

func TestKills(t *testing.T) {
	const deaf = "#!/bin/sh\ntrap '' TERM\ntouch $TOP/up\nread x <$TOP/never\n"
	for name, c := range map[string]struct {
		files  files
		budget time.Duration
	}{
		"a service that ignores TERM":            {files{"run": deaf}, 300 * time.Millisecond},
		"one whose time to be killed is later":   {files{"run": deaf, "timeout-kill": "60000"}, 300 * time.Millisecond},
		"one whose finish hangs without a bound": {files{"run": "#!/bin/sh\ntouch $TOP/up\nexec sleep 1000\n", "finish": deaf, "timeout-finish": "0"}, 500 * time.Millisecond},
		"one that is paused":                     {files{"run": "#!/bin/sh\ntouch $TOP/up\nkill -s STOP $$\n"}, 10 * time.Second},
		"one whose logger doesn't end":           {files{"run": "#!/bin/sh\ntouch $TOP/up\nexec sleep 1000\n", "log/run": deaf}, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			g.o.StopTimeout = c.budget
			g.dir("web", c.files)
			g.begin()
			until(t, says("it is up"), func() bool { _, err := os.Stat(g.top + "/up"); return err == nil })
			begun := time.Now()
			g.end()
			if took := time.Since(begun); took > patience/2 {
				t.Errorf("it took %v", took)
			}
			if left := g.room.Processes(); len(left) != 0 {
				t.Errorf("%d are left", len(left))
			}
		})
	}
}

func TestAPatientStopIsntKilled(t *testing.T) {
	g := newRig(t)
	g.o.StopTimeout = 100 * time.Millisecond
	at := g.dir("db", files{"run": "#!/bin/sh\ntrap 'read x <$TOP/never; exit 0' TERM\ntouch $TOP/up\nsleep 1000 & wait\n"})
	g.begin()
	until(t, says("it is up"), func() bool { _, err := os.Stat(g.top + "/up"); return err == nil })
	letters(t, at, "d")
	g.is("db", supervise.Stopping)
	begun := time.Now()
	until(t, says("three times its budget passes"), func() bool { return time.Since(begun) > 300*time.Millisecond })
	g.is("db", supervise.Stopping)
	g.release()
	if s := g.is("db", supervise.Down); s.LastExit.Signal != 0 {
		t.Errorf("it ended with %v", s.LastExit)
	}
}

func TestALogger(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{
		"run":     "#!/bin/sh\necho \"out $$\"; echo err >&2\nexec sleep 1000\n",
		"finish":  "#!/bin/sh\necho finish\n",
		"log/run": "#!/bin/sh\necho \"$1 $(pwd)\" >>$TOP/begun\nexec cat >>$TOP/logged\n",
	})
	g.o.Stderr = nowhere(t)
	g.begin()
	g.has("begun", "web/log "+at+"/log\n")
	g.has("logged", "out ")
	t.Log("a logger that is restarted goes on where it was")
	letters(t, at+"/log", "t")
	until(t, says("it has begun twice"), func() bool { return strings.Count(g.read("begun"), "\n") == 2 })
	letters(t, at, "r")
	until(t, says("it has all"), func() bool {
		s := g.read("logged")
		return strings.Count(s, "out ") == 2 && strings.Count(s, "finish") == 1
	})
	t.Log("it reads all that was written before it ends, and ends behind its producer")
	g.end()
	if s := g.read("logged"); strings.Count(s, "finish") != 2 || strings.Contains(s, "err") {
		t.Errorf("it logged %q", s)
	}
	if s := status(t, at+"/log"); s.Wait != 0 {
		t.Errorf("the logger ended with %#x, not by itself", s.Wait)
	}
	if a, b := g.when("web", supervise.Down), g.when("web/log", supervise.Down); a == 0 || b < a {
		t.Errorf("the service ended at %d, its logger at %d", a, b)
	}
}

func TestAPipelineOfSeveralProducers(t *testing.T) {
	g := newRig(t)
	says := func(what string) files { return files{"run": "#!/bin/sh\necho " + what + "\nexec sleep 1000\n"} }
	one, two := g.slot("one", says("one"), "sink"), g.slot("two", says("two"), "sink")
	sink := g.slot("sink", files{"run": "#!/bin/sh\nwhile read x; do echo \"got $x\"; done\n"})
	last := g.slot("last", files{"run": "#!/bin/sh\nexec cat >>$TOP/last\n"})
	sink.Requires = []string{"last"}
	one.StdoutTo, two.StdoutTo, sink.StdinFrom = "p", "p", "p"
	sink.StdoutTo, last.StdinFrom = "q", "q"
	g.begin(one, two, sink, last)
	g.has("last", "got one\n")
	g.has("last", "got two\n")
	letters(t, one.Dir, "r")
	until(t, func() string { return "it has three lines: " + g.read("last") }, func() bool { return strings.Count(g.read("last"), "got one") == 2 })
	g.end()
	for _, name := range []string{"sink", "last"} {
		if s := status(t, g.at(name)); s.Wait != 0 {
			t.Errorf("%s ended with %#x, not with its input", name, s.Wait)
		}
	}
}

func TestOrder(t *testing.T) {
	g := newRig(t)
	db := g.slot("db", files{"run": "#!/bin/sh\nread x <$TOP/never\necho >&3\nexec sleep 1000\n", "notification-fd": "3"})
	web := g.slot("web", files{"run": sleeps}, "db")
	g.begin(web, db)
	g.is("db", supervise.Up)
	g.is("web", supervise.Waiting)
	g.release()
	g.is("web", supervise.Ready)

	t.Log("s6-svc looks at nobody else")
	letters(t, db.Dir, "d")
	g.is("db", supervise.Down)
	letters(t, web.Dir, "r")
	until(t, says("web runs again"), func() bool { return g.is("web", supervise.Ready).Run == 2 })
	letters(t, db.Dir, "u")
	g.is("db", supervise.Up)

	t.Log("the end is in reverse")
	g.end()
	if a, b := g.when("web", supervise.Down), g.when("db", supervise.Stopping); a == 0 || b < a {
		t.Errorf("web was down at %d, db began to stop at %d", a, b)
	}
}

func TestDownIsTheDefinitionsToSayForDefinedSlots(t *testing.T) {
	g := newRig(t)
	up := g.slot("up", files{"run": sleeps, "down": ""})
	down := g.slot("down", files{"run": sleeps})
	down.Desired = false
	g.begin(up, down)
	g.is("up", supervise.Ready)
	g.is("down", supervise.Down)
	if status(t, down.Dir).WantUp || !status(t, up.Dir).WantUp {
		t.Error("the statuses say otherwise")
	}
	ok(t, g.room.Supervisor().Start(deadline(t), "berth", true, "down"))
	until(t, says("the status follows"), func() bool { return status(t, down.Dir).WantUp })
	ok(t, g.room.Supervisor().Stop(deadline(t), "berth", true, "down"))
	until(t, says("the status follows"), func() bool { return !status(t, down.Dir).WantUp })
}

func TestExitBeginsAnew(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": sleeps})
	e := listen(t, at)
	g.begin()
	ok(t, e.hears("su"))
	letters(t, at, "x")
	letters(t, at, "d")
	ok(t, e.hears("sudDxsu"))
	letters(t, at, "Dx")
	ok(t, e.hears("sudDxsudDxs"))
	g.is("web", supervise.Down)
	letters(t, at, "x")
	ok(t, e.hears("sudDxsudDxsxs"))
}

func TestAProgramOnAFileSystemThatRunsNothing(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	if err := unix.Mount("none", g.scan, "tmpfs", unix.MS_NOEXEC|unix.MS_NOSUID, "mode=0755"); err != nil {
		t.Skipf("needs to mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(g.scan, unix.MNT_DETACH) })
	lay(t, g.at("web"), files{
		"run":     "#! /bin/sh  -e  \necho \"$- $0 $1\" >$TOP/run\nexec sleep 1000\n",
		"finish":  "#!/bin/sh\necho \"$0 $3\" >$TOP/finish\n",
		"log/run": "#!/bin/sh\nexec cat\n",
	})
	lay(t, g.at("binary"), files{"run": "\x7fELF"})
	lay(t, g.at("linked"), files{})
	lay(t, g.top+"/elsewhere", files{"run": "#!/bin/sh\ntouch $TOP/linked\nexec sleep 1000\n"})
	ok(t, os.Symlink(g.top+"/elsewhere/run", g.at("linked/run")))
	g.begin()
	g.has("run", "e ./run web\n")
	letters(t, g.at("web"), "d")
	g.has("finish", "./finish web\n")
	until(t, says("the link's target runs"), func() bool { _, err := os.Stat(g.top + "/linked"); return err == nil })
	if s := g.is("binary", supervise.Holding); !strings.Contains(s.Why, "mounted noexec") {
		t.Errorf("it says %q", s.Why)
	}
}

func TestWhoseWhatWeMakeIs(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	me := &proc.Credential{UID: 4242, GID: 4343}
	own := func(dir string) {
		ok(t, filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(p, int(me.UID), int(me.GID))
		}))
	}
	theirs := g.dir("theirs", files{"run": "#!/bin/sh\nid -u >$TOP/theirs\nid -G >>$TOP/theirs\nexec sleep 1000\n", "finish": "#!/bin/sh\nexit 0\n", "log/run": "#!/bin/sh\nid -u >$TOP/log\nexec cat\n"})
	own(theirs)
	ok(t, os.Lchown(theirs+"/log", 0, 0), os.Lchown(theirs+"/log/run", 0, 0)) // a logger is never more than its service
	rooted := g.dir("rooted", files{"run": "#!/bin/sh\nid -u >$TOP/rooted\nexec sleep 1000\n"})
	program := g.dir("program", files{"run": "#!/bin/sh\nid -u >$TOP/program\nexec sleep 1000\n"})
	ok(t, os.Lchown(program+"/run", int(me.UID), int(me.GID)))
	open := g.dir("open", files{"run": sleeps})
	ok(t, os.Chmod(open, 0o777))
	lay(t, g.top+"/root", files{"run": sleeps})
	ok(t, os.Symlink(g.top+"/root", g.at("stolen")), os.Lchown(g.at("stolen"), int(me.UID), int(me.GID)))
	for _, f := range []string{"theirs", "log", "rooted", "program"} {
		ok(t, os.WriteFile(g.top+"/"+f, nil, 0o666), os.Chmod(g.top+"/"+f, 0o666))
	}
	g.o.As = func(uid, gid uint32) (*proc.Credential, error) {
		return &proc.Credential{UID: uid, GID: gid, Groups: []uint32{4600}}, nil
	}
	g.begin()
	g.has("theirs", fmt.Sprintf("%d\n%d %d\n", me.UID, me.GID, 4600))
	g.has("log", "4242\n")
	g.has("rooted", "0\n")
	g.has("program", "4242\n")
	if g.told("others may write "+open) != 1 || g.told(`"stolen": the link is uid 4242's, the directory uid 0's`) != 1 {
		t.Errorf("told: %+v", g.everything())
	}
	if got := g.slots(); got != "program rooted theirs theirs/log" {
		t.Errorf("the slots are %q", got)
	}
	for _, f := range []string{"event", "supervise", "supervise/control", "supervise/lock", "supervise/status"} {
		var st syscall.Stat_t
		ok(t, syscall.Lstat(theirs+"/"+f, &st))
		if st.Uid != me.UID || st.Gid != me.GID {
			t.Errorf("%s is %d:%d's", f, st.Uid, st.Gid)
		}
		ok(t, syscall.Lstat(rooted+"/"+f, &st))
		if st.Uid != 0 {
			t.Errorf("root's %s is %d's", f, st.Uid)
		}
	}
	t.Log("who may control what is the FIFO's to say")
	genuine(t, "s6-svc")
	if said, code := runs(t, me, "s6-svc", "-d", rooted); code != 111 {
		t.Errorf("root's: %d, %q", code, said)
	}
	if said, code := runs(t, me, "s6-svc", "-d", theirs); code != 0 {
		t.Errorf("its own: %d, %q", code, said)
	}
	g.is("theirs", supervise.Down)
	if said, code := runs(t, me, "s6-svstat", theirs); code != 0 || !strings.HasPrefix(said, "down (signal SIGTERM)") {
		t.Errorf("its own: %d, %q", code, said)
	}
}

func TestAReadySkeletonStaysAsItIs(t *testing.T) {
	g := newRig(t)
	at := lay(t, g.top+"/made", files{"run": sleeps, "event/": "", "supervise/event/": "", "log/run": "#!/bin/sh\nexec cat\n", "log/supervise/": "", "log/event/": ""})
	ok(t, unix.Mkfifo(at+"/supervise/control", 0o660), unix.Mkfifo(at+"/log/supervise/control", 0o660))
	ok(t, os.Chmod(at+"/supervise/control", 0o660), os.Chmod(at+"/event", 0o711|os.ModeSticky), os.Chmod(at+"/supervise", 0o750))
	if os.Geteuid() == 0 {
		ok(t, os.Lchown(at+"/supervise/control", 4242, 4343))
	}
	look := func() string {
		s := ""
		for _, f := range []string{"event", "supervise", "supervise/control"} {
			var st syscall.Stat_t
			ok(t, syscall.Lstat(g.at("web")+"/"+f, &st))
			s += fmt.Sprintln(f, st.Mode, st.Uid, st.Gid, st.Ino)
		}
		return s
	}
	ok(t, os.Rename(at, g.at("web")))
	before := look()
	g.begin()
	g.is("web", supervise.Ready)
	letters(t, g.at("web"), "d")
	g.is("web", supervise.Down)
	if after := look(); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
}

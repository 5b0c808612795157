package s6run

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/s6dir"
)

// A difference is something that we do otherwise than the genuine programs, on purpose.
type difference struct {
	what         string // of an observation; empty: it can't be seen in one
	ours, theirs string
	why          string
}

// differences are all that there are. What else differs fails the test.
func differences() []difference {
	return []difference{
		{"finish's words", "4", "3", "from 2.12 on finish is given the group of run, so that it can end what is left of it"},
		{"mode of web/supervise", "drwxr-xr-x", "drwx------", "a user may read the status of what root runs; who may control it is the FIFO's mode alone"},
		{"mode of .s6-svscan", "drwxr-xr-x", "drwx------", "who waits for a look reads its number there"},
		{"mode of .s6-svscan/lock", "-rw-r--r--", "-rw-------", "nothing is in it"},
		{"supervised x.tmp", "false", "true", "it is what a client has not finished"},
		{"supervised empty", "false", "true", "without run there is nothing to start, and a line says so; it is looked at again by the next s6-svscanctl -a"},
		{"supervised barren/log", "false", "true", "a logger without run reads nothing, and its service would stand still once the pipe is full"},
		{"left of the group of web", "dead", "alive", "it has no finish that could see to it, and nobody else knows of it"},
		{"the directory that is gone, after s6-svscanctl -a", "let go", "supervised", "it is down, and nobody can reach it any more"},
		{"files in .s6-svscan", "control lock scans", "control lock", "s6-svscanctl -a returns when the look has ended"},
		{"", "", "", "a run that ends is followed by the next one at once, then after 1 s, 2 s, 4 s and so on up to a minute; s6 waits until a second has passed since its start, each time. A program that can't be executed is held likewise; s6 waits 10 s"},
		{"", "", "", "what a user put into the scan directory runs as that user; s6 runs it as root"},
		{"", "", "", "a link in the scan directory that is a user's leads to that user's own directories only"},
		{"", "", "", "K, P and C, which 2.11 doesn't know, reach run's group, as from 2.12 on"},
		{"", "", "", "-x has the slot begin anew in the same process; s6-svscan starts another s6-supervise"},
		{"", "", "", "-t, -q, -b and -i of s6-svscanctl stop the container: its scan directory is the container"},
		{"", "", "", "timeout-finish ends finish's group, not only finish"},
		{"", "", "", "a logger that hasn't ended a second after the end of its input is told to; s6 waits for ever"},
		{"", "", "", "a script on a file system that is mounted noexec is run by its interpreter; s6 can't run it"},
	}
}

// An observation is what was seen of one side, by what it is.
type observation map[string]string

// observe runs the same directories under either, and writes down everything that can be seen of them.
func observe(t *testing.T, g *rig, begin func(), ctl func(letters string)) observation {
	t.Helper()
	o := observation{}
	const shows = `#!/bin/sh
{ echo "words $0 $1 $2 $3"; echo "cwd $(pwd | sed "s,$TOP,,")"; echo "env $(env | sed 's/=.*//' | sort | tr '\n' ' ')"
read -r p n s pp pg sid rest </proc/$$/stat; [ $p = $pg ] && echo group own; [ $p = $sid ] && echo session own
echo "stdin $(readlink /proc/$$/fd/0 | sed 's/[0-9]//g')"; echo "stdout $(readlink /proc/$$/fd/1 | sed 's/[0-9]//g')"; } >$TOP/%s
`
	g.dir("web", files{"run": fmt.Sprintf(shows, "web") + "sleep 1000 &\necho $! >$TOP/left\necho x >&5\nexec sleep 1000\n", "notification-fd": "5"})
	g.dir("fin", files{
		"run": "#!/bin/sh\nexit 7\n", "finish": fmt.Sprintf(shows, "fin") + "echo $# >$TOP/count; echo \"$1 $2 $3\" >$TOP/three; exit 125\n",
	})
	g.dir("logged", files{"run": fmt.Sprintf(shows, "logged") + "echo line\nexec sleep 1000\n", "log/run": fmt.Sprintf(shows, "logger") + "exec cat >>$TOP/lines\n"})
	g.dir(".dot", files{"run": sleeps})
	g.dir("x.tmp", files{"run": sleeps, "down": ""})
	g.dir("empty", files{"down": ""})
	g.dir("barren", files{"run": sleeps, "down": "", "log/": "", "log/down": ""})
	g.dir("gone", files{"run": sleeps, "down": ""})
	ok(t, os.WriteFile(g.at("file"), nil, 0o755))
	lay(t, g.top+"/elsewhere", files{"run": fmt.Sprintf(shows, "linked") + "exec sleep 1000\n"})
	ok(t, os.Symlink("../elsewhere", g.at("linked")))
	begin()
	await := func(name string) { g.has(name, "stdout") }
	for _, f := range []string{"web", "fin", "logged", "logger", "linked"} {
		await(f)
		for line := range strings.Lines(g.read(f)) {
			what, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			o[f+" sees its "+what] = strings.TrimPrefix(value, g.top)
		}
	}
	g.has("lines", "line\n")
	g.has("three", "\n")
	o["finish's words"], o["finish's first three words"] = strings.TrimSpace(g.read("count")), g.read("three")
	until(t, says("fin has given up"), func() bool { s, err := s6dir.ReadStatus(g.at("fin")); return err == nil && s.Ready && !s.WantUp })
	until(t, says("web is ready"), func() bool { return status(t, g.at("web")).Ready })
	for _, name := range []string{"web", "fin", "logged", "logged/log", "linked", ".dot", "x.tmp", "empty", "barren", "barren/log", "gone"} {
		held, err := s6dir.Supervised(g.at(name))
		o["supervised "+name] = fmt.Sprint(held && err == nil)
	}
	for _, f := range []string{"web/supervise", "web/supervise/control", "web/supervise/lock", "web/supervise/status", "web/supervise/death_tally", "web/event", ".s6-svscan", ".s6-svscan/control", ".s6-svscan/lock"} {
		if in, err := os.Lstat(g.at(f)); err == nil && filepath.Base(f) != "death_tally" {
			o["mode of "+f] = in.Mode().String()
		}
	}
	letters(t, g.at("web"), "d")
	until(t, says("web is down"), func() bool { s := status(t, g.at("web")); return s.Pid == 0 && s.Wait != 0 })
	data, err := os.ReadFile(g.at("web/supervise/death_tally"))
	ok(t, err)
	for _, d := range s6dir.ParseDeaths(data) {
		o["deaths of web"] += fmt.Sprintf("%d %d, ", d.Code, d.Signal)
	}
	o["left of the group of web"] = "alive"
	if pid, _ := strconv.Atoi(strings.TrimSpace(g.read("left"))); syscall.Kill(pid, 0) != nil {
		o["left of the group of web"] = "dead"
	} else {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	var names []string
	list, err := os.ReadDir(g.at(".s6-svscan"))
	ok(t, err)
	for _, f := range list {
		names = append(names, f.Name())
	}
	o["files in .s6-svscan"] = strings.Join(names, " ")

	ok(t, os.Rename(g.at("gone"), g.top+"/gone"))
	g.dir("new", files{"run": sleeps})
	ctl("a")
	until(t, says("new is up"), func() bool { s, err := s6dir.ReadStatus(g.at("new")); return err == nil && s.Up() })
	o["the directory that is gone, after s6-svscanctl -a"] = "let go"
	if held, _ := s6dir.Supervised(g.top + "/gone"); held {
		o["the directory that is gone, after s6-svscanctl -a"] = "supervised"
	}
	ok(t, os.Rename(g.at("new"), g.top+"/new"))
	ctl("an")
	until(t, says("new is let go"), func() bool { held, err := s6dir.Supervised(g.top + "/new"); return err == nil && !held })
	s := status(t, g.top+"/new")
	o["what was pruned"] = flags(s, false)
	return o
}

// TestTheGenuineProgramsDoTheSame runs the same directories on both, and holds what is seen to the list of differences.
func TestTheGenuineProgramsDoTheSame(t *testing.T) {
	g := newRig(t)
	g.o.Stdout, g.o.Stderr = nowhere(t), nowhere(t)
	ours := observe(t, g, func() { g.begin() }, g.scanctl)
	h := newRig(t)
	genuine(t, "s6-svscan")
	theirs := observe(t, h, func() { h.svscan() }, func(l string) { ok(t, s6dir.Send(h.scan+"/"+s6dir.ScanControl, l)) })

	allowed := map[string]difference{}
	for _, d := range differences() {
		t.Logf("on purpose: %s: %s", d.what, d.why)
		if d.what != "" {
			allowed[d.what] = d
		}
	}
	for what := range theirs {
		if _, there := ours[what]; !there {
			t.Errorf("%s: genuine %q, ours nothing", what, theirs[what])
		}
	}
	for _, what := range slices.Sorted(maps.Keys(ours)) {
		d, listed := allowed[what]
		delete(allowed, what)
		switch {
		case listed && (ours[what] != d.ours || theirs[what] != d.theirs):
			t.Errorf("%s: ours %q, genuine %q; the list says %q and %q", what, ours[what], theirs[what], d.ours, d.theirs)
		case !listed && ours[what] != theirs[what]:
			t.Errorf("%s differs: ours %q, genuine %q", what, ours[what], theirs[what])
		}
	}
	for what := range allowed {
		t.Errorf("%s is on the list and isn't looked at", what)
	}
	t.Logf("%d things were compared", len(ours))
}

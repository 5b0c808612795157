package s6log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// placed gives a copy of this program under the words' names, that everybody may execute, and a directory for anybody.
func placed(t *testing.T) (bin, dir string) {
	t.Helper()
	top, err := os.MkdirTemp("", "s6log")
	ok(t, err, os.Chmod(top, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	bin, dir = top+"/bin", top+"/work"
	data, err := os.ReadFile(oursPath(t))
	ok(t, err, os.Mkdir(bin, 0o755), os.Chmod(bin, 0o755), os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755))
	ok(t, writeProgram(bin+"/berth", data))
	for _, name := range []string{"s6-log", "logutil-service"} {
		ok(t, os.Symlink("berth", bin+"/"+name))
	}
	return bin, dir
}

// writeProgram writes a program that is started at once. Another test's child that is between fork and execve would have it open
// still, and what somebody writes can't be executed.
func writeProgram(path string, data []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return errors.Join(os.WriteFile(path, data, 0o755), os.Chmod(path, 0o755))
}

func owner(t *testing.T, path string) (uid, gid uint32) {
	t.Helper()
	var st unix.Stat_t
	ok(t, unix.Lstat(path, &st))
	return st.Uid, st.Gid
}

func TestTheLoggerOfAService(t *testing.T) {
	nobodys := nobodys()
	for _, c := range []struct {
		name, dir  string
		lay        func(p *peer)
		env        []string
		uid        uint32 // of the caller
		wants, gid uint32 // whose the files are
		says       []string
	}{
		{name: "root's, of nothing", dir: "a/b", wants: nobodys.UID, gid: nobodys.GID, says: []string{"DATE  x\n"}},
		{name: "root's, of a directory of root's", dir: "d", lay: func(p *peer) { ok(p.tb, os.Mkdir(p.at("d"), 0o755)) }, wants: nobodys.UID, gid: nobodys.GID},
		{name: "root's, of a directory of somebody else's", dir: "d", lay: func(p *peer) {
			ok(p.tb, os.Mkdir(p.at("d"), 0o755), os.Chown(p.at("d"), 4242, 4243))
		}, wants: 4242, gid: 4243},
		{name: "a user's", dir: "d", lay: func(p *peer) { ok(p.tb, os.Chmod(p.dir, 0o777)) }, uid: 4242, wants: 4242, gid: 4242},
		{name: "with another script", dir: "d", env: []string{"S6_LOGGING_SCRIPT= n3  t ppre\ts5000"}, wants: nobodys.UID, gid: nobodys.GID, says: []string{"\n@LABEL pre x\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			needsRoot(t)
			t.Parallel()
			bin, dir := placed(t)
			p := begin(t, bin+"/logutil-service", dir, &scene{
				lay: c.lay, uid: c.uid, args: []string{c.dir}, env: append([]string{"PATH=" + bin}, c.env...), argv0: "logutil-service",
			})
			_, err := p.in.WriteString("x\n")
			ok(t, err)
			holds(c.dir+"/current", "x")(p)
			if c.uid == 0 {
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
				ok(t, err)
				says(t, string(status), fmt.Sprintf("Uid:\t%d\t%[1]d\t%[1]d\t%[1]d\n", c.wants), fmt.Sprintf("Gid:\t%d\t%[1]d\t%[1]d\t%[1]d\n", c.gid), "Groups:\t \n")
			}
			ok(t, p.cmd.Process.Signal(syscall.SIGTERM))
			if code := p.end(); code != 0 || p.errs.Len() > 0 {
				t.Errorf("it ends with %d: %s", code, p.errs.String())
			}
			for _, name := range []string{c.dir, c.dir + "/current"} {
				if uid, gid := owner(t, p.at(name)); uid != c.wants || gid != c.gid {
					t.Errorf("%s belongs to %d:%d, want %d:%d", name, uid, gid, c.wants, c.gid)
				}
			}
			data, err := os.ReadFile(p.at(c.dir + "/current"))
			ok(t, err)
			says(t, "\n"+timeless(string(data)), c.says...)
		})
	}
}

func TestTheLoggerOfAServiceTellsThatItIsReady(t *testing.T) {
	needsRoot(t)
	bin, dir := placed(t)
	said, say, err := os.Pipe()
	ok(t, err)
	p := begin(t, bin+"/logutil-service", dir, &scene{args: []string{"d"}, env: []string{"PATH=" + bin}, argv0: "logutil-service", extra: say})
	ok(t, say.Close(), said.SetReadDeadline(time.Now().Add(10*time.Second)))
	text := make([]byte, 8)
	if n, err := said.Read(text); err != nil || string(text[:n]) != "\n" {
		t.Errorf("it says %q: %v", text[:n], err)
	}
	ok(t, p.in.Close())
	p.end()
}

// call calls a word in this process.
func call(word chain.Word, args ...string) (code int, said string) {
	var errs strings.Builder
	code = word(&chain.Call{Name: "word", Args: args, Env: os.Environ(), Stderr: &errs, Stdout: &errs})
	return code, errs.String()
}

func TestWhatIsNoServicesDirectory(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.WriteFile(dir+"/file", nil, 0o600))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", 100, "word: usage: logutil-service dir\n"},
		{"a b", 100, "usage"},
		{"-x a", 100, "usage"},
		{dir + "/file/d", 111, "unable to prepare " + dir + "/file/d: Not a directory\n"},
	} {
		if code, said := call(Service, strings.Fields(c.args)...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("logutil-service %s ends with %d: %s", c.args, code, said)
		}
	}
}

func TestNewFIFOs(t *testing.T) {
	me := uint32(os.Geteuid())
	first := me
	if me == 0 {
		first = nobodys().UID
	}
	for _, c := range []struct {
		name, args, lay string
		code            int
		uid             uint32
		mode            os.FileMode
		says            string
		root            bool
	}{
		{name: "nothing else said", args: "f", uid: first, mode: 0o600},
		{name: "a mode", args: "-m 0622 f", uid: first, mode: 0o622},
		{name: "an owner by number", args: "-o 4242 f", uid: 4242, mode: 0o600, root: true},
		{name: "an owner and a group by name", args: "-m 640 -o root:root f", uid: 0, mode: 0o640, root: true},
		{name: "one that is there", args: "-m 0620 f", lay: "fifo", uid: first, mode: 0o620},
		{name: "a file that is there", args: "f", lay: "file", code: 111, says: "unable to make FIFO f: File exists"},
		{name: "a link that is there", args: "f", lay: "link", code: 111, says: "unable to make FIFO f: "},
		{name: "no directory", args: "no/f", code: 111, says: "unable to make FIFO no/f: No such file or directory"},
		{name: "no name", args: "", code: 100, says: "usage: logutil-newfifo"},
		{name: "no mode", args: "-m rw f", code: 100, says: "usage"},
		{name: "too large a mode", args: "-m 77777 f", code: 100, says: "usage"},
		{name: "nobody's name", args: "-o no.such f", code: 100, says: "unknown user: no.such"},
		{name: "no group's name", args: "-o root:no.such f", code: 100, says: "unknown group: no.such"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.root {
				needsRoot(t)
			}
			t.Chdir(t.TempDir())
			switch c.lay {
			case "fifo":
				ok(t, unix.Mkfifo("f", 0o666))
			case "file":
				ok(t, os.WriteFile("f", nil, 0o600))
			case "link":
				ok(t, os.Symlink("/dev/null", "f"))
			}
			code, said := call(NewFIFO, strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Fatalf("it ends with %d: %s", code, said)
			}
			if code != 0 {
				return
			}
			info, err := os.Lstat("f")
			ok(t, err)
			if uid, _ := owner(t, "f"); info.Mode() != os.ModeNamedPipe|c.mode || uid != c.uid {
				t.Errorf("it is %v and belongs to %d", info.Mode(), uid)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"s6-log", "logutil-service", "logutil-newfifo"} {
		if Find(name) == nil {
			t.Errorf("%s isn't found", name)
		}
	}
	if Find("s6-logs") != nil || Find("") != nil {
		t.Error("what is no name is found")
	}
}

func TestZones(t *testing.T) {
	winter, summer := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, winter, summer string }{
		{"TZ=", "12:00", "12:00"},
		{"TZ=UTC", "12:00", "12:00"},
		{"TZ=Nowhere/At_All", "12:00", "12:00"},
		{"TZ=<+0330>-3:30", "15:30", "15:30"},
		{"TZ=CET-1CEST,M3.5.0,M10.5.0/3", "13:00", "14:00"},
		{"TZ=:CET-1CEST,M3.5.0,M10.5.0/3", "13:00", "14:00"},
		{"TZ=XYZ5", "07:00", "07:00"},
		{"TZ=/nowhere", "12:00", "12:00"},
		{"TZ=../../etc/passwd", "12:00", "12:00"},
	} {
		z := zone(&chain.Call{Env: []string{c.name}})
		if w, s := winter.In(z).Format("15:04"), summer.In(z).Format("15:04"); w != c.winter || s != c.summer {
			t.Errorf("%s: noon is %s and %s, want %s and %s", c.name, w, s, c.winter, c.summer)
		}
	}
	if files, _ := filepath.Glob("/usr/share/zoneinfo/Asia/Kathmandu"); files != nil {
		for _, name := range []string{"Asia/Kathmandu", ":Asia/Kathmandu", files[0]} {
			if got := winter.In(zone(&chain.Call{Env: []string{"TZ=" + name}})).Format("15:04"); got != "17:45" {
				t.Errorf("%s: noon is %s", name, got)
			}
		}
	}
}

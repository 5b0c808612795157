package s6log

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/s6dir"
)

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it becomes somebody else, or mounts")
	}
}

// ours plays a scene with ours alone.
func ours(t *testing.T, s scene) string {
	t.Helper()
	return play(t, oursPath(t), t.TempDir(), &s)
}

// says fails if a text lacks a part.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("it lacks %q:\n%s", p, cut(text))
		}
	}
}

// TestWhatCantBeALogdirIsRefused, by both, and ours says what to do.
func TestWhatCantBeALogdirIsRefused(t *testing.T) {
	mkdir := func(name string) func(*peer) {
		return func(p *peer) { ok(p.tb, os.MkdirAll(p.at(name), 0o755)) }
	}
	for _, c := range []struct {
		name string
		lay  func(*peer)
		says []string
		both bool
	}{
		{"a file", func(p *peer) { p.write("d", "", 0o644) }, []string{"unable to open ./d: Not a directory", "hint: a logdir is a directory"}, true},
		{"a link that leads nowhere", func(p *peer) { ok(p.tb, os.Symlink("nowhere", p.at("d"))) }, []string{"unable to open ./d: No such file or directory", "hint: "}, true},
		{"a current that is a directory", mkdir("d/current"), []string{"unable to archive ./d/current: Is a directory"}, true},
		{"a lock that is a directory", mkdir("d/lock"), []string{"unable to open ./d/lock: Is a directory"}, true},
		{"a state that is a directory", mkdir("d/state"), []string{"unable to unlink ./d/state: Is a directory"}, true},
		{"a previous that is a directory", mkdir("d/previous"), []string{"unable to archive ./d/previous: Is a directory"}, true},
		{"an output that is a directory", mkdir("d/processed"), []string{"unable to archive ./d/processed: Is a directory"}, true},
		{"a lock that is a FIFO", func(p *peer) {
			mkdir("d")(p)
			ok(p.tb, unix.Mkfifo(p.at("d/lock"), 0o644))
		}, []string{"unable to open ./d/lock: No such device or address"}, true},
		{"a current that is a link", func(p *peer) {
			p.write("secret", "secret", 0o744)
			mkdir("d")(p)
			ok(p.tb, os.Symlink("../secret", p.at("d/current")), os.Symlink("../secret", p.at("d/state")))
			p.write("d/lock", "", 0o644)
		}, nil, false},
		{"a lock that is a link", func(p *peer) {
			mkdir("d")(p)
			ok(p.tb, os.Symlink("../secret", p.at("d/lock")))
		}, []string{"unable to open ./d/lock: Too many levels of symbolic links", "hint: a logger follows no symbolic link"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := scene{args: []string{"./d"}, lay: c.lay, steps: []any{"a\n"}}
			var theirs, got string
			if c.both {
				theirs, got = both(t, &s)
				if !strings.HasPrefix(theirs, "code 111\n") {
					t.Errorf("the real one: %s", theirs)
				}
			} else {
				got = ours(t, s)
			}
			if c.says != nil {
				says(t, got, append(c.says, "code 111\n")...)
			} else {
				says(t, got, "code 0\n", `secret -rwxr--r-- "secret"`, `d/current -rwxr--r-- "a\n"`) // the link is an archive now
			}
		})
	}
}

// asUser plays a scene as another user, in a directory that it may write to.
func asUser(t *testing.T, s scene) string {
	t.Helper()
	needsRoot(t)
	dir, err := os.MkdirTemp("", "s6log")
	ok(t, err, os.Chmod(dir, 0o777))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self := dir + ".test"
	data, err := os.ReadFile(oursPath(t))
	ok(t, err, writeProgram(self, data))
	t.Cleanup(func() { _ = os.Remove(self) })
	s.uid = 4242
	return play(t, self, dir, &s)
}

func TestSomebodyElsesDirectoryIsRefused(t *testing.T) {
	says(t, asUser(t, scene{args: []string{"./d"}, lay: func(p *peer) { ok(t, os.Mkdir(p.at("d"), 0o755)) }}),
		"code 111", "unable to open ./d/lock: Permission denied", "hint: the directory and what is in it have to belong to uid 4242")
	says(t, asUser(t, scene{args: []string{"./d"}, lay: func(p *peer) {
		p.write("d/current", "", 0o777)
		ok(t, os.Chmod(p.at("d"), 0o777), os.Chmod(p.at("d/current"), 0o777))
	}}), "code 111", "unable to chmod ./d/current: Operation not permitted", "uid 4242")
}

func TestTwoLoggersOfOneDirectory(t *testing.T) {
	theirs, self := realPath(t), oursPath(t)
	for _, c := range []struct{ name, first, second string }{{"ours twice", self, self}, {"ours, then theirs", self, theirs}, {"theirs, then ours", theirs, self}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			p := begin(t, c.first, dir, &scene{args: []string{"./d"}, ready: true})
			got := play(t, c.second, dir, &scene{args: []string{"./d"}})
			says(t, got, "code 111", "unable to lock ./d/lock: Device or resource busy")
			if c.second == self {
				says(t, got, "hint: another logger is at work there")
			}
			ok(t, p.in.Close())
			if code := p.end(); code != 0 {
				t.Errorf("the first one ends with %d", code)
			}
		})
	}
	says(t, ours(t, scene{args: []string{"./d", "././d"}}), "code 111", "unable to lock ././d/lock: Device or resource busy")
}

// The real one ends with "File exists" here, and works when it is started again.
func TestTwoFilesThatWerentFinishedAreTwoArchives(t *testing.T) {
	theirs, got := both(t, &scene{args: []string{"./d"}, lay: laid("previous", "current"), steps: []any{"a\n"}})
	says(t, theirs, "code 111", "File exists")
	says(t, got, "code 0", `d/@1.u -rw-r--r-- "in previous\n"`, `d/@2.u -rw-r--r-- "in current\n"`, `d/current -rwxr--r-- "a\n"`)
}

// The real one overwrites it at the next archive.
func TestAPreviousBesideAFinishedFileIsKept(t *testing.T) {
	theirs, got := both(t, &scene{args: []string{"./d"}, lay: laid("previous", "current*", "state"), steps: []any{"a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, settled("d")}})
	if strings.Contains(theirs, "in previous") {
		t.Error("the real one keeps it as well")
	}
	says(t, got, `"in previous\n"`, `"in current\na\n"`, `d/state -rw-r--r-- "in state\n"`)
}

// The real one tries to rename it for ever, and keeps all lines in memory.
func TestACurrentThatWasRemovedIsMadeAnew(t *testing.T) {
	says(t, ours(t, scene{args: []string{"./d"}, steps: []any{"a\n", holds("d/current", "a"), func(p *peer) { ok(t, os.Remove(p.at("d/current"))) }, syscall.SIGALRM, emptied, "b\n"}}),
		"code 0\nout \nerr \n", `d/current -rwxr--r-- "b\n"`)
}

// The real one makes the newest lines the oldest archive, and removes them first.
func TestAClockThatWasSetBackLosesNothing(t *testing.T) {
	ahead := s6dir.StampOf(time.Now().Add(24 * time.Hour))
	got := ours(t, scene{args: []string{"n1", "./d"}, lay: laid(ahead.String()+".s", "current*"), steps: []any{"a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, settled("d")}})
	says(t, got, `d/@1.s -rwxr--r-- "in current\na\n"`)
}

func TestABurstMakesArchivesOfTheSizeThatWasAskedFor(t *testing.T) {
	dir := t.TempDir()
	p := begin(t, oursPath(t), dir, &scene{args: []string{"s5000", "l500", "n999", "./d"}})
	_, err := io.WriteString(p.in, numbered(2000, 70))
	ok(t, err, p.in.Close())
	p.end()
	list, err := filepath.Glob(dir + "/d/@*.s")
	ok(t, err)
	for _, f := range list {
		if info, err := os.Stat(f); err != nil || info.Size() != 4550 { // the first multiple of 70 that is 4500 at least
			t.Errorf("%s has %d bytes: %v", f, info.Size(), err)
		}
	}
	if len(list) != 2000*70/4550 || content(t, dir+"/d") != numbered(2000, 70) {
		t.Errorf("%d archives, and not all lines", len(list))
	}
}

func TestManyLinesAtOnceBearOneStamp(t *testing.T) {
	dir := t.TempDir()
	p := begin(t, oursPath(t), dir, &scene{args: []string{"t", "1", "^0", "t", "=x"}})
	_, err := io.WriteString(p.in, "a\nb\nc\n")
	ok(t, err, p.in.Close())
	p.end()
	lines := strings.Split(p.out.String(), "\n")
	data, err := os.ReadFile(dir + "/x")
	ok(t, err)
	if len(lines) != 4 || lines[0][:25] != lines[2][:25] || string(data) != lines[2]+"\n" {
		t.Errorf("%q and %q", lines, data)
	}
}

func TestQuitEndsInOrder(t *testing.T) {
	says(t, ours(t, scene{args: []string{"-p", "./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGUSR2, syscall.SIGQUIT, ended}}),
		"code 0\nout \nerr \n", `d/current -rwxr--r-- "a\n"`)
}

// While a processor runs the real one writes nothing, and with one that fails it never ends.
func TestAProcessorHoldsNothingUp(t *testing.T) {
	got := ours(t, scene{args: []string{"r50", "?cat; until test -e go; do :; done", "./d"}, steps: []any{
		"a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, "b\n", holds("d/current", "b"),
		func(p *peer) { p.write("d/go", "", 0o644) }, archived("d", 1), settled("d"),
	}})
	says(t, got, "code 0", `d/@1.s -rwxr--r-- "a\n"`, `d/current -rwxr--r-- "b\n"`)
	for _, processor := range []string{"?false", "?kill -9 $$", "!nosuchprogram"} {
		got = ours(t, scene{args: []string{"r50", processor, "./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, "b\n", syscall.SIGTERM}})
		says(t, got, "code 0", "s6-log: warning: ", "./d: the next logger finishes what was begun", `d/previous -rwxr--r-- "a\n"`, `d/current -rwxr--r-- "b\n"`)
	}
}

// With one logdir the real one closes descriptor 5 again before the processor runs.
func TestAProcessorWithAState(t *testing.T) {
	says(t, ours(t, scene{args: []string{"?cat; cat <&4; echo seen >&5; cat <&3", "./d"}, steps: []any{
		"a\n", holds("d/current", "a"), syscall.SIGALRM, archived("d", 1), settled("d"), "b\n", holds("d/current", "b"), syscall.SIGALRM, archived("d", 2), settled("d"),
	}}), `d/@1.s -rwxr--r-- "a\n"`, `d/@2.s -rwxr--r-- "b\nseen\n"`, `d/state -rw-r--r-- "seen\n"`)
}

func TestAWordOfItsOwnIsAProcessor(t *testing.T) {
	got := ours(t, scene{args: []string{"!tr a b", "./d"}, env: []string{"PATH=/nowhere"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGALRM, archived("d", 1), settled("d")}})
	says(t, got, "code 0", `d/@1.s -rwxr--r-- "[\"-Pc\" \"tr a b\"]\n"`)
}

// mounted gives a file system of 64 KiB.
func mounted(t *testing.T) string {
	t.Helper()
	needsRoot(t)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("needs to mount: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestAFullDiskLosesNoLine(t *testing.T) {
	for _, args := range [][]string{{"r50", "s9999999", "./d"}, {"-b", "r50", "s9999999", "./d"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			dir := mounted(t)
			ok(t, os.WriteFile(dir+"/fill", make([]byte, 40<<10), 0o600))
			p := begin(t, oursPath(t), dir, &scene{args: args})
			lines := numbered(400, 100)
			go func() { _, _ = io.WriteString(p.in, lines); _ = p.in.Close() }()
			await(t, "the disk is full", func() bool {
				var fs unix.Statfs_t
				return unix.Statfs(dir, &fs) == nil && fs.Bfree == 0
			})
			ok(t, os.Remove(dir+"/fill"))
			if code := p.end(); code != 0 {
				t.Errorf("it ends with %d", code)
			}
			data, err := os.ReadFile(dir + "/d/current")
			if err != nil || string(data) != lines {
				t.Errorf("%d of %d bytes are there: %v", len(data), len(lines), err)
			}
			says(t, p.errs.String(), "warning: unable to write to ./d/current: No space left on device")
		})
	}
}

func TestAReadOnlyDirectory(t *testing.T) {
	dir := mounted(t)
	ok(t, os.Mkdir(dir+"/d", 0o755), unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	for _, name := range []string{"./d", "./e"} {
		p := begin(t, oursPath(t), dir, &scene{args: []string{name}})
		if code := p.end(); code != 111 {
			t.Errorf("it ends with %d", code)
		}
		says(t, p.errs.String(), "Read-only file system", "hint: mount a volume there")
	}
}

// TestLinesOfALoggerThatIsStoppedAgainAndAgain: what one doesn't read is for the next, in order and once.
func TestLinesOfALoggerThatIsStoppedAgainAndAgain(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	ok(t, err)
	const n = 30000
	go func() { _, _ = io.WriteString(w, numbered(n, 20)); _ = w.Close() }()
	stops := 0
	for ended := false; !ended; stops++ {
		cmd := exec.Cmd{Path: oursPath(t), Args: []string{"s6-log", "s20000", "n1000", "./d"}, Dir: dir, Stdin: r, Stderr: os.Stderr}
		ok(t, cmd.Start())
		var atLeast int64 = 4000
		await(t, "it reads", func() bool {
			var size int64
			list, _ := filepath.Glob(dir + "/d/*")
			for _, f := range list {
				if info, err := os.Stat(f); err == nil {
					size += info.Size()
				}
			}
			ended = size >= n*20
			return ended || size >= int64(stops)*atLeast
		})
		ok(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil && err.Error() != "signal: terminated" { // before it read anything
			t.Fatal(err)
		}
	}
	if got := content(t, dir+"/d"); got != numbered(n, 20) {
		t.Errorf("after %d stops %d of %d bytes are there, or not in order", stops, len(got), n*20)
	}
	if stops < 3 {
		t.Errorf("it was stopped %d times only", stops)
	}
}

// content gives all that is in a logdir, oldest first.
func content(t interface{ Fatal(args ...any) }, dir string) string {
	list, err := filepath.Glob(dir + "/@*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	var all strings.Builder
	for _, f := range append(list, dir+"/current") {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// TestKilledAtAnyMoment: what was in a file stays, in order; only what a kill tore off is lost, and the next start works.
func TestKilledAtAnyMoment(t *testing.T) {
	for round := range 12 {
		dir := t.TempDir()
		s := scene{args: []string{"s4096", "l0", "n1000", "./d"}}
		begun := func(p *peer) bool { return p.archives("d") > round }
		if round%2 > 0 {
			s.args = []string{"s4096", "l0", "n1000", "?cat", "./d"}
			begun = func(p *peer) bool { return p.has("d/processed") }
		}
		p := begin(t, oursPath(t), dir, &s)
		go func() { _, _ = io.WriteString(p.in, numbered(20000, 100)) }()
		await(t, "archives are made", func() bool { return begun(p) })
		ok(t, p.cmd.Process.Kill())
		p.end()
		p = begin(t, oursPath(t), dir, &s)
		ok(t, p.in.Close())
		if code := p.end(); code != 0 {
			t.Fatalf("the next one ends with %d: %s", code, p.errs.String())
		}
		got := content(t, dir+"/d")
		if got != numbered(20000, 100)[:len(got)] {
			t.Fatalf("round %d: what is there isn't what was written, in order: %.2000s", round, cut(p.files()))
		}
		for _, name := range []string{"previous", "processed", "newstate"} {
			if p.has("d/" + name) {
				t.Errorf("round %d: %s is left", round, name)
			}
		}
	}
}

// TestTheOutputIsntMadeNonBlocking: other programs of the container have the same one.
func TestTheDescriptorsAreLeftAsTheyAre(t *testing.T) {
	p := begin(t, oursPath(t), t.TempDir(), &scene{args: []string{"1", "s999999", "./d"}, stuck: true})
	_, err := io.WriteString(p.in, numbered(100, 100))
	ok(t, err)
	holds("d/current", "000099")(p)
	for fd := range 2 {
		var flags uint
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", p.cmd.Process.Pid, fd))
		ok(t, err)
		_, rest, _ := strings.Cut(string(data), "flags:\t")
		if _, err := fmt.Sscanf(rest, "%o", &flags); err != nil || flags&unix.O_NONBLOCK != 0 {
			t.Errorf("descriptor %d has flags %o: %v", fd, flags, err)
		}
	}
	ok(t, p.pipe.Close(), p.in.Close())
	p.end()
}

// TestMemoryIsBounded: with a standard output that nobody reads, reading waits in the end.
func TestMemoryIsBounded(t *testing.T) {
	o := newOutlet(blocked{}, func() {})
	l := &logger{script: &script{}, out: o, bound: 3 * chunk}
	for range 4 {
		o.give(make([]byte, chunk))
	}
	if n := l.waiting(); n != 4*chunk {
		t.Errorf("%d bytes wait", n)
	}
	fds, err := unix.Eventfd(0, unix.EFD_NONBLOCK)
	ok(t, err)
	r, w, err := os.Pipe()
	ok(t, err)
	_, err = io.WriteString(w, "a\n")
	ok(t, err)
	l.wakeup, l.in = fds, int(r.Fd())
	l.wake()
	l.wait()
	if len(l.held) > 0 || len(l.lines) > 0 {
		t.Error("it reads on")
	}
	ok(t, r.Close(), w.Close(), unix.Close(fds))
}

// blocked never writes.
type blocked struct{}

func (blocked) Write([]byte) (int, error) { select {} }

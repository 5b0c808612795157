package s6log

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// numbered gives n lines of a length, the end counted.
func numbered(n, length int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%06d%s\n", i, strings.Repeat("x", length-7))
	}
	return b.String()
}

// lockstep gives lines that are each read before the next one is written.
func lockstep(lines string) []any {
	var steps []any
	for l := range strings.Lines(lines) {
		steps = append(steps, l)
	}
	return steps
}

// holds waits until a file holds a text; archived until a logdir has so many archives.
func holds(name, text string) func(*peer) {
	return func(p *peer) {
		await(p.tb, name+" holds "+text, func() bool { data, _ := os.ReadFile(p.at(name)); return strings.Contains(string(data), text) })
	}
}

// emptied waits until the file is a new one.
func emptied(p *peer) {
	await(p.tb, "current is empty", func() bool { info, err := os.Stat(p.at("d/current")); return err == nil && info.Size() == 0 })
}

func archived(dir string, n int) func(*peer) {
	return func(p *peer) {
		await(p.tb, fmt.Sprintf("%s has %d archives", dir, n), func() bool { return p.archives(dir) == n })
	}
}

// settled waits until no archive is being made any more.
func settled(dir string) func(*peer) {
	return func(p *peer) {
		await(p.tb, "the archive is made", func() bool {
			return !p.has(dir+"/previous") && !p.has(dir+"/processed") && !p.has(dir+"/newstate") && p.has(dir+"/current")
		})
	}
}

// laid lays files of a logdir; a name that ends in * is marked as finished.
func laid(files ...string) func(*peer) {
	return func(p *peer) {
		for _, f := range files {
			name, mark := strings.CutSuffix(f, "*")
			mode := os.FileMode(0o644)
			if mark {
				mode = 0o744
			}
			p.write("d/"+name, "in "+name+"\n", mode)
		}
	}
}

func label(n int) string { return fmt.Sprintf("@400000006b07ead708a047%02x", n) }

func TestLinesGoWhereTheRealOnePutsThem(t *testing.T) {
	long := strings.Repeat("0123456789", 2000)
	scenes := []scene{
		{name: "nothing at all", args: []string{"1", "./d", "2", "=x"}},
		{name: "a stamp each", args: []string{"t", "1", "1", "T", "1", "1"}, steps: []any{"a\n"}},
		{name: "both stamps and a prefix", args: []string{"T", "ppre", "t", "1"}, steps: []any{"a\n", "\n"}},
		{name: "a prefix stays", args: []string{"pa", "1", "./d", "p", "2"}, steps: []any{"a\nb\n"}},
		{name: "an alert with all", args: []string{"T", "t", "ppre", "2"}, steps: []any{"a\n"}},
		{name: "an alert cut short", args: []string{"E3", "T", "ppre", "2"}, steps: []any{"abc\n", "abcd\n", "abcdef\n", "abcdefg\n"}},
		{name: "an alert of 200 bytes and of 201", args: []string{"2"}, steps: []any{long[:200] + "\n" + long[:201] + "\n"}},
		{name: "a long alert without a limit", args: []string{"E0", "2"}, steps: []any{long[:5000] + "\n"}},
		{name: "a quiet alert", args: []string{"-q", "2"}, steps: []any{"a\n"}},
		{name: "a status", args: []string{"=./x"}, steps: []any{"abc\n", "def\n"}},
		{name: "a status without padding", args: []string{"^0", "=./x"}, steps: []any{"abc\n"}},
		{name: "a status that is cut", args: []string{"^3", "=./x"}, steps: []any{"abcdef\n"}},
		{name: "a status that fits", args: []string{"^3", "=./x"}, steps: []any{"abc\n"}},
		{name: "a status with stamps and a prefix", args: []string{"^100", "T", "t", "pxy", "=./x"}, steps: []any{"abc\n"}},
		{name: "a status cut in its stamp", args: []string{"^5", "pxyzxyz", "=./x"}, steps: []any{"abc\n"}},
		{name: "a status into a directory", args: []string{"=./d"}, lay: laid("x"), steps: []any{"abc\n"}},
		{name: "a status of selected lines", args: []string{"-", "+^S", "=./x", "f", "1"}, steps: []any{"Sa\nb\nSc\nd\n"}},
		{name: "empty lines", args: []string{"1", "./d"}, steps: []any{"\n\na\n\n"}},
		{name: "only empty lines are chosen", args: []string{"-", "+^$", "1"}, steps: []any{"\n\na\n\n"}},
		{name: "all but some", args: []string{"--", "-a", "1"}, steps: []any{"a\nb\nba\n"}},
		{name: "what nothing has taken", args: []string{"--", "-a", "1", "f", "2"}, steps: []any{"a\nb\n"}},
		{name: "what nothing has taken, twice", args: []string{"-", "f", "1", "f", "2"}, steps: []any{"a\nb\n"}},
		{name: "selected again", args: []string{"+a", "1", "-", "+b", "2", "f", "1"}, steps: []any{"a\nb\nc\n"}},
		{name: "a selection goes on behind an action", args: []string{"1", "-a", "2"}, steps: []any{"a\nb\n"}},
		{name: "stamps aren't looked at", args: []string{"t", "--", "-", "+^@", "1"}, steps: []any{"a\n@\n"}},
		{name: "several directories", args: []string{"./a", "t", "./b", "T", "px", "./c"}, steps: []any{"a\nb\n"}},
		{name: "alternatives and repeats", args: []string{"-", "+^(a|bc)+d{2,3}$", "1"}, steps: []any{"add\nbcadd\nad\nadddd\nbdd\n"}},
		{name: "classes", args: []string{"-", "+^[[:digit:]]+[^[:space:]]\\.$", "1"}, steps: []any{"1a.\n12.\n1 .\n1ab\n"}},
		{name: "capital letters are other letters", args: []string{"-", "+A", "1"}, steps: []any{"a\nA\n"}},
		{name: "a line as long as the limit", args: []string{"-l", "48", "1"}, steps: []any{long[:48] + "\n" + long[:47] + "\n"}},
		{name: "a line a byte longer", args: []string{"-l", "48", "1"}, steps: []any{long[:49] + "\nx\n"}},
		{name: "lines of twice the limit", args: []string{"-l", "48", "T", "1"}, steps: []any{long[:96] + "\n" + long[:97] + "\n"}},
		{name: "a long line that comes in pieces", args: []string{"-l", "48", "1"}, steps: []any{long[:48], "\n", long[:50], "\n", long[:96], "\n", long[:100], "a\n"}},
		{name: "parts are selected each", args: []string{"-l", "48", "-", "+^0", "1"}, steps: []any{long[:150] + "\n"}},
		{name: "a limit that is too low", args: []string{"-l", "5", "1"}, steps: []any{long[:50] + "\n"}},
		{name: "no limit", args: []string{"-l", "0", "1"}, steps: []any{long + "\n", long[:3], long[3:] + "\n"}},
		{name: "the limit that is there", args: []string{"1"}, steps: []any{long + "\n"}},
		{name: "a limit of the first of two", args: []string{"-l", "50", "-l", "60", "1"}, steps: []any{long[:61] + "\n"}},
		{name: "many small lines at once", args: []string{"1", "s9999999", "t", "./d"}, steps: []any{numbered(3000, 12)}},
		{name: "lines in halves", args: []string{"T", "1", "./d"}, steps: []any{"a", "b\nc", "d", "\n", "e\n"}},
		{name: "bytes that aren't text", args: []string{"1", "T", "./d"}, steps: []any{"\xff\xfe\r\n\x01\x80\n"}},
		{name: "a zone by name", args: []string{"T", "1"}, env: []string{"TZ=Asia/Kathmandu"}, steps: []any{"a\n"}},
		{name: "the end in a line", args: []string{"1", "./d"}, steps: []any{"a\nb"}},
		{name: "the end in a long line", args: []string{"-l", "48", "1"}, steps: []any{long[:100]}},
		{name: "NUL bytes", args: []string{"1", "./d"}, steps: []any{"a\x00b\nc\n"}},
		{name: "readiness isn't told of a wrong directory", args: []string{"-d", "9009", "./d"}},
		{name: "a status in no directory", args: []string{"=nosuch/x", "1"}, steps: []any{"a\n"}},
		{name: "as much as a pipe holds", args: []string{"-b", "1", "s9999999", "./d"}, steps: []any{numbered(1500, 100)}},
	}
	for i := range scenes {
		scenes[i].args = dashed(scenes[i].args)
	}
	compare(t, insideAll(scenes))
}

// dashed ends the flags before a selection that would be one.
func dashed(args []string) []string {
	for i, a := range args {
		if a == "--" {
			return args
		}
		if a == "-" || !strings.HasPrefix(a, "-") && (i == 0 || args[i-1] != "-l" && args[i-1] != "-d") {
			return append(append(append([]string{}, args[:i]...), "--"), args[i:]...)
		}
	}
	return args
}

func TestArchivesAreMadeAsTheRealOneMakesThem(t *testing.T) {
	// A line, when it is in the file an ALRM, and the archive of that.
	alarm := func(line, dir string, n int) []any {
		return []any{line, holds(dir+"/current", line[:1]), syscall.SIGALRM, archived(dir, n), settled(dir)}
	}
	with := func(parts ...any) []any {
		var steps []any
		for _, p := range parts {
			if list, ok := p.([]any); ok {
				steps = append(steps, list...)
			} else {
				steps = append(steps, p)
			}
		}
		return steps
	}
	compare(t, []scene{
		{name: "by size", args: []string{"s4096", "l0", "./d"}, steps: lockstep(numbered(12, 1000))},
		{name: "by size and tolerance", args: []string{"s5000", "l900", "./d"}, steps: lockstep(numbered(20, 700))},
		{name: "exactly full", args: []string{"s4096", "l0", "./d"}, steps: []any{numbered(1, 4001), numbered(1, 95), "z\n"}},
		{name: "a byte less than full", args: []string{"s4096", "l0", "./d"}, steps: []any{numbered(1, 4001), numbered(1, 94), "z\n"}},
		{name: "stamps count", args: []string{"s4096", "l0", "T", "ppre", "./d"}, steps: lockstep(numbered(30, 200))},
		{name: "two stay", args: []string{"n2", "s4096", "./d"}, steps: lockstep(numbered(20, 1000))},
		{name: "none stays", args: []string{"n0", "s4096", "./d"}, steps: lockstep(numbered(20, 1000))},
		{name: "so many bytes stay", args: []string{"S7000", "s4096", "./d"}, steps: lockstep(numbered(20, 1000))},
		{name: "fewer bytes than an archive stay", args: []string{"S700", "s4096", "./d"}, steps: lockstep(numbered(20, 1000))},
		{name: "a line longer than an archive", args: []string{"s4096", "./d"}, steps: []any{"a\n", numbered(1, 8000), "b\n"}},
		{name: "two directories of two sizes", args: []string{"s4096", "./a", "s8192", "n1", "./b"}, steps: lockstep(numbered(20, 1000))},
		{name: "on ALRM", args: []string{"./d"}, steps: with(alarm("a\nb", "d", 1), alarm("c\n", "d", 2), "e\n")},
		{name: "on ALRM with nothing", args: []string{"./d"}, ready: true, steps: []any{syscall.SIGALRM, leaving}},
		{name: "on ALRM with nothing new", args: []string{"./d"}, steps: with(alarm("a\n", "d", 1), syscall.SIGALRM, leaving)},
		{name: "on ALRM, all directories", args: []string{"./a", "./b"}, steps: []any{"a\n", holds("a/current", "a"), holds("b/current", "a"), syscall.SIGALRM, archived("a", 1), archived("b", 1), settled("a"), settled("b")}},
		{name: "on ALRM what was there", args: []string{"./d"}, lay: laid("current*"), ready: true, steps: []any{syscall.SIGALRM, archived("d", 1), settled("d")}},
		{name: "what was there goes on", args: []string{"./d"}, lay: laid("current*", "state"), steps: []any{"a\n"}},
		{name: "what was there counts", args: []string{"s4096", "l0", "./d"}, lay: func(p *peer) { p.write("d/current", numbered(1, 4000), 0o744) }, steps: lockstep(numbered(2, 100))},
		{name: "what wasn't finished", args: []string{"./d"}, lay: laid("current", "state"), steps: []any{"a\n"}},
		{name: "nothing that wasn't finished", args: []string{"./d"}, lay: func(p *peer) { p.write("d/current", "", 0o644) }, steps: []any{"a\n"}},
		{name: "a previous alone", args: []string{"./d"}, lay: laid("previous"), steps: []any{"a\n"}},
		{name: "an output that wasn't finished", args: []string{"./d"}, lay: laid("processed", "newstate"), steps: []any{"a\n"}},
		{name: "an output alone", args: []string{"./d"}, lay: laid("processed*"), steps: []any{"a\n"}},
		{name: "an output that replaces", args: []string{"./d"}, lay: laid("processed*", "previous*", "newstate", "state"), steps: []any{"a\n"}},
		{name: "an output, and what came after", args: []string{"./d"}, lay: laid("processed*", "previous", "current"), steps: []any{"a\n"}},
		{name: "too many that were there", args: []string{"n2", "./d"}, lay: laid(label(1)+".s", label(2)+".s", label(3)+".u", "current"), steps: []any{"a\n"}},
		{name: "too many, and nothing to archive", args: []string{"n2", "./d"}, lay: laid(label(1)+".s", label(2)+".s", label(3)+".u", "current*"), steps: []any{"a\n"}},
		{
			name: "names that are none", args: []string{"n1", "./d"},
			lay: laid("current*", label(1)+".z", label(2)+".S", label(3), label(4)+".ss", "@x.s", "@", "@400000006b07ead708a0474g.s", "x"+label(5)[1:]+".s",
				"@400000006b07ead708a0474.s", label(6)+"9.s", label(7)+"_s"),
			steps: with("a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, settled("d")),
		},
		{name: "small letters or large", args: []string{"n1", "./d"}, lay: laid("current*", "@400000006B07EAD708A04741.s"), steps: with("a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, settled("d"), archived("d", 1))},
		{name: "an archive that can't be removed", args: []string{"n1", "./d"}, lay: func(p *peer) {
			laid("current*")(p)
			ok(p.tb, os.Mkdir(p.at("d/"+label(1)+".s"), 0o755))
		}, steps: with(alarm("a\n", "d", 2))},
		{name: "by a processor", args: []string{"s4096", "l0", "n2", "?tr x y", "./d"}, steps: with(lockstep(numbered(5, 1000)), archived("d", 1), settled("d"), lockstep(numbered(5, 1000)), archived("d", 2), settled("d"), "end\n")},
		{name: "by a processor that puts out nothing", args: []string{"?cat >/dev/null", "./d"}, steps: with(alarm("a\n", "d", 1), "b\n")},
		{name: "by a processor that is a program", args: []string{"!tr a b", "./d"}, steps: with(alarm("a\n", "d", 1), "b\n")},
		{name: "by two processors with states", args: []string{"?cat; cat <&4; echo a >&5", "./d", "?cat; cat <&4; echo b >&5", "./e"}, steps: with(alarm("1\n", "d", 1), settled("e"), alarm("2\n", "d", 2), settled("e"), "3\n")},
		{name: "by a processor, none stays", args: []string{"n0", "?cat", "./d"}, steps: with("a\n", holds("d/current", "a"), syscall.SIGALRM, emptied, settled("d"), "b\n")},
		{name: "by a processor in its directory", args: []string{"?pwd | sed s,.*/,,", "./d"}, steps: with(alarm("a\n", "d", 1))},
		{name: "no processor for the second", args: []string{"?tr a b", "./d", "?", "./e"}, steps: with(alarm("a\n", "d", 1), archived("e", 1))},
		{name: "by a processor that fails once", args: []string{"r50", "?cat; test -e ../once || { touch ../once; exit 3; }", "./d"}, steps: with(alarm("a\n", "d", 1))},
		{name: "by a processor that is killed once", args: []string{"r50", "?cat; test -e ../once || { touch ../once; kill -9 $$; }", "./d"}, steps: with(alarm("a\n", "d", 1))},
		{name: "a state that was there", args: []string{"r50", "?cat; cat <&4", "./d"}, lay: laid("current*", "state"), steps: with(alarm("a\n", "d", 1))},
	})
}

func TestTheEndIsTheRealOnes(t *testing.T) {
	compare(t, []scene{
		{name: "TERM between lines", args: []string{"1", "./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGTERM, ended}},
		{name: "TERM in a line", args: []string{"1", "./d"}, steps: []any{"a\nb", holds("d/current", "a"), syscall.SIGTERM, leaving, "c\nd\n", ended}},
		{name: "TERM in a line that isn't ended", args: []string{"1", "./d"}, steps: []any{"a\nb", holds("d/current", "a"), syscall.SIGTERM, leaving}},
		{name: "HUP between lines", args: []string{"1", "./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGHUP, ended}},
		{name: "HUP in a line", args: []string{"1", "./d"}, steps: []any{"a\nb", holds("d/current", "a"), syscall.SIGHUP, leaving, "c\nd\n", ended}},
		{name: "TERM when it is protected", args: []string{"-p", "1", "./d"}, steps: []any{"a\nb", holds("d/current", "a"), syscall.SIGTERM, "c\n", "d\n"}},
		{name: "HUP when it is protected", args: []string{"-p", "1", "./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGHUP, ended}},
		{name: "INT", args: []string{"./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGINT, ended}},
		{name: "KILL", args: []string{"./d"}, steps: []any{"a\n", holds("d/current", "a"), syscall.SIGKILL, ended}},
		{name: "a standard output that is closed", args: []string{"1", "./d"}, stuck: true, steps: []any{"a\n", func(p *peer) { ok(p.tb, p.pipe.Close()) }, "b\n", holds("d/current", "b"), "c\n"}},
		{name: "a standard output that isn't read", args: []string{"1", "s9999999", "./d"}, stuck: true, steps: []any{numbered(900, 100), numbered(900, 100), holds("d/current", "000899x"), func(p *peer) { ok(p.tb, p.pipe.Close()) }}},
	})
}

// ended waits until the process has ended, without taking its status.
func ended(p *peer) {
	await(p.tb, "it ends", func() bool {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
		return err == nil && info.Signo != 0
	})
}

// leaving waits until a signal that was sent has been taken and dealt with: none is pending, and every thread sleeps.
func leaving(p *peer) {
	quiet := 0
	await(p.tb, "the signal is dealt with", func() bool {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		ok(p.tb, err)
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
		ok(p.tb, err)
		asleep := strings.Contains(string(data), "ShdPnd:\t0000000000000000")
		for _, thread := range threads {
			stat, _ := os.ReadFile(thread)
			_, state, _ := strings.Cut(string(stat), ") ")
			asleep = asleep && strings.HasPrefix(state, "S")
		}
		if quiet++; !asleep {
			quiet = 0
		}
		return quiet == 4
	})
}

package s6words

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/s6dir"
)

// A difference is what berth does otherwise than the real program on purpose.
type difference struct{ about, reason string }

// differences lists them; a test that runs both names one by what it is about.
func differences() []difference {
	return []difference{
		{"sentences", "what is said when something is wrong is in berth's own words, behind the same NAME: fatal: (or usage, warning, info)"},
		{"who complains", "s6-setuidgid and s6-svc -w speak under their own names; the real ones have become s6-applyuidgid, s6-envuidgid or s6-svlisten1 by then"},
		{"future", "a service that says it has been ready since a moment to come has been so for 0 seconds; the real one counts to 18446744073709551416"},
		{"odd pids", "a status that names a process that can't be is no status; the real one cuts the number down"},
		{"length", "a status that is longer or shorter than any release writes is no status; the real one reads the first 35 bytes"},
		{"not a FIFO", "letters aren't written into a regular file that somebody put in the place of a control FIFO; the real one writes them"},
		{"unsearchable PATH", "a directory of PATH that the new user can't search says nothing about a program: 127, where the real one says 126"},
		{"setuidgid by number", "s6-setuidgid takes the number of an account too; the real one knows names and uid:gid"},
		{"setuidgid as oneself", "who is that user already needs no right to change the groups; the real one wants root's"},
		{"envdir -L", "with -L, too, a line that has no newline at its end is the value; to the real one it is nothing"},
		{"flags of softlimit", "a flag that s6-softlimit doesn't have is wrong; the real one passes over it"},
		{"anchors of ftrig", "^ is the beginning of what was heard; to the real one it is nothing"},
		{"FIFO", "a FIFO in an environment's directory is passed over; the real one waits for somebody to write to it"},
		{"no fifodir", "who waits for a service makes no event directory in it: nobody would write there"},
		{"no tally", "who asks for the deaths of a service makes no file of them"},
		{"torn tally", "of a tally whose last record is torn, the whole ones are said; the real one says nothing"},
		{"spawned later", "what s6-svlisten1 starts is started as soon as the listener is there, without a helper process"},
	}
}

func known(t testing.TB, about string) {
	t.Helper()
	if !slices.ContainsFunc(differences(), func(d difference) bool { return d.about == about }) {
		t.Errorf("%q is on no list of differences", about)
	}
}

func TestDifferencesHaveReasons(t *testing.T) {
	for _, d := range differences() {
		if d.reason == "" {
			t.Errorf("%s has no reason", d.about)
		}
		t.Logf("%s: %s", d.about, d.reason)
	}
}

// A dual is a script that is run with the real programs and with these, each in a directory of its own.
type dual struct {
	name   string
	script string
	root   bool   // it changes who it is
	differ string // a difference, and what is true of ours then
	code   int    // with differ: how ours ends
	says   string // with differ: what ours prints
}

// same runs duals: all of them by one shell for each side, because a start costs more than most of them. prepare lays down what
// they find.
func same(t *testing.T, prepare func(t *testing.T, dir string), cases []dual) {
	t.Helper()
	needs(t)
	cases = slices.DeleteFunc(cases, func(c dual) bool {
		if c.root && os.Geteuid() != 0 {
			t.Logf("left out: %s needs root", c.name)
			return true
		}
		return false
	})
	cases = some(cases)
	var got [2][]outcome
	for i, programs := range []string{"/usr/bin", links(t)} {
		got[i] = all(t, programs, i == 1, prepare, cases)
	}
	for n, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			theirs, ours := got[0][n], got[1][n]
			if c.differ != "" {
				known(t, c.differ)
				if ours.Code != c.code || ours.Stdout != c.says {
					t.Errorf("%s: ours gives %d, %q; want %d, %q (the real one: %d, %q)\n%s", c.script, ours.Code, ours.Stdout, c.code, c.says, theirs.Code, theirs.Stdout, ours.stderr)
				}
				return
			}
			theirs.Stdout, ours.Stdout = blur(theirs.Stdout), blur(ours.Stdout)
			if d := cmp.Diff(theirs, ours, cmpopts.IgnoreUnexported(outcome{})); d != "" {
				t.Errorf("%s: - real + ours\n%sreal says %sours says %s", c.script, d, theirs.stderr, ours.stderr)
			}
		})
	}
}

// some gives each second case, and who isn't root each sixth, as a start of each is what takes the time; all of them with
// BERTH_PROOF_SCRIPTS=all, as `make proof` has it.
func some(cases []dual) []dual {
	stride := 2
	switch {
	case os.Getenv("BERTH_PROOF_SCRIPTS") == "all":
		stride = 1
	case os.Geteuid() != 0:
		stride = 6
	}
	var kept []dual
	for i := 0; i < len(cases); i += stride {
		kept = append(kept, cases[i])
	}
	return kept
}

// seconds are what goes by while the tests run: about 100 and 50 hours, and what is longer than a life.
var seconds = regexp.MustCompile(`\b(3[56]\d{4}|1[78]\d{4}|\d{9,20})\b`)

func blur(text string) string { return seconds.ReplaceAllString(text, "N") }

// all runs the scripts of duals, each in a directory of its own.
func all(t *testing.T, programs string, ours bool, prepare func(t *testing.T, dir string), cases []dual) []outcome {
	t.Helper()
	base := t.TempDir()
	must(t, os.Chmod(base, 0o755))
	must(t, os.Chmod(filepath.Dir(base), 0o755))
	var script strings.Builder
	outcomes := make([]outcome, len(cases))
	done := make([]bool, len(cases))
	for n, c := range cases {
		dir := fmt.Sprintf("%s/%d", base, n)
		must(t, os.Mkdir(dir, 0o755))
		must(t, os.Chmod(dir, 0o755))
		if prepare != nil {
			prepare(t, dir)
		}
		if vars, argv, ok := inside(c.script); ok && ours {
			outcomes[n] = call(t, dir, append([]string{"PATH=" + programs + ":/usr/bin:/bin"}, vars...), argv)
			outcomes[n].Files, done[n] = tree(t, dir), true
			continue
		}
		fmt.Fprintf(&script, "( cd %s && ( %s ) >../%d.out 2>../%d.err; echo $? >../%d.code )\n", dir, c.script, n, n, n)
	}
	run(t, programs, base, script.String())
	for n := range cases {
		if done[n] {
			continue
		}
		read := func(kind string) string {
			b, err := os.ReadFile(fmt.Sprintf("%s/%d.%s", base, n, kind))
			must(t, err)
			return string(b)
		}
		o := judge(read("out"), read("err"))
		o.Code, _ = strconv.Atoi(strings.TrimSpace(read("code")))
		o.Files = tree(t, fmt.Sprintf("%s/%d", base, n))
		outcomes[n] = o
	}
	return outcomes
}

// tree lists a directory: names, kinds, modes, what files hold.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = stamped(rel)
		text := ""
		switch {
		case strings.HasSuffix(rel, "status") || strings.HasSuffix(rel, "tally"):
		case info.Mode().IsRegular():
			data, _ := os.ReadFile(path)
			text = string(data)
		case info.Mode()&os.ModeSymlink != 0:
			text, _ = os.Readlink(path)
			text = filepath.Base(text)
		}
		fmt.Fprintf(&b, "%s %v %q\n", rel, info.Mode(), text)
		return nil
	}))
	return b.String()
}

// stamped takes what differs each time out of a name.
func stamped(name string) string {
	before, _, _ := strings.Cut(name, ":@4")
	return before
}

// lay makes files: a name that ends with a slash is a directory, "fifo" text a FIFO.
func lay(files map[string]string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		for name, text := range files {
			path := filepath.Join(dir, name)
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			switch {
			case strings.HasSuffix(name, "/"):
				must(t, os.MkdirAll(path, 0o755))
			case text == "fifo":
				must(t, unix.Mkfifo(path, 0o644))
			default:
				mode := os.FileMode(0o644)
				if strings.HasPrefix(text, "#!") {
					mode = 0o755
				}
				must(t, os.WriteFile(path, []byte(text), mode))
				must(t, os.Chmod(path, mode))
			}
		}
	}
}

// hold makes dir a service directory that somebody supervises, as far as the commands can see.
func hold(t *testing.T, dir string, s []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, s6dir.Supervise), 0o755))
	f, err := os.Create(filepath.Join(dir, s6dir.Lock))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	must(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}))
	fifo := filepath.Join(dir, s6dir.Control)
	must(t, unix.Mkfifo(fifo, 0o600))
	r, err := os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
	must(t, err)
	t.Cleanup(func() { _ = r.Close() })
	if s != nil {
		must(t, os.WriteFile(filepath.Join(dir, s6dir.StatusAt), s, 0o644))
	}
}

// supervise starts the real supervisor on a service directory, and ends it with the test.
func supervise(t testing.TB, dir string) {
	t.Helper()
	daemon(t, "s6-supervise", dir)
	await(t, "the supervisor", func() bool {
		on, err := s6dir.Listening(dir)
		_, err2 := s6dir.ReadStatus(dir)
		return on && err == nil && err2 == nil
	})
}

// daemon starts one of the real daemons, and ends it, and what it started, with the test.
func daemon(t testing.TB, name, dir string) {
	t.Helper()
	c := exec.Command("/usr/bin/"+name, filepath.Base(dir))
	c.Dir = filepath.Dir(dir)
	c.Env = []string{"PATH=/usr/bin:/bin"}
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(unix.SIGTERM)
		done := make(chan struct{})
		go func() { _ = c.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = c.Process.Kill()
			<-done
		}
	})
}

// await waits for a condition.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !is(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s didn't come", what)
		}
	}
}

// few lets a law be tried less often: what it starts costs more than what it checks.
func few(t *testing.T, times int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	was := f.Value.String()
	must(t, f.Value.Set(strconv.Itoa(times)))
	t.Cleanup(func() { must(t, f.Value.Set(was)) })
}

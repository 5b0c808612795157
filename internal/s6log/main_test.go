package s6log

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// TestMain is the words as well, for processes that have their names.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	find := func(name string) chain.Word {
		if name == "execlineb" {
			return func(c *chain.Call) int { _, _ = fmt.Fprintf(c.Stdout, "%q\n", c.Args); return 0 }
		}
		return Find(name)
	}
	if w := find(name); w != nil {
		os.Exit(w(&chain.Call{
			Name: name, Args: os.Args[1:], Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Find: find,
		}))
	}
	syscall.Umask(0o022) // modes are looked at
	os.Exit(m.Run())
}

func ok(tb testing.TB, errs ...error) {
	tb.Helper()
	for _, err := range errs {
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// await waits for a condition.
func await(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(end) {
			tb.Fatalf("waited in vain: %s", what)
		}
	}
}

// A peer is a logger that runs in a directory of its own: the real one or ours.
type peer struct {
	tb   testing.TB
	dir  string
	cmd  *exec.Cmd
	in   *os.File
	out  bytes.Buffer
	errs bytes.Buffer
	pipe *os.File // our end of its standard output, if that isn't gathered
}

// A scene is what is done to a peer.
type scene struct {
	name   string
	args   []string
	lay    func(p *peer) // before the start
	steps  []any         // string: written; syscall.Signal; func(*peer); nothing at the end: closed
	env    []string
	inside bool // ours is played in this process, and nothing beside it: steps are lines
	uid    uint32
	argv0  string   // if not s6-log
	extra  *os.File // its descriptor 3
	ready  bool     // the steps begin when it says that it is ready
	stuck  bool     // the standard output is a pipe that nobody reads
}

// realPath gives Debian's program, or skips.
func realPath(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("s6-log")
	if err != nil {
		tb.Skipf("needs Debian's package s6: %v", err)
	}
	return path
}

func oursPath(tb testing.TB) string {
	tb.Helper()
	self, err := os.Executable()
	ok(tb, err)
	return self
}

// begin starts one.
func begin(tb testing.TB, path, dir string, s *scene) *peer {
	tb.Helper()
	p := &peer{tb: tb, dir: dir}
	if s.lay != nil {
		s.lay(p)
	}
	r, w, err := os.Pipe()
	ok(tb, err)
	p.in = w
	p.cmd = &exec.Cmd{Path: path, Args: append([]string{"s6-log"}, s.args...), Dir: dir, Stdin: r, Stdout: &p.out, Stderr: &p.errs}
	p.cmd.Env = append(os.Environ(), s.env...)
	if s.uid != 0 {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: s.uid, Gid: s.uid}}
	}
	var mine *os.File
	if s.stuck {
		p.pipe, mine, err = os.Pipe()
		ok(tb, err)
		p.cmd.Stdout = mine
	}
	if s.argv0 != "" {
		p.cmd.Args[0] = s.argv0
	}
	if s.extra != nil {
		p.cmd.ExtraFiles = []*os.File{s.extra}
	}
	var said, say *os.File
	if s.ready {
		said, say, err = os.Pipe()
		ok(tb, err)
		p.cmd.Args = append([]string{"s6-log", "-d3"}, s.args...)
		p.cmd.ExtraFiles = []*os.File{say}
	}
	ok(tb, p.cmd.Start(), r.Close())
	if s.ready {
		ok(tb, say.Close())
		if text, err := io.ReadAll(said); err != nil || string(text) != "\n" {
			tb.Errorf("it says %q that it is ready: %v", text, err)
		}
		ok(tb, said.Close())
	}
	if mine != nil {
		ok(tb, mine.Close())
	}
	tb.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	return p
}

// taken waits until all that was written has been read.
func (p *peer) taken() {
	await(p.tb, "the logger reads", func() bool {
		gone := []unix.PollFd{{Fd: int32(p.in.Fd())}}
		if n, err := unix.Poll(gone, 0); err == nil && n > 0 {
			return true // nobody will
		}
		n, err := unix.IoctlGetInt(int(p.in.Fd()), unix.TIOCINQ)
		return n == 0 || err != nil
	})
}

func (p *peer) at(name string) string { return filepath.Join(p.dir, name) }

func (p *peer) write(name, text string, mode os.FileMode) {
	ok(p.tb, os.MkdirAll(filepath.Dir(p.at(name)), 0o755), os.WriteFile(p.at(name), []byte(text), 0o600), os.Chmod(p.at(name), mode))
}

func (p *peer) has(name string) bool { _, err := os.Lstat(p.at(name)); return err == nil }

// archives counts the archives of a logdir.
func (p *peer) archives(name string) int {
	list, err := filepath.Glob(p.at(name + "/@*"))
	ok(p.tb, err)
	return len(list)
}

// end waits for its end, and gives its exit code.
func (p *peer) end() int {
	late := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
	_ = p.in.Close()
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// play does the steps of a scene and gives what came of it, as text that doesn't depend on the time.
func play(tb testing.TB, path, dir string, s *scene) string {
	p := begin(tb, path, dir, s)
	for _, step := range s.steps {
		switch step := step.(type) {
		case string:
			if _, err := io.WriteString(p.in, step); err != nil {
				break
			}
			p.taken()
		case syscall.Signal:
			ok(tb, p.cmd.Process.Signal(step))
		case func(*peer):
			step(p)
		}
	}
	ok(tb, p.in.Close())
	code := p.end()
	return fmt.Sprintf("code %d\nout %s\nerr %s\n%s", code, timeless(p.out.String()), timeless(p.errs.String()), p.files())
}

// timeless takes the times out of a text.
func timeless(text string) string {
	text = regexp.MustCompile(`@[0-9a-f]{24}`).ReplaceAllString(text, "@LABEL")
	return regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}`).ReplaceAllString(text, "DATE")
}

// files lists what is in the directory, with modes and contents; archives have numbers in place of labels.
func (p *peer) files() string {
	var lines []string
	number := 0
	ok(p.tb, filepath.WalkDir(p.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == p.dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(p.dir, path)
		if isArchive(e.Name()) {
			number++
			name = fmt.Sprintf("%s/@%d%s", filepath.Dir(name), number, filepath.Ext(name))
		}
		line := fmt.Sprintf("%s %v", name, info.Mode())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			ok(p.tb, err)
			line += fmt.Sprintf(" %q", timeless(string(data)))
		}
		lines = append(lines, line)
		return nil
	}))
	return strings.Join(lines, "\n") + "\n"
}

// cut shortens a text for people.
func cut(text string) string {
	text = regexp.MustCompile(`\d{6}x{3,}(\n|\\n)`).ReplaceAllString(text, "…\n")
	return regexp.MustCompile(`(…\n){5,}`).ReplaceAllString(text, "……\n")
}

// inside plays a scene of lines with ours in this process, which is the cheapest start there is.
func inside(tb testing.TB, dir string, s *scene) string {
	tb.Helper()
	tb.Chdir(dir)
	p := &peer{tb: tb, dir: dir}
	if s.lay != nil {
		s.lay(p)
	}
	r, w, err := os.Pipe()
	ok(tb, err)
	p.in = w
	fed := make(chan bool)
	go func() {
		defer close(fed)
		defer func() { _ = w.Close() }()
		for _, step := range s.steps {
			if _, err := io.WriteString(w, step.(string)); err != nil {
				return
			}
			p.taken()
		}
	}()
	code := Log(&chain.Call{
		Name: "s6-log", Args: s.args, Env: append(os.Environ(), s.env...), Stdin: r, Stdout: &p.out, Stderr: &p.errs,
	})
	_ = r.Close()
	<-fed
	return fmt.Sprintf("code %d\nout %s\nerr %s\n%s", code, timeless(p.out.String()), timeless(p.errs.String()), p.files())
}

// both plays a scene with both programs, at once where ours is a process of its own, as where it gets signals. In this process
// it reaps whatever child dies (it may be PID 1), and so would take the real one's end away.
func both(t *testing.T, s *scene) (real, ours string) {
	t.Helper()
	theirs, self := realPath(t), oursPath(t)
	top := t.TempDir()
	ok(t, os.Mkdir(top+"/real", 0o755), os.Mkdir(top+"/ours", 0o755))
	if s.inside {
		real = play(t, theirs, top+"/real", s)
		return real, inside(t, top+"/ours", s)
	}
	done := make(chan string, 1)
	go func() {
		var got string
		defer func() { done <- got }()
		got = play(t, theirs, top+"/real", s)
	}()
	ours = play(t, self, top+"/ours", s)
	return <-done, ours
}

// compare plays scenes; what differs has to be on the list, with what ours does then.
func compare(t *testing.T, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			if !s.inside {
				t.Parallel()
			}
			real, ours := both(t, &s)
			i := slices.IndexFunc(differences, func(d difference) bool { return slices.Contains(d.scenes, s.name) })
			if i < 0 {
				if real != ours {
					t.Errorf("the real one:\n%s\nours:\n%s", cut(real), cut(ours))
				}
				return
			}
			d := differences[i]
			if real == ours {
				t.Errorf("they don't differ, but are on the list: %s", d.what)
			}
			if d.change == nil {
				return
			}
			if want := d.change(real); want != ours {
				t.Errorf("%s: wanted:\n%s\nours:\n%s\nthe real one:\n%s", d.what, cut(want), cut(ours), cut(real))
			}
		})
	}
}

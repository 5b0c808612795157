package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/proc"
)

// helperVar names the part that this test binary plays in a child: Run owns wait and the signals of a whole process.
const helperVar = "DAEMON_TEST_HELPER"

// children is the one owner of wait in the tests, so these don't run beside each other.
var children = proc.NewTable()

func TestMain(m *testing.M) {
	if len(os.Args) > 0 && os.Args[0] == proc.StageName {
		proc.ChildStage()
	}
	if name := os.Getenv(helperVar); name != "" {
		if err := helper(name); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(100)
		}
		os.Exit(0)
	}
	os.Exit(tests(m))
}

// tests runs the tests as a subreaper, so that whatever they start comes back and nothing is left behind.
func tests(m *testing.M) int {
	if err := proc.BecomeSubreaper(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	reapOn(children)
	defer sweep()
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(sig) { // nohup or a script's & in front of us: the programs under test must not inherit it
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	return m.Run()
}

// sweep kills what a test that failed has left, so that the next one finds the world as it expects it.
func sweep() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !children.Empty() && ctx.Err() == nil {
		_, _ = children.SignalDescendants(syscall.SIGKILL)
		round, done := context.WithTimeout(ctx, 100*time.Millisecond)
		_ = children.WaitEmpty(round)
		done()
	}
}

// reapOn reaps for a table, as a boot's pump does.
func reapOn(table *proc.Table) {
	dead := make(chan os.Signal, 1)
	signal.Notify(dead, syscall.SIGCHLD) // before this returns: nobody is told of an end that came earlier
	go func() {
		for range dead {
			table.Reap()
		}
	}()
}

// helper plays a part that needs a process of its own.
func helper(name string) error {
	if os.Getenv(frontVar) != "" {
		if err := awaitFront(); err != nil {
			return err
		}
	}
	switch name {
	case "run":
		return helperRun()
	case "migrate":
		return helperMigrate()
	case "released":
		return helperReleased()
	case "ignored":
		return helperIgnored()
	case "terminal":
		return helperTerminal()
	case "shell":
		return helperShell()
	case "front":
		return helperFront()
	case "sent":
		return helperSent()
	case "record":
		return helperRecord()
	case "threads":
		return helperThreads()
	}
	return fmt.Errorf("play %q: no such part", name)
}

// patience is long: it is for a test that hangs, not for one that is slow.
const patience = 30 * time.Second

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// until waits for a condition that nothing announces.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ctx := deadline(t); !holds(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// none waits until the tests have no child left: what a test started has ended, with all that it left behind.
func none(t *testing.T) {
	t.Helper()
	if err := children.WaitEmpty(deadline(t)); err != nil {
		sweep()
		t.Fatalf("children are left: %v", err)
	}
}

// playing is the environment of a process that plays a part.
func playing(name string, env ...string) []string {
	return append([]string{helperVar + "=" + name, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, env...)
}

// A stream is all that came out of a descriptor of a child.
type stream struct {
	mu   sync.Mutex
	text strings.Builder
	news chan struct{}
	over chan struct{}
}

// listen gives the end to write to; the test reads the other one until everybody who holds the first has ended.
func listen(t *testing.T) (*stream, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{news: make(chan struct{}, 1), over: make(chan struct{})}
	go func() {
		defer close(s.over)
		defer func() { _ = r.Close() }()
		data := make([]byte, 4096)
		for {
			n, err := r.Read(data)
			s.mu.Lock()
			s.text.Write(data[:n])
			s.mu.Unlock()
			select {
			case s.news <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return s, w
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// A player is a child that plays a part.
type player struct {
	t        *testing.T
	p        *proc.Process
	out, err *stream
}

// play starts a command whose output the test reads.
func play(t *testing.T, c *proc.Command) *player {
	t.Helper()
	out, outW := listen(t)
	errs, errW := listen(t)
	c.Stdout, c.Stderr = outW, errW
	if c.Stdin == nil {
		in, err := proc.Nothing()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		c.Stdin = in
	}
	p, err := children.Start(c)
	_, _ = outW.Close(), errW.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sweep)
	return &player{t, p, out, errs}
}

// part is a command that plays a part; the binary may lie where only root can look.
func part(name string, env ...string) *proc.Command {
	c := proc.NewCommand("/proc/self/exe", []string{"daemon.test"})
	c.Env = playing(name, env...)
	return c
}

// says waits until a text has come out of a stream.
func (p *player) says(s *stream, text string) {
	p.t.Helper()
	for ctx := deadline(p.t); !strings.Contains(s.String(), text); {
		select {
		case <-s.news:
		case <-s.over:
			if !strings.Contains(s.String(), text) {
				p.t.Fatalf("it ended without %q:\n%s\n%s", text, p.out, p.err)
			}
		case <-ctx.Done():
			p.t.Fatalf("%q did not come; there is\n%s\n%s", text, p.out, p.err)
		}
	}
}

func (p *player) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.p.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// known sends WINCH until main, or what else is meant to get it, says "known": it may be sent before somebody listens.
func (p *player) known(pid int) {
	const text = "known\n"
	p.t.Helper()
	until(p.t, text, func() bool {
		ok(p.t, syscall.Kill(pid, syscall.SIGWINCH))
		return strings.Contains(p.out.String(), text)
	})
}

// ends waits for the end of the child, and of all that inherited its output.
func (p *player) ends() proc.Status {
	p.t.Helper()
	for _, end := range []<-chan struct{}{p.p.Done(), p.out.over, p.err.over} {
		select {
		case <-end:
		case <-deadline(p.t).Done():
			p.t.Fatalf("it does not end; it said\n%s\n%s", p.out, p.err)
		}
	}
	if strings.Contains(p.err.String(), "DATA RACE") {
		p.t.Error(p.err)
	}
	return p.p.Status()
}

// wants compares an error with the one that is wanted, nil included.
func wants(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// ok ends a test whose ground is not what it needs.
func ok(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes identity or owners")
	}
}

// open gives a directory that everybody may use: as root the app is somebody else, and t.TempDir is for its owner alone.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ok(t, os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o777))
	return dir
}

// program lays an executable file of a mode, with its parents.
func program(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755), os.Chmod(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600), os.Chmod(path, mode))
	return path
}

// has says whether a list of NAME=value lines has one.
func has(env []string, line string) bool { return slices.Contains(env, line) }

// exe is the path of this test binary.
func exe(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	ok(t, err)
	return path
}

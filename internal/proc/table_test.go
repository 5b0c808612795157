package proc

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestEveryChildGetsItsOwnStatus(t *testing.T) {
	const n = 120
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range n / 4 {
				code := (worker*31 + i*7) % 256
				p, err := children.Start(sh("exit $1", strconv.Itoa(code)))
				if err != nil {
					t.Error(err)
					return
				}
				if got := p.Status(); got != (Status{Code: code}) {
					t.Errorf("worker %d: got %s, want exit %d", worker, got, code)
				}
			}
		})
	}
	wg.Wait()
	none(t)
	if len(children.children) != 0 {
		t.Fatalf("%d entries are left in the table", len(children.children))
	}
}

func TestFailedStartsBesideGoodOnes(t *testing.T) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 20 {
				if _, err := children.Start(NewCommand("/no/such/program", nil)); err == nil {
					t.Error("a program that is not there was started")
				}
				p, err := children.Start(sh("exit 7"))
				if err != nil {
					t.Error(err)
					return
				}
				if got := p.Status().Code; got != 7 {
					t.Errorf("got %d, want 7", got)
				}
			}
		})
	}
	wg.Wait()
	none(t)
}

func TestTheChildGetsItsArgumentsEnvironmentAndDirectory(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	odd := "a \xff\xfe\n\"b\" $HOME"
	for _, stage := range []bool{false, true} {
		c := sh(`pwd -P; printf '%s\n' "$0" "$1" "$ODD" "${UNASKED-none}"; exit 0`, odd)
		c.Env, c.Dir, c.OnVolume = append(c.Env, "ODD="+odd), dir, stage
		t.Setenv("UNASKED", "here")
		got, _ := output(t, c)
		if want := strings.Join([]string{dir, "sh", odd, odd, "none"}, "\n"); got != want {
			t.Errorf("stage %v: got %q, want %q", stage, got, want)
		}
	}
}

func TestDescriptors(t *testing.T) {
	for _, stage := range []bool{false, true} {
		in, inW, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		extra, extraW, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		for w, text := range map[*os.File]string{inW: "standard", extraW: "extra"} {
			if _, err := w.WriteString(text + "\n"); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		// Descriptors 4 to 9 must all be closed: neither our pipes nor the stage's leak.
		c := sh(`read a; read b <&3; echo "$a $b"; i=4; while [ $i -lt 10 ]; do if (eval ": <&$i") 2>/dev/null; then echo "$i is open"; fi; i=$((i+1)); done`)
		c.Stdin, c.ExtraFiles, c.OnVolume, c.Stderr = in, []*os.File{extra}, stage, null(t)
		if got, _ := output(t, c); got != "standard extra" {
			t.Errorf("stage %v: got %q", stage, got)
		}
		for _, f := range []*os.File{in, extra} {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestUmask(t *testing.T) {
	before := syscall.Umask(0o027)
	defer syscall.Umask(before)
	for _, stage := range []bool{false, true} {
		for umask, want := range map[int]string{-1: "0027", 0: "0000", 0o077: "0077", 0o002: "0002"} {
			c := sh("umask")
			c.Umask, c.OnVolume = umask, stage
			if got, _ := output(t, c); got != want {
				t.Errorf("umask %o, stage %v: got %s, want %s", umask, stage, got, want)
			}
		}
	}
	if _, err := children.Start(&Command{Path: "/no/such/program", Umask: 0o077}); err == nil {
		t.Error("a program that is not there was started")
	}
	if now := syscall.Umask(0o027); now != 0o027 {
		t.Errorf("our own umask is %o now", now)
	}
}

func TestSessionAndGroup(t *testing.T) {
	tests := []struct {
		name           string
		session, group bool
	}{
		{"neither", false, false},
		{"a group", false, true},
		{"a session", true, false},
		{"both are a session", true, true},
	}
	for _, tt := range tests {
		for _, stage := range []bool{false, true} {
			t.Run(tt.name+" stage="+strconv.FormatBool(stage), func(t *testing.T) {
				c := NewCommand("/bin/cat", []string{"cat", "/proc/self/stat"})
				c.Session, c.Group, c.OnVolume = tt.session, tt.group, stage
				text, _ := output(t, c)
				fields := strings.Fields(text)
				pid, group, session := fields[0], fields[4], fields[5]
				if (group == pid) != (tt.group || tt.session) || (session == pid) != tt.session {
					t.Fatalf("pid %s, group %s, session %s", pid, group, session)
				}
			})
		}
	}
}

// group starts a leader that has a child in its group, and gives the pipe that
// both hold open: it ends when both have.
func group(t *testing.T, script string, set func(*Command)) (*Process, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	c := sh(script)
	c.Stdout = w
	set(c)
	p, err := children.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(r)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	return p, lines
}

func TestKillGroupEndsWhatTheLeaderLeft(t *testing.T) {
	p, lines := group(t, "sleep 1000 & echo ready; exit 5", func(c *Command) { c.Group, c.KillGroup = true, true })
	if got := p.Status(); got != (Status{Code: 5}) {
		t.Errorf("the leader's own status is lost: %s", got)
	}
	if _, err := io.ReadAll(lines); err != nil {
		t.Fatal(err)
	}
	none(t)
}

func TestSignalGroupReachesTheGroup(t *testing.T) {
	p, lines := group(t, "sleep 1000 & echo ready; wait", func(c *Command) { c.Session = true })
	if err := p.SignalGroup(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.Status().Signal; got != syscall.SIGTERM {
		t.Errorf("got %s", p.Status())
	}
	if _, err := io.ReadAll(lines); err != nil {
		t.Fatal(err)
	}
	none(t)
}

func TestSignalGroupOfAChildInOurGroupReachesItAlone(t *testing.T) {
	p, _ := group(t, "echo ready; exec sleep 1000", func(*Command) {})
	if err := p.SignalGroup(syscall.SIGTERM); err != nil { // our own group would take us along
		t.Fatal(err)
	}
	if got := p.Status().Signal; got != syscall.SIGTERM {
		t.Errorf("got %s", p.Status())
	}
}

func TestStopsAreReported(t *testing.T) {
	stops := children.Stops()
	p, _ := group(t, "echo ready; exec sleep 1000", func(c *Command) { c.Group = true })
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-stops:
		if got.Process != p || got.Signal != syscall.SIGSTOP {
			t.Fatalf("got %+v", got)
		}
	case <-deadline(t).Done():
		t.Fatal("no report")
	}
	select {
	case <-p.Done():
		t.Fatal("a stopped child counts as ended")
	default:
	}
	if err := p.Suspend(); err != nil { // without a terminal it just goes on
		t.Fatal(err)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.Status().Signal; got != syscall.SIGTERM {
		t.Fatal(p.Status())
	}
}

func TestWaitEmptyEndsWithItsContext(t *testing.T) {
	p, _ := group(t, "echo ready; exec sleep 1000", func(*Command) {})
	if children.Empty() {
		t.Error("a table with a child is empty")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := children.WaitEmpty(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	none(t)
	if !children.Empty() {
		t.Error("a table without children is not empty")
	}
	if got := p.Status().ExitCode(); got != 137 {
		t.Errorf("got %d", got)
	}
}

func TestAStartAfterTheEndOfItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := children.StartContext(ctx, sh("true"))
	if e, ok := errors.AsType[*StartError](err); !ok || e.Code() != 125 || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

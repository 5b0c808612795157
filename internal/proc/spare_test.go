package proc

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// grown starts a tree of three processes and gives its root when all of them are up; its output ends with the last of
// them.
func grown(t *testing.T) (*Process, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	c := sh(tree, "1", tree)
	c.Stdout, c.Session = w, true
	p, err := children.Start(c)
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(r)
	for range 3 {
		if line, err := lines.ReadString('\n'); line != "up\n" {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	return p, lines
}

func alive(p *Process) bool {
	select {
	case <-p.Done():
		return false
	default:
		return true
	}
}

// A child whose end somebody else sees to is spared, with all that descends from it; nobody else is.
func TestSignalDescendantsSparesTrees(t *testing.T) {
	spared, theirs := grown(t)
	doomed, ours := grown(t)
	if n, err := children.SignalDescendants(syscall.SIGTERM, spared); err != nil || n < 3 {
		t.Fatalf("reached %d, %v", n, err)
	}
	if _, err := io.ReadAll(ours); err != nil { // all of the other tree has ended
		t.Fatal(err)
	}
	ended(t, doomed)
	if !alive(spared) || theirs.Buffered() > 0 {
		t.Fatal("the spared tree was reached")
	}
	// Who has closed its end of the pipe is about to be dead.
	for late := deadline(t); ; {
		n, err := children.SignalDescendants(syscall.SIGTERM, spared, doomed)
		if n == 0 && err == nil {
			break
		}
		if err != nil || late.Err() != nil {
			t.Fatalf("reached %d, %v", n, err)
		}
	}
	// Each of it is there still: every one can be told.
	if n, err := children.SignalDescendants(syscall.SIGKILL, doomed); err != nil || n < 3 {
		t.Errorf("reached %d of the spared tree, %v", n, err)
	}
	if _, err := io.ReadAll(theirs); err != nil {
		t.Fatal(err)
	}
	none(t)
}

// One that has ended spares nobody: its number may be another's by now.
func TestWhoHasEndedSparesNobody(t *testing.T) {
	old, err := children.Start(sh("exit 0"))
	if err != nil {
		t.Fatal(err)
	}
	ended(t, old)
	p, lines := grown(t)
	stale := &Process{table: children, pid: p.Pid()} // as if it had the number that the tree has now
	if n, err := children.SignalDescendants(syscall.SIGKILL, old, stale); err != nil || n < 3 {
		t.Errorf("reached %d, %v", n, err)
	}
	if _, err := io.ReadAll(lines); err != nil {
		t.Fatal(err)
	}
	none(t)
}

// Without /proc the table's own children are what there is, and the spared ones are spared there too.
func TestSparingWithoutProc(t *testing.T) {
	spared, theirs := grown(t)
	doomed, ours := grown(t)
	children.mu.Lock()
	n, err := children.signalTable(syscall.SIGKILL, map[int]bool{spared.Pid(): true})
	children.mu.Unlock()
	if n != 1 || !errors.Is(err, ErrNoProc) {
		t.Errorf("reached %d, %v", n, err)
	}
	ended(t, doomed)
	if !alive(spared) {
		t.Error("the spared child was reached")
	}
	if _, err := children.SignalDescendants(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.Reader{theirs, ours} {
		if _, err := io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	none(t)
}

// score gives the score of this process.
func score(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A child is to end before us when memory does, without any right and without the child stage.
func TestOOMRaise(t *testing.T) {
	own := score(t)
	for _, c := range []struct {
		about    string
		raise    int
		explicit *int
		stage    bool
		want     int
	}{
		{"nothing", 0, nil, false, own},
		{"a tenth", 100, nil, false, own + 100},
		{"through the stage", 100, nil, true, own + 100},
		{"no more than there is", 5000, nil, false, 1000},
		{"a score of its own", 0, new(own + 7), false, own + 7},
	} {
		t.Run(c.about, func(t *testing.T) {
			// It reads until the score is there: it is raised from outside, a moment after the start.
			cmd := sh(`n=0; while read s </proc/self/oom_score_adj; [ "$s" != "$1" ] && [ $n -lt 300 ]; do n=$((n+1)); sleep 0.01; done; echo "$s"`, strconv.Itoa(c.want))
			cmd.OOMRaise, cmd.OnVolume, cmd.Limits.OOMScoreAdj = c.raise, c.stage, c.explicit
			if cmd.needsStage() != (c.stage || c.explicit != nil) {
				t.Error("it goes the other way")
			}
			if got, status := output(t, cmd); got != strconv.Itoa(c.want) || !status.Success() {
				t.Errorf("got %s, %s", got, status)
			}
		})
	}
	if now := score(t); now != own {
		t.Errorf("our own score is %d, was %d", now, own)
	}
	none(t)
}

// One that has ended needs no score, and whoever has its number now gets none.
func TestRaisingTheScoreOfNobody(t *testing.T) {
	NewTable().raiseOOMScore(1<<30, 100)
	NewTable().raiseOOMScore(0, 100)
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("needs /proc: ", err)
	}
	if err := writeOOMScoreAdj("no-such-process", 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

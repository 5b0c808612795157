package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree is a shell script that grows a binary tree of n levels. Every process of
// it holds stdout open.
const tree = `if [ "$1" -gt 0 ]; then for i in 1 2; do sh -c "$2" sh $(($1-1)) "$2" & done; fi; echo up; sleep 1000 & wait`

func TestSignalDescendantsReachesTheWholeTree(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c := sh(tree, "3", tree)
	c.Stdout = w
	p, err := children.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(r)
	for range 15 {
		if line, err := lines.ReadString('\n'); line != "up\n" {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	// A stranger that is no descendant: our parent. It gets nothing, or this test would not go on.
	n, err := children.SignalDescendants(syscall.SIGKILL)
	if err != nil || n < 15 {
		t.Fatalf("reached %d, %v", n, err)
	}
	if _, err := io.ReadAll(lines); err != nil { // ends when the last of them has
		t.Fatal(err)
	}
	if got := p.Status().Signal; got != syscall.SIGKILL {
		t.Fatal(p.Status())
	}
	none(t)
	if n, err := children.SignalDescendants(syscall.SIGTERM); n != 0 || err != nil {
		t.Fatalf("nobody is left, and %d were reached, %v", n, err)
	}
}

// helperTree is a subreaper whose grandchildren leave their group, their
// session and their parent.
func helperTree() error {
	if err := BecomeSubreaper(); err != nil {
		return err
	}
	table := NewTable()
	reapOn(table)
	p, err := table.Start(sh(`for i in 1 2 3; do (setsid sleep 1000 &); done; exit 0`))
	if err != nil {
		return err
	}
	p.Status()
	reached := 0
	for reached < 3 { // setsid(1) needs a moment to become sleep
		n, err := table.SignalDescendants(syscall.SIGTERM)
		if err != nil {
			return err
		}
		reached += n
	}
	ctx, cancel := contextFor(30 * time.Second)
	defer cancel()
	if err := table.WaitEmpty(ctx); err != nil {
		return err
	}
	fmt.Println("empty")
	return nil
}

func TestOrphansInSessionsOfTheirOwnAreReached(t *testing.T) {
	if got, status := output(t, part(t, "tree")); got != "empty" || !status.Success() {
		t.Fatalf("%s: %q", status, got)
	}
}

// helperNoProc runs where /proc is not mounted.
func helperNoProc() error {
	if _, err := os.Stat("/proc/self"); err == nil {
		return errors.New("/proc is mounted")
	}
	table := NewTable()
	reapOn(table)
	c := sh("exit 4")
	c.OnVolume = true
	p, err := table.Start(c)
	if err != nil {
		return err
	}
	fmt.Println(p.Status())
	ready := make(chan os.Signal, 1)
	signal.Notify(ready, syscall.SIGUSR1)
	if p, err = table.Start(sh("kill -USR1 $PPID; exec sleep 1000")); err != nil {
		return err
	}
	<-ready
	n, err := table.SignalDescendants(syscall.SIGKILL)
	fmt.Println(n, errors.Is(err, ErrNoProc))
	fmt.Println(p.Status())
	return nil
}

func TestWithoutProc(t *testing.T) {
	needsRoot(t)
	c := part(t, "no-proc")
	unshare, err := LookPath("unshare", os.Getenv("PATH"), "", nil)
	if err != nil {
		t.Skip("needs unshare: ", err)
	}
	if _, status := output(t, &Command{Path: unshare, Args: []string{"unshare", "-m", "true"}, Env: c.Env[1:], Umask: -1}); !status.Success() {
		t.Skip("needs to make a mount namespace")
	}
	c.Args = []string{"unshare", "-m", "sh", "-c", `umount -l /proc && exec "$0"`, c.Path}
	c.Path = unshare
	c.Stderr = os.Stderr // where the race detector says that it misses /proc too
	got, status := output(t, c)
	if want := "exit 4\n1 true\nkilled by SIGKILL"; got != want || !status.Success() {
		t.Fatalf("%s: got %q, want %q", status, got, want)
	}
}

// helperInit is PID 1 of a pid namespace.
func helperInit() error {
	if os.Getpid() != 1 {
		return fmt.Errorf("this is process %d", os.Getpid())
	}
	table := NewTable()
	reapOn(table)
	p, err := table.Start(sh(`i=0; while [ $i -lt 500 ]; do (sleep 0 &); i=$((i+1)); done; exit 9`))
	if err != nil {
		return err
	}
	fmt.Println(p.Status())
	ctx, cancel := contextFor(30 * time.Second)
	defer cancel()
	if err := table.WaitEmpty(ctx); err != nil {
		return err
	}
	pids, err := processes()
	if err != nil {
		return err
	}
	fmt.Println("processes left:", pids)
	// A program that double-forks away, and one that ignores TERM.
	if p, err = table.Start(sh(`(setsid sh -c 'trap "" TERM; kill -USR1 1; while :; do sleep 1000; done' &)`)); err != nil {
		return err
	}
	up := make(chan os.Signal, 1)
	signal.Notify(up, syscall.SIGUSR1)
	p.Status()
	select {
	case <-up:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := table.SignalDescendants(syscall.SIGTERM); err != nil {
		return err
	}
	fmt.Println("empty after TERM:", table.Empty())
	if _, err := table.SignalDescendants(syscall.SIGKILL); err != nil {
		return err
	}
	return table.WaitEmpty(ctx)
}

func TestAsPIDOne(t *testing.T) {
	needsRoot(t)
	c := part(t, "init")
	unshare, err := LookPath("unshare", os.Getenv("PATH"), "", nil)
	if err != nil {
		t.Skip("needs unshare: ", err)
	}
	args := []string{"unshare", "-pf", "--mount-proc"}
	if _, status := output(t, &Command{Path: unshare, Args: append(args, "true"), Env: c.Env[1:], Umask: -1}); !status.Success() {
		t.Skip("needs to make a pid namespace")
	}
	c.Args = append(args, c.Path)
	c.Path = unshare
	got, status := output(t, c)
	if want := "exit 9\nprocesses left: [1]\nempty after TERM: false"; got != want || !status.Success() {
		t.Fatalf("%s: got %q, want %q", status, got, want)
	}
}

func TestProcessesAreThoseOfThisNamespace(t *testing.T) {
	pids, err := processes()
	if err != nil {
		t.Skip("needs /proc of this pid namespace: ", err)
	}
	var text []string
	for _, pid := range pids {
		text = append(text, strconv.Itoa(pid))
	}
	if !strings.Contains(" "+strings.Join(text, " ")+" ", " "+strconv.Itoa(os.Getpid())+" ") {
		t.Fatal("we are not among them")
	}
}

func TestSelf(t *testing.T) {
	path, err := self()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if name := execFn(); name != "" {
		theirs, err := os.Stat(name)
		if err != nil || !os.SameFile(ours, theirs) {
			t.Fatalf("the kernel executed %q, which is not %q: %v", name, path, err)
		}
	}
}

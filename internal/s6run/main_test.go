package s6run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/proc"
)

// children is the one owner of wait in the tests; rooms beside each other share it, and so do the genuine programs.
var children = proc.NewTable()

func TestMain(m *testing.M) {
	if len(os.Args) > 0 && os.Args[0] == proc.StageName {
		proc.ChildStage()
	}
	os.Exit(tests(m))
}

// tests runs the tests as a subreaper, so that whatever they start comes back and nothing is left behind.
func tests(m *testing.M) int {
	if err := proc.BecomeSubreaper(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for fd := 3; fd < 1024; fd++ { // what our caller left open
		syscall.CloseOnExec(fd)
	}
	dead := make(chan os.Signal, 1)
	signal.Notify(dead, syscall.SIGCHLD)
	go func() {
		for range dead {
			children.Reap()
		}
	}()
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = children.SignalDescendants(syscall.SIGKILL)
	_ = children.WaitEmpty(ctx)
	return code
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
func until(t *testing.T, what func() string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for ctx := deadline(t); !holds(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to be: %s", what())
		}
	}
}

func says(text string) func() string { return func() string { return text } }

// ok ends a test whose ground is not what it needs.
func ok(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// alive says whether a process is there and isn't dead.
func alive(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(data), ") Z ") && !strings.Contains(string(data), ") X ")
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it gives directories to somebody else")
	}
}

// genuine gives the path of a program of s6's own.
func genuine(t *testing.T, name string) string {
	t.Helper()
	path, err := proc.LookPath(name, os.Getenv("PATH"), "", nil)
	if err != nil {
		t.Skip("needs Debian's package s6: " + name + " is not here")
	}
	return path
}

// runs runs a program to its end, and gives what it said and its code.
func runs(t *testing.T, as *proc.Credential, argv ...string) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	ok(t, err)
	defer func() { _ = r.Close() }()
	path := argv[0]
	if !strings.Contains(path, "/") {
		path = genuine(t, path)
	}
	c := proc.NewCommand(path, argv)
	c.Env, c.Credential, c.Stdout, c.Stderr = os.Environ(), as, w, w
	p, err := children.Start(c)
	_ = w.Close()
	ok(t, err)
	said, _ := io.ReadAll(r)
	return string(said), p.Status().ExitCode()
}

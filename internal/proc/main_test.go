package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperVar names the part that this test binary plays in a child.
const helperVar = "PROC_TEST_HELPER"

// children is the table of all tests: a process has one owner of wait, so the
// tests of this room can't run beside each other.
var children = NewTable()

func TestMain(m *testing.M) {
	if len(os.Args) > 0 && os.Args[0] == StageName {
		ChildStage()
	}
	if name := os.Getenv(helperVar); name != "" {
		if err := helper(name); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// As the daemon: an orphan of a tree that is signalled comes back to us.
	if err := BecomeSubreaper(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	reapOn(children)
	os.Exit(m.Run())
}

// reapOn does what the daemon does.
func reapOn(t *Table) {
	dead := make(chan os.Signal, 1)
	signal.Notify(dead, syscall.SIGCHLD) // before this returns: nobody is told of an end that came earlier
	go func() {
		for range dead {
			t.Reap()
		}
	}()
}

// helper plays a part that needs a process of its own.
func helper(name string) error {
	switch name {
	case "exec":
		return helperExec()
	case "attempt":
		return helperAttempt()
	case "spawn":
		return helperSpawn()
	case "stage-less":
		return helperStageLess()
	case "no-proc":
		return helperNoProc()
	case "init":
		return helperInit()
	case "leader":
		return helperLeader()
	case "shell":
		return helperShell()
	case "job":
		return helperJob()
	case "plain":
		return helperPlain()
	case "tree":
		return helperTree()
	}
	return fmt.Errorf("play %q: no such part", name)
}

// playing is the environment of a helper that starts another: of two lines for
// one variable a Go program reads the first.
func playing(name string) []string {
	env := slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, helperVar+"=") })
	return append(env, helperVar+"="+name)
}

// deadline is long: it is for a test that hangs, not for one that is slow.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// part is a Command that plays a part.
func part(t *testing.T, name string, env ...string) *Command {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := NewCommand(path, []string{path})
	c.Env = append([]string{helperVar + "=" + name, "PATH=" + os.Getenv("PATH")}, env...)
	return c
}

// sh is a Command that runs a shell script, fast or through the stage.
func sh(script string, args ...string) *Command {
	c := NewCommand("/bin/sh", append([]string{"sh", "-c", script, "sh"}, args...))
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	return c
}

// output starts a command, waits, and gives what it wrote.
func output(t *testing.T, c *Command) (string, Status) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c.Stdout = w
	if c.Stderr == nil {
		c.Stderr = w
	}
	p, err := children.Start(c)
	_ = w.Close()
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, p)
	return strings.TrimSuffix(string(data), "\n"), p.Status()
}

// ended waits for a process.
func ended(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-deadline(t).Done():
		t.Fatalf("process %d did not end", p.Pid())
	}
}

// none waits until the tests have no child left.
func none(t *testing.T) {
	t.Helper()
	if err := children.WaitEmpty(deadline(t)); err != nil {
		t.Fatalf("children are left: %v", err)
	}
}

// needsRoot skips a test that changes identity.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes identity or makes namespaces")
	}
	caps, err := Effective()
	if err != nil {
		t.Fatal(err)
	}
	if !caps.Has(CapSetuid) || !caps.Has(CapSetgid) {
		t.Skip("needs root with SETUID and SETGID")
	}
}

// contextFor is a deadline for a helper, which has no test to ask.
func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

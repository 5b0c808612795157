package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// chained lets a helper of this binary do something that this process, whose children are its table's, can't do.
func chained(t *testing.T, part string, files ...*os.File) (said string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := os.CreateTemp(t.TempDir(), "answer")
	if err != nil {
		t.Fatal(err)
	}
	c := NewCommand(self, []string{self, part})
	c.Env = playing("spawn")
	c.Stdout, c.Stderr, c.ExtraFiles = answer, answer, files
	p, err := children.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Status()
	text, err := os.ReadFile(answer.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), s.ExitCode()
}

// helperSpawn is what those helpers do.
func helperSpawn() error {
	shell := func(script string) *Command {
		c := NewCommand("/bin/sh", []string{"sh", "-c", script})
		c.Env = []string{"PATH=/usr/bin:/bin"}
		return c
	}
	run := func(c *Command, files [3]int) error {
		pid, err := Spawn(c, files)
		if err != nil {
			return err
		}
		ended, s, err := Await(pid, true)
		fmt.Println(ended == pid, s)
		return err
	}
	switch os.Args[1] {
	case "ends":
		return errors.Join(run(shell("exit 3"), [3]int{0, 1, 2}), run(shell("kill -9 $$"), [3]int{0, 1, 2}))
	case "signals":
		signal.Ignore(syscall.SIGHUP)
		signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
		return run(shell("grep -E 'Sig(Ign|Cgt|Blk)' /proc/self/status"), [3]int{0, 1, 2})
	case "inherited":
		if err := unix.Dup3(1, 7, 0); err != nil {
			return err
		}
		return run(shell("echo seven >&7; echo one >&1"), [3]int{0, -1, 2})
	case "low":
		// Go's own pipe would get the numbers of what is closed here, and be moved onto 4.
		if err := errors.Join(unix.Dup3(1, 4, 0), unix.Dup3(1, 5, 0), unix.Close(0)); err != nil {
			return err
		}
		return errors.Join(run(shell("echo four >&4; echo five >&5; [ -e /proc/self/fd/0 ] || echo closed"), [3]int{-1, 1, 2}))
	case "no child":
		_, _, err := Await(-1, true)
		fmt.Println(err)
		pid, err := Spawn(shell("read x"), [3]int{3, 1, 2}) // the test's pipe, which nobody writes: it doesn't end by itself
		if err != nil {
			return err
		}
		ended, _, err := Await(pid, false)
		fmt.Println(ended, err, Forward(pid, syscall.SIGTERM), Forward(0, syscall.SIGTERM))
		_, s, err := Await(pid, true)
		fmt.Println(s)
		return err
	case "identity":
		if err := Become(&Credential{UID: 4711, GID: 4712}); err != nil {
			return err
		}
		return run(shell("id -u; id -g"), [3]int{0, 1, 2})
	}
	return errors.New("no such part")
}

func TestAChildOfAChain(t *testing.T) {
	pipe, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = pipe.Close(), w.Close() }()
	for _, c := range []struct{ name, part, want string }{
		{"its end is told, one way or the other", "ends", "true exit 3\ntrue killed by SIGKILL\n"},
		{"it inherits what the script opened, and not what is closed for it", "inherited", "sh: 1: cannot create 1: Bad file descriptor"},
		{"low numbers that are closed stay closed, and high ones stay what they are", "low", "four\nfive\nclosed\ntrue exit 0\n"},
		{"without a child there is nothing to wait for, and one that runs isn't waited for unless asked", "no child", "no child processes\n0 <nil> <nil> no such process\nkilled by SIGTERM\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, code := chained(t, c.part, pipe)
			if c.part == "inherited" {
				if !strings.Contains(said, "seven\n") || strings.Contains(said, "one\n") {
					t.Errorf("it says %q", said)
				}
				return
			}
			if code != 0 || said != c.want {
				t.Errorf("it ends with %d and says %q, want %q", code, said, c.want)
			}
		})
	}
}

func TestAChildHasTheSignalsThatAreInherited(t *testing.T) {
	said, code := chained(t, "signals")
	if code != 0 {
		t.Fatalf("it ends with %d and says %q", code, said)
	}
	for line := range strings.Lines(said) {
		name, mask, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found {
			continue
		}
		var bits uint64
		if _, err := fmt.Sscanf(strings.TrimSpace(mask), "%x", &bits); err != nil {
			t.Fatal(err)
		}
		has := func(sig syscall.Signal) bool { return bits&(1<<(sig-1)) != 0 }
		switch name {
		case "SigIgn":
			if !has(syscall.SIGHUP) || has(syscall.SIGPIPE) || has(syscall.SIGTERM) {
				t.Errorf("ignored are %s", mask)
			}
		case "SigCgt", "SigBlk":
			if has(syscall.SIGPIPE) || has(syscall.SIGTERM) {
				t.Errorf("%s is %s", name, mask)
			}
		}
	}
}

// The identity is that of the thread that calls: a child of another one would be root's.
func TestAChildHasTheIdentityOfItsThread(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: only it can become somebody else")
	}
	if said, code := chained(t, "identity"); code != 0 || said != "4711\n4712\ntrue exit 0\n" {
		t.Errorf("it ends with %d and says %q", code, said)
	}
}

func TestWhatNoChildCanBe(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		cmd  *Command
		op   string
	}{
		{"nothing", NewCommand("", nil), OpRun},
		{"a program that isn't there", NewCommand("/nonexistent", nil), OpRun},
		{"one with a NUL in a word", NewCommand(sh, []string{"sh", "\x00"}), OpFork},
		{"one with a session of its own by way of the stage", &Command{Path: sh, Umask: -1, NoNewPrivs: true}, OpFork},
		{"one with descriptors of its own", &Command{Path: sh, Umask: -1, Stdin: os.Stdin}, OpFork},
		{"one with a umask of its own", &Command{Path: sh, Umask: 0o77}, OpFork},
	} {
		t.Run(c.name, func(t *testing.T) {
			pid, err := Spawn(c.cmd, [3]int{0, 1, 2})
			if e, ok := errors.AsType[*StartError](err); !ok || e.Op != c.op {
				t.Errorf("it gives %d, %v", pid, err)
			}
		})
	}
}

func TestThisProgramCanBeFound(t *testing.T) {
	path, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Access(path, unix.X_OK); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

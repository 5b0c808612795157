package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// patience is how long a session waits for a condition that should come at once.
const patience = 30 * time.Second

// jail starts a command as PID 1 of a root directory of its own: what it writes to /etc, /run or a volume stays in the
// session's directory. JAIL holds options: noproc leaves /proc out, roetc makes /etc read-only, roall everything; tmprun and
// noexecrun mount a memory at /run as engines do, ownbin one at /usr/bin, ownshm one at /dev/shm, which is the machine's otherwise.
const jail = `#!/bin/sh
umask 022
PATH=$PATH:/usr/sbin:/sbin
exec unshare -mpf --kill-child --propagation private sh -c '
root=$1; shift
mount --bind "$root" "$root"
cd "$root"
for d in usr bin sbin lib lib64; do
	[ -e "/$d" ] || continue
	mkdir -p "$d" && mount --rbind "/$d" "$d" && mount -o remount,bind,ro "$d"
done
mkdir -p dev && mount --rbind /dev dev
case " $JAIL " in *" noproc "*) ;; *) mkdir -p proc && mount -t proc proc proc ;; esac
case " $JAIL " in *" roetc "*) mount --bind etc etc && mount -o remount,bind,ro etc ;; esac
case " $JAIL " in *" ownbin "*) mount -t tmpfs tmpfs usr/bin ;; esac # /bin has all of it still
case " $JAIL " in *" tmprun "*) mount -t tmpfs -o mode=755 tmpfs run ;; esac
case " $JAIL " in *" noexecrun "*) mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs run ;; esac
case " $JAIL " in *" ownshm "*) mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs dev/shm ;; esac
case " $JAIL " in *" roshm "*) mount -t tmpfs -o ro tmpfs dev/shm ;; esac
case " $JAIL " in *" roall "*) mount -o remount,bind,ro . ;; esac
case " $JAIL " in *" rodata "*) mount --bind data data && mount -o remount,bind,ro data ;; esac
unset JAIL JAILROOT
chroot=$(command -v chroot)
PATH=/app/bin:/usr/bin:/bin
export PATH
exec $chroot . "$@"' sh "$JAILROOT" "$@"
`

// setup lays the image's root directory of a session: accounts, berth under its names, an empty /data.
func setup(env *testscript.Env) error {
	syscall.Umask(0o022) // the image's own modes; what berth does under another umask is said by sessions of their own
	root := filepath.Join(env.WorkDir, "root")
	bin := filepath.Join(env.WorkDir, "bin")
	for _, dir := range []string{root, bin, filepath.Join(root, "etc/berth"), filepath.Join(root, "app/bin"), filepath.Join(root, "run"), filepath.Join(root, "data"), filepath.Join(root, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, name := range []string{"app/berth", "app/argv"} { // two files: the app is not berth
		if err := copyFile(self, filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for _, name := range []string{"app/bin/berth", "app/bin/hermes", "app/bin/tini", "init", "app/entrypoint.sh"} {
		if err := os.Symlink("/app/berth", filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nhermes:x:10000:10000::/data:/bin/sh\n",
		"etc/group":  "root:x:0:\nhermes:x:10000:\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(root, name), 0o644); err != nil {
			return err
		}
	}
	path := filepath.Join(bin, "jail")
	if err := os.WriteFile(path, []byte(jail), 0o600); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o755); err != nil {
		return err
	}
	env.Setenv("PATH", bin+":"+env.Getenv("PATH"))
	env.Setenv("JAILROOT", root)
	env.Values[running{}] = map[string]*exec.Cmd{}
	return nil
}

// copyFile copies a program.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		return err
	}
	return os.Chmod(to, 0o755)
}

// code N COMMAND: runs a command that must end with exactly N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [args]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exitCode(e.ProcessState)
	}
	if want := number(ts, args[0]); got != want {
		ts.Fatalf("ended with %d, want %d", got, want)
	}
}

func exitCode(s *os.ProcessState) int {
	if st, ok := s.Sys().(syscall.WaitStatus); ok && st.Signaled() {
		return 128 + int(st.Signal())
	}
	return s.ExitCode()
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// running is the key of the commands that a session has started.
type running struct{}

// start NAME COMMAND: starts a command; its output goes to NAME.out and NAME.err.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start name command [args]")
	}
	name := args[0]
	path := args[1]
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") {
		if full := filepath.Join(dir, path); !strings.Contains(path, "/") && unix.Access(full, unix.X_OK) == nil {
			path = full
			break
		}
	}
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	defer func() { _ = out.Close() }()
	errs, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	defer func() { _ = errs.Close() }()
	c := exec.Command(path, args[2:]...)
	c.Args[0] = args[1]
	c.Dir = ts.MkAbs(".")
	c.Stdout, c.Stderr = out, errs
	c.Env = []string{
		"PATH=" + ts.Getenv("PATH"), "JAILROOT=" + ts.Getenv("JAILROOT"), "JAIL=" + ts.Getenv("JAIL"), "HOME=/no-home",
		"BERTH_STOP_TIMEOUT=" + ts.Getenv("BERTH_STOP_TIMEOUT"), "WORK=" + ts.Getenv("WORK"),
	}
	ts.Check(c.Start())
	ts.Value(running{}).(map[string]*exec.Cmd)[name] = c
	ts.Defer(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
}

func started(ts *testscript.TestScript, name string) *exec.Cmd {
	c := ts.Value(running{}).(map[string]*exec.Cmd)[name]
	if c == nil {
		ts.Fatalf("%s was not started", name)
	}
	return c
}

// send SIGNAL NAME [inner]: signals a command that was started; inner: its only child, which is PID 1 of a jail.
func send(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: send SIGNAL name [inner]")
	}
	sig := unix.SignalNum("SIG" + args[0])
	if sig == 0 {
		ts.Fatalf("no signal is named %s", args[0])
	}
	pid := started(ts, args[1]).Process.Pid
	if len(args) == 3 {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		ts.Check(err)
		pid = number(ts, strings.TrimSpace(string(data)))
	}
	ts.Check(syscall.Kill(pid, sig))
}

// ends NAME N: waits until a command that was started has ended, with exactly N.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ends name N")
	}
	c := started(ts, args[0])
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.Wait() // the state is looked at below
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		_ = c.Process.Kill()
		<-done
		ts.Fatalf("%s did not end; it said\n%s", args[0], ts.ReadFile(args[0]+".err"))
	}
	if got, want := exitCode(c.ProcessState), number(ts, args[1]); got != want {
		ts.Fatalf("%s ended with %d, want %d; it said\n%s", args[0], got, want, ts.ReadFile(args[0]+".err"))
	}
}

// until PATTERN FILE: waits until a file holds a match.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until pattern file")
	}
	pattern, path := regexp.MustCompile("(?m)"+args[0]), ts.MkAbs(args[1])
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if data, err := os.ReadFile(path); err == nil && pattern.Match(data) {
			return
		}
	}
	data, _ := os.ReadFile(path)
	errs, _ := os.ReadFile(strings.TrimSuffix(path, ".out") + ".err")
	ts.Fatalf("%s never held %q; it holds\n%s\n%s", args[1], args[0], bytes.TrimSpace(data), bytes.TrimSpace(errs))
}

package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// overlayNames are the names of s6-overlay's programs that the jails' scripts call.
func overlayNames() []string {
	return []string{
		"s6-svscan", "s6-svc", "s6-svstat", "s6-svwait", "s6-svok", "s6-svscanctl", "s6-setuidgid", "s6-log", "s6-rc", "s6-echo", "s6-notifyoncheck",
		"with-contenv", "printcontenv", "execlineb", "if", "ifelse", "foreground", "redirfd", "importas", "backtick", "exec", "exit", "halt",
	}
}

// overlayJail makes a root directory of an image in s6-overlay's manner and becomes a command as its PID 1. CASE is the directory
// of the case, whose etc is the image's; RUN holds the options of a tmpfs on /run, none without them; READONLY makes all else
// read-only; AS are setpriv's options; GUEST leaves a shell to be PID 1.
const overlayJail = `
root=$1; shift
mount --bind "$root" "$root"
cd "$root"
for d in usr bin sbin lib lib64; do
	[ -e "/$d" ] || continue
	mount --rbind "/$d" "$d" && mount -o remount,bind,ro "$d"
done
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t proc proc proc
mount --bind "$CASE/etc" etc
if [ -n "$READONLY" ]; then mount -o remount,bind,ro etc; else mount -t tmpfs -o mode=1777 tmp tmp; fi
if [ -n "$RUN" ]; then mount -t tmpfs -o "$RUN" run run; elif [ -z "$READONLY" ]; then mount --bind "$CASE/run" run; fi
if [ -n "$READONLY" ]; then mount -o remount,bind,ro .; fi
if [ -n "$GUEST" ]; then set -- sh -c '"$@"; exit $?' sh "$@"; fi
export PATH=$PATH:/usr/sbin:/sbin
exec chroot . setpriv $AS env -i PATH=/usr/bin:/bin $VARS "$@"
`

// jailRoot is the root directory that all cases share; nothing in it is changed.
var jailRoot = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "berth-overlay-")
	if err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() { _ = os.RemoveAll(dir) })
	err = os.Chmod(dir, 0o755)
	for _, name := range []string{"usr", "bin", "sbin", "lib", "lib64", "dev", "proc", "etc", "run", "tmp", "app", "command", "package/admin/s6-overlay-3.1.6.2"} {
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.MkdirAll(path, 0o755), os.Chmod(path, 0o755))
	}
	err = errors.Join(err, os.Chmod(filepath.Join(dir, "package"), 0o755), os.Chmod(filepath.Join(dir, "package/admin"), 0o755))
	self, exe := os.Executable()
	err = errors.Join(err, exe, copyFile(self, filepath.Join(dir, "app/berth")), os.Chmod(filepath.Join(dir, "app/berth"), 0o755))
	err = errors.Join(err, os.Symlink("/app/berth", filepath.Join(dir, "init")), os.Symlink("s6-overlay-3.1.6.2", filepath.Join(dir, "package/admin/s6-overlay")))
	for _, name := range overlayNames() {
		err = errors.Join(err, os.Symlink("/app/berth", filepath.Join(dir, "command", name)))
	}
	return dir, err
})

// cleanups are what is undone when all tests have run.
var cleanups []func()

// A caged case is an image with its way to be started.
type caged struct {
	run      string // options of a tmpfs on /run
	readOnly bool
	guest    bool
	as       string // setpriv's options
	vars     string
	files    map[string]string
	command  []string
	signal   func(pid int, out *lines) // called once it runs; may wait for lines
}

// lines are what a jail writes, as it comes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until a text is there; false when it didn't come.
func (l *lines) await(text string) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if strings.Contains(l.String(), text) {
			return true
		}
	}
	return false
}

// modeOf says which files may be executed.
func modeOf(name string) os.FileMode {
	switch filepath.Base(name) {
	case "run", "finish", "check", "hook":
		return 0o755
	}
	if strings.Contains(name, "cont-init.d/") || strings.Contains(name, "cont-finish.d/") {
		return 0o755
	}
	return 0o644
}

// boot runs a case to its end and gives what it wrote and how it ended. A case that doesn't end in time is the test's failure.
func (c caged) boot(t *testing.T) (said string, code int) {
	t.Helper()
	if root, err := condition("root"); !root || err != nil {
		t.Skip("needs root: namespaces and a root directory of its own")
	}
	syscall.Umask(0o022)
	root, err := jailRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{
		"passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n", "group": "root:x:0:\napp:x:1000:\n",
	}
	maps.Copy(files, c.files)
	for name, text := range files {
		path := filepath.Join(dir, "etc", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, modeOf(name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "run"), 0o755), os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "etc"), 0o755)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"-mpf", "--kill-child", "--propagation", "private", "sh", "-euc", overlayJail, "sh", root, "/init"}, c.command...)...)
	flag := map[bool]string{true: "yes"}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "CASE=" + dir, "RUN=" + c.run, "READONLY=" + flag[c.readOnly], "GUEST=" + flag[c.guest], "AS=" + c.as, "VARS=" + c.vars,
	}
	out := &lines{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if c.signal != nil {
		c.signal(cmd.Process.Pid, out)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("it did not end; it said\n%s", out)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	} else if ok {
		return out.String(), exitCode(exit.ProcessState)
	}
	return out.String(), 0
}

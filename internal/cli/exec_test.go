package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/shim"
)

// open makes a directory that every user reaches, which t.TempDir's is not.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cli")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// program copies this test's program to where every user reaches it.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	return script(t, filepath.Join(open(t), "berth"), string(data))
}

// script lays a program down.
func script(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.Chmod(put(t, path, text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// process makes berth a process of its own.
func process(t *testing.T, self string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), isBerth+"=1")
	return c
}

// ran gives what a process gave.
func ran(t *testing.T, c *exec.Cmd) answer {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return answer{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// execImage lays an image down for the app: a spec that everybody can read, and a directory of its PATH with programs.
func execImage(t *testing.T, vol string) (bin string) {
	t.Helper()
	top := open(t)
	bin = mkdir(t, top+"/bin")
	script(t, bin+"/greet", "#!/bin/sh\necho \"$GREETING $*\"\n")
	put(t, bin+"/unrunnable", "#!/bin/sh\n")
	script(t, bin+"/orphan", "#!/nonexistent/shell\n")
	uid, gid := app()
	t.Setenv(front.SpecEnv, put(t, top+"/berth.yaml", fmt.Sprintf("version: 1\napp: tester\nuser: {uid: %d, gid: %d}\nvolume:\n  path: %q\n"+
		"env:\n  set: {GREETING: hello, HOME: /home/of/the/app}\n  unset: [SECRET]\n  path: [%q]\nmain: {command: [greet]}\n", uid, gid, vol, bin)))
	return bin
}

func TestExec(t *testing.T) {
	self := program(t)
	uid, gid := app()
	unbooted(t, func(vol string) {
		bin := execImage(t, vol)
		here := open(t)
		for _, c := range []struct {
			about string
			args  []string
			want  answer
		}{
			{"a program of the app's PATH", []string{"exec", "greet", "a", "b c"}, answer{0, "hello a b c\n", ""}},
			{"as the app's user and groups", []string{"exec", "sh", "-c", "id -u; id -g"}, answer{0, fmt.Sprintf("%d\n%d\n", uid, gid), ""}},
			{"in the services' environment", []string{"exec", "--", "sh", "-c", `echo "$HOME ${SECRET-none}"`}, answer{0, "/home/of/the/app none\n", ""}},
			{"in the directory of the caller", []string{"exec", "--", "pwd", "-P"}, answer{0, here + "\n", ""}},
			{"flags behind the command are its own", []string{"exec", "greet", "--json", "-f", "--", "--help"}, answer{0, "hello --json -f -- --help\n", ""}},
			{"a second -- too", []string{"--log-format", "text", "exec", "--", "greet", "--", "x"}, answer{0, "hello -- x\n", ""}},
			{"its own exit code", []string{"exec", "sh", "-c", "echo said >&2; exit 7"}, answer{7, "", "said\n"}},
			{"a program by its path", []string{"exec", bin + "/greet"}, answer{0, "hello \n", ""}},
			{"one that isn't there", []string{"exec", "nonexistent"}, answer{127, "", "berth: find \"nonexistent\": no such file or directory\nberth: hint: check the spelling and PATH, or give the program with its whole path\n"}},
			{"an empty name", []string{"exec", ""}, answer{127, "", "berth: find \"\": no such file or directory\nberth: hint: check the spelling and PATH, or give the program with its whole path\n"}},
			{"one that can't be run", []string{"exec", "unrunnable"}, answer{126, "", "berth: find \"unrunnable\": permission denied\nberth: hint: make it executable for the user that runs it\n"}},
			{"one whose interpreter isn't there", []string{"exec", "orphan"}, answer{127, "", "berth: run \"" + bin + "/orphan\": no such file or directory\n"}},
			{"nothing", []string{"exec"}, answer{2, "", "berth: read the command line: COMMAND is missing\nberth: hint: write `berth exec -- COMMAND`\n"}},
		} {
			p := process(t, self, c.args...)
			p.Dir = here
			p.Env = append(p.Env, "SECRET=x", "HOME=/root")
			got := ran(t, p)
			if got.code == c.want.code && got.out == c.want.out && strings.HasPrefix(got.err, c.want.err) && (c.want.err != "" || got.err == "") {
				continue
			}
			t.Errorf("%s: %+v, want %+v", c.about, got, c.want)
		}
	})
}

// Who is another user already stays that: docker exec --user.
func TestExecByAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be another user")
	}
	self := program(t)
	unbooted(t, func(string) {
		execImage(t, mkdir(t, open(t)+"/vol"))
		p := process(t, self, "exec", "sh", "-c", "id -u; echo $GREETING")
		p.Dir = "/"
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 5555, Gid: 5555}}
		if got := ran(t, p); got != (answer{0, "5555\nhello\n", ""}) {
			t.Errorf("%+v", got)
		}
	})
}

// What the last boot left written is enough: no spec is read.
func TestExecAfterABoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: the record is root's")
	}
	self := program(t)
	unbooted(t, func(string) {
		data, err := json.Marshal(shim.App{Version: 1, UID: 4242, GID: 4343, Groups: []uint32{4444}, Home: "/data", Umask: 0o27, Set: map[string]string{"FROM": "the record"}})
		if err != nil {
			t.Fatal(err)
		}
		name := put(t, filepath.Join(mkdir(t, records.Dir), records.AppFile), string(data))
		if err := errors.Join(os.Chown(name, 0, 4343), os.Chmod(name, 0o640)); err != nil {
			t.Fatal(err)
		}
		t.Setenv(front.SpecEnv, nowhere)
		p := process(t, self, "exec", "sh", "-c", "id -u; id -G; umask; echo $HOME $FROM")
		if got := ran(t, p); got != (answer{0, "4242\n4343 4444\n0027\n/data the record\n", ""}) {
			t.Errorf("%+v", got)
		}
	})
	t.Setenv(front.SpecEnv, nowhere)
	unbooted(t, func(string) {
		t.Setenv(front.SpecEnv, nowhere)
		if got := ran(t, process(t, self, "exec", "true")); got.code != 125 || !strings.Contains(got.err, "1 mistake") {
			t.Errorf("without a spec: %+v", got)
		}
	})
}

// Ctrl-C ends who follows, as it ends any program: quietly, 130 to a shell.
func TestCtrlCEndsAFollower(t *testing.T) {
	self := program(t)
	r := newRig(t, service("run", "ready", 12))
	for _, args := range [][]string{{"logs", "-f", "run"}, {"logs", "run", "--follow", "--json"}} {
		p := process(t, self, args...)
		var errs bytes.Buffer
		p.Stderr = &errs
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		<-r.heard
		_ = p.Process.Signal(syscall.SIGINT)
		_ = p.Wait() // the state is looked at
		st, ok := p.ProcessState.Sys().(syscall.WaitStatus)
		if !ok || !st.Signaled() || st.Signal() != syscall.SIGINT || errs.Len() > 0 {
			t.Errorf("%q ended with %v and said %q", args, p.ProcessState, errs.String())
		}
	}
}

// The whole of it as a person has it: a pipe to head, whose end is no error of berth's.
func TestAPipeToHead(t *testing.T) {
	self := program(t)
	r := newRig(t, service("web", "ready", 12))
	for range 5000 {
		r.says(api.NewLogLine("web", launched(), bytes.Repeat([]byte("x"), 100)))
	}
	c := exec.Command("bash", "-c", `set -o pipefail; "$0" logs web | head -n 1; "$0" logs -f web | head -n 1; "$0" events -f | head -c 0`, self)
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("needs bash: %v", err)
	}
	c.Env = append(os.Environ(), isBerth+"=1")
	if got := ran(t, c); got.code != 0 || got.err != "" || strings.Count(got.out, "\n") != 2 {
		t.Errorf("%+v", got)
	}
}

package s6

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/s6rc"
)

func TestAProgramRunsToItsEnd(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		about string
		argv  []string
		code  int
		fails string
	}{
		{"its own code", []string{"sh", "-c", "exit 7"}, 7, ""},
		{"killed by a signal", []string{"sh", "-c", "kill -9 $$"}, 137, ""},
		{"it isn't there", []string{"no-such-program"}, 0, "no-such-program"},
		{"it can't be executed", []string{"/etc/passwd"}, 0, "/etc/passwd"},
		{"it sees PATH and what it was given alone", []string{"sh", "-c", `[ "$RC_NAME" = x ] && [ -z "$HOME$USER" ]`}, 0, ""},
		{"its input ends at once", []string{"sh", "-c", "! read line"}, 0, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			code, err := r.program(t.Context(), c.argv, "/", "RC_NAME=x")
			if code != c.code || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got %d, %v", code, err)
			}
		})
	}
	if got := codeOf(boot.Fail(1, errors.New("x"), "")); got != 111 {
		t.Errorf("what was no start has %d", got)
	}
}

func TestAProgramWhoseTimeIsUpEnds(t *testing.T) {
	r := newRig(t)
	ready := t.TempDir() + "/ready"
	for _, c := range []struct{ about, script string }{
		{"by TERM, if it listens", "trap 'exit 3' TERM; : >" + ready + "; while :; do sleep 0.01; done"},
		{"by KILL, if it won't", "trap '' TERM; : >" + ready + "; while :; do sleep 0.01; done"},
	} {
		t.Run(c.about, func(t *testing.T) {
			_ = os.Remove(ready)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				defer cancel()
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
					if _, err := os.Stat(ready); err == nil {
						return
					}
				}
			}()
			if _, err := r.program(ctx, []string{"sh", "-c", c.script}, "/"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if len(r.Processes()) != 0 {
				t.Error("it is thought to run still")
			}
		})
	}
}

func TestWhatIsNowhereOnPathMayBeBerthItself(t *testing.T) {
	r := newRig(t)
	r.known = func(name string) bool { return name == "s6-thing" }
	exe, err := os.Executable()
	ok(t, err)
	if got, err := r.find("s6-thing"); err != nil || got != exe {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := r.find("sh"); err != nil || got == exe {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := r.find("s6-other"); err == nil {
		t.Error("a name that nobody knows is found")
	}
}

func TestContInitRunsAllOfThem(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	first, second, third := script(t, "echo 1 >>"+dir+"/order; exit 3"), script(t, "echo 2 >>"+dir+"/order"), s6rc.Program{Path: dir + "/none"}
	r.image.ContInit = []s6rc.Program{first, second, third}
	for _, c := range []struct{ behaviour, code int }{{0, 0}, {1, 0}, {2, 1}} {
		r.settings.Behaviour = c.behaviour
		if code, err := r.contInit(t.Context()); code != c.code || err != nil {
			t.Errorf("behaviour %d: got %d, %v", c.behaviour, code, err)
		}
	}
	if got := read(t, dir+"/order"); got != strings.Repeat("1\n2\n", 3) {
		t.Errorf("the order was %q", got)
	}
	for _, line := range []string{
		"plain: cont-init: info: running " + first.Path, "plain: cont-init: warning: " + first.Path + " exited 3",
		"plain: cont-init: info: " + second.Path + " exited 0", "plain: cont-init: warning: " + third.Path + " exited 127",
	} {
		if !strings.Contains(r.says(), line+"\n") {
			t.Errorf("it doesn't say %q: %s", line, r.says())
		}
	}
}

func TestContFinishHasItsLimits(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	slow, quick := script(t, "exec sleep 300"), script(t, "echo done >"+dir+"/done")
	r.image.ContFinish = []s6rc.Program{slow, quick}
	r.settings.KillFinishMax = 500 * time.Millisecond
	r.contFinish(t.Context())
	if read(t, dir+"/done") != "done\n" || !strings.Contains(r.says(), quick.Path+" exited 0") || !strings.Contains(r.says(), slow.Path+" took too long") {
		t.Errorf("it says %s", r.says())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.contFinish(ctx)
	if !strings.Contains(r.says(), "no time is left for "+quick.Path) {
		t.Errorf("it says %s", r.says())
	}
}

func TestAScriptFromWindowsRunsAsACopy(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	write(t, dir+"/crlf", "#!/bin/sh\r\necho it ran >"+dir+"/out\r\n", 0o755)
	code, err := r.script(t.Context(), s6rc.Program{Path: dir + "/crlf", Executable: true, Dirty: true, Shebang: []string{"/bin/sh"}})
	if code != 0 || err != nil || read(t, dir+"/out") != "it ran\n" {
		t.Errorf("got %d, %v", code, err)
	}
}

func TestTheHooksFailureFollowsTheTable(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		about     string
		argv      []string
		behaviour int
		code      int // 0: it goes on
	}{
		{"no hook", nil, 2, 0},
		{"it succeeds", []string{"true"}, 2, 0},
		{"it fails and that is said", []string{"sh", "-c", "exit 9"}, 0, 0},
		{"it fails and ends the container with its code", []string{"sh", "-c", "exit 9"}, 2, 9},
		{"it isn't there", []string{"/no/hook"}, 2, 127},
	} {
		t.Run(c.about, func(t *testing.T) {
			r.settings.Stage2Hook, r.settings.Behaviour = c.argv, c.behaviour
			err := r.hook(t.Context(), nil)
			failure, _ := errors.AsType[*boot.Failure](err)
			if got := failure; (got == nil) != (c.code == 0) || got != nil && got.Code != c.code {
				t.Errorf("got %v", err)
			}
		})
	}
	if !strings.Contains(r.says(), "sh -c exit 9 exited 9; the boot goes on") {
		t.Errorf("it says %s", r.says())
	}
}

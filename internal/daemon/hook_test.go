package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// app is who the hooks run as: as root somebody else.
func app() identity.Identity {
	if os.Geteuid() != 0 {
		return identity.Identity{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Umask: 0o027}
	}
	return identity.Identity{UID: 4242, GID: 4343, Groups: []uint32{4444}, Umask: 0o027}
}

// starting is a starter on the tests' own table.
func starting() *starter {
	return &starter{table: children, world: &boot.World{
		Spec:    &spec.Spec{Env: spec.Env{Set: map[string]spec.Text{"FROM": "${CONTAINER}"}, Unset: []string{"SECRET"}}},
		Environ: []string{"PATH=" + boot.SafePath, "CONTAINER=c", "SECRET=s"}, EUID: uint32(os.Geteuid()), Identity: app(),
	}}
}

// hook is a call of a script as the app, in a directory that it can write.
func hook(t *testing.T, script string) boot.HookCall {
	t.Helper()
	return boot.HookCall{
		Name: "hook", Command: []string{"sh", "-c", script}, Env: []string{"BERTH_HOOK=after-seed"}, Dir: open(t),
		Identity: app(), Timeout: patience,
	}
}

// text reads what a hook has written.
func text(t *testing.T, call boot.HookCall, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(call.Dir, name))
	ok(t, err)
	return strings.TrimSuffix(string(data), "\n")
}

func TestAHooksEnd(t *testing.T) {
	for _, c := range []struct {
		about, script string
		code          int
		err           string
	}{
		{"success", "exit 0", 0, ""},
		{"a code of its own is no error", "exit 41", 41, ""},
		{"death by a signal has no code", "kill -USR1 $$", 0, "it was killed by SIGUSR1"},
		{"its input ends at once", `[ -z "$(cat)" ] && exit 7`, 7, ""},
		{"what it leaves in its group dies with it", "sleep 300 & exit 3", 3, ""},
		{"its group is its own", `set -- $(cat /proc/$$/stat); [ $$ = $5 ] && [ $$ = $6 ] && exit 9`, 9, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			code, err := starting().RunHook(t.Context(), hook(t, c.script))
			if code != c.code || c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %d, %v; want %d, %q", code, err, c.code, c.err)
			}
			none(t)
		})
	}
}

func TestAHookThatCanNotStart(t *testing.T) {
	for _, c := range []struct {
		about string
		set   func(*boot.HookCall)
		op    string
		code  int
	}{
		{"no program of that name", func(h *boot.HookCall) { h.Command = []string{"no-such-hook"} }, proc.OpFind, 127},
		{"no file of that path", func(h *boot.HookCall) { h.Command = []string{"/no/such"} }, proc.OpRun, 127},
		{"a file that can't be executed", func(h *boot.HookCall) { h.Command = []string{"./h"} }, proc.OpRun, 126},
		{"no directory to start in", func(h *boot.HookCall) { h.Dir = "/no/such" }, proc.OpEnter, 125},
	} {
		t.Run(c.about, func(t *testing.T) {
			call := hook(t, "exit 0")
			program(t, call.Dir+"/h", 0o644)
			c.set(&call)
			_, err := starting().RunHook(t.Context(), call)
			e, ok := errors.AsType[*proc.StartError](err)
			if !ok || e.Op != c.op || e.Code() != c.code {
				t.Errorf("got %v, want %s with %d", err, c.op, c.code)
			}
			none(t)
		})
	}
}

func TestAHookThatTakesTooLongIsKilledWithItsGroup(t *testing.T) {
	call := hook(t, "trap '' TERM; (trap '' TERM; exec sleep 300) & sleep 300; wait")
	call.Timeout = 300 * time.Millisecond
	_, err := starting().RunHook(t.Context(), call)
	if err == nil || err.Error() != "it took longer than 300ms and was killed" {
		t.Errorf("got %v", err)
	}
	none(t)
}

// The limit holds for the start as well: the volume's directory, which the hook starts in, may hang.
func TestTheLimitHoldsForTheStart(t *testing.T) {
	call := hook(t, "exit 0")
	call.Timeout = 1
	if _, err := starting().RunHook(t.Context(), call); err == nil || err.Error() != "it took longer than 1ns and was killed" {
		t.Errorf("got %v", err)
	}
	none(t)
}

func TestAHookThatBerthStopsGetsTermAndTheStopsTime(t *testing.T) {
	call := hook(t, "trap 'echo tidy >end; exit 0' TERM; sleep 300 & echo >ready; wait")
	// Started by fork alone: the child stage may not be done with its start when the program says that it is ready.
	call.AsRoot, call.Command[0], call.Env = true, "/bin/sh", []string{"PATH=" + boot.SafePath}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := &Stopped{Signal: syscall.SIGTERM}
	over := make(chan error, 1)
	go func() {
		_, err := starting().RunHook(ctx, call)
		over <- err
	}()
	until(t, "the hook is ready", func() bool { _, err := os.Stat(call.Dir + "/ready"); return err == nil })
	cancel(cause)
	select {
	case err := <-over:
		wants(t, err, cause)
	case <-deadline(t).Done():
		t.Fatal("the boot hangs with its hook")
	}
	none(t)
	if got := text(t, call, "end"); got != "tidy" {
		t.Errorf("the hook was not asked to end: %q", got)
	}
	// One that would begin then does not.
	if _, err := starting().RunHook(ctx, call); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestTheAppsHookIsTheApp(t *testing.T) {
	call := hook(t, "id -u >uid; id -g >gid; id -G >groups; umask >umask; pwd -P >dir; env >env")
	if code, err := starting().RunHook(t.Context(), call); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	who := app()
	dir, err := filepath.EvalSymlinks(call.Dir)
	ok(t, err)
	for name, want := range map[string]string{
		"uid": strconv.Itoa(int(who.UID)), "gid": strconv.Itoa(int(who.GID)), "umask": "0027", "dir": dir,
	} {
		if got := text(t, call, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := text(t, call, "groups"); os.Geteuid() == 0 && got != "4343 4444" {
		t.Errorf("groups are %s", got)
	}
	env := strings.Split(text(t, call, "env"), "\n")
	for _, line := range []string{"FROM=c", "CONTAINER=c", "BERTH_HOOK=after-seed"} {
		if !has(env, line) {
			t.Errorf("%s is missing in %q", line, env)
		}
	}
	if has(env, "SECRET=s") {
		t.Error("the hook has what the app's children don't get")
	}
}

// The app's hook is looked for as main is: along the children's PATH, with the app's rights.
func TestTheAppsHookIsFoundOnTheAppsPath(t *testing.T) {
	call := hook(t, "")
	program(t, call.Dir+"/first/named", 0o600)
	ok(t, os.WriteFile(program(t, call.Dir+"/second/named", 0o755), []byte("#!/bin/sh\nexit 5\n"), 0o755))
	call.Command = []string{"named"}
	s := starting()
	s.world.Spec.Env.Path = []spec.Text{spec.Text(call.Dir + "/first"), spec.Text(call.Dir + "/second")}
	if code, err := s.RunHook(t.Context(), call); code != 5 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
	none(t)
}

// A hook of root's has what boot gave it and no more: the container's variables may lead programs to the volume.
func TestRootsHookHasTheEnvironmentOfItsCall(t *testing.T) {
	call := hook(t, "id -u >uid; env >env; umask >umask")
	call.AsRoot, call.Command[0], call.Env = true, "/bin/sh", []string{"ONLY=this", "PATH=" + boot.SafePath}
	before := syscall.Umask(0o022)
	defer syscall.Umask(before)
	if code, err := starting().RunHook(t.Context(), call); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if got := text(t, call, "uid"); got != strconv.Itoa(os.Geteuid()) {
		t.Errorf("it runs as %s", got)
	}
	if got := text(t, call, "umask"); got != "0022" {
		t.Errorf("its umask is the app's, %s", got)
	}
	got := text(t, call, "env")
	if !strings.Contains(got, "ONLY=this") || strings.Contains(got, "CONTAINER") || strings.Contains(got, "FROM") {
		t.Errorf("environment\n%s", got)
	}
	none(t)
}

// What a hook gets is closed here when it has ended: a boot with many hooks must not run out of descriptors.
func TestHooksLeaveNoDescriptors(t *testing.T) {
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		ok(t, err)
		return len(list)
	}
	good, bad := hook(t, "exit 0"), hook(t, "")
	bad.Command = []string{"/no/such"}
	run := func() {
		_, _ = starting().RunHook(t.Context(), good)
		_, _ = starting().RunHook(t.Context(), bad)
	}
	run()
	before := open()
	for range 5 {
		run()
	}
	if after := open(); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	none(t)
}

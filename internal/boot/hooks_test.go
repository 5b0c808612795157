package boot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// recorder is a Starter that writes calls down.
type recorder struct {
	calls []HookCall
	code  int
	err   error
}

func (s *recorder) RunHook(_ context.Context, call HookCall) (int, error) {
	s.calls = append(s.calls, call)
	return s.code, s.err
}

// withHook makes a world of an app's user with one hook.
func withHook(h spec.Hook) *World {
	w := &World{Spec: &spec.Spec{Hooks: []spec.Hook{h}}, Environ: []string{"WHO=you"}, EUID: 1000, EGID: 100}
	w.Identity.UID, w.Identity.GID = 1000, 100
	return w
}

func TestAHookRunsAtItsPointWithItsWords(t *testing.T) {
	w := withHook(spec.Hook{At: spec.AfterSeed, Command: []spec.Text{"/bin/x", "$(touch /p); ${WHO}"}})
	s := &recorder{}
	r := NewBoot(w, nil)
	if err := r.Phases(t.Context(), Hooks(spec.BeforeMain, s), Hooks(spec.AfterSeed, s)); err != nil {
		t.Fatal(err)
	}
	if len(s.calls) != 1 {
		t.Fatalf("%d calls", len(s.calls))
	}
	call := s.calls[0]
	if !slices.Equal(call.Command, []string{"/bin/x", "$(touch /p); you"}) || call.AsRoot || call.Timeout != 30*time.Second {
		t.Errorf("call %+v", call)
	}
	if call.Identity.UID != 1000 || call.Identity.GID != 100 || !slices.Contains(call.Env, "BERTH_HOOK=after-seed") {
		t.Errorf("call %+v", call)
	}
	if len(r.Steps()) != 0 {
		t.Errorf("a hook is a step: %v", r.Steps())
	}
}

func TestAPlanSaysWhichHookWouldRun(t *testing.T) {
	w, s := withHook(spec.Hook{At: spec.AfterSeed, Name: "warm up", Command: []spec.Text{"/bin/x"}}), &recorder{}
	r := NewPlan(w)
	if err := r.Phases(t.Context(), Hooks(spec.AfterSeed, s)); err != nil || len(s.calls) != 0 {
		t.Fatalf("%d calls, error %v", len(s.calls), err)
	}
	if len(r.Notes()) != 1 || !strings.Contains(r.Notes()[0].Text, "would run") || len(r.Steps()) != 0 {
		t.Errorf("notes %v, steps %v", r.Notes(), r.Steps())
	}
}

func TestWhatAHooksFailureMeans(t *testing.T) {
	for _, c := range []struct {
		about  string
		policy spec.OnFailure
		code   int
		err    error
		ends   bool
	}{
		{"a warning by default", "", 3, nil, false},
		{"a warning when asked", spec.FailWarn, 0, errors.New("timed out"), false},
		{"the end when asked", spec.FailStop, 3, nil, true},
		{"the end for one that can't start", spec.FailStop, 0, errors.New("not there"), true},
		{"nothing for one that ended well", spec.FailStop, 0, nil, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			w := withHook(spec.Hook{At: spec.AfterSeed, Name: "h", Command: []spec.Text{"/bin/x"}, Failure: c.policy})
			r := NewBoot(w, nil)
			err := r.Phases(t.Context(), Hooks(spec.AfterSeed, &recorder{code: c.code, err: c.err}))
			var f *Failure
			if c.ends != errors.As(err, &f) || c.ends && f.Code != 125 {
				t.Fatalf("error %v", err)
			}
			bad := c.code != 0 || c.err != nil
			warned := slices.ContainsFunc(r.Notes(), func(n Note) bool { return n.Level == Warning })
			if warned != (bad && !c.ends) {
				t.Errorf("notes %v", r.Notes())
			}
		})
	}
}

func TestARootHookIsLeftOutWhereThereIsNoRoot(t *testing.T) {
	w, s := withHook(spec.Hook{At: spec.AfterSeed, As: spec.AsRoot, Command: []spec.Text{"/bin/x"}}), &recorder{}
	r := NewBoot(w, nil)
	if err := r.Phases(t.Context(), Hooks(spec.AfterSeed, s)); err != nil || len(s.calls) != 0 {
		t.Fatalf("%d calls, error %v", len(s.calls), err)
	}
	if len(r.Notes()) != 1 || r.Notes()[0].Level != Warning || r.Notes()[0].Hint == "" {
		t.Errorf("notes %+v", r.Notes())
	}
}

func TestAnAppsHookNeverRunsAsRootBecauseNobodyIsKnownYet(t *testing.T) {
	w, s := withHook(spec.Hook{At: spec.BeforeVolume, Command: []spec.Text{"/bin/x"}}), &recorder{}
	w.EUID, w.Identity.UID = 0, 0
	r := NewBoot(w, nil)
	if err := r.Phases(t.Context(), Hooks(spec.BeforeVolume, s)); err != nil || len(s.calls) != 0 {
		t.Fatalf("%d calls, error %v", len(s.calls), err)
	}
}

func TestWhichProgramsRootMayRun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: files of root and of others")
	}
	for _, c := range []struct {
		about   string
		arrange func(t *testing.T, image string)
		program string
		want    string // below the image; empty: refused
	}{
		{"root's own", func(*testing.T, string) {}, "/opt/tool", "/opt/tool"},
		{"a name along the safe path", func(*testing.T, string) {}, "tool", "/usr/bin/tool"},
		{"a link of root's", func(t *testing.T, image string) { link(t, "../opt/tool", image+"/etc/hook") }, "/etc/hook", "/opt/tool"},
		{"an absolute link", func(t *testing.T, image string) { link(t, "/opt/tool", image+"/etc/hook") }, "/etc/hook", "/opt/tool"},
		{"a program of the app's", func(t *testing.T, image string) { give(t, image+"/opt/tool") }, "/opt/tool", ""},
		{"a directory of the app's", func(t *testing.T, image string) { give(t, image+"/opt") }, "/opt/tool", ""},
		{"a link of the app's", func(t *testing.T, image string) {
			link(t, "/opt/tool", image+"/etc/hook")
			give(t, image+"/etc/hook")
		}, "/etc/hook", ""},
		{"a program that others may write", func(t *testing.T, image string) { mode(t, image+"/opt/tool", 0o777) }, "/opt/tool", ""},
		{"a directory that others may write", func(t *testing.T, image string) { mode(t, image+"/opt", 0o777) }, "/opt/tool", ""},
		{"a program without the run bit", func(t *testing.T, image string) { mode(t, image+"/opt/tool", 0o644) }, "/opt/tool", ""},
		{"a directory", func(*testing.T, string) {}, "/opt", ""},
		{"a relative path", func(*testing.T, string) {}, "opt/tool", ""},
		{"a loop of links", func(t *testing.T, image string) { link(t, "/etc/hook", image+"/etc/hook") }, "/etc/hook", ""},
		{"nothing", func(*testing.T, string) {}, "/opt/none", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			image := t.TempDir()
			mode(t, image, 0o755)
			for _, dir := range []string{"opt", "usr/bin", "etc"} {
				if err := os.MkdirAll(filepath.Join(image, dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			mode(t, image+"/usr", 0o755)
			for _, dir := range []string{"opt", "usr/bin", "etc"} {
				mode(t, filepath.Join(image, dir), 0o755)
			}
			for _, file := range []string{"opt/tool", "usr/bin/tool"} {
				if err := os.WriteFile(filepath.Join(image, file), []byte("#!/bin/x\n"), 0o755); err != nil {
					t.Fatal(err)
				}
				mode(t, filepath.Join(image, file), 0o755)
			}
			c.arrange(t, image)
			root, err := fsx.Open(image)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			got, err := (&World{Root: root}).rootProgram(c.program)
			if c.want == "" {
				if err == nil {
					t.Errorf("root would run %s", got)
				}
				return
			}
			if err != nil || got != image+c.want {
				t.Errorf("root would run %q, error %v, want %s", got, err, c.want)
			}
		})
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func give(t *testing.T, path string) {
	t.Helper()
	if err := os.Lchown(path, 1000, 1000); err != nil {
		t.Fatal(err)
	}
}

func mode(t *testing.T, path string, m os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, m); err != nil {
		t.Fatal(err)
	}
}

func TestARootHookSeesNothingThatLoadsCode(t *testing.T) {
	w := withHook(spec.Hook{})
	w.Environ = []string{
		"TZ=UTC", "PATH=/data/bin", "HOME=/data", "LD_PRELOAD=/data/x.so", "BASH_ENV=/data/x", "PYTHONPATH=/data", "BASH_FUNC_id%%=() { x; }",
		"BERTH_HOOK=other", "fn=() { x; }", "broken",
	}
	env := w.rootHookEnv(spec.Hook{At: spec.AfterSeed})
	for _, e := range env {
		if strings.Contains(e, "/data/") || strings.Contains(e, "() {") || e == "broken" || e == "HOME=/data" || e == "BERTH_HOOK=other" {
			t.Errorf("root's hook sees %q", e)
		}
	}
	for _, want := range []string{"TZ=UTC", "PATH=" + SafePath, "BERTH_HOOK=after-seed"} {
		if !slices.Contains(env, want) {
			t.Errorf("root's hook doesn't see %q in %q", want, env)
		}
	}
}

package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/spec"
)

// What an orchestrator hands out for a boot is used up by it: no child has it, and a file may give it.
func TestAReseedsVariableIsASecret(t *testing.T) {
	w := &boot.World{
		Environ: []string{"AGAIN=s3cret", "PORTAL=https://a.example", "OTHER=1"},
		Spec: &spec.Spec{
			Reseed: []spec.Reseed{{Path: "auth.json", Entry: "a", FromEnv: "AGAIN"}}, Mirror: []spec.Mirror{{Path: ".env", Keys: []string{"PORTAL"}}},
			Env: spec.Env{Set: map[string]spec.Text{"COPY": "${OTHER}"}},
		},
	}
	env := environ.Child(source(w))
	for _, want := range []string{"PORTAL=https://a.example", "OTHER=1", "COPY=1"} {
		if !slices.Contains(env, want) {
			t.Errorf("a child has %q, and lacks %s", env, want)
		}
	}
	if strings.Contains(strings.Join(env, "\n"), "s3cret") {
		t.Errorf("a child has %q", env)
	}
	app := NewApp(w)
	if !slices.Contains(app.Unset, "AGAIN") || !slices.Equal(app.Files, []string{"AGAIN", "PORTAL"}) {
		t.Errorf("the record has %q and %q", app.Unset, app.Files)
	}
}

func TestASecretFromAFileIsInTheWorldAndInNoRecord(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var notes []boot.Note
	s := &spec.Spec{
		Generate: []spec.Generate{{Path: ".env", Key: "KEY"}},
		Env:      spec.Env{Set: map[string]spec.Text{"COPY": "${TOKEN}"}, FromFile: []string{"TOKEN"}},
	}
	o := &Options{Spec: s, Environ: []string{"TOKEN_FILE=" + file, "KEY_FILE=/none", "OTHER_FILE=" + file}, Tell: func(n boot.Note) { notes = append(notes, n) }}
	w, err := world(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	if value, _ := w.Lookup("TOKEN"); value != "s3cret" {
		t.Errorf("TOKEN is %q", value)
	}
	if value, _ := w.Lookup("OTHER"); value != "" {
		t.Errorf("OTHER is %q", value)
	}
	if len(notes) != 1 || notes[0].Level != boot.Warning || !strings.HasPrefix(notes[0].Text, "set KEY from the file that KEY_FILE names: no such file") {
		t.Errorf("it told %+v", notes)
	}
	app := NewApp(w)
	if len(app.Vars) > 0 || !slices.Equal(app.Files, []string{"KEY", "TOKEN"}) {
		t.Errorf("the record has %q and %q", app.Vars, app.Files)
	}
	child := boot.World{Environ: app.Environ(o.Environ)}
	if value, _ := child.Lookup("TOKEN"); value != "s3cret" {
		t.Errorf("under the app's name TOKEN is %q", value)
	}
}

package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/spec"
)

func TestWhichFilesGiveVariables(t *testing.T) {
	top := t.TempDir()
	at := func(name string) string { return filepath.Join(top, name) }
	for _, err := range []error{
		os.MkdirAll(at("run/..data"), 0o755), os.MkdirAll(at("vol"), 0o755),
		os.WriteFile(at("run/..data/token"), []byte("s3cret\n"), 0o600), os.Symlink("..data/token", at("run/token")),
		os.WriteFile(at("vol/mine"), []byte("mine"), 0o600), os.Symlink(at("vol/mine"), at("run/to-volume")), os.Symlink(at("run/token"), at("vol/out")),
		unix.Mkfifo(at("run/fifo"), 0o600), os.WriteFile(at("run/large"), make([]byte, environ.MaxSecret+1), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		at("run/..data/token"): "", at("run/token"): "", // as an orchestrator lays it
		at("vol/mine"): "it lies on the volume", at("run/to-volume"): "it lies on the volume", at("vol/out"): "it lies on the volume",
		at("run/fifo"): "another kind of file", at("run/large"): "larger than allowed", at("none"): "no such file", "run/token": "no absolute path", at("run"): "another kind of file",
	} {
		out, given, errs := fromFiles([]string{"FILE__X=" + path}, nil, at("vol"))
		err := errors.Join(errs...)
		if want == "" && (err != nil || !slices.Equal(out, []string{"X=s3cret"}) || !slices.Equal(given, []string{"X"})) {
			t.Errorf("%s: got %q, %q, %v", path, out, given, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(given) > 0) {
			t.Errorf("%s: got %q and %v, want %q", path, out, err, want)
		}
	}
}

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

// The volume is told by what it is, not by how it is written, and a chain of links may not lead over it.
func TestNoSecretComesByWayOfTheVolume(t *testing.T) {
	top := t.TempDir()
	at := func(name string) string { return filepath.Join(top, name) }
	for _, err := range []error{
		os.MkdirAll(at("vol/sub"), 0o755), os.Mkdir(at("run"), 0o755), os.WriteFile(at("roots"), []byte("root's"), 0o600),
		os.WriteFile(at("vol/mine"), []byte("mine"), 0o600), os.Symlink(at("vol"), at("alias")), os.Symlink(at("vol/out"), at("run/key")),
		os.Symlink(at("roots"), at("vol/out")), os.Symlink(at("vol/sub")+"/../../roots", at("run/up")), os.Symlink("loop", at("run/loop")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, volume := range []string{at("vol"), at("vol") + "/", at("vol") + "//", at("vol") + "/.", at("run") + "/../vol", at("alias")} {
		for _, path := range []string{at("vol/mine"), at("alias/mine"), at("run/key"), at("run/up"), at("run") + "//../vol/./mine", at("vol/sub") + "/../../roots"} {
			out, given, errs := fromFiles([]string{"FILE__X=" + path}, nil, volume)
			if err := errors.Join(errs...); err == nil || !strings.Contains(err.Error(), "it lies on the volume") || len(given) > 0 {
				t.Errorf("%s of %s: got %q and %v", path, volume, out, err)
			}
		}
	}
	out, given, errs := fromFiles([]string{"KEY=default", "FILE__KEY=" + at("run/loop")}, nil, at("vol"))
	if err := errors.Join(errs...); err == nil || !strings.Contains(err.Error(), "too many levels of symbolic links") || len(given) > 0 || out[0] != "KEY=default" {
		t.Errorf("a loop gave %q, %q, %v", out, given, err)
	}
	for volume, path := range map[string]string{at("none"): at("roots"), "": at("vol/mine"), at("run"): at("vol/mine")} {
		if _, given, errs := fromFiles([]string{"FILE__X=" + path}, nil, volume); len(given) != 1 {
			t.Errorf("%s of %q: %v", path, volume, errs)
		}
	}
}

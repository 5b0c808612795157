package shim

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/environ"
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
		out, given, errs := FromFiles([]string{"FILE__X=" + path}, nil, at("vol"))
		err := errors.Join(errs...)
		if want == "" && (err != nil || !slices.Equal(out, []string{"X=s3cret"}) || !slices.Equal(given, []string{"X"})) {
			t.Errorf("%s: got %q, %q, %v", path, out, given, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(given) > 0) {
			t.Errorf("%s: got %q and %v, want %q", path, out, err, want)
		}
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
			out, given, errs := FromFiles([]string{"FILE__X=" + path}, nil, volume)
			if err := errors.Join(errs...); err == nil || !strings.Contains(err.Error(), "it lies on the volume") || len(given) > 0 {
				t.Errorf("%s of %s: got %q and %v", path, volume, out, err)
			}
		}
	}
	out, given, errs := FromFiles([]string{"KEY=default", "FILE__KEY=" + at("run/loop")}, nil, at("vol"))
	if err := errors.Join(errs...); err == nil || !strings.Contains(err.Error(), "too many levels of symbolic links") || len(given) > 0 || out[0] != "KEY=default" {
		t.Errorf("a loop gave %q, %q, %v", out, given, err)
	}
	for volume, path := range map[string]string{at("none"): at("roots"), "": at("vol/mine"), at("run"): at("vol/mine")} {
		if _, given, errs := FromFiles([]string{"FILE__X=" + path}, nil, volume); len(given) != 1 {
			t.Errorf("%s of %q: %v", path, volume, errs)
		}
	}
}

package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	basePasswd = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/var/www:/bin/false\nhermes:x:10000:10000:Hermes:/opt/data:/usr/sbin/nologin\n"
	baseGroup  = "root:x:0:root\nadm:x:4:root\nstaff:x:20:\nvideo:x:44:\nhermes:x:10000:\n"
)

// newWorld is a root start of an image with account files; the root directory is the test's own.
func newWorld(t *testing.T) *boot.World {
	t.Helper()
	top := t.TempDir()
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := fsx.Open(top)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	w := &boot.World{
		Spec: &spec.Spec{User: spec.User{
			Name: "hermes", UID: 10000, GID: 10000,
			UIDEnv: []string{"HERMES_UID", "PUID"}, GIDEnv: []string{"HERMES_GID", "PGID"}, UmaskEnv: "UMASK",
		}},
		Root: root,
	}
	put(t, w, "etc/passwd", basePasswd, 0o644)
	put(t, w, "etc/group", baseGroup, 0o644)
	return w
}

func in(w *boot.World, name string) string { return filepath.Join(w.Root.Path(), name) }

func put(t *testing.T, w *boot.World, name, data string, mode os.FileMode) {
	t.Helper()
	mkdir(t, w, filepath.Dir(name))
	if err := os.WriteFile(in(w, name), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(in(w, name), mode); err != nil {
		t.Fatal(err)
	}
}

// mkdir makes a directory with its parents, of mode 0755 whatever the umask is.
func mkdir(t *testing.T, w *boot.World, name string) {
	t.Helper()
	at := w.Root.Path()
	for part := range strings.SplitSeq(name, "/") {
		at = filepath.Join(at, part)
		if err := os.Mkdir(at, 0o755); err == nil {
			err = os.Chmod(at, 0o755)
			if err != nil {
				t.Fatal(err)
			}
		} else if !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, w *boot.World, name string) string {
	t.Helper()
	data, err := os.ReadFile(in(w, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// plan runs phases without changing anything, and fsx holds it to that.
func plan(t *testing.T, w *boot.World, phases ...boot.Phase) *boot.Run {
	t.Helper()
	thaw := fsx.Freeze()
	defer thaw()
	r := boot.NewPlan(w)
	if err := r.Phases(t.Context(), phases...); err != nil {
		t.Fatalf("plan: %v", err)
	}
	return r
}

func start(t *testing.T, w *boot.World, phases ...boot.Phase) *boot.Run {
	t.Helper()
	r := boot.NewBoot(w, nil)
	if err := r.Phases(t.Context(), phases...); err != nil {
		t.Fatalf("boot: %v", err)
	}
	return r
}

// twice plans, boots and plans again: the boot makes the very steps of the plan, and nothing is left to do.
func twice(t *testing.T, w *boot.World, phases ...boot.Phase) *boot.Run {
	t.Helper()
	before := plan(t, w, phases...)
	r := start(t, w, phases...)
	if a, b := stepWords(before), stepWords(r); a != b {
		t.Errorf("planned:\n%s\nmade:\n%s", a, b)
	}
	if left := plan(t, w, phases...); len(left.Steps()) > 0 {
		t.Errorf("left to do after a boot:\n%s", stepWords(left))
	}
	return r
}

func stepWords(r *boot.Run) string {
	var b strings.Builder
	for _, s := range r.Steps() {
		b.WriteString(s.Phase + ": " + s.Verb + " " + s.Target + " [" + s.Before + "] → [" + s.After + "]\n")
	}
	return b.String()
}

// words gives the notes, one a line: the level's first letter and the text.
func words(r *boot.Run) string {
	var b strings.Builder
	for _, n := range r.Notes() {
		b.WriteString(string(n.Level[0]) + " " + n.Text + "\n")
	}
	return b.String()
}

func ids(t *testing.T, path string) (uid, gid uint32) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Uid, st.Gid
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: only root gives files away")
	}
}

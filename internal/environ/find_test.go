package environ

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

var chromium = []string{"chrome", "chromium", "chrome-headless-shell"}

// image makes a root directory with files: a mode, and the path.
func image(t *testing.T, files map[string]os.FileMode) *fsx.Dir {
	t.Helper()
	top := t.TempDir()
	for name, mode := range files {
		full := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(full, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	root, err := fsx.Open(top)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		files map[string]os.FileMode
		want  string
		err   error
	}{
		{
			"libraries with the run bit below a directory of the name are not it",
			map[string]os.FileMode{
				"b/chrome-headless-shell-linux64/libGLESv2.so":          0o755,
				"b/chrome-headless-shell-linux64/libEGL.so":             0o755,
				"b/chrome-headless-shell-linux64/chrome-headless-shell": 0o755,
			},
			"/b/chrome-headless-shell-linux64/chrome-headless-shell", nil,
		},
		{
			"the first one in the tree's order, whatever the order of the names",
			map[string]os.FileMode{"b/z/chrome": 0o755, "b/a/x/chromium": 0o755, "b/m/chrome": 0o755},
			"/b/a/x/chromium", nil,
		},
		{"a file without the run bit is passed over", map[string]os.FileMode{"b/a/chrome": 0o644, "b/b/chrome": 0o555}, "/b/b/chrome", nil},
		{"only a whole name counts", map[string]os.FileMode{"b/chrome.sh": 0o755, "b/xchrome": 0o755, "b/Chrome": 0o755}, "", ErrNone},
		{"an executable by the group alone", map[string]os.FileMode{"b/chrome": 0o610}, "/b/chrome", nil},
		{"no directory there", map[string]os.FileMode{"c/chrome": 0o755}, "", nil},
		{"nothing in it", map[string]os.FileMode{"b/readme": 0o644}, "", ErrNone},
		{"a file where the directory should be", map[string]os.FileMode{"b": 0o755}, "", fsx.ErrKind},
	} {
		got, err := Find(image(t, c.files), "/b/", chromium)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", c.what, got, err)
		}
	}
	if _, err := Find(image(t, nil), "b", chromium); err == nil {
		t.Error("a relative directory was searched")
	}
}

func TestFindFollowsNothing(t *testing.T) {
	t.Parallel()
	root := image(t, map[string]os.FileMode{"outside/chrome": 0o755, "b/z/chromium": 0o755, "b/real": 0o755})
	in := func(name string) string { return filepath.Join(root.Path(), name) }
	for link, target := range map[string]string{
		"b/a": "../outside", "b/chrome": "real", "b/loop": "loop", "elsewhere": "outside",
	} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(in("b/chromium"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(in("b/d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(in("b/d/chrome"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(root, "/b", chromium); got != "/b/z/chromium" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Find(root, "/elsewhere", chromium); got != "" || !errors.Is(err, fsx.ErrSymlink) {
		t.Errorf("through a link in the last place: %q, %v", got, err)
	}
}

func TestFindPassesOverWhatItCantRead(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root reads everything")
	}
	root := image(t, map[string]os.FileMode{"b/a/chrome": 0o755, "b/b/chrome": 0o755})
	closed := filepath.Join(root.Path(), "b/a")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	if got, err := Find(root, "/b", chromium); got != "/b/b/chrome" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFindIsBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("d/", maxFindDepth+5)
	root := image(t, map[string]os.FileMode{"b/" + deep + "chrome": 0o755})
	if got, err := Find(root, "/b", chromium); got != "" || !errors.Is(err, ErrNone) {
		t.Errorf("nested too deep: %q, %v", got, err)
	}
}

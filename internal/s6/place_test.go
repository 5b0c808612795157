package s6

import (
	"os"
	"path/filepath"
	"testing"
)

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// write lays a file with its parents.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode))
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	return string(data)
}

// placed is a place in a directory of the test's own.
func placed(t *testing.T) *place {
	t.Helper()
	a, err := claim(t.Context(), t.TempDir())
	ok(t, err)
	t.Cleanup(func() { _ = a.close() })
	return a
}

func TestAPlaceIsMadeAnew(t *testing.T) {
	dir, victim := t.TempDir(), t.TempDir()
	write(t, victim+"/file", "kept", 0o644)
	write(t, dir+"/s6/container_environment/OLD", "x", 0o600)
	write(t, dir+"/other/file", "kept", 0o644)
	ok(t, os.Symlink(victim, dir+"/service"))
	a, err := claim(t.Context(), dir)
	ok(t, err)
	defer func() { _ = a.close() }()
	for _, name := range tops() {
		in, err := os.Lstat(dir + "/" + name)
		ok(t, err)
		if !in.IsDir() || in.Mode().Perm() != 0o755 {
			t.Errorf("%s is %v", name, in.Mode())
		}
		if items, _ := os.ReadDir(dir + "/" + name); len(items) > 0 {
			t.Errorf("%s holds %v", name, items)
		}
	}
	if read(t, victim+"/file") != "kept" || read(t, dir+"/other/file") != "kept" {
		t.Error("something else was changed")
	}
}

// What `berth s6 install` prepared stays, since a user can't make it anew, and is emptied.
func TestAPreparedDirectoryIsEmptied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root makes it anew")
	}
	dir := t.TempDir()
	for _, name := range tops() {
		ok(t, os.Mkdir(dir+"/"+name, 0o700), os.Chmod(dir+"/"+name, 0o777|os.ModeSticky))
	}
	write(t, dir+"/service/old/run", "x", 0o755)
	ok(t, os.Chmod(dir, 0o555))
	defer func() { _ = os.Chmod(dir, 0o755) }()
	a, err := claim(t.Context(), dir)
	ok(t, err)
	defer func() { _ = a.close() }()
	if items, _ := os.ReadDir(dir + "/service"); len(items) > 0 {
		t.Errorf("it holds %v", items)
	}
	ok(t, a.mkdir("service/new"))
}

func TestAPlaceThatCantBeWrittenIsNone(t *testing.T) {
	if _, err := claim(t.Context(), t.TempDir()+"/none"); err == nil {
		t.Error("a directory that isn't there is one")
	}
	dir := t.TempDir()
	write(t, dir+"/file", "", 0o644)
	if _, err := claim(t.Context(), dir+"/file"); err == nil {
		t.Error("a file is one")
	}
}

func TestAPlaceAmongOthersIsOurOwn(t *testing.T) {
	dir, victim := t.TempDir(), t.TempDir()
	write(t, victim+"/s6/file", "kept", 0o644)
	ok(t, os.Symlink(victim, dir+"/ours"))
	a, err := claimOwn(t.Context(), dir, "ours")
	ok(t, err)
	defer func() { _ = a.close() }()
	in, err := os.Lstat(dir + "/ours")
	ok(t, err)
	if !in.IsDir() || a.path != dir+"/ours" || read(t, victim+"/s6/file") != "kept" {
		t.Errorf("%s is %v", a.path, in.Mode())
	}
}

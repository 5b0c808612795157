package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestStampOfEachMethod(t *testing.T) {
	tree := mkdir(t, filepath.Join(t.TempDir(), "tree"))
	for _, method := range methods() {
		berth(t, "stamp", method, "--tree", tree).wants(t, 0, "", "")
		if got := read(t, tree+"/"+stampName); got != method+"\n" {
			t.Errorf("the stamp is %q, want %q", got, method+"\n")
		}
		before := snapshot(t, tree)
		berth(t, "stamp", "--tree="+tree, method).wants(t, 0, "", "")
		same(t, before, snapshot(t, tree)) // the same again writes nothing
	}
	if info, err := os.Stat(tree + "/" + stampName); err != nil || info.Mode() != 0o644 {
		t.Errorf("the stamp is %v, %v; everybody must be able to read it, whatever the umask", info, err)
	}
	if all, err := os.ReadDir(tree); err != nil || len(all) != 1 {
		t.Errorf("beside the stamp lies %v, %v", all, err)
	}
}

func TestStampPlaces(t *testing.T) {
	top := t.TempDir()
	t.Chdir(mkdir(t, top+"/tree"))
	if err := os.Symlink("tree", top+"/link"); err != nil {
		t.Fatal(err)
	}
	for i, tree := range []string{".", "../tree/", top + "/link", "../link/."} {
		method := methods()[i]
		berth(t, "stamp", method, "--tree", tree).wants(t, 0, "", "")
		if got := read(t, top+"/tree/"+stampName); got != method+"\n" {
			t.Errorf("--tree %s left %q", tree, got)
		}
	}
}

// What isn't a regular file in the stamp's place stays, and so does what a link leads to.
func TestStampRefuses(t *testing.T) {
	for _, c := range []struct {
		about, tree string
		lay         func(top string) error
		said        string
	}{
		{"a link in the stamp's place", "tree", func(top string) error { return os.Symlink("../kept", top+"/tree/"+stampName) }, "a symbolic link stands in the way\nberth: hint: remove what stands there"},
		{"a link to nowhere", "tree", func(top string) error { return os.Symlink("../new", top+"/tree/"+stampName) }, "a symbolic link stands in the way\nberth: hint: remove what stands there"},
		{"a directory", "tree", func(top string) error { return os.Mkdir(top+"/tree/"+stampName, 0o700) }, "it is another kind of file\nberth: hint: remove what stands there"},
		{"a FIFO", "tree", func(top string) error { return unix.Mkfifo(top+"/tree/"+stampName, 0o600) }, "it is another kind of file\nberth: hint: remove what stands there"},
		{"no tree", "none", func(string) error { return nil }, "no such file or directory\nberth: hint: name the directory of the app's code"},
		{"a tree that is a file", "kept", func(string) error { return nil }, "it is another kind of file\nberth: hint: name the directory"},
		{"a tree that is a link to itself", "loop", func(top string) error { return os.Symlink("loop", top+"/loop") }, "too many links\nberth: hint: name the directory"},
	} {
		t.Run(c.about, func(t *testing.T) {
			top := t.TempDir()
			mkdir(t, top+"/tree")
			put(t, top+"/kept", "git\n")
			if err := c.lay(top); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, top)
			berth(t, "stamp", "docker", "--tree", filepath.Join(top, c.tree)).wants(t, 1, "", c.said)
			same(t, before, snapshot(t, top))
		})
	}
}

// A name that is no method to the letter is refused before anything is opened.
func TestStampTakesNoOtherMethod(t *testing.T) {
	tree := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", " ", "\n", "../"}).Draw(t, "before") + rapid.SampledFrom(methods()).Draw(t, "method") +
				rapid.SampledFrom([]string{" ", "\n", "\x00", "/", "t"}).Draw(t, "after")
		})
		name := rapid.OneOf(near, rapid.String()).Filter(func(s string) bool { return !slices.Contains(methods(), s) }).Draw(t, "name")
		a := berth(t, "stamp", "--tree", tree, "--", name)
		a.wants(t, 2, "", "berth: read the command line: unknown method ")
		harmless(t, a.err)
		if all, err := os.ReadDir(tree); err != nil || len(all) > 0 {
			t.Fatalf("the tree holds %v, %v", all, err)
		}
	})
}

// A tree that can't be written is an installed package or an image: it keeps its stamp, and that is no error.
func TestStampOfATreeThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct{ about, was string }{{"with a stamp", "apt\n"}, {"without one", ""}} {
		t.Run(c.about, func(t *testing.T) {
			tree := mkdir(t, filepath.Join(t.TempDir(), "tree"))
			if c.was != "" {
				put(t, tree+"/"+stampName, c.was)
			}
			readOnly(t, tree, func() {
				before := snapshot(t, tree)
				a := berth(t, "stamp", "docker", "--tree", tree)
				a.wants(t, 0, "", "berth: the tree can't be written and keeps the stamp that it has: ")
				berth(t, "--log-format=json", "stamp", "docker", "--tree", tree).wants(t, 0, "", `"level":"info"`)
				if c.was != "" { // the one that it has is no news
					berth(t, "stamp", "apt", "--tree", tree).wants(t, 0, "", "")
				}
				same(t, before, snapshot(t, tree))
			})
		})
	}
}

// readOnly runs f while nobody can write a directory: as root it is mounted so.
func readOnly(t *testing.T, dir string, f func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		mounted(t, f,
			func() error { return unix.Mount(dir, dir, "", unix.MS_BIND, "") },
			func() error { return unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "") })
		return
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o755) }()
	f()
}

package s6

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/boot"
)

// words are what the image's berth answers to in these tests.
func words(name string) bool {
	switch name {
	case "with-contenv", "s6-svc", "s6-setuidgid", "execlineb", "s6-sudo", "s6-sudod":
		return true
	}
	return false
}

// lacking are the names of them that this berth only refuses.
func lacking(name string) string {
	if strings.HasPrefix(name, "s6-sudo") {
		return "use something else"
	}
	return ""
}

// installed runs install on an image and gives what it said.
func installed(t *testing.T, root string) (string, error) {
	t.Helper()
	var said []string
	err := Install(root, "/usr/bin/berth", words, lacking, func(text string) { said = append(said, text) })
	return strings.Join(said, "\n"), err
}

func link(t *testing.T, path string) string {
	t.Helper()
	to, err := os.Readlink(path)
	if err != nil {
		return ""
	}
	return to
}

func TestInstall(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/usr/bin/berth", "berth", 0o755)
	write(t, root+"/init", "#!/bin/sh\n", 0o755)
	write(t, root+"/command/execlineb", "the image's own", 0o755)
	write(t, root+"/usr/bin/s6-setuidgid", "debian's", 0o755)
	ok(t, os.Symlink("../package/admin/s6/command/s6-svc", root+"/command/s6-svc"), os.Symlink("/command/s6-svc", root+"/usr/bin/s6-svc"),
		os.Symlink("/command/s6-nothing", root+"/command/s6-nothing"), os.Symlink("own", root+"/command/s6-sudo"))
	said, err := installed(t, root)
	ok(t, err)
	for _, name := range []string{"/init", "/command/s6-svc", "/command/with-contenv", "/command/s6-setuidgid", "/usr/bin/with-contenv", "/usr/bin/s6-svc"} {
		if got := link(t, root+name); got != "/usr/bin/berth" {
			t.Errorf("%s leads to %q", name, got)
		}
	}
	if read(t, root+"/init.s6") != "#!/bin/sh\n" || read(t, root+"/command/execlineb") != "the image's own" || read(t, root+"/usr/bin/s6-setuidgid") != "debian's" {
		t.Error("a program of the image's own was changed")
	}
	if link(t, root+"/command/s6-sudo") != "own" || link(t, root+"/command/s6-sudod") != "/usr/bin/berth" {
		t.Error("what berth doesn't do is the image's own where it has it, and berth's refusal where it doesn't")
	}
	if link(t, root+"/command/s6-nothing") != "/command/s6-nothing" {
		t.Error("a name that berth doesn't answer to was taken")
	}
	for _, name := range tops() {
		in, err := os.Stat(root + "/run/" + name)
		ok(t, err)
		if in.Mode() != os.ModeDir|os.ModeSticky|0o777 {
			t.Errorf("/run/%s is %v", name, in.Mode())
		}
	}
	for _, text := range []string{"kept /init as /init.s6", "linked /init to /usr/bin/berth", "linked 4 names in /command", "left /command/execlineb alone", "prepared /run/service"} {
		if !strings.Contains(said, text) {
			t.Errorf("it doesn't say %q: %s", text, said)
		}
	}
	again, err := installed(t, root)
	ok(t, err)
	if strings.ReplaceAll(again, "left /command/execlineb alone: it is no link, and so a program of the image's own", "") != "" {
		t.Errorf("a second time it says %s", again)
	}
}

func TestInstallLeavesAForeignWithContenv(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/usr/bin/with-contenv", "#!/bin/bash\n", 0o755)
	said, err := installed(t, root)
	ok(t, err)
	if read(t, root+"/usr/bin/with-contenv") != "#!/bin/bash\n" || link(t, root+"/command/with-contenv") != "/usr/bin/berth" || !strings.Contains(said, "left /usr/bin/with-contenv alone") {
		t.Errorf("it says %s", said)
	}
}

func TestInstallKeepsAnInitOnlyOnce(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/init", "second", 0o755)
	write(t, root+"/init.s6", "first", 0o755)
	if _, err := installed(t, root); err == nil || read(t, root+"/init.s6") != "first" || read(t, root+"/init") != "second" {
		t.Errorf("got %v", err)
	}
}

func TestInstallSaysWhatItCantChange(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may write anywhere")
	}
	root := t.TempDir()
	ok(t, os.Chmod(root, 0o555))
	defer func() { _ = os.Chmod(root, 0o755) }()
	_, err := installed(t, root)
	if err == nil || !strings.Contains(boot.HintFor(err), "root") {
		t.Errorf("got %v, hint %q", err, boot.HintFor(err))
	}
}

func TestEveryProgramIsNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range programs() {
		if seen[name] || filepath.Base(name) != name {
			t.Errorf("%q is there twice, or no name", name)
		}
		seen[name] = true
	}
	if len(seen) < 180 {
		t.Errorf("only %d names", len(seen))
	}
}

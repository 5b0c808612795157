package hermes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/berth-init/berth/internal/fsx"
)

func TestMethod(t *testing.T) {
	for _, c := range []struct {
		about     string
		tree      map[string]string // a name that ends in / is a directory
		home      map[string]string
		managed   string
		container bool
		want      string
	}{
		{"nothing known", nil, nil, "", false, "pip"},
		{"unstamped in a container is never docker", nil, nil, "", true, "pip"},
		{"a checkout", map[string]string{".git/": ""}, nil, "", false, "git"},
		{"a worktree", map[string]string{".git": "gitdir: ../x\n"}, nil, "", false, "git"},
		{"another file of that name", map[string]string{".git": "x"}, nil, "", false, "pip"},
		{"a checkout in a container", map[string]string{".git/": ""}, nil, "", true, "git"},
		{"managed and a checkout", map[string]string{".git/": ""}, nil, "NixOS", false, "nixos"},
		{"managed by another", nil, nil, "Homebrew", false, "homebrew"},
		{"managed without a name", nil, nil, "1", false, "nixos"},
		{"not managed", nil, nil, "0", false, "pip"},
		{"managed by a file", nil, map[string]string{".managed": ""}, "", false, "nixos"},
		{"that names it", nil, map[string]string{".managed": "homebrew\n"}, "", false, "homebrew"},
		{"the stamp of the code beats a checkout", map[string]string{".git/": "", ".install_method": " Docker \n"}, nil, "", false, "docker"},
		{"and the home's", map[string]string{".install_method": "git"}, map[string]string{".install_method": "docker"}, "", true, "git"},
		{"and who manages it", map[string]string{".install_method": "git"}, nil, "nixos", false, "git"},
		{"the home's docker counts in a container", nil, map[string]string{".install_method": "docker"}, "", true, "docker"},
		{"on a host it was an image's mistake", map[string]string{".git/": ""}, map[string]string{".install_method": "docker"}, "", false, "git"},
		{"without a checkout as well", nil, map[string]string{".install_method": "docker"}, "", false, "pip"},
		{"the home's git stays", nil, map[string]string{".install_method": "git\n"}, "", false, "git"},
		{"the home's stamp beats who manages it", nil, map[string]string{".install_method": "apt"}, "nixos", false, "apt"},
		{"an empty stamp is none", map[string]string{".install_method": "\n"}, map[string]string{".install_method": "git"}, "", false, "git"},
		{"so is a word that is no method", map[string]string{".install_method": "magic"}, nil, "", false, "pip"},
		{"and a huge one", map[string]string{".install_method": "docker" + strings.Repeat(" ", maxStamp)}, nil, "", false, "pip"},
		{"and what is no file", map[string]string{".install_method/": ""}, nil, "", false, "pip"},
		{"unknown is a method", map[string]string{".install_method": "unknown"}, nil, "", false, "unknown"},
	} {
		t.Run(c.about, func(t *testing.T) {
			lay := func(files map[string]string) *fsx.Dir {
				top := t.TempDir()
				for name, text := range files {
					full := filepath.Join(top, name)
					if strings.HasSuffix(name, "/") {
						ok(t, os.Mkdir(full, 0o755))
						continue
					}
					ok(t, os.WriteFile(full, []byte(text), 0o644))
				}
				d, err := fsx.Open(top)
				ok(t, err)
				t.Cleanup(func() { _ = d.Close() })
				return d
			}
			lookup := func(string) (string, bool) { return c.managed, c.managed != "" }
			if got := Method(lay(c.tree), lay(c.home), c.container, lookup); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if got := Method(nil, nil, true, nil); got != "pip" {
		t.Errorf("without anything: %s", got)
	}
	if got := Method(fsx.Empty("/nix/store/abc-hermes"), nil, false, nil); got != "nix" {
		t.Errorf("in the store: %s", got)
	}
}

// A stamp that is a link leads to what its maker chose.
func TestAStampThatIsALink(t *testing.T) {
	g := newRig(t)
	g.write("elsewhere", "docker")
	g.link("elsewhere", ".install_method")
	if got := Method(nil, g.e.Volume, true, nil); got != "pip" {
		t.Errorf("got %s", got)
	}
}

func TestUpdate(t *testing.T) {
	g := newRig(t)
	g.leaves("update")
	g.lay(".install_method", "docker\n")
	for _, args := range [][]string{{"update"}, {"update", "--check"}, {"-p", "x", "update"}} {
		g.gets(1, says("doesn't apply inside the Docker container", "docker pull nousresearch/hermes-agent:latest", "recreate"), args...)
	}
	// A home that a host shares with an image says nothing about the host's program.
	g.lay(".install_method", "")
	g.write(".install_method", "docker")
	g.gets(1, says("doesn't apply"), "update")
	g.nobody(false)
	g.leaves("update")
}

type noFS struct{}

func (noFS) Open(string) (fs.File, error) { return nil, errors.New("no") }

func TestInContainer(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, c := range []struct {
		about, env string
		root       fs.FS
		want       string
	}{
		{"a host", "", fstest.MapFS{"proc/1/cgroup": file("0::/init.scope\n")}, ""},
		{"docker's file", "", fstest.MapFS{".dockerenv": file("")}, "/.dockerenv"},
		{"podman's", "", fstest.MapFS{"run/.containerenv": file("")}, "/run/.containerenv"},
		{"a control group of docker", "", fstest.MapFS{"proc/1/cgroup": file("12:pids:/docker/abc\n")}, "/proc/1/cgroup names docker"},
		{"of kubernetes", "", fstest.MapFS{"proc/self/cgroup": file("0::/kubepods.slice/x\n")}, "/proc/self/cgroup names kubepods"},
		{"of containerd", "", fstest.MapFS{"proc/self/cgroup": file("0::/system.slice/containerd-x\n")}, "/proc/self/cgroup names containerd"},
		{"of lxc", "", fstest.MapFS{"proc/1/cgroup": file("1:name=systemd:/lxc/x\n")}, "/proc/1/cgroup names lxc"},
		{"the variable", "1", fstest.MapFS{}, "HERMES_CONTAINER"},
		{"that says no", "0", fstest.MapFS{}, ""},
		{"nothing can be read", "", noFS{}, ""},
		{"there is nothing to read", "", nil, ""},
	} {
		if got := InContainer(c.root, func(string) (string, bool) { return c.env, true }); got != c.want {
			t.Errorf("%s: %q", c.about, got)
		}
	}
	if got := InContainer(fstest.MapFS{".dockerenv": file("")}, nil); got != "/.dockerenv" {
		t.Errorf("without an environment: %q", got)
	}
}

package hermes

import (
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	stampName = ".install_method"
	maxStamp  = 4 << 10
)

// Method says how the app was installed, the first that is known of: the stamp beside its code; the one in its home; who
// manages it; whether its code is a checkout. To be in a container says nothing by itself. The home may be shared
// with a host, so a stamp there that says docker counts only in a container: an image once wrote it on everybody's.
func Method(tree, home *fsx.Dir, container bool, lookup func(name string) (string, bool)) string {
	if m := stamp(tree); m != "" {
		return m
	}
	if m := stamp(home); m != "" && (m != "docker" || container) {
		return m
	}
	if m := managed(home, lookup); m != "" {
		return m
	}
	if tree == nil {
		return "pip"
	}
	if strings.HasPrefix(tree.Path()+"/", "/nix/store/") {
		return "nix"
	}
	if checkout(tree) {
		return "git"
	}
	return "pip"
}

// stamp reads a stamp. What can't be read, or names no method there is, is as good as none.
func stamp(dir *fsx.Dir) string {
	m := firstWord(dir, stampName)
	if slices.Contains([]string{"apt", "docker", "nix", "nixos", "home-manager", "git", "unknown"}, m) {
		return m
	}
	return ""
}

// firstWord reads a small file of one word.
func firstWord(dir *fsx.Dir, name string) string {
	if dir == nil {
		return ""
	}
	data, _, err := dir.Read(name, maxStamp)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(string(data)))
}

// managed names the system that manages the installation; the first of them, where only the fact is told, was NixOS.
func managed(home *fsx.Dir, lookup func(string) (string, bool)) string {
	name, there := "", false
	if lookup != nil {
		value, _ := lookup("HERMES_MANAGED")
		name = strings.ToLower(strings.TrimSpace(value))
		there = name != "" && !slices.Contains([]string{"0", "false", "no", "off"}, name)
	}
	if !there && home != nil {
		if ok, err := home.Exists(".managed"); err == nil && ok {
			name, there = firstWord(home, ".managed"), true
		}
	}
	switch {
	case !there:
		return ""
	case name == "" || spec.Truthy(name):
		return "nixos"
	}
	return name
}

// checkout says whether git keeps a directory: by .git, or by a file of that name that says where it is (a worktree).
func checkout(tree *fsx.Dir) bool {
	e, err := tree.Look(".git")
	if err != nil {
		return false
	}
	kind := e.Info().Kind
	_ = e.Close()
	if kind == fsx.Directory {
		return true
	}
	data, _, err := tree.Read(".git", maxStamp)
	return err == nil && strings.HasPrefix(string(data), "gitdir:")
}

// method is [Method] for a call.
func (s *session) method() (m string) {
	in := s.container() != ""
	_ = s.as(func() error { m = Method(s.Tree, s.Volume, in, s.Lookup); return nil })
	return m
}

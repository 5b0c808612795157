package hermes

import (
	"io/fs"
	"strings"

	"github.com/berth-init/berth/internal/spec"
)

// InContainer gives the sign by which this is a container, empty where it is none: what the engines lay into its root,
// the names of its control group, or a variable's word. root is / for reading.
func InContainer(root fs.FS, lookup func(name string) (string, bool)) string {
	if lookup != nil {
		if value, _ := lookup("HERMES_CONTAINER"); spec.Truthy(value) {
			return "HERMES_CONTAINER"
		}
	}
	if root == nil {
		return ""
	}
	for _, name := range []string{".dockerenv", "run/.containerenv"} {
		if _, err := fs.Stat(root, name); err == nil {
			return "/" + name
		}
	}
	for _, name := range []string{"proc/1/cgroup", "proc/self/cgroup"} {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			continue // hidden (hidepid), or no /proc
		}
		for _, word := range []string{"docker", "lxc", "kubepods", "containerd"} {
			if strings.Contains(string(text), word) {
				return "/" + name + " names " + word
			}
		}
	}
	return ""
}

// container is [InContainer] for a call.
func (e *Env) container() string { return InContainer(e.Root, e.Lookup) }

package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/spec"
)

// develop turns a spec made for a container into one for a directory on a developer's machine. The machine is not
// berth's: no account, no group, no install tree is touched, and a hook with root's rights could do anything, so those
// don't run. What the spec says about the volume holds for the directory.
func develop(w *boot.World, dir string) error {
	if _, err := os.Stat(filepath.Dir(dir)); err != nil {
		// A mistyped name must not grow a tree of root's on somebody's machine.
		return boot.Fail(125, fmt.Errorf("make %q: %w", dir, err), "make the directory above it first, or name another one with --dir")
	}
	s := *w.Spec
	if name := variable(s.Volume.Path); name != "" {
		// The spec's other texts name the volume by the same variable: HOME, PATH, and the app's own reading.
		w.Environ = append(slices.Clone(w.Environ), name+"="+dir)
	}
	s.Volume.Path, s.Volume.Optional = spec.Text(strings.ReplaceAll(dir, "$", "$$")), nil
	s.Install.Own = nil
	s.User.JoinGroupsOf = nil
	s.Hooks = slices.DeleteFunc(slices.Clone(s.Hooks), func(h spec.Hook) bool { return h.As == spec.AsRoot })
	w.Spec = &s
	return nil
}

// variable gives the name of the variable that a text is: ${NAME}, or that with a default; "" for any other text.
func variable(t spec.Text) string {
	inner, ok := strings.CutPrefix(string(t), "${")
	if !ok || !strings.HasSuffix(inner, "}") || closes(inner) != len(inner)-1 {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(inner, "}"), ":")
	name, _, _ = strings.Cut(name, "-")
	if strings.ContainsAny(name, "${}") {
		return ""
	}
	return name
}

// closes gives where the brace that is open before a text is closed in it; -1 if it isn't.
func closes(text string) int {
	open := 1
	for i := range len(text) {
		switch {
		case strings.HasPrefix(text[i:], "${"):
			open++
		case text[i] == '}':
			if open--; open == 0 {
				return i
			}
		}
	}
	return -1
}

// developer is the identity outside a container: whoever runs berth; as root, whom the variables or the spec name, by
// number, since the machine's accounts are not the image's.
func developer(home string) boot.Phase {
	return boot.Func("identity", func(_ context.Context, r *boot.Run) error {
		w := r.World
		id := identity.Identity{Name: w.Spec.User.Name, UID: w.EUID, GID: w.EGID, Home: home, Umask: rootfs.Umask(r)}
		if w.EUID == 0 {
			id.UID, id.GID = rootfs.Numbers(r)
		} else {
			id.Name = os.Getenv("USER")
		}
		w.Identity = id
		return nil
	})
}

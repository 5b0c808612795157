package daemon

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

// develop turns a spec made for a container into one for a directory on a developer's machine. The machine is not
// berth's: no account, no group, no install tree is touched, and a hook with root's rights could do anything, so those
// don't run. What the spec says about the volume holds for the directory.
func develop(w *boot.World, dir string) {
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
}

// variable gives the name of the variable that a text is: ${NAME}, or that with a default; "" for any other text.
func variable(t spec.Text) string {
	inner, ok := strings.CutPrefix(string(t), "${")
	if !ok || !strings.HasSuffix(inner, "}") {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(inner, "}"), ":")
	name, _, _ = strings.Cut(name, "-")
	if strings.ContainsAny(name, "${}") {
		return ""
	}
	return name
}

// developer is the identity outside a container: whoever runs berth; as root, whom the variables or the spec name, by
// number, since the machine's accounts are not the image's.
func developer(home string) boot.Phase {
	return boot.Func("identity", func(_ context.Context, r *boot.Run) error {
		w := r.World
		id := identity.Identity{Name: w.Spec.User.Name, UID: w.EUID, GID: w.EGID, Home: home, Umask: -1}
		if w.EUID == 0 {
			var err error
			if id.UID, _, err = identity.Pick(w.Spec.User.UIDEnv, w.Lookup, or(w.Spec.User.UID)); err != nil {
				r.Warn("", "%v", err)
			}
			if id.GID, _, err = identity.Pick(w.Spec.User.GIDEnv, w.Lookup, or(w.Spec.User.GID)); err != nil {
				r.Warn("", "%v", err)
			}
		} else {
			id.Name = os.Getenv("USER")
		}
		w.Identity = id
		return nil
	})
}

// or gives the id, or the one that holds where the spec names none.
func or(id spec.ID) uint32 {
	if id == 0 {
		return 1000
	}
	return uint32(id)
}

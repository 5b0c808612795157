package daemon

import (
	"context"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/volume"
)

// NewApp writes down what a boot found out. The variables that texts name are kept with it, so that an exec with an
// emptied environment still finds the container's own, and one that sets them gets its own.
func NewApp(w *boot.World) *shim.App {
	s, id := source(w), w.Identity
	child := boot.World{Environ: environ.Child(s)}
	a := &shim.App{
		Version: 1, UID: id.UID, GID: id.GID, Groups: id.Groups, Name: id.Name, Home: id.Home, Umask: id.Umask,
		Command: expand(w.Spec.Main.Command, child.Lookup), Program: w.Spec.Main.Program, RootEnv: w.Spec.Main.RootEnv,
		Native: w.Spec.Main.Native, Volume: w.Path, Tree: w.Spec.Install.Path,
		Set: map[string]string{}, Vars: map[string]string{}, Found: s.Found, Unset: slices.Concat(s.Unset, s.Secret),
		Files: byFile(w.Spec),
	}
	keep := func(name string) (string, bool) {
		value, ok := w.Lookup(name)
		if ok && !slices.Contains(a.Unset, name) && !slices.Contains(w.FromFile, name) {
			a.Vars[name] = value
		}
		return value, ok
	}
	for name, text := range s.Set {
		text.Expand(keep)
		a.Set[name] = string(text)
	}
	for _, dir := range s.Path {
		dir.Expand(keep)
		a.Path = append(a.Path, string(dir))
	}
	return a
}

// FindApp finds out what a boot would: for the app's own name in a container that berth did not boot. It only looks.
func FindApp(ctx context.Context, o Options) (*shim.App, error) {
	defer fsx.Freeze()()
	w, err := world(&o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	r := boot.NewPlan(w)
	if err := r.Phases(ctx, volume.Directory(), rootfs.Identity(), rootfs.Groups(), discovery()); err != nil {
		return nil, err
	}
	return NewApp(w), nil
}

package daemon

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/volume"
)

// App is what the app's own name needs to become the app as main is: without reading a spec again.
type App struct {
	Version int               `json:"version"`
	UID     uint32            `json:"uid"`
	GID     uint32            `json:"gid"`
	Groups  []uint32          `json:"groups,omitempty"`
	Name    string            `json:"name,omitempty"`
	Home    string            `json:"home,omitempty"`
	Umask   int               `json:"umask"`
	Command []string          `json:"command"`
	Program string            `json:"program,omitempty"`
	RootEnv string            `json:"root_env,omitempty"`
	Native  []string          `json:"native,omitempty"` // words that berth answers under the app's name
	Volume  string            `json:"volume,omitempty"`
	Tree    string            `json:"tree,omitempty"` // where the app's code is
	Set     map[string]string `json:"set,omitempty"`  // as the spec says it
	Vars    map[string]string `json:"vars,omitempty"` // what the container had of the variables that Set and Path name
	Found   map[string]string `json:"found,omitempty"`
	Unset   []string          `json:"unset,omitempty"`
	Path    []string          `json:"path,omitempty"`
	Files   []string          `json:"files,omitempty"` // variables that NAME_FILE may give by a file
}

// NewApp writes down what a boot found out. The variables that texts name are kept with it, so that an exec with an
// emptied environment still finds the container's own, and one that sets them gets its own.
func NewApp(w *boot.World) *App {
	s, id := source(w), w.Identity
	child := boot.World{Environ: environ.Child(s)}
	a := &App{
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

// Identity gives who the app is.
func (a *App) Identity() identity.Identity {
	return identity.Identity{Name: a.Name, UID: a.UID, GID: a.GID, Groups: a.Groups, Home: a.Home, Umask: a.Umask}
}

// Environ gives the app's environment out of a caller's.
func (a *App) Environ(caller []string) []string {
	caller, _, _ = fromFiles(caller, a.Files, a.Volume) // what can't be read, this caller may not read
	had := boot.World{Environ: caller}
	for _, name := range slices.Sorted(maps.Keys(a.Vars)) {
		if _, there := had.Lookup(name); !there {
			caller = append(slices.Clip(caller), name+"="+a.Vars[name])
		}
	}
	s := environ.Source{Environ: caller, Set: map[string]spec.Text{}, Found: a.Found, Unset: a.Unset, Identity: a.Identity()}
	for name, text := range a.Set {
		s.Set[name] = spec.Text(text)
	}
	for _, dir := range a.Path {
		s.Path = append(s.Path, spec.Text(dir))
	}
	return environ.Child(s)
}

// FindApp finds out what a boot would: for the app's own name in a container that berth did not boot. It only looks.
func FindApp(ctx context.Context, o Options) (*App, error) {
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

// staysRoot says whether a caller who is root asked to stay it.
func (a *App) staysRoot(caller []string) bool {
	w := boot.World{Environ: caller}
	value, _ := w.Lookup(a.RootEnv)
	return a.RootEnv != "" && spec.Truthy(value)
}

// As gives the command that the app is, called by a name that berth's binary bears.
func (a *App) As(name string, args, caller []string) (*proc.Command, error) {
	env := a.Environ(caller)
	child := boot.World{Environ: env}
	path, _ := child.Lookup("PATH")
	r := router{command: []string{name}, path: path, itself: Itself}
	if len(a.Command) > 0 && filepath.Base(a.Command[0]) == name {
		r.main.Program = a.Program
	}
	if os.Geteuid() == 0 && a.UID != 0 && !a.staysRoot(caller) {
		r.as = Credential(a.Identity())
	}
	file, err := r.program()
	if err != nil {
		return nil, err
	}
	c := proc.NewCommand(file, append([]string{name}, args...))
	c.Env, c.Credential, c.Umask = env, r.as, a.Umask
	return c, nil
}

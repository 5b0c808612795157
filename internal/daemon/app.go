package daemon

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	Set     map[string]string `json:"set,omitempty"`
	Found   map[string]string `json:"found,omitempty"`
	Unset   []string          `json:"unset,omitempty"`
	Path    []string          `json:"path,omitempty"`
}

// NewApp writes down what a boot found out: variables are replaced, so that an exec with an emptied environment still
// finds the container's own.
func NewApp(w *boot.World) *App {
	s, id := source(w), w.Identity
	child := boot.World{Environ: environ.Child(s)}
	a := &App{
		Version: 1, UID: id.UID, GID: id.GID, Groups: id.Groups, Name: id.Name, Home: id.Home, Umask: id.Umask,
		Command: expand(w.Spec.Main.Command, child.Lookup), Program: w.Spec.Main.Program,
		Set: map[string]string{}, Found: s.Found, Unset: slices.Concat(s.Unset, s.Secret), Path: expand(s.Path, child.Lookup),
	}
	for name, text := range s.Set {
		a.Set[name] = text.Expand(w.Lookup)
	}
	return a
}

// Identity gives who the app is.
func (a *App) Identity() identity.Identity {
	return identity.Identity{Name: a.Name, UID: a.UID, GID: a.GID, Groups: a.Groups, Home: a.Home, Umask: a.Umask}
}

// Environ gives the app's environment out of a caller's.
func (a *App) Environ(caller []string) []string {
	s := environ.Source{Environ: caller, Set: map[string]spec.Text{}, Found: a.Found, Unset: a.Unset, Identity: a.Identity()}
	for name, value := range a.Set {
		s.Set[name] = plain(value)
	}
	for _, dir := range a.Path {
		s.Path = append(s.Path, plain(dir))
	}
	return environ.Child(s)
}

// plain makes a text that stands for itself.
func plain(value string) spec.Text { return spec.Text(strings.ReplaceAll(value, "$", "$$")) }

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

// As gives the command that the app is, called by a name that berth's binary bears.
func (a *App) As(name string, args, caller []string) (*proc.Command, error) {
	env := a.Environ(caller)
	child := boot.World{Environ: env}
	path, _ := child.Lookup("PATH")
	r := router{command: []string{name}, path: path, itself: Itself}
	if len(a.Command) > 0 && filepath.Base(a.Command[0]) == name {
		r.main.Program = a.Program
	}
	if os.Geteuid() == 0 && a.UID != 0 {
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

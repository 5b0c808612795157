package shim

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/variable"
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

// Read reads what the last boot found out about the app.
func Read() (*App, error) {
	a := &App{}
	return a, records.Read(records.AppFile, a)
}

// Bears says whether a name is the app's command: another name that leads to berth is that of another program, whose
// words may mean something else.
func (a *App) Bears(name string) bool {
	return len(a.Command) > 0 && filepath.Base(a.Command[0]) == name
}

// Identity gives who the app is.
func (a *App) Identity() identity.Identity {
	return identity.Identity{Name: a.Name, UID: a.UID, GID: a.GID, Groups: a.Groups, Home: a.Home, Umask: a.Umask}
}

// Environ gives the app's environment out of a caller's.
func (a *App) Environ(caller []string) []string {
	caller, _, _ = FromFiles(caller, a.Files, a.Volume) // what can't be read, this caller may not read
	for _, name := range slices.Sorted(maps.Keys(a.Vars)) {
		if _, there := variable.Lookup(caller, name); !there {
			caller = append(slices.Clip(caller), name+"="+a.Vars[name])
		}
	}
	s := environ.Source{Environ: caller, Set: map[string]variable.Text{}, Found: a.Found, Unset: a.Unset, Identity: a.Identity()}
	for name, text := range a.Set {
		s.Set[name] = variable.Text(text)
	}
	for _, dir := range a.Path {
		s.Path = append(s.Path, variable.Text(dir))
	}
	return environ.Child(s)
}

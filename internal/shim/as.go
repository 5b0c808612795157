package shim

import (
	"os"

	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/variable"
)

// Credential is an identity as proc wants it.
func Credential(id identity.Identity) *proc.Credential {
	return &proc.Credential{UID: id.UID, GID: id.GID, Groups: id.Groups}
}

// StaysRoot says whether a caller who is root stays it: because it asks to, or because the app is root. Otherwise it becomes the
// app's user: what root wrote by `docker exec`, the app's services could no longer read.
func (a *App) StaysRoot(caller []string) bool {
	value, _ := variable.Lookup(caller, a.RootEnv)
	return a.UID == 0 || a.RootEnv != "" && variable.Truthy(value)
}

// As gives the command that the app is, called by a name that berth's binary bears.
func (a *App) As(name string, args, caller []string) (*proc.Command, error) {
	env := a.Environ(caller)
	path, _ := variable.Lookup(env, "PATH")
	s := Search{Name: name, Path: path, Itself: Itself}
	if a.Bears(name) {
		s.Program = a.Program
	}
	if os.Geteuid() == 0 && !a.StaysRoot(caller) {
		s.As = Credential(a.Identity())
	}
	file, err := s.Own()
	if err != nil {
		return nil, err
	}
	c := proc.NewCommand(file, append([]string{name}, args...))
	c.Env, c.Credential, c.Umask = env, s.As, a.Umask
	return c, nil
}

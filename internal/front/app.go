package front

import (
	"context"
	"errors"
	"os"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
)

// App finds out what the app is: what the last boot left written, or, where no boot has been or its records aren't for
// this caller, what the spec says, which is right as well, if slower.
func (v *Voice) App() (*shim.App, error) {
	app, err := shim.Read()
	if err == nil {
		return app, nil
	}
	s, err := v.ReadSpec("")
	if err != nil {
		return nil, err
	}
	return daemon.FindApp(context.Background(), daemon.Options{Spec: s, Environ: os.Environ()})
}

// Become turns this process into the app that bears a name: the program behind the shim, with main's environment, and
// as the app's user if the caller is root (docker exec), so that what root types doesn't leave root's files on the
// volume. It returns only what it failed with.
func Become(app *shim.App, name string, args []string) error {
	c, err := app.As(name, args, os.Environ())
	if err != nil {
		return err
	}
	err = proc.Exec(c)
	if e, ok := errors.AsType[*proc.StartError](err); ok && e.Op == proc.OpBecome {
		return boot.Fail(126, err, hint(err)) // what wraps a command says 126 for one that it can't run (POSIX env, nice)
	}
	return err
}

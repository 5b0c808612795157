package front

import (
	"context"
	"errors"
	"os"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
)

// Become turns this process into the app that bears a name: the program behind the shim, with main's environment, and
// as the app's user if the caller is root (docker exec), so that what root types doesn't leave root's files on the
// volume. It returns only what it failed with.
func Become(name string, args []string) error {
	app, err := daemon.ReadApp()
	if err != nil { // no boot has been here, or its records aren't for this caller: the spec knows as well, if slower
		v := DefaultVoice()
		s, err := v.ReadSpec("")
		if err != nil {
			return err
		}
		if app, err = daemon.FindApp(context.Background(), daemon.Options{Spec: s, Environ: os.Environ()}); err != nil {
			return err
		}
	}
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

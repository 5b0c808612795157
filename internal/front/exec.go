package front

import (
	"errors"
	"os"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/variable"
)

// Exec turns this process into a command as the app has it: with the environment of the services, found along their
// PATH, as the app's user if the caller is root, so that what it writes is the app's. Who is another user already stays
// that. The working directory is the caller's. It returns only what it failed with.
func (v *Voice) Exec(argv []string) error {
	app, err := v.App()
	if err != nil {
		return err
	}
	c, err := command(app, argv)
	if err != nil {
		return err
	}
	err = proc.Exec(c)
	if e, ok := errors.AsType[*proc.StartError](err); ok && e.Op == proc.OpBecome {
		return boot.Fail(126, err, hint(err)) // as what wraps a command says it (POSIX env, nice)
	}
	return err
}

// command makes a command of the app's, for whoever calls.
func command(app *shim.App, argv []string) (*proc.Command, error) {
	env := app.Environ(os.Environ())
	var as *proc.Credential
	if os.Geteuid() == 0 && app.UID != 0 {
		as = shim.Credential(app.Identity())
	}
	path, _ := variable.Lookup(env, "PATH")
	if path == "" {
		path = environ.DefaultPath
	}
	file, err := proc.LookPath(argv[0], path, "", as)
	if err != nil {
		return nil, err
	}
	c := proc.NewCommand(file, argv)
	c.Env, c.Credential, c.Umask = env, as, app.Umask
	return c, nil
}

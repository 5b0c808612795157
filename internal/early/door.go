package early

import (
	"os"
	"path/filepath"

	"github.com/berth-init/berth/internal/door"
	"github.com/berth-init/berth/internal/native"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
)

// become makes this process the app, if that is what argv asks for and a boot has written down how. Where there is anything to
// say or to answer, or anything fails, it comes back with the process as it was: main goes the same way again, and tells.
func become(argv []string) {
	if door.Choose(argv, nobody).Door != door.App || !door.Speaks(os.Getenv(door.FormatEnv)) {
		return
	}
	name, args := filepath.Base(argv[0]), argv[1:]
	app, err := shim.Read()
	if err != nil || app.Bears(name) && native.Asks(args, app.Native) {
		return
	}
	command, err := app.As(name, args, os.Environ())
	if err != nil {
		return
	}
	_ = proc.Attempt(command)
}

// nobody is berth itself as far as the choice goes: whether a wrapper's path has to be taken off is the entry point's question.
func nobody(string) bool { return false }

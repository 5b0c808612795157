package execline

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// TestMain is a word of this room if the test binary is called by its name, as the program is.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	if w := Find(name); w != nil {
		os.Exit(w(&chain.Call{
			Name: name, Argv0: os.Args[0], Args: os.Args[1:], Env: os.Environ(),
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Find: Find,
		}))
	}
	unix.Umask(0o022) // what scripts make and print is compared
	os.Exit(m.Run())
}

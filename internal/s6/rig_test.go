package s6

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6rc"
)

// patience is long: it is for a test that hangs, not for one that is slow.
const patience = 30 * time.Second

// children is the one owner of wait in these tests.
var children = proc.NewTable()

func TestMain(m *testing.M) {
	if len(os.Args) > 0 && os.Args[0] == proc.StageName {
		proc.ChildStage()
	}
	dead := make(chan os.Signal, 1)
	signal.Notify(dead, syscall.SIGCHLD)
	go func() {
		for range dead {
			children.Reap()
		}
	}()
	os.Exit(m.Run())
}

// A rig is a plug-in in a place of its own, and what it said.
type rig struct {
	*plugin

	mu   sync.Mutex
	said strings.Builder
}

func newRig(t *testing.T) *rig {
	t.Helper()
	root, err := fsx.Open("/")
	ok(t, err)
	t.Cleanup(func() { _ = root.Close() })
	r := &rig{plugin: &plugin{running: map[*proc.Process]bool{}, image: &s6rc.Image{}}}
	r.path, r.settings.Verbosity, r.at = boot.SafePath, levelInfo, placed(t)
	r.host = daemon.Host{
		World: &boot.World{Root: root, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid())},
		Table: children, Budget: 5 * time.Second,
		Tell: func(n boot.Note) {
			r.mu.Lock()
			defer r.mu.Unlock()
			fmt.Fprintf(&r.said, "%s: %s\n", n.Level, n.Text)
		},
	}
	for _, name := range []string{environmentDir, "s6/basedir", legacyDir, cleanDir, servicedirs} {
		ok(t, r.at.dir.Mkdir(name, fsx.Attr{Mode: 0o755}))
	}
	return r
}

// says gives what was said.
func (r *rig) says() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

// script lays a program.
func script(t *testing.T, text string) s6rc.Program {
	t.Helper()
	path := t.TempDir() + "/script"
	write(t, path, "#!/bin/sh\n"+text, 0o755)
	return s6rc.Program{Path: path, Executable: true, Shebang: []string{"/bin/sh"}}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// contextFor bounds what should not take long.
func contextFor(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), patience)
}

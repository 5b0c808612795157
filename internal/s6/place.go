package s6

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/berth-init/berth/internal/fsx"
)

// RunEnv is the variable that says where the directories of /run are that could not be made in /run.
const RunEnv = "BERTH_S6_RUN"

// Names below /run, as everybody knows them.
const (
	environmentDir = "s6/container_environment"
	resultsDir     = "s6-linux-init-container-results"
	exitcodeFile   = resultsDir + "/exitcode"
	scanDir        = "service"
	servicedirs    = "s6-rc/servicedirs"
	legacyDir      = "s6/legacy-services"
	cleanDir       = "s6/clean"
	binDir         = "s6/basedir/bin"
	logsDir        = "uncaught-logs"
)

// tops are the names in /run that are this container's alone, and made anew.
func tops() []string { return []string{"s6", scanDir, "s6-rc", resultsDir, logsDir} }

// A place is where the directories lie: /run, or where that can't be.
type place struct {
	path string
	dir  *fsx.Dir
}

// settle finds a place that can be written: /run; where it can't be, memory of our own, which even a read-only container
// has; a directory in /tmp. err says why it isn't the first.
func settle(ctx context.Context) (at *place, err error) {
	own := "berth-s6-" + strconv.Itoa(os.Geteuid())
	at, err = claim(ctx, "/run")
	if err == nil {
		return at, nil
	}
	for _, shared := range []string{"/dev/shm", "/tmp"} {
		if at, other := claimOwn(ctx, shared, own); other == nil {
			return at, err
		}
	}
	return nil, err
}

// claim makes the directories in a place anew, with nothing in them.
func claim(ctx context.Context, path string) (*place, error) {
	dir, err := fsx.Open(path)
	if err != nil {
		return nil, err
	}
	for _, name := range tops() {
		if err := anew(ctx, dir, name); err != nil {
			_ = dir.Close()
			return nil, err
		}
	}
	return &place{path: path, dir: dir}, nil
}

// claimOwn is claim in a directory of our own among others'.
func claimOwn(ctx context.Context, shared, name string) (*place, error) {
	d, err := fsx.Open(shared)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	if err := d.RemoveAll(ctx, name); err != nil {
		return nil, err
	}
	if err := d.Mkdir(name, fsx.Attr{Mode: 0o755, Fleeting: true}); err != nil {
		return nil, err
	}
	return claim(ctx, shared+"/"+name)
}

// anew makes a directory with nothing in it. One that the image prepared for a start as anybody, in a /run that only root can
// write, stays, and is emptied.
func anew(ctx context.Context, dir *fsx.Dir, name string) error {
	removed := dir.RemoveAll(ctx, name)
	made := dir.Mkdir(name, fsx.Attr{Mode: 0o755, Fleeting: true})
	if made == nil {
		return nil
	}
	d, err := dir.Mount(name) // somebody may have mounted one
	if err != nil {
		return errors.Join(made, removed)
	}
	defer func() { _ = d.Close() }()
	if err := d.Writable(); err != nil {
		return made
	}
	items, err := d.List()
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := d.RemoveAll(ctx, it.Name); err != nil {
			return err
		}
	}
	return nil
}

// file makes or replaces a small file.
func (a *place) file(name, data string) error {
	return a.dir.Replace(name, []byte(data), fsx.Attr{Mode: 0o644, Fleeting: true})
}

// mkdir makes a directory that isn't there.
func (a *place) mkdir(name string) error {
	return a.dir.Mkdir(name, fsx.Attr{Mode: 0o755, Fleeting: true})
}

// close gives the handle back.
func (a *place) close() error {
	if a == nil {
		return nil
	}
	return a.dir.Close()
}

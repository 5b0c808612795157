package s6

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
)

// Names below /run, as everybody knows them.
const (
	environmentDir = s6dir.Environment
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
	path  string
	dir   *fsx.Dir
	wrote map[string]bool // the variables that have a file
}

// settle finds a place that can be written, and has it furnished: run; where that can't be, a directory of our own in one of the
// shared ones. err says why it isn't the first. One in which somebody else makes names as well is none.
func settle(ctx context.Context, run string, shared []string, furnish func(at *place) error) (at *place, err error) {
	try := func(at *place, err error) (*place, error) {
		if err != nil {
			return nil, err
		}
		if err := furnish(at); errors.Is(err, fs.ErrExist) {
			_ = at.close()
			return nil, err
		}
		return at, nil
	}
	own := s6dir.OwnPlace(os.Geteuid())
	at, err = try(claim(ctx, run))
	if err == nil {
		return at, nil
	}
	for _, dir := range shared {
		if at, other := try(claimOwn(ctx, dir, own)); other == nil {
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
	err = guard(dir)
	for _, name := range tops() {
		if err == nil {
			err = anew(ctx, dir, name)
		}
	}
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return &place{path: path, dir: dir}, nil
}

// guard sees to it that nobody but root renames what root makes in a directory: programs of root's take their variables from there.
func guard(dir *fsx.Dir) error {
	if os.Geteuid() != 0 {
		return nil
	}
	self, err := dir.Look(".")
	if err != nil {
		return err
	}
	defer func() { _ = self.Close() }()
	const sticky = 0o1000
	loose := func() bool { in := self.Info(); return in.Perm&0o022 != 0 && in.Perm&sticky == 0 }
	if uid := self.Info().UID; uid != 0 {
		return fmt.Errorf("guard %s: it is user %d's, who could put directories of their own in the place of root's", dir.Path(), uid)
	}
	if loose() {
		err = self.Chmod(self.Info().Perm | sticky)
	}
	if err == nil && loose() {
		err = fs.ErrPermission // a file system that says yes and does nothing
	}
	if err != nil {
		return fmt.Errorf("guard %s, where others could rename root's directories: %w", dir.Path(), err)
	}
	return nil
}

// claimOwn is claim in a directory of our own among others'.
func claimOwn(ctx context.Context, shared, name string) (*place, error) {
	d, err := fsx.Open(shared)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	if err := guard(d); err != nil {
		return nil, err
	}
	if err := vacate(ctx, d, name); err != nil {
		return nil, err
	}
	if err := d.Mkdir(name, fsx.Attr{Mode: 0o755, Fleeting: true}); err != nil {
		return nil, err
	}
	return claim(ctx, shared+"/"+name)
}

// anew makes a directory with nothing in it. One that the image prepared for a start as anybody, in a /run that only root can
// write, stays, and is emptied; root makes it its own first, so that nobody fills it meanwhile or afterwards.
func anew(ctx context.Context, dir *fsx.Dir, name string) error {
	removed := vacate(ctx, dir, name)
	made := dir.Mkdir(name, fsx.Attr{Mode: 0o755, Fleeting: true})
	if made == nil {
		return nil
	}
	d, err := dir.Mount(name) // somebody may have mounted one
	if err != nil {
		return errors.Join(made, removed)
	}
	defer func() { _ = d.Close() }()
	if os.Geteuid() == 0 {
		err = takeOver(dir, d, name)
	} else if d.Writable() != nil {
		err = made
	}
	if err != nil {
		return err
	}
	items, err := d.List()
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := vacate(ctx, d, it.Name); err != nil {
			return err
		}
	}
	return nil
}

// takeOver makes a directory root's alone, and proves that its name still leads to it: until then it may have been anybody's.
func takeOver(dir, d *fsx.Dir, name string) error {
	self, err := d.Look(".")
	if err != nil {
		return err
	}
	defer func() { _ = self.Close() }()
	if err := errors.Join(self.Chown(0, 0), self.Chmod(0o755)); err != nil {
		return err
	}
	in, err := self.Fresh()
	if err != nil {
		return err
	}
	now, err := dir.Mount(name)
	if err != nil {
		return err
	}
	defer func() { _ = now.Close() }()
	there, err := now.Info()
	if err == nil && (there.Dev != in.Dev || there.Ino != in.Ino || in.UID != 0 || in.Perm != 0o755) {
		err = fmt.Errorf("take over %s: %w", d.Path(), fsx.ErrVanished)
	}
	return err
}

// vacate removes what stands at a name. Root puts what somebody fills faster than it is removed aside, where nobody finds it.
func vacate(ctx context.Context, d *fsx.Dir, name string) error {
	err := d.RemoveAll(ctx, name)
	if err == nil || os.Geteuid() != 0 || ctx.Err() != nil || errors.Is(err, fsx.ErrMount) {
		return err
	}
	away := fmt.Sprintf(".old-%016x", rand.Uint64())
	if d.Mkdir(away, fsx.Attr{Mode: 0o700, Fleeting: true}) != nil {
		return err
	}
	if d.Move(name, away+"/old") != nil {
		_ = d.RemoveAll(ctx, away)
		return err
	}
	return nil
}

// announce adds to an environment where the place is, if it isn't where everybody looks.
func (a *place) announce(env []string) []string {
	if a == nil || a.path == "/run" {
		return env
	}
	return append(env, s6dir.RunEnv+"="+a.path)
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

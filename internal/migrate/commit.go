package migrate

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// commit makes the change. An error says that everything is as it was, or what isn't.
func (c *change) commit() error {
	for _, e := range c.edits {
		if err := e.unchanged(c.r, maxSize+maxLines); err != nil {
			return &undone{cause: err}
		}
	}
	if err := c.backUp(); err != nil {
		return &undone{cause: err}
	}
	for _, dir := range c.newDirs {
		if err := makeDir(c.w, dir, dirPerm); err != nil {
			return &undone{cause: err}
		}
	}
	for i, e := range c.edits {
		err := e.write(c.w, e.after)
		if overtaken(err) && c.holds(e) {
			// By another boot, on a file system that has no locks. To take back one of several files that it wrote would leave
			// the others at a version that no boot looks at again.
			err = nil
		}
		if err == nil && c.wrote != nil {
			err = c.wrote(e.name)
		}
		if err != nil {
			if !overtaken(err) && c.holds(e) {
				i++
			}
			return c.undo(c.edits[:i], err)
		}
	}
	if err := c.verify(); err != nil {
		return c.undo(c.edits, err)
	}
	return nil
}

// overtaken says that a write failed because somebody else wrote the file at the same moment.
func overtaken(err error) bool {
	return errors.Is(err, errMeanwhile) || errors.Is(err, fsx.ErrVanished)
}

// holds says whether a file is the one that was to be written. A write that failed may have come so far: the wait for the disk comes
// behind the file's name.
func (c *change) holds(e edited) bool {
	now, err := read(c.r, e.name, maxSize+maxLines)
	return err == nil && !now.none && string(now.data) == string(e.after)
}

// backUp makes the backups, and what room for them takes. All of it is done before the first edit: what is cut off later is
// done by the next boot, which finds the file old.
func (c *change) backUp() error {
	for _, name := range c.temps {
		_ = remove(c.w, name) // it takes room and no more
	}
	for _, dir := range c.shelfDirs {
		if err := makeDir(c.w, dir, c.shelf().perm(dir)); err != nil {
			return err
		}
	}
	for _, f := range c.copies {
		name, err := c.shelf().put(c.w, f, c.Now())
		if err != nil {
			return fmt.Errorf("back %s up: %w", f.name, err)
		}
		c.backups = append(c.backups, path.Join(c.say.BackupDir, name))
	}
	for _, name := range c.surplus {
		_ = remove(c.w, name)
	}
	return nil
}

// verify reads what lies on the disk now.
func (c *change) verify() error {
	for _, e := range c.edits {
		now, err := read(c.r, e.name, maxSize+maxLines)
		if err != nil {
			return err
		}
		if e.after != nil && string(now.data) != string(e.after) {
			return fmt.Errorf("%s doesn't hold what was written", e.name)
		}
	}
	return c.advanced()
}

// advanced wants the config file to say the version that the migration leads to.
func (c *change) advanced() error {
	now, err := read(c.r, c.config().name, maxSize)
	if err != nil {
		return err
	}
	if n, err := Version(now.data, c.say.VersionKey); err != nil || n != c.to {
		return errors.Join(fmt.Errorf("it did not advance config version from %d to %d (it says %d)", c.from, c.to, n), err)
	}
	return nil
}

// undone says that a change was taken back.
type undone struct {
	cause    error
	restored []string
	lost     []string // what couldn't be put back
}

func (u *undone) Error() string { return u.cause.Error() }
func (u *undone) Unwrap() error { return u.cause }

// undo puts back what was read.
func (c *change) undo(edits []edited, cause error) *undone {
	u := &undone{cause: cause}
	for _, e := range slices.Backward(edits) {
		if err := c.takeBack(e); err != nil {
			u.lost = append(u.lost, e.name)
		} else {
			u.restored = append(u.restored, e.name)
		}
	}
	return u
}

// takeBack puts back what was read. What is neither that nor what was written is somebody's work of this instant, and is kept
// as a backup; after a program it is what the program left.
func (c *change) takeBack(e edited) error {
	if e.after != nil {
		now, err := read(c.r, e.name, maxBackup)
		if err == nil && string(now.data) != string(e.data) && string(now.data) != string(e.after) {
			if err := c.keepAsWell(now, c.shelf().holding(c.w, e.file)); err != nil {
				return err
			}
		}
	}
	return e.restore(c.w)
}

// failed tells what became of a change that could not be made. Only a bug ends a boot.
func (c *change) failed(cause error) error {
	if errors.Is(cause, fsx.ErrFrozen) {
		return cause
	}
	hint := "`berth migrate --dry-run` shows what it would do; the next boot tries again"
	if errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT) {
		hint = "make room on the volume's file system; the next boot tries again"
	}
	restored := "restored nothing, as nothing was changed"
	var u *undone
	if errors.As(cause, &u) && len(u.restored) > 0 {
		restored = "restored " + strings.Join(u.restored, ", ")
	}
	if u != nil && len(u.lost) > 0 {
		restored += "; could NOT restore " + strings.Join(u.lost, ", ")
		hint = "put them back from " + boot.Word(c.say.BackupDir)
	}
	c.r.Warn(hint, tag+"ERROR Migration failed; %s: %s", restored, plain(errors.New(boot.Cause(cause))))
	return nil
}

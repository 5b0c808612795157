package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/boot"
)

// lay lays what was decided on. A boot makes everything ready first, waits for the disk once, and then gives each piece its
// name.
func (c *keeping) lay() error {
	if len(c.todo) == 0 {
		return nil
	}
	failed := make([]error, len(c.todo))
	if c.stage != nil {
		if err := c.stage.make(); err != nil {
			return err
		}
		for i, p := range c.todo {
			if failed[i] = c.stage.fill(i, p); c.ctx.Err() != nil {
				return context.Cause(c.ctx)
			}
		}
		if err := c.stage.sync(); err != nil {
			return err
		}
	}
	for i, p := range c.todo {
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		ok, err := c.piece(i, p, failed[i])
		if err != nil {
			return err
		}
		switch {
		case !ok:
			continue
		case p.record:
			c.now[p.key] = p.sum
		}
		if p.verb == "update" {
			c.updated++
		} else {
			c.laid++
		}
	}
	if c.stage == nil {
		return nil
	}
	// Before the manifest says that they are there, and so that old versions leave it room.
	return errors.Join(c.stage.sync(), c.stage.clear())
}

// piece gives one piece its name.
func (c *keeping) piece(i int, p piece, failed error) (bool, error) {
	name := c.at(p.path)
	if failed != nil && !boot.Refusable(failed) {
		return false, failed
	}
	if failed != nil {
		c.r.Refuse(p.verb, name, failed)
		return false, nil
	}
	dir := path.Dir(name)
	if err := makeDirs(c.r, "keep", dir, "entries of the image's tree lie in it"); err != nil {
		return false, err
	}
	if err := isDir(c.w, dir); err != nil && !laid(c.r, dir) {
		return false, nil // told by makeDirs
	}
	if err := admits(c.r, dir); err != nil {
		return false, refused(c.r, p.verb, name, err)
	}
	step := boot.Step{Target: name, Verb: p.verb, Before: p.old, After: p.sum, Why: p.why}
	ok, err := c.r.Do(step, func() error {
		err := c.stage.publish(i, p)
		if errors.Is(err, fs.ErrExist) {
			return boot.ErrMoot // somebody was quicker, and wins
		}
		return err
	})
	if ok {
		lay(c.r, name, nil)
	}
	return ok, err
}

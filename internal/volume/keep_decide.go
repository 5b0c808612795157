package volume

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/fsx"
)

// decide compares the three versions of each entry.
func (c *keeping) decide() error {
	wanted, err := c.wanted()
	if err != nil {
		return err
	}
	if err := c.keyed(); err != nil {
		return err
	}
	c.now = manifest{}
	for _, e := range c.from.entries {
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		last, recorded := c.was[e.key]
		if recorded {
			c.now[e.key] = last
		}
		if !wanted(e) {
			continue
		}
		if err := c.compare(e, last, recorded); err != nil {
			return err
		}
	}
	only, err := c.opted()
	if err != nil {
		return err
	}
	for _, e := range c.from.beside {
		there, err := somethingAt(c.w, c.at(e.path))
		if unseen(err) || there || only {
			continue
		}
		if err != nil {
			return err
		}
		c.todo = append(c.todo, piece{bundled: e, verb: "create", why: "it is absent; the image has one"})
	}
	return c.forget()
}

// keyed gives entries of one base name their keys. The short one stays with the entry that was laid under it, also when an
// image brings another one that comes first; the others are known by their paths.
func (c *keeping) keyed() error {
	groups := map[string][]int{}
	for i, e := range c.from.entries {
		groups[path.Base(e.path)] = append(groups[path.Base(e.path)], i)
	}
	for short, group := range groups {
		last, recorded := c.was[short]
		if len(group) < 2 || !recorded {
			continue
		}
		owner, best := -1, 0
		for _, i := range group {
			likely, err := c.likely(c.from.entries[i].path, short, last)
			if err != nil {
				return err
			}
			if likely > best {
				owner, best = i, likely
			}
		}
		if owner < 0 {
			continue
		}
		for _, i := range group {
			e := &c.from.entries[i]
			if e.key = e.path; i == owner {
				e.key = short
			}
			c.from.known[e.key] = true
		}
	}
	return nil
}

// likely says how likely it is that an entry was laid under a short key; 0 for one that has a key of its own.
func (c *keeping) likely(name, short, last string) (int, error) {
	if name == short {
		return 4, nil
	}
	if _, own := c.was[name]; own {
		return 0, nil
	}
	sum, err := c.sumOf(name)
	switch {
	case c.ctx.Err() != nil:
		return 0, context.Cause(c.ctx)
	case err == nil && sum == last:
		return 3, nil
	case errors.Is(err, fs.ErrNotExist), unseen(err):
		return 1, nil
	}
	return 2, nil
}

// compare looks at one entry.
func (c *keeping) compare(e bundled, last string, recorded bool) error {
	there, err := somethingAt(c.w, c.at(e.path))
	mine, away := c.away[e.path]
	if away = away && !there; away {
		there = true
	}
	switch {
	case unseen(err):
		return nil // below a link or a mount of the user's: its own
	case err != nil:
		return err
	case !there && recorded:
		return nil // the user has deleted it
	case !there:
		c.todo = append(c.todo, piece{bundled: e, verb: "create", why: "the image has brought it", record: true})
		return nil
	case recorded && last == e.sum:
		return nil // the image's is the one that was laid; what became of it is the user's business
	}
	if !away {
		mine, err = c.sumOf(e.path)
	}
	switch {
	case err != nil && c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case err != nil:
		return nil //nolint:nilerr // a link, a FIFO, a mount, what can't be read: nothing that we laid
	case mine == e.sum:
		c.now[e.key] = e.sum
	case recorded && last != "" && mine == last:
		c.todo = append(c.todo, piece{bundled: e, verb: "update", why: "the image has another version, and nobody has changed this one", record: true, old: last})
	}
	return nil
}

// forget drops from the manifest what the image has no longer, unless a copy is left: it would be taken for the user's own,
// should the image bring it again. What couldn't be seen in this image isn't gone: what the user has deleted of it would be
// laid again by the next one.
func (c *keeping) forget() error {
	var gone []string
	for key, last := range c.was {
		switch {
		case c.from.known[key] && c.now[key] == "":
			c.now[key] = last // one that can't be laid now
		case c.from.known[key]:
		case c.from.blind || len(c.from.entries) == 0:
			c.now[key] = last
		default:
			gone = append(gone, key)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	left, err := c.keys()
	if err != nil {
		return err
	}
	for _, key := range gone {
		if left[key] {
			c.now[key] = c.was[key]
		}
	}
	return nil
}

// keys gives the keys of the entries that are in the tree.
func (c *keeping) keys() (map[string]bool, error) {
	all := map[string]bool{}
	at, e, err := look(c.w, c.say.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	err = asNeeded(c.w, func() error {
		dir, err := e.Dir()
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		f := &finder{ctx: c.ctx, say: c.say, found: func(b bundled) { all[path.Base(b.path)], all[b.path] = true, true }}
		return f.find(dir, "", 1)
	})
	return all, err
}

// sumOf gives the hash of what stands in the tree.
func (c *keeping) sumOf(name string) (sum string, err error) {
	at, err := reach(c.w, c.at(name))
	if err != nil {
		return "", err
	}
	defer at.close()
	err = asNeeded(c.w, func() error {
		sum, err = treeSum(c.ctx, at.dir, at.name, c.say.Ignore)
		return err
	})
	return sum, err
}

// unseen says whether an error means that a name lies behind a link, a mount, or something that is no directory.
func unseen(err error) bool { return errors.Is(err, fsx.ErrMount) || notInTree(err) }

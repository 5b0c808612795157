package volume

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// Keep lays trees of the image on the volume and brings what nobody has touched up to date. Three versions of each entry
// decide: the image's, the volume's, and the hash of the one that was laid last, from a manifest in the tree. What differs
// from the last one is the user's work, and stays; so does its absence. The manifest is as untrusted as the rest of the
// tree: who writes another hash into it decides about the tree's own entries, which are its own.
//
// All of it is done with the app user's rights, an entry at a time and each in one step: a new version is made whole in a
// place that nobody reads, and then changes places with the old one (see stage). The manifest comes last, so that a boot
// that is killed anywhere leaves entries that the next one tells as the image's by their hash.
func Keep() boot.Phase { return phase("keep", keep) }

func keep(ctx context.Context, r *boot.Run) error {
	for _, k := range r.World.Spec.Keep {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		k.Path = path.Clean(k.Path)
		if k.Manifest = path.Clean(k.Manifest); k.Manifest == "." {
			k.Manifest = spec.KeepManifest
		}
		err := keepTree(ctx, r, k)
		if err != nil && (!boot.Refusable(err) || errors.Is(err, fsx.ErrFrozen)) {
			return err
		}
		if err != nil {
			r.Refuse("keep", k.Path, err)
		}
	}
	return nil
}

// A keeping is the work on one tree.
type keeping struct {
	ctx  context.Context //nolint:containedctx // it lives exactly as long as the call to keepTree
	r    *boot.Run
	w    *boot.World
	say  spec.Keep
	from *bundle
	was  manifest // as it stands
	now  manifest // as it will
	todo []piece

	stage *stage            // of a boot
	away  map[string]string // in a plan: see putAway

	laid, updated int
}

// A piece is one entry, or one file beside the entries, that is to be laid or replaced.
type piece struct {
	bundled
	verb, why string
	record    bool   // it goes into the manifest
	old       string // the hash of what it replaces
}

func keepTree(ctx context.Context, r *boot.Run, say spec.Keep) error {
	c := &keeping{ctx: ctx, r: r, w: r.World, say: say}
	if ok, err := c.tree(); !ok {
		return err
	}
	from, err := openBundle(ctx, c.w, say)
	if err != nil {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		r.Warn("put the tree into the image, where the app's user can read it, or take it out of the spec", "keep %s: read the bundled tree: %s", boot.Word(say.Path), boot.Cause(err))
		return nil
	}
	defer from.close()
	c.from = from
	for _, odd := range from.odd {
		r.Warn("put files and directories that the app's user can read into the bundled tree", "keep %s: %s", boot.Word(say.Path), odd)
	}
	if c.was, err = c.readManifest(); err != nil {
		return err
	}
	if err := c.sweep(); err != nil {
		return err
	}
	if r.Planning() {
		if err := c.stageable(); err != nil {
			return err
		}
		c.away = c.putAway()
	} else {
		s, err := c.openStage()
		if err != nil {
			return err
		}
		defer s.close()
		c.stage = s
	}
	if err := c.decide(); err != nil {
		return err
	}
	if err := c.lay(); err != nil {
		return err
	}
	if err := c.writeManifest(); err != nil {
		return err
	}
	if c.laid+c.updated > 0 {
		r.Changed("Laid %d and updated %d entries of %s", c.laid, c.updated, boot.Word(say.Path))
	}
	return nil
}

// tree sees that the tree is there, or will be. What stands in its way is told.
func (c *keeping) tree() (bool, error) {
	if err := makeDirs(c.r, "keep", c.say.Path, "a bundled tree is laid there"); err != nil {
		return false, err
	}
	return laid(c.r, c.say.Path) || isDir(c.w, c.say.Path) == nil, nil
}

// sweep removes what a boot that was killed left under temporary names where it made directories and the manifest.
func (c *keeping) sweep() error {
	dirs := []string{"."}
	for _, e := range c.from.entries {
		dirs = append(dirs, prefixes(path.Dir(e.path))...)
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		if err := sweepDir(c.r, c.at(dir)); err != nil {
			return err
		}
	}
	return nil
}

func (c *keeping) at(name string) string { return path.Join(c.say.Path, name) }

// wanted says whether an entry is laid at all: the user may want the essential ones only, or not this one.
func (c *keeping) wanted() (func(bundled) bool, error) {
	only, err := c.opted()
	if err != nil {
		return nil, err
	}
	suppressed, err := c.suppressed()
	if err != nil {
		return nil, err
	}
	in := func(list []string, e bundled) bool {
		for _, name := range list {
			if name == e.key || path.Clean(name) == e.path {
				return true
			}
		}
		return false
	}
	return func(e bundled) bool { return (!only || in(c.say.Essential, e)) && !in(suppressed, e) }, nil
}

func (c *keeping) opted() (bool, error) {
	if c.say.OptOut == "" {
		return false, nil
	}
	return somethingAt(c.w, c.at(c.say.OptOut))
}

func (c *keeping) suppressed() ([]string, error) {
	if c.say.Suppress == "" {
		return nil, nil
	}
	data, err := c.text(c.say.Suppress)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.say.Suppress, err)
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all, nil
}

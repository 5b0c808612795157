package logs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// Files are logs that the app writes itself. They are rotated by copy and truncate: the app has its file open and knows
// nothing of a rename (Python's FileHandler, for one, would go on writing into the archive for ever), and the live
// file keeps its owner, mode and place. The copy is made with the app user's own rights, so it is that user's.
//
// The price: what the app writes between the last look and the truncation, some microseconds, is lost. Lines that
// mustn't be lost belong on stdout, where [Log] takes them. An app that writes at a place of its own instead of
// appending leaves a hole at the start of its file; the hole is neither counted nor copied.
type Files struct {
	Place    Place    // its Path is where the patterns start
	Patterns []string // of path.Match, component by component: "logs/*.log"
	Size     int64    // a file with more bytes is rotated; 0: DefaultSize
	Keep     int      // copies kept: NAME.1 is the youngest; 0: the file is just emptied
	Pack     bool     // copies are packed: NAME.1.zst
}

// Rotate looks once and rotates what is too large. What can't be is in the error, each file by itself; the rest is done
// all the same.
func (f Files) Rotate(ctx context.Context) (rotated int, err error) {
	var names []string
	var bad []error
	for _, pattern := range f.Patterns {
		found, err := f.match(pattern)
		names = append(names, found...)
		if err != nil {
			bad = append(bad, err)
		}
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return rotated, context.Cause(ctx)
		}
		done, err := f.one(ctx, name)
		if err != nil {
			bad = append(bad, fmt.Errorf("rotate %s: %w", plain(name), err))
		} else if done {
			rotated++
		}
	}
	return rotated, errors.Join(bad...)
}

// mostMatches bounds what one pattern may find: the directories are the app's user's.
const mostMatches = 10_000

// match gives the regular files of a pattern, copies of ours excluded. No link is followed on the way.
func (f Files) match(pattern string) (names []string, err error) {
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" || path.IsAbs(pattern) {
		return nil, fmt.Errorf("match %q: %w", pattern, path.ErrBadPattern)
	}
	err = f.Place.do(func() error {
		top, err := f.Place.open()
		if err != nil {
			return err
		}
		defer func() { _ = top.Close() }()
		return matchIn(top, "", path.Clean(pattern), &names)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the app hasn't made it yet
	}
	return names, err
}

func matchIn(d *fsx.Dir, above, pattern string, names *[]string) error {
	first, rest, deeper := strings.Cut(pattern, "/")
	items, err := d.List()
	if err != nil {
		return err
	}
	for _, it := range items {
		if ok, _ := path.Match(first, it.Name); !ok || strings.HasPrefix(it.Name, ".") && first[0] != '.' {
			continue
		}
		switch {
		case deeper && it.Kind == fsx.Directory:
			sub, err := d.Sub(it.Name)
			if err != nil {
				continue // gone, another file system, or not to be looked at
			}
			err = matchIn(sub, above+it.Name+"/", rest, names)
			_ = sub.Close()
			if err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
		case !deeper && it.Kind == fsx.Regular && !isCopy(it.Name) && len(*names) < mostMatches:
			*names = append(*names, above+it.Name)
		}
	}
	return nil
}

// isCopy says that a name is one that a rotation gives: NAME.7, NAME.7.zst.
func isCopy(name string) bool {
	name = strings.TrimSuffix(name, packedEnd)
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return false
	}
	_, err := strconv.ParseUint(name[dot+1:], 10, 32)
	return err == nil
}

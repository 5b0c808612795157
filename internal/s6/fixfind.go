package s6

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxFixNames = 4096 // of one directory that a pattern is held against: it may be the app user's to fill
	maxFixLinks = 40   // the kernel's own bound
)

var (
	errFixLink = errors.New("a symbolic link that isn't root's alone stands in the way; write the path that it leads to, or have the image make it in a directory of root's")
	errFixLoop = errors.New("too many symbolic links; they may lead in a circle")
	errFixMany = errors.New("more than 4096 names; the others are left as they are")
)

// A search goes from the root to what a pattern stands for, a directory at a time and each by its handle: the app's user may
// own any of them, and could lay a link in its place to have what root alone owns given away.
type search struct {
	root  *fsx.Dir
	me    uint32 // who this process is: its own links are as good as root's
	found func(at *fsx.Dir, name string) error
	err   error // what went wrong first; the other paths are gone on with
}

// A part is a component of a path: a pattern, or a name as it stands.
type part struct {
	text    string
	pattern bool
}

func partsOf(path string, pattern bool) (parts []part) {
	for text := range strings.SplitSeq(path, "/") {
		if text != "" && text != "." {
			parts = append(parts, part{text, pattern && strings.ContainsAny(text, `*?[\`)})
		}
	}
	return parts
}

// begin goes from the root. links counts those that were followed.
func (s *search) begin(ctx context.Context, parts []part, links int) {
	s.down(ctx, s.root, "/", parts, links)
}

// down goes on from a directory; real is its path, without links.
func (s *search) down(ctx context.Context, at *fsx.Dir, real string, parts []part, links int) {
	if ctx.Err() != nil {
		return
	}
	if len(parts) == 0 { // the root itself, which has no name
		s.wrong(s.found(at, "/"))
		return
	}
	names := []string{parts[0].text}
	if parts[0].pattern {
		items, err := at.First(maxFixNames + 1)
		if len(items) > maxFixNames {
			items, err = items[:maxFixNames], fmt.Errorf("list %q: %w", real, errFixMany)
		}
		s.wrong(err)
		names = names[:0]
		for _, it := range items {
			if match, _ := path.Match(parts[0].text, it.Name); match {
				names = append(names, it.Name)
			}
		}
		slices.Sort(names)
	}
	for _, name := range names {
		s.wrong(s.step(ctx, at, real, name, parts[1:], links))
	}
}

// step takes one name: it is what was looked for, or a way on.
func (s *search) step(ctx context.Context, at *fsx.Dir, real, name string, rest []part, links int) error {
	if name == ".." {
		s.begin(ctx, append(partsOf(path.Dir(real), false), rest...), links)
		return nil
	}
	if len(rest) == 0 {
		return s.found(at, name)
	}
	in, err := at.Peek(name)
	if err != nil {
		return err
	}
	full := path.Join(real, name)
	if in.Kind != fsx.Symlink {
		next, err := at.Mount(name)
		if err != nil {
			return err
		}
		defer func() { _ = next.Close() }()
		s.down(ctx, next, full, rest, links)
		return nil
	}
	target, err := s.link(at, name)
	if err == nil && links == maxFixLinks {
		err = errFixLoop
	}
	if err != nil {
		return fmt.Errorf("follow %q: %w", full, err)
	}
	if !path.IsAbs(target) {
		target = real + "/" + target
	}
	s.begin(ctx, append(partsOf(target, false), rest...), links+1)
	return nil
}

// link gives what a link says, if nobody but root can have put it there.
func (s *search) link(at *fsx.Dir, name string) (string, error) {
	dir, err := at.Info()
	if err != nil {
		return "", err
	}
	e, err := at.Look(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = e.Close() }()
	if !s.ours(dir.UID) || dir.Perm&0o022 != 0 || !s.ours(e.Info().UID) {
		return "", errFixLink
	}
	return e.Readlink()
}

func (s *search) ours(uid uint32) bool { return uid == 0 || uid == s.me }

// wrong keeps the first thing that went wrong. What isn't there, or is no directory, is what the pattern doesn't stand for.
func (s *search) wrong(err error) {
	if s.err == nil && err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsx.ErrKind) {
		s.err = err
	}
}

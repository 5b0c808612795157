package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
)

// maxDepth bounds the handles that are open at once; real trees have a few dozen levels.
const maxDepth = 256

// Remove takes a profile away: in one step for everybody who looks, then what was in it. With gone and an error the
// profile is no more, and what is left of it goes with the next [Set.Sweep]. Links are removed, never followed; what is
// mounted below stays.
func (s *Set) Remove(ctx context.Context, unsafeName string) (gone bool, err error) {
	if unsafeName == s.spec.Root {
		return false, fmt.Errorf("delete profile %q: %w", unsafeName, ErrTaken)
	}
	p, err := s.Open(unsafeName)
	if err != nil {
		return false, err
	}
	_ = p.Close()
	dir, err := s.dir()
	if err != nil {
		return false, err
	}
	defer func() { _ = dir.Close() }()
	temp := temporary()
	if err := dir.Move(unsafeName, temp); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("delete profile %q: %w", unsafeName, ErrNone)
		}
		return false, err
	}
	err = clearAway(ctx, dir, temp)
	if errors.Is(err, fsx.ErrLocked) {
		err = nil // a sweep has it
	}
	return true, err
}

// Sweep removes what killed commands left of profiles that they were making or taking away, and says how many there were.
func (s *Set) Sweep(ctx context.Context) (int, error) {
	dir, err := s.dir()
	if err != nil {
		return 0, absent(err)
	}
	defer func() { _ = dir.Close() }()
	left, err := dir.Leftovers()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, name := range left {
		switch cerr := clearAway(ctx, dir, name); {
		case cerr == nil:
			n++
		case !errors.Is(cerr, fsx.ErrLocked) && err == nil:
			err = cerr
		}
	}
	return n, err
}

// clearAway removes what bears a temporary name. Another who is at the same finishes it.
func clearAway(ctx context.Context, dir *fsx.Dir, temp string) error {
	claim, err := dir.Claim(temp)
	if errors.Is(err, fsx.ErrKind) {
		return absent(dir.Remove(temp)) // a link, put there since we looked
	}
	if err != nil {
		return absent(err)
	}
	defer func() { _ = claim.Close() }()
	if sub, serr := dir.Sub(temp); serr == nil {
		defer func() { _ = sub.Close() }()
		if err := empty(ctx, sub, 0); err != nil {
			return err
		}
	}
	return absent(claim.Remove())
}

// empty removes everything in a directory. It goes on past what can't be removed, and gives the first reason.
func empty(ctx context.Context, dir *fsx.Dir, depth int) error {
	if depth == maxDepth {
		return fmt.Errorf("remove %q: %w", dir.Path(), fsx.ErrTooDeep)
	}
	items, err := dir.List()
	if err != nil {
		return err
	}
	for _, it := range items {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var one error
		if it.Kind == fsx.Directory {
			one = emptyBelow(ctx, dir, it.Name, depth)
		} else {
			one = dir.Remove(it.Name)
		}
		if one = absent(one); one != nil && err == nil {
			err = one
		}
	}
	return err
}

// emptyBelow removes a directory with what is in it. fsx removes directories under temporary names only, so it gets one.
func emptyBelow(ctx context.Context, dir *fsx.Dir, name string, depth int) error {
	if err := open(dir, name); err != nil {
		return err
	}
	sub, err := dir.Sub(name)
	if err != nil {
		return err
	}
	err = empty(ctx, sub, depth+1)
	_ = sub.Close()
	if err != nil {
		return err
	}
	if !fsx.IsTemp(name) {
		temp := temporary()
		if err := dir.Move(name, temp); err != nil {
			return err
		}
		name = temp
	}
	claim, err := dir.Claim(name)
	if err != nil {
		return err
	}
	defer func() { _ = claim.Close() }()
	return claim.Remove()
}

// open gives its owner the right to look into a directory and to remove from it.
func open(dir *fsx.Dir, name string) error {
	e, err := dir.Look(name)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if e.Info().Kind == fsx.Directory && e.Info().Perm&0o700 != 0o700 {
		return e.Chmod(e.Info().Perm | 0o700)
	}
	return nil
}

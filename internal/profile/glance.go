package profile

import (
	"errors"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
)

// Glance says whether a look with [Set.Names] is worth its price: a directory of a known profile is gone, or one that
// isn't known is a profile. It reads the directory of the profiles and looks into the unknown ones alone, so a thousand
// known profiles cost a few reads; that a known one has lost its marker it doesn't see.
func (s *Set) Glance(known func(name string) bool, count int) (bool, error) {
	dir, err := s.dir()
	if errors.Is(err, fs.ErrNotExist) {
		return count > 1, nil // the volume's own is always there
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = dir.Close() }()
	items, err := dir.List()
	if err != nil {
		return false, err
	}
	there := 1
	valid := map[string]bool{}
	for _, it := range items {
		switch {
		case it.Name == s.spec.Root:
		case known(it.Name):
			if it.Kind == fsx.Directory {
				there++
			}
		case s.judge(dir, it, valid) == nil:
			return true, nil
		}
	}
	return there < count, nil
}

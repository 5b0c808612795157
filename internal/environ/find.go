package environ

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// ErrNone says that a search found no program.
var ErrNone = errors.New("no such program")

// A NoneError is an [ErrNone] that says what was looked for, and where.
type NoneError struct {
	Under string
	Names []string
}

func (e *NoneError) Error() string {
	names := strings.Join(e.Names, ", ")
	if n := len(e.Names); n > 1 {
		names = strings.Join(e.Names[:n-1], ", ") + " or " + e.Names[n-1]
	}
	return fmt.Sprintf("no program named %s under %s", names, e.Under)
}

// Unwrap gives [ErrNone].
func (e *NoneError) Unwrap() error { return ErrNone }

// maxFind bounds a search: a browser's tree has some thousand entries.
const maxFind = 1 << 18

// Find looks below an absolute directory of the image for a regular, executable file of one of the names, and gives
// the path of the first one in the tree's sorted order. Only the base name counts: shared libraries carry the run
// bit too, below directories that are named like the program. It follows no link and crosses no mount below the
// directory. No directory there is no error and no path; a directory without such a file is [ErrNone].
func Find(root *fsx.Dir, under string, names []string) (string, error) {
	if !path.IsAbs(under) {
		return "", fmt.Errorf("search %q: the directory is not absolute", under)
	}
	under = path.Clean(under)
	top, err := fsx.Open(filepath.Join(root.Path(), under))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("search %q: %w", under, err)
	}
	defer func() { _ = top.Close() }()
	s := &search{names: names, left: maxFind}
	hit, err := s.below(top)
	switch {
	case err != nil:
		return "", fmt.Errorf("search %q: %w", under, err)
	case hit == "":
		return "", &NoneError{Under: under, Names: names}
	}
	return path.Join(under, hit), nil
}

type search struct {
	names []string
	left  int
	depth int
}

// maxFindDepth bounds the descriptors that a search holds.
const maxFindDepth = 64

func (s *search) below(dir *fsx.Dir) (string, error) {
	if s.depth == maxFindDepth {
		return "", nil
	}
	s.depth++
	defer func() { s.depth-- }()
	items, err := dir.List()
	if err != nil {
		return "", err
	}
	if s.left -= len(items); s.left < 0 {
		return "", fmt.Errorf("more than %d entries: %w", maxFind, fsx.ErrTooBig)
	}
	for _, it := range items {
		hit, err := s.entry(dir, it)
		if hit != "" || err != nil {
			return hit, err
		}
	}
	return "", nil
}

// entry gives the hit that an item is or holds. What can't be looked at is passed over: the program may lie elsewhere.
func (s *search) entry(dir *fsx.Dir, it fsx.Item) (string, error) {
	switch it.Kind {
	case fsx.Directory:
		sub, err := dir.Sub(it.Name)
		if err != nil {
			return "", nil
		}
		defer func() { _ = sub.Close() }()
		hit, err := s.below(sub)
		if hit == "" || err != nil {
			if errors.Is(err, fsx.ErrTooBig) {
				return "", err
			}
			return "", nil
		}
		return path.Join(it.Name, hit), nil
	case fsx.Regular:
		if !slices.Contains(s.names, it.Name) {
			return "", nil
		}
		e, err := dir.Look(it.Name)
		if err != nil {
			return "", nil
		}
		defer func() { _ = e.Close() }()
		if in := e.Info(); in.Kind == fsx.Regular && in.Perm&0o111 != 0 {
			return it.Name, nil
		}
		return "", nil
	default:
		return "", nil
	}
}

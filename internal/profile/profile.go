package profile

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
)

// ErrNone says that there is no such profile.
var ErrNone = errors.New("there is no such profile")

// A Profile is one profile's directory, open.
type Profile struct {
	Name string
	Dir  *fsx.Dir // its own; closed by Close
	set  *Set
}

// Open opens a profile: [ErrName] for what can't be one, [ErrNone] where no directory with the marker is.
func (s *Set) Open(unsafeName string) (*Profile, error) {
	if !s.Valid(unsafeName) {
		return nil, fmt.Errorf("open profile %q: %w", unsafeName, ErrName)
	}
	if unsafeName == s.spec.Root {
		d, err := s.volume.Sub(".")
		if err != nil {
			return nil, err
		}
		return &Profile{Name: unsafeName, Dir: d, set: s}, nil
	}
	dir, err := s.dir()
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("open profile %q: %w", unsafeName, ErrNone)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	marked, err := s.marked(dir, unsafeName)
	switch {
	case err != nil && fsx.IsRefusal(err):
		return nil, refusal("open", dir.Path()+"/"+unsafeName, err)
	case err != nil:
		return nil, err
	case !marked:
		return nil, fmt.Errorf("open profile %q: %w", unsafeName, ErrNone)
	}
	d, err := dir.Sub(unsafeName)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("open profile %q: %w", unsafeName, ErrNone)
	}
	if err != nil {
		return nil, err
	}
	return &Profile{Name: unsafeName, Dir: d, set: s}, nil
}

// read reads a file that the app may be putting another one in the place of.
func (p *Profile) read(name string, max int64) (data []byte, in fsx.Info, err error) {
	for range writeTries {
		if data, in, err = p.Dir.Read(name, max); !errors.Is(err, fsx.ErrVanished) {
			break
		}
	}
	return data, in, err
}

// Close gives the profile's handle back.
func (p *Profile) Close() error { return p.Dir.Close() }

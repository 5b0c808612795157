package hermes

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	envFile = ".env"
	envMode = 0o600

	maxTemplate = 1 << 20
)

// createEnv makes a file of secrets, private from its first byte. Whoever makes one in this room comes here.
func createEnv(dir *fsx.Dir, data []byte) error {
	return dir.Create(envFile, data, fsx.Attr{Mode: envMode})
}

// What privateEnv did.
type envDone int

const (
	envFine envDone = iota
	envCreated
	envTightened
)

// privateEnv makes .env private where it is, and makes it where it isn't.
func privateEnv(dir *fsx.Dir, data []byte) (envDone, error) {
	e, err := dir.Look(envFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = createEnv(dir, data)
		if err == nil {
			return envCreated, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return envFine, err
		}
		e, err = dir.Look(envFile) // somebody was quicker
	}
	if err != nil {
		return envFine, err
	}
	defer func() { _ = e.Close() }()
	switch in := e.Info(); {
	case in.Kind == fsx.Symlink:
		return envFine, fmt.Errorf("refusing to chmod through symlinked path %s: %w", e.Path(), fsx.ErrSymlink)
	case in.Kind != fsx.Regular:
		return envFine, fmt.Errorf("chmod %s: %w", e.Path(), fsx.ErrKind)
	case in.Perm == envMode:
		return envFine, nil
	}
	return envTightened, e.Chmod(envMode)
}

// A template is what the image lays down for a file of a new volume: a new profile gets the same.
type template struct {
	name string
	data []byte
	mode uint32
}

// template gives what the image lays down under a name.
func (s *session) template(name string) (template, bool) {
	for _, seed := range s.Spec.Seed {
		if path.Clean(seed.Path) != name || seed.FromEnv != "" {
			continue
		}
		t := template{name: name, mode: seed.Mode.Or(0o644)}
		if seed.Content != nil {
			t.data = []byte(*seed.Content)
			return t, true
		}
		var err error
		t.data, err = s.bundled(seed.From)
		return t, err == nil
	}
	return template{}, false
}

// bundled reads a file of the image.
func (s *session) bundled(from string) ([]byte, error) {
	dir, name := s.Tree, from
	if filepath.IsAbs(from) {
		d, err := fsx.Open(filepath.Dir(from))
		if err != nil {
			return nil, err
		}
		defer func() { _ = d.Close() }()
		dir, name = d, filepath.Base(from)
	}
	if dir == nil {
		return nil, fs.ErrNotExist
	}
	data, _, err := dir.Read(name, maxTemplate)
	return data, err
}

// home opens the directory that a call is about: the profile's, or the volume itself where the image has no profiles.
func (s *session) home() (*fsx.Dir, error) {
	if s.set == nil {
		return s.Volume.Sub(".")
	}
	name, err := s.target()
	if err != nil {
		return nil, err
	}
	p, err := s.set.Open(name)
	if err != nil {
		return nil, err
	}
	return p.Dir, nil
}

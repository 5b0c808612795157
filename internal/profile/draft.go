package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"

	"github.com/berth-init/berth/internal/fsx"
)

// ErrThere says that something bears the name already.
var ErrThere = errors.New("something of that name is there already")

const (
	dirMode    = 0o755
	draftTries = 16 // each lost one takes a sweep in the instant between making and locking
)

// A Draft is a profile that is being made under a temporary name, until Publish gives it its own: nobody ever sees half
// a profile. What a kill leaves of it is removed by [Set.Sweep]. Close it in any case.
type Draft struct {
	Dir    *fsx.Dir // to be filled
	set    *Set
	parent *fsx.Dir
	temp   string
	claim  *fsx.Leftover // the lock that says that somebody is at it
}

// Draft begins a profile.
func (s *Set) Draft() (*Draft, error) {
	parent, err := s.makeDir()
	if err != nil {
		return nil, err
	}
	for tries := 0; ; tries++ {
		d := &Draft{set: s, parent: parent, temp: temporary()}
		err = d.begin()
		if err == nil {
			return d, nil
		}
		d.closeAll()
		if tries == draftTries || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsx.ErrLocked) && !errors.Is(err, fsx.ErrVanished) {
			_ = parent.Close()
			return nil, err
		}
	}
}

func (d *Draft) begin() error {
	err := d.parent.Mkdir(d.temp, fsx.Attr{Mode: dirMode})
	if err != nil {
		return err
	}
	if d.claim, err = d.parent.Claim(d.temp); err != nil {
		return err
	}
	d.Dir, err = d.parent.Sub(d.temp)
	return err
}

// temporary makes a name that fsx knows for a temporary one.
func temporary() string { return fmt.Sprintf(".berth-%016x", rand.Uint64()) }

// makeDir opens the directory of the profiles, and makes it where it is missing.
func (s *Set) makeDir() (*fsx.Dir, error) {
	d, err := s.dir()
	if !errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	full := path.Clean(s.spec.Dir)
	for i := range len(full) + 1 {
		if i < len(full) && full[i] != '/' {
			continue
		}
		if err := s.volume.Mkdir(full[:i], fsx.Attr{Mode: dirMode}); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return s.dir()
}

// Place names where the draft lies, below the directory of the profiles.
func (d *Draft) Place() string { return d.temp }

// Publish gives the draft its name: [ErrThere] where anything has it, [ErrName] for what can't be one, [ErrTaken] for the
// volume's own.
func (d *Draft) Publish(unsafeName string) error {
	switch {
	case unsafeName == d.set.spec.Root:
		return fmt.Errorf("create profile %q: %w", unsafeName, ErrTaken)
	case !d.set.Valid(unsafeName):
		return fmt.Errorf("create profile %q: %w", unsafeName, ErrName)
	}
	err := d.parent.Move(d.temp, unsafeName)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create profile %q: %w", unsafeName, ErrThere)
	}
	if err == nil {
		err = d.proven(unsafeName)
	}
	return err
}

// proven says that the name leads to what was filled: the temporary one lay where the attacker may rename too.
func (d *Draft) proven(name string) error {
	mine, err := d.Dir.Info()
	if err != nil {
		return err
	}
	e, err := d.parent.Look(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fsx.ErrVanished
	}
	if err != nil {
		return fmt.Errorf("create profile %q: %w", name, err)
	}
	defer func() { _ = e.Close() }()
	if e.Info().Ino != mine.Ino || e.Info().Dev != mine.Dev {
		return fmt.Errorf("create profile %q: %w", name, fsx.ErrVanished)
	}
	return nil
}

// Discard removes the draft with all that is in it.
func (d *Draft) Discard(ctx context.Context) error {
	err := empty(ctx, d.Dir, 0)
	if rerr := d.claim.Remove(); err == nil {
		err = rerr
	}
	return err
}

// Close gives handles and lock back, and removes nothing.
func (d *Draft) Close() error {
	d.closeAll()
	return d.parent.Close()
}

func (d *Draft) closeAll() {
	if d.Dir != nil {
		_ = d.Dir.Close()
	}
	if d.claim != nil {
		_ = d.claim.Close()
		d.claim = nil
	}
}

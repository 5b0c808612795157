package s6run

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
)

// The directory supervise may be looked into by everybody, where s6 lets nobody: what is in it is no secret, and a status
// that can't be read helps nobody. Who may write to the control FIFO may control.
const superviseMode = 0o755

// take makes of a directory one that is supervised. What is there already stays as it is, whosever it is.
func (s *slot) take(up bool) error {
	if err := s.skeleton(); err != nil {
		return err
	}
	lock, err := s.dir.Hold(s6dir.Lock, s.made(0o644))
	if errors.Is(err, fsx.ErrLocked) {
		return fmt.Errorf("supervise %s: somebody else does: %w", s.name, err)
	}
	if err != nil {
		return err
	}
	control, err := s.dir.OpenFIFO(s6dir.Control)
	if err != nil {
		return errors.Join(err, lock.Release())
	}
	s.mu.Lock()
	s.lock, s.control = lock, control
	s.mu.Unlock()
	s.anew(up)
	return nil
}

// skeleton makes what is missing of event, supervise and supervise/control.
func (s *slot) skeleton() error {
	made := func(name string, kind fsx.Kind, make func() error) error {
		if err := make(); err == nil || !errors.Is(err, fs.ErrExist) {
			return err
		}
		e, err := s.dir.Look(name)
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		if in := e.Info(); in.Kind != kind {
			return fmt.Errorf("supervise %s: its %s is a %v: %w", s.name, name, in.Kind, fsx.ErrKind)
		}
		return nil
	}
	return errors.Join(
		made(s6dir.Event, fsx.Directory, func() error { return s.dir.Mkdir(s6dir.Event, s.made(s6dir.EventMode)) }),
		made(s6dir.Supervise, fsx.Directory, func() error { return s.dir.Mkdir(s6dir.Supervise, s.made(superviseMode)) }),
		made(s6dir.Control, fsx.FIFO, func() error { return s.dir.MakeFIFO(s6dir.Control, s.made(s6dir.ControlMode)) }),
	)
}

// made says whose something is that we make, and who may do what.
func (s *slot) made(mode uint32) fsx.Attr {
	a := s.attr
	a.Mode = mode
	return a
}

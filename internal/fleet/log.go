package fleet

import (
	"context"
	"errors"
	"path"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/spec"
)

// through are the rights of a process that is the app's user already.
type through struct{}

func (through) Do(fn func() error) error { return fn() }

// rights gives the rights with which log files are written: the app user's, on a thread of their own.
func rights(w *boot.World) (logs.Rights, error) {
	if w.EUID != 0 || w.Identity.UID == 0 {
		return through{}, nil
	}
	a, err := fsx.NewActor(w.Identity.UID, w.Identity.GID, w.Identity.Groups)
	if err != nil {
		return nil, err
	}
	w.OnClose(a.Close)
	return a, nil
}

// openLog opens the log of a slot: to its files, and to stdout.
func (f *Fleet) openLog(s *slot) (*logs.Log, logs.Place) {
	o := logs.Options{Slot: s.name, Outlet: f.o.Stdout, Quiet: f.o.Quiet, Tell: f.told}
	if l := s.service.Log; l != nil {
		o.Size, o.Keep, o.Pack, o.Digits = int64(l.Size), l.Keep, l.Compress == spec.CompressZstd, l.Stamp.Digits()
		if l.Flood.Policy == spec.FloodSample {
			o.Flood = logs.Flood{Lines: l.Flood.Lines}
		}
		if l.Dir != "" {
			o.Place = logs.Place{Rights: f.write, Dir: f.o.World.Volume, Path: path.Clean(l.Dir)}
		}
	}
	return f.logs.Open(o), o.Place
}

// told passes on what a person should know about a log.
func (f *Fleet) told(n logs.Notice) {
	level := boot.Info
	if n.Warning {
		level = boot.Warning
	}
	f.o.Tell(boot.Note{Level: level, Text: n.Text, Hint: n.Hint})
}

// speaks notes that a slot is about to speak: from the second speaker on, each line on stdout says whose it is.
func (f *Fleet) speaks(s *slot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spoke[s.name] {
		return
	}
	f.spoke[s.name] = true
	if f.o.Stdout != nil && f.o.Alone && len(f.spoke) == 2 {
		f.o.Stdout.SetFormat(logs.Prefixed)
	}
}

// ErrNoFiles says that a slot's lines go to no files.
var ErrNoFiles = errors.New("its lines go to the container's stdout only")

// Lines gives the place of a slot's log files, with what is still on its way written.
func (f *Fleet) Lines(ctx context.Context, name string) (logs.Place, error) {
	s := f.find(name)
	switch {
	case s == nil:
		return logs.Place{}, errUnknown
	case s.place.Dir == nil:
		return logs.Place{}, ErrNoFiles
	}
	_ = s.log.Flush(ctx)
	return s.place, nil
}

var errUnknown = errors.New("there is no such slot")

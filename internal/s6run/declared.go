package s6run

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/supervise"
)

// forever is the bound of a readiness that has none: s6's own, and whoever waits has a bound.
const forever = 10 * 365 * 24 * time.Hour

// logDir is where a service's logger is.
const logDir = "log"

// declared makes the slots of a service that the image defines: its own, and its logger's.
func (r *Room) declared(in Slot) ([]*slot, error) {
	s := &slot{room: r, name: in.Name, service: in.Service, start: in.Start}
	s.service.Kind, s.service.Enabled, s.service.Loose = supervise.Daemon, true, true
	if in.Start != nil {
		s.service.Restart.Policy = supervise.Never
		if s.service.Ready == nil {
			s.service.Ready = &supervise.ReadyRule{Timeout: forever}
		}
		return []*slot{s}, nil
	}
	d, err := fsx.Open(in.Dir)
	if err != nil {
		return nil, err
	}
	if s.in, err = r.pipe(in.StdinFrom); err == nil {
		s.out, err = r.pipe(in.StdoutTo)
	}
	var list []*slot
	if err == nil {
		list, err = s.settle(d, in.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return list, nil
}

// settle makes a slot of a directory: what is read of it, what is laid into it, and its logger's slot before it.
func (s *slot) settle(d *fsx.Dir, path string) ([]*slot, error) {
	in, err := d.Info()
	if err != nil {
		return nil, err
	}
	s.dir, s.path, s.id, s.attr = d, path, inodeOf(in), ownedBy(in)
	if _, err := s.as(s6dir.Run); err != nil {
		return nil, fmt.Errorf("supervise %s: %w", s.name, err)
	}
	s.rules(s.settings())
	var list []*slot
	if s.log, err = s.logger(); err != nil {
		return nil, err
	}
	if s.log != nil {
		s.out = s.log.in
		s.service.After = append(slices.Clone(s.service.After), s.log.name)
		list = append(list, s.log)
	}
	if err := s.take(s.service.Desired); err != nil {
		if s.dynamic {
			if s.log != nil {
				s.log.release()
				s.room.drop(s.log.in)
			}
			return nil, err
		}
		s.room.warn("the service runs; s6-svc and s6-svstat don't see it", err.Error())
	}
	return append(list, s), nil
}

// settings reads what the directory says.
func (s *slot) settings() s6rc.RunDir {
	set, complaints := s6rc.ReadRunDir(s.dir)
	for _, c := range complaints {
		s.room.warn(c.Hint, s.path+": "+c.String())
	}
	for _, f := range []struct {
		asked      bool
		name, hint string
	}{
		{set.NewPIDNS, "flag-newpidns", "let run call unshare -pf --kill-child"},
		{set.LockFD >= 0, "lock-fd", "let run call s6-setlock"},
	} {
		if f.asked {
			s.room.warn(f.hint, s.path+"/"+f.name+": berth has no such thing; it is without effect")
		}
	}
	return set
}

// rules says to the supervisor what the directory says.
func (s *slot) rules(set s6rc.RunDir) {
	v := &s.service
	v.Stop = supervise.Stop{Timeout: v.Stop.Timeout, Patient: true} // timeout-kill is a run's own
	if v.Restart.HoldMax == 0 {
		v.Restart.HoldMax = s.room.o.HoldMax
	}
	if v.Ready == nil && set.NotificationFD >= 0 {
		v.Ready = &supervise.ReadyRule{Timeout: forever}
	}
}

// logger makes the slot of a directory's logger, if it has one. A directory that can't be one is no reason not to run the
// service.
func (s *slot) logger() (*slot, error) {
	if s.isLogger() {
		return nil, nil //nolint:nilnil // it is one
	}
	d, err := s.dir.Sub(logDir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsx.ErrKind) {
			s.room.warn("make log a directory of its own", s.name+" has no logger: "+err.Error())
		}
		return nil, nil //nolint:nilnil // it has none
	}
	if there, err := d.Exists(s6dir.Run); err != nil || !there {
		s.room.warn("put a program there, or remove the directory", s.name+" has no logger: there is no log/run")
		return nil, d.Close()
	}
	l := &slot{room: s.room, name: s.name + "/" + logDir, dynamic: s.dynamic}
	// Its script finds what its service's does: the environment and the directories that are made before that starts.
	l.service = supervise.Service{
		Name: l.name, Requires: slices.Clone(s.service.Requires), After: slices.Clone(s.service.After),
		Enabled: true, Desired: true, Loose: true, Stop: supervise.Stop{Timeout: s.service.Stop.Timeout},
	}
	if l.of, err = s.dir.Sub("."); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if l.in, err = newPipe(); err != nil {
		return nil, errors.Join(err, d.Close(), l.of.Close())
	}
	if _, err := l.settle(d, filepath.Join(s.path, logDir)); err != nil {
		l.in.close()
		return nil, errors.Join(err, d.Close(), l.of.Close())
	}
	return l, nil
}

func (s *slot) isLogger() bool { return strings.Contains(s.name, "/") }

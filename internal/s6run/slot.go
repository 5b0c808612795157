package s6run

import (
	"context"
	"os"
	"sync"
	"sync/atomic"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// A slot is one service directory, or a logger's, or a oneshot.
type slot struct {
	room    *Room
	name    string // the supervisor's: a logger's ends in /log
	service supervise.Service
	start   func(ctx context.Context, run int) (supervise.Process, error) // not nil: it is no directory

	dir     *fsx.Dir // nil: it is no directory
	path    string   // of the directory, for programs that can't be led through its handle
	id      inode
	attr    fsx.Attr    // whose what we make is
	dynamic bool        // a client put it there
	removed atomic.Bool // it is being taken away
	seen    bool        // a name in the scan directory led to it; a look's
	log     *slot       // its logger
	of      *fsx.Dir    // of a logger: the directory of its service

	in, out *pipe

	control *os.File // nil: it could not be had, and nobody controls it
	lock    *fsx.Hold

	mu      sync.Mutex // holds whenever something is written below dir
	status  s6dir.Status
	life    *life // the run that hasn't ended
	once    bool  // the run that goes on, or is asked for, is the last one
	leaving bool  // told to exit when it is down
	users   int   // who needs dir open
	gone    bool  // released: nothing is written any more
	full    bool  // the status could not be written, which was told
}

// inode tells directories apart, whatever their names are.
type inode struct{ dev, ino uint64 }

func inodeOf(in fsx.Info) inode { return inode{in.Dev, in.Ino} }

// process gives what runs of it now, or nil.
func (s *slot) process() *proc.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.life
	switch {
	case l == nil:
		return nil
	case l.finish != nil:
		return l.finish
	}
	return l.run
}

// wanted hears whether the supervisor wants it up.
func (s *slot) wanted(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	up = up && !s.once
	if s.status.WantUp != up && !s.gone {
		s.status.WantUp = up
		s.write()
	}
}

// enter keeps the directory's handle open until leave; false where it has been let go.
func (s *slot) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return false
	}
	s.users++
	return true
}

func (s *slot) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	s.shut()
}

// shut closes the handle once nobody needs it; s.mu is held.
func (s *slot) shut() {
	if s.gone && s.users == 0 {
		_ = s.dir.Close()
		if s.of != nil {
			_ = s.of.Close()
		}
	}
}

// release lets the directory go: nothing of ours is written there afterwards.
func (s *slot) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || s.dir == nil {
		return
	}
	s.ring(string(s6dir.EventExit))
	s.gone = true
	if s.control != nil {
		_ = s.control.Close()
	}
	if s.lock != nil {
		_ = s.lock.Release()
	}
	s.shut()
}

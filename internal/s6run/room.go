package s6run

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// Options say where the slots are and what they are run by.
type Options struct {
	Table *proc.Table
	Scan  string          // the scan directory, which must be there; empty: no directory can be had, and clients can't add any
	Env   func() []string // asked at each start

	// As gives the groups of a user who put a directory into the scan directory; nil: none.
	As func(uid, gid uint32) (*proc.Credential, error)
	// Halt hears what ends the container: t, i, q or b of s6-svscanctl. nil: nobody does.
	Halt func(letter byte)

	StopTimeout    time.Duration
	Grace          time.Duration // of a directory that a client put there, at the end; 0 is StopTimeout
	HoldMax        time.Duration // the longest hold of a slot that says none; 0 is the supervisor's
	Sink           supervise.Sink
	Tell           func(boot.Note) // must not be nil
	Stdout, Stderr *os.File        // of every run; nil: this process's own
}

// A Slot is a service that the image defines.
type Slot struct {
	// Service's Name, Requires, After, Desired, Critical, Ready, Stop.Timeout and Restart are heard; the rest is the room's.
	supervise.Service

	Dir       string // its service directory
	StdoutTo  string // the pipe that it writes to; empty: the container's stdout, or its own logger
	StdinFrom string // the pipe that it reads; empty: nothing

	// Start starts a slot that is no directory; Dir is empty then. See [Oneshot].
	Start func(ctx context.Context, run int) (supervise.Process, error)
}

// A Room is a scan directory and its slots. Its methods may be called from any goroutine.
type Room struct {
	o    Options
	sup  *supervise.Supervisor
	null *os.File

	quit context.Context //nolint:containedctx // ends what waits beside the supervisor
	stop context.CancelFunc

	scanning sync.Mutex // one look at the scan directory at a time
	scan     *scanDir

	mu      sync.Mutex
	slots   map[string]*slot
	pipes   map[string]*pipe
	running map[*proc.Process]bool // those of oneshots
	said    map[string]bool        // lines that were told, and aren't told again
	closing bool
	closed  bool
}

// New makes a room without slots.
func New(o Options) (*Room, error) {
	r := &Room{
		o: o, slots: map[string]*slot{}, pipes: map[string]*pipe{}, running: map[*proc.Process]bool{}, said: map[string]bool{},
	}
	var err error
	if r.null, err = proc.Nothing(); err != nil {
		return nil, err
	}
	r.quit, r.stop = context.WithCancel(context.Background())
	r.sup = supervise.New(supervise.Options{Starter: r, Sink: r, StopTimeout: o.StopTimeout})
	return r, nil
}

// Supervisor gives who keeps the slots.
func (r *Room) Supervisor() *supervise.Supervisor { return r.sup }

// Begin gives every service its slot, picks up what lies in the scan directory besides, starts what is wanted and listens
// to clients.
func (r *Room) Begin(slots ...Slot) error {
	if r.o.Scan != "" {
		top, err := fsx.Open(r.o.Scan)
		if err != nil {
			return err
		}
		r.scan = newScanDir(r, top)
	}
	made := make([]*slot, 0, 2*len(slots))
	for _, in := range slots {
		s, err := r.declared(in)
		if err != nil {
			return err
		}
		made = append(made, s...)
	}
	if err := r.add(made...); err != nil {
		return boot.Fail(1, err, supervise.HintFor(err))
	}
	if r.scan != nil {
		r.scan.begin()
		r.look(true, false)
	}
	return nil
}

// add gives slots to the supervisor, and listens to their control FIFOs from then on.
func (r *Room) add(list ...*slot) error {
	services := make([]supervise.Service, len(list))
	r.mu.Lock()
	for i, s := range list {
		services[i] = s.service
		r.slots[s.name] = s
	}
	r.mu.Unlock()
	if err := r.sup.Add("", services...); err != nil {
		r.mu.Lock()
		for _, s := range list {
			delete(r.slots, s.name)
		}
		r.mu.Unlock()
		for _, s := range list {
			s.release()
			r.drop(s.in)
		}
		return err
	}
	for _, s := range list {
		if s.control != nil {
			go s.listen(s.control)
		}
	}
	return nil
}

// find gives a slot.
func (r *Room) find(name string) *slot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.slots[name]
}

// all gives every slot.
func (r *Room) all() []*slot {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*slot, 0, len(r.slots))
	for _, s := range r.slots {
		list = append(list, s)
	}
	return list
}

// Start starts a run of a slot. It is the supervisor's.
func (r *Room) Start(ctx context.Context, name string, run int) (supervise.Process, error) {
	s := r.find(name)
	switch {
	case s == nil:
		return nil, errors.New("start " + name + ": it was taken away")
	case s.start != nil:
		return s.start(ctx, run)
	}
	return s.begin(ctx)
}

// Event hears what becomes of slots, so that the disk shows what is wanted of them, and hands it on.
func (r *Room) Event(e supervise.Event) {
	if s := r.find(e.Slot); s != nil && s.dir != nil {
		if list, err := r.sup.StatusOf(e.Slot); err == nil {
			t := list[0]
			s.wanted(t.Desired == supervise.WantUp && t.State != supervise.Done) // which finish, or once at most, has brought
		}
	}
	if r.o.Sink != nil {
		r.o.Sink.Event(e)
	}
}

// Processes gives what runs now: of every slot its run or its finish.
func (r *Room) Processes() []*proc.Process {
	var list []*proc.Process
	for _, s := range r.all() {
		if p := s.process(); p != nil {
			list = append(list, p)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.running {
		list = append(list, p)
	}
	return list
}

// Shutdown stops everything, in order, within the time that a stop may take or until ctx ends. Loggers are left to read what
// their producers have written.
func (r *Room) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	return r.sup.Shutdown(ctx)
}

// Close gives back what the room holds, and leaves its directories. Shutdown comes before it.
func (r *Room) Close(context.Context) error {
	r.stop()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if r.scan != nil {
		r.scan.end()
	}
	for _, s := range r.all() {
		s.release()
		r.drop(s.in)
	}
	return r.null.Close()
}

// ends says that a slot stops for good.
func (r *Room) ends(s *slot) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closing || s.removed.Load()
}

// warn tells that something is degraded or refused, once.
func (r *Room) warn(hint, text string) {
	r.mu.Lock()
	told := r.said[text] || len(r.said) >= maxSaid
	if !told {
		r.said[text] = true
	}
	r.mu.Unlock()
	if !told {
		r.o.Tell(boot.Note{Level: boot.Warning, Text: text, Hint: hint})
	}
}

// maxSaid bounds how many lines are told, and remembered: names in them are strangers'.
const maxSaid = 1024

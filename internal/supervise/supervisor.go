package supervise

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Options are what a supervisor needs. Only Starter must be given.
type Options struct {
	Starter Starter
	Prober  Prober // nil: no service may have a health rule
	Leaser  Leaser // nil: no service may take a lease
	Sink    Sink   // nil: events are for subscribers alone

	StopTimeout  time.Duration  // the budget of a stop, of one slot as of all; 0 is 9 s
	StartTimeout time.Duration  // how long a Start may take; 0 is 10 s
	KillTimeout  time.Duration  // how long a process may take to die of KILL; 0 is 2 s
	Parallel     int            // how many starts that answer quickly run at once; 0 is 16
	History      int            // how many events are kept; 0 is 2,048
	Rand         func() float64 // in [0, 1), for the jitter; nil is math/rand
}

func (o *Options) complete() {
	fill := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	fill(&o.StopTimeout, 9*time.Second) // below the ten that engines give
	fill(&o.StartTimeout, 10*time.Second)
	fill(&o.KillTimeout, 2*time.Second)
	if o.Parallel <= 0 {
		o.Parallel = 16
	}
	if o.History <= 0 {
		o.History = 2048
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
}

// A Supervisor keeps slots as they are wanted. All of its methods may be called from any goroutine.
type Supervisor struct {
	o        Options
	journal  *journal
	inbox    chan func() // what the loop is to do next; unbuffered, so that what was taken is also done
	ended    chan struct{}
	fed      chan struct{} // closed when the sink has been told everything
	critical chan Failure

	// The rest is the loop's alone; after ended is closed, last's holder's.
	last    sync.Mutex
	slots   []*slot // as they were added
	ordered []*slot // none before what it depends on
	byName  map[string]*slot
	highest int              // the highest level of a slot
	ghosts  map[string]*slot // removed ones of which something is left

	visits int // numbers the walks over slots

	dirty    []*slot // to be looked at again
	queue    []*slot // free to start, and waiting for a place
	starting int     // places taken

	closing  bool
	deadline time.Time // of the whole stop
}

// New makes a supervisor without slots and starts its loop, which ends with Shutdown.
func New(o Options) *Supervisor {
	o.complete()
	s := &Supervisor{
		o: o, journal: &journal{size: o.History}, byName: map[string]*slot{}, ghosts: map[string]*slot{}, inbox: make(chan func()),
		ended: make(chan struct{}), fed: make(chan struct{}), critical: make(chan Failure, 1),
	}
	if o.Sink != nil {
		go s.feed(s.Subscribe(0))
	} else {
		close(s.fed)
	}
	go s.loop()
	return s
}

// Critical tells the failure of the first critical service that fails.
func (s *Supervisor) Critical() <-chan Failure { return s.critical }

// loop is the one goroutine that changes slots.
func (s *Supervisor) loop() {
	for !s.over() {
		(<-s.inbox)()
		s.settle()
	}
	for _, x := range s.slots {
		x.disarm()
		x.health.drop()
	}
	s.journal.close()
	close(s.ended)
}

// over says that everything is to stop and has.
func (s *Supervisor) over() bool {
	if !s.closing {
		return false
	}
	for _, x := range s.slots {
		if !x.atRest() {
			return false
		}
	}
	return true
}

// settle looks at slots until nothing is left to do but to wait.
func (s *Supervisor) settle() {
	for {
		switch {
		case len(s.dirty) > 0:
			x := s.dirty[0]
			s.dirty = s.dirty[1:]
			x.dirty = false
			s.reconcile(x)
		case len(s.queue) > 0 && s.starting < s.o.Parallel:
			x := s.queue[0]
			s.queue = s.queue[1:]
			x.queued = false
			s.begin(x)
		default:
			s.dirty, s.queue = shrink(s.dirty), shrink(s.queue)
			return
		}
	}
}

// shrink lets an empty list's memory go.
func shrink(list []*slot) []*slot {
	if len(list) == 0 {
		return nil
	}
	return list
}

// post hands the loop something to do. It says whether the loop will do it: after the end it won't.
func (s *Supervisor) post(f func()) bool {
	select {
	case s.inbox <- f:
		return true
	case <-s.ended:
		return false
	}
}

// do has the loop do something and waits until it has; after the end it is done here.
func (s *Supervisor) do(f func()) {
	done := make(chan struct{})
	if s.post(func() { defer close(done); f() }) {
		<-done
		return
	}
	s.last.Lock()
	defer s.last.Unlock()
	f()
}

package supervise

import (
	"context"
	"fmt"
)

// A Leaser gives leases: of all containers that share a volume one may run a slot that takes one. Lease waits until the
// slot's lease is had or ctx ends, and may block; it is called on a goroutine of the slot's own. told hears meanwhile who
// holds it. A lease that is given after ctx has ended is given back.
type Leaser interface {
	Lease(ctx context.Context, slot string, told func(why string)) (Lease, error)
}

// A Lease is had until it is released or lost. Release must not block.
type Lease interface {
	Lost() <-chan struct{} // closed when somebody else has it
	Why() string           // who, once it is lost
	Release()
}

// leasing is what a slot has of its lease.
type leasing struct {
	held   Lease
	asking bool // a Lease hasn't returned
	ask    int  // numbers the asks; what comes of an older one is given back
	cancel context.CancelFunc
	lost   string // why the run is ended
}

// leased says whether a slot may run as far as its lease goes, and asks for that where it hasn't been.
func (s *Supervisor) leased(x *slot) bool {
	l := &x.lease
	if !x.Lease || l.held != nil {
		return true
	}
	if l.asking {
		return false
	}
	l.ask++
	l.asking = true
	x.why = "asks for its lease"
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go s.askLease(ctx, x, l.ask)
	s.arm(x, s.o.StartTimeout, func() {
		x.why = fmt.Sprintf("asks for its lease, without an answer for %v", s.o.StartTimeout)
		s.note(x, x.why)
		s.setStuck(x, true)
	})
	return false
}

// askLease asks, on a goroutine of its own.
func (s *Supervisor) askLease(ctx context.Context, x *slot, ask int) {
	mine := func(f func()) bool {
		return s.post(func() {
			if x.lease.ask == ask {
				f()
			}
		})
	}
	lease, err := s.o.Leaser.Lease(ctx, x.Name, func(why string) { mine(func() { s.elsewhere(x, why) }) })
	taken := false
	if err == nil {
		s.do(func() {
			if x.lease.ask == ask && x.lease.asking {
				taken = true
				s.gotLease(x, lease)
			}
		})
		if !taken {
			lease.Release()
			return
		}
		select {
		case <-lease.Lost():
			mine(func() { s.lostLease(x, lease) })
		case <-ctx.Done():
		case <-s.ended:
		}
		return
	}
	mine(func() {
		if ctx.Err() != nil {
			return
		}
		x.lease.asking = false
		s.refused(x, fmt.Errorf("take its lease: %w", err))
	})
}

// elsewhere hears who holds a lease that is waited for.
func (s *Supervisor) elsewhere(x *slot, why string) {
	switch {
	case !x.lease.asking:
	case x.state == Waiting:
		s.move(x, onHeld, why)
	case x.state == Standby && x.why != why:
		x.why = why
		s.note(x, why)
	}
}

// gotLease lets a slot go on.
func (s *Supervisor) gotLease(x *slot, lease Lease) {
	x.lease.asking, x.lease.held = false, lease
	if x.state == Standby {
		s.move(x, onLease, "its lease is free: it takes over")
		return
	}
	x.disarm()
	s.setStuck(x, false)
	s.mark(x)
}

// lostLease ends what runs without a right.
func (s *Supervisor) lostLease(x *slot, lease Lease) {
	if x.lease.held != lease {
		return
	}
	s.dropLease(x)
	s.mark(x)
	why := "its lease is lost: " + lease.Why()
	s.note(x, why)
	if x.alive() || x.process != nil {
		x.lease.lost = why
	}
}

// dropLease gives a lease back, or stops asking for it.
func (s *Supervisor) dropLease(x *slot) {
	l := &x.lease
	if l.held == nil && !l.asking {
		return
	}
	l.ask++
	l.cancel()
	l.asking = false
	if l.held != nil {
		l.held.Release()
		l.held = nil
	}
}

// yield gives the lease of a slot back that has nothing to do with it any more: nothing runs, and nothing is to. A
// service that ended for good keeps it, for it is to stay down wherever it could run; so does a task between its times.
func (s *Supervisor) yield(x *slot) {
	if x.process != nil || x.pending || x.alive() {
		return
	}
	if x.wanted && !x.removing && !s.closing {
		switch x.state {
		case Down, Waiting, Standby, Holding:
			return
		case Done:
			if x.Kind != Task || x.Schedule != nil {
				return
			}
		default:
		}
	}
	s.dropLease(x)
}

// aside finds the slots that wait for nothing but a lease that another container holds, or for such a slot: there is
// nothing wrong with them.
func (s *Supervisor) aside() map[*slot]bool {
	var all map[*slot]bool
	for _, x := range s.ordered {
		stands := x.state == Standby
		for _, r := range x.needs {
			if x.state != Waiting || r == nil || !r.good() && !all[r] {
				stands = x.state == Standby
				break
			}
			stands = stands || all[r]
		}
		if stands {
			if all == nil {
				all = map[*slot]bool{}
			}
			all[x] = true
		}
	}
	return all
}

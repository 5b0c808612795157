package supervise

import (
	"context"
	"io"
	"sync"
	"time"
)

// An Event is one numbered, immutable line of history. Where From and To are the same, something else than the state
// changed: Why says what.
type Event struct {
	Seq      uint64 // counts from 1, without a gap
	Time     time.Time
	Slot     string
	From, To State
	Why      string
	Who      string // who asked; empty where the supervisor decided
	Pid      int    // of the process that it is about, or 0
	Exit     *Exit  // of a run that has just ended
	Lost     uint64 // how many events before this one the reader was too slow for
}

// A journal keeps the last events in a ring. Readers have a cursor into it and nothing of their own, so that a slow one costs
// nothing and stops nobody: what the ring has overtaken is lost to it, and counted.
type journal struct {
	mu      sync.Mutex
	size    int
	ring    []Event // the event seq lies at (seq-1) % size
	last    uint64
	changed chan struct{} // closed by the next event; nil while nobody waits
	closed  bool
}

func (j *journal) add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Seq = j.last
	if len(j.ring) < j.size {
		j.ring = append(j.ring, e)
	} else {
		j.ring[(e.Seq-1)%uint64(j.size)] = e
	}
	j.wake()
}

// wake tells those who wait; j.mu is held.
func (j *journal) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.wake()
}

// after gives the first event after a number that is still there; else a channel that tells of the next one, or nil if there
// will be none.
func (j *journal) after(seq uint64) (e Event, ok bool, more <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq >= j.last {
		if j.closed {
			return Event{}, false, nil
		}
		if j.changed == nil {
			j.changed = make(chan struct{})
		}
		return Event{}, false, j.changed
	}
	oldest := j.last - uint64(len(j.ring)) + 1
	first := max(seq+1, oldest)
	e = j.ring[(first-1)%uint64(j.size)]
	e.Lost = first - (seq + 1)
	return e, true, nil
}

// A Subscription reads the events one after the other. It is for one goroutine.
type Subscription struct {
	journal *journal
	after   uint64
}

// Next waits for the next event. It gives io.EOF after the last one of a supervisor that has ended.
func (b *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		e, ok, more := b.journal.after(b.after)
		if ok {
			b.after = e.Seq
			return e, nil
		}
		if more == nil {
			return Event{}, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// Subscribe reads the events after a number: 0 is all that are still there. A number from the future is taken for
// the last one's.
func (s *Supervisor) Subscribe(after uint64) *Subscription {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return &Subscription{journal: s.journal, after: min(after, s.journal.last)}
}

// Events gives those after a number that are still there, without waiting.
func (s *Supervisor) Events(after uint64) []Event {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	n, last := uint64(len(s.journal.ring)), s.journal.last
	list := make([]Event, 0, min(n, last-min(after, last)))
	for seq := last - uint64(cap(list)); seq < last; seq++ {
		list = append(list, s.journal.ring[seq%uint64(s.journal.size)])
	}
	return list
}

// feed tells the sink until the supervisor has ended and all is told.
func (s *Supervisor) feed(b *Subscription) {
	defer close(s.fed)
	for {
		e, err := b.Next(context.Background())
		if err != nil {
			return
		}
		s.o.Sink.Event(e)
	}
}

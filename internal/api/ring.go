package api

import (
	"sort"
	"sync"
)

// A Ring keeps the last events. To add one costs the same however many there are and whoever reads: the supervisor does
// it between two changes of state.
type Ring struct {
	mu    sync.Mutex
	kept  []Event
	first int // the oldest one's place in kept, once it is full
	size  int
	newer chan struct{} // closed by the next Add, if somebody waits
}

// NewRing makes a ring that keeps size events.
func NewRing(size int) *Ring { return &Ring{size: max(size, 1)} }

// Add keeps an event; the oldest goes if there are too many. Numbers must grow.
func (r *Ring) Add(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) < r.size {
		r.kept = append(r.kept, e)
	} else {
		r.kept[r.first] = e
		r.first = (r.first + 1) % r.size
	}
	if r.newer != nil {
		close(r.newer)
		r.newer = nil
	}
}

// After gives what [Events] asks for.
func (r *Ring) After(seq uint64, limit int) ([]Event, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newer == nil {
		r.newer = make(chan struct{})
	}
	n := len(r.kept)
	if n == 0 {
		return nil, r.newer
	}
	at := func(i int) *Event { return &r.kept[(r.first+i)%n] }
	from := 0
	if at(n-1).Seq >= seq {
		from = sort.Search(n, func(i int) bool { return at(i).Seq > seq })
	}
	var events []Event
	for i := from; i < n && len(events) < limit; i++ {
		events = append(events, *at(i))
	}
	return events, r.newer
}

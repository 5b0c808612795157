package api

import (
	"context"
	"time"
)

// An Event is one numbered line of history: a transition of a slot.
type Event struct {
	Seq  uint64    `json:"seq" doc:"its number; they begin with 1 when berth starts, and only grow"`
	Time time.Time `json:"time" doc:"when it happened"`
	Slot string    `json:"slot" doc:"the slot's name; empty for the container as a whole"`
	From string    `json:"from" doc:"the state before"`
	To   string    `json:"to" doc:"the state after"`
	Why  string    `json:"why" doc:"the reason in words"`
	Who  string    `json:"who" doc:"who asked for it; empty if nobody did"`
	Pid  int       `json:"pid" doc:"of the run that it is about; 0 without one"`
	Exit *Exit     `json:"exit" doc:"how the run ended; null if it didn't"`
	Lost uint64    `json:"lost" doc:"events since the last line that are no longer kept, whether or not they were asked for"`
}

// Events is the history that the server reads from: [Ring] is one.
type Events interface {
	// After gives up to limit events with a number above seq, oldest first, and a channel that is closed once there is
	// a newer one than those that are kept now. A seq above the newest is from an earlier life: everything is given.
	After(seq uint64, limit int) (events []Event, newer <-chan struct{})
}

// EventsQuery asks for history.
type EventsQuery struct {
	After  uint64   `query:"after" doc:"resume behind this number; without it everything that is kept"`
	Follow bool     `query:"follow" doc:"stay, and tell what happens from now on"`
	Slots  []string `query:"slot" doc:"a slot's name; repeated for more; without any every slot"`
}

func (q EventsQuery) named() []string { return q.Slots }

// batch is how many events one write has at most.
const batch = 256

func (s *Server) events(c *call, q EventsQuery, emit func(...Event) error) error {
	if s.o.Events == nil {
		return Errorf(Absent, "", "read events: none are kept here")
	}
	wanted := map[string]bool{}
	for _, n := range q.Slots {
		wanted[n] = true
	}
	at, lost := q.After, uint64(0)
	for {
		found, newer := s.o.Events.After(at, batch)
		if len(found) > 0 && found[0].Seq <= at {
			at = 0 // another life's number
		}
		var told []Event
		for _, e := range found {
			if at > 0 && e.Seq > at+1 {
				lost += e.Seq - at - 1
			}
			at = e.Seq
			if len(wanted) > 0 && !wanted[e.Slot] || !c.rights.all && !c.rights.sees(e.Slot) {
				continue
			}
			e.Lost, lost = lost, 0
			told = append(told, e)
		}
		// The first write may be empty: who follows learns that it was heard.
		if len(told) > 0 || !c.begun {
			if err := emit(told...); err != nil {
				return nil //nolint:nilerr // the reader went, or reads too slowly: there is nobody to tell
			}
		}
		if len(found) > 0 {
			continue
		}
		if !q.Follow {
			return nil
		}
		if err := wait(c.r.Context(), newer); err != nil {
			return nil //nolint:nilerr // the reader went, or the container stops: the stream ends
		}
	}
}

func wait(ctx context.Context, newer <-chan struct{}) error {
	select {
	case <-newer:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

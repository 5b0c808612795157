package api

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// A LogLine is one line of a slot's log. What is no UTF-8 travels as raw, so that nothing of it is lost.
type LogLine struct {
	Slot string    `json:"slot" doc:"the slot that said it"`
	Time time.Time `json:"time" doc:"when it was read"`
	Text string    `json:"text" doc:"the line without its end; empty if raw has it"`
	Raw  []byte    `json:"raw,omitempty" doc:"the line if it is no UTF-8, in base64"`
}

// NewLogLine makes a line of the bytes that a slot said, without the line's end. They are copied or kept: leave them.
func NewLogLine(slot string, at time.Time, line []byte) LogLine {
	l := LogLine{Slot: slot, Time: at}
	if utf8.Valid(line) {
		l.Text = string(line)
	} else {
		l.Raw = line
	}
	return l
}

// Line gives the bytes that the slot said.
func (l LogLine) Line() []byte {
	if l.Raw != nil {
		return l.Raw
	}
	return []byte(l.Text)
}

// Logs has the logs of slots.
type Logs interface {
	// Logs hands lines to emit until there are no more, emit gives an error (to be given back), or ctx ends. With
	// Follow it stays. A batch is sent at once: the fewer calls of emit the better, and none should wait to be filled.
	// emit may take as long as the reader does. No slots are all slots.
	Logs(ctx context.Context, q LogsQuery, emit func(...LogLine) error) error
}

// LogsQuery asks for lines.
type LogsQuery struct {
	Slots  []string  `query:"slot" doc:"a slot's name; repeated for more; without any every slot"`
	Lines  int       `query:"lines" doc:"the last so many lines of each slot; without it everything that is kept, or as far back as since"`
	Since  time.Time `query:"since" doc:"no line before this time"`
	Follow bool      `query:"follow" doc:"stay, and tell what is said from now on"`
}

func (q LogsQuery) named() []string { return q.Slots }

func (s *Server) logs(c *call, q LogsQuery, emit func(...LogLine) error) error {
	switch {
	case s.o.Logs == nil:
		return Errorf(Absent, "the container's own log has what its services say", "read logs: none are kept here")
	case q.Lines < 0 || q.Lines > maxTail:
		return Errorf(Usage, "ask for at most "+strconv.Itoa(maxTail)+" lines", "read the request: the value of lines is out of range")
	}
	if len(q.Slots) == 0 && !c.rights.all {
		seen, err := s.slots(c, nil)
		if err != nil {
			return err
		}
		for _, v := range seen.Services {
			q.Slots = append(q.Slots, v.Name)
		}
		if len(q.Slots) == 0 {
			return nil // none isn't all
		}
	}
	q.Slots = slices.Compact(slices.Sorted(slices.Values(q.Slots)))
	if err := s.o.Logs.Logs(c.r.Context(), q, emit); c.r.Context().Err() == nil {
		return err
	}
	return nil // the reader went, or the container stops: the stream ends
}

package s6words

import (
	"strconv"
	"time"
)

// number reads decimal figures and nothing else, as the real words do.
func number(text string) (uint32, bool) {
	if text == "" {
		return 0, false
	}
	for _, b := range []byte(text) {
		if b < '0' || b > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil
}

// A deadline is when a word gives up; the zero one is never.
type deadline struct{ at time.Time }

// within gives the deadline that is so many milliseconds from now; 0 is never.
func within(ms uint32) deadline {
	if ms == 0 {
		return deadline{}
	}
	return deadline{time.Now().Add(time.Duration(ms) * time.Millisecond)}
}

// left gives the milliseconds for poll(2): -1 for ever, 0 it is over.
func (d deadline) left() int {
	if d.at.IsZero() {
		return -1
	}
	ms := (time.Until(d.at) + time.Millisecond - 1) / time.Millisecond
	return int(min(max(ms, 0), 1<<30))
}

// soon gives the earlier one of a deadline and a moment from now.
func (d deadline) soon() deadline {
	s := within(lookAgain)
	if !d.at.IsZero() && d.at.Before(s.at) {
		return d
	}
	return s
}

package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxWait bounds what can be waited for, as the control socket has it.
const maxWait = 24 * time.Hour

// A span is a flag that says how long.
type span time.Duration

func (s *span) String() string { return time.Duration(*s).String() }

// Type names the value in a flag's help.
func (*span) Type() string { return "duration" }

// Set reads it.
func (s *span) Set(text string) error {
	d, err := length(text)
	if err != nil || d < time.Millisecond || d > maxWait {
		return errors.New("say how long, such as 90s or 5m; at most 24h")
	}
	*s = span(d)
	return nil
}

// length reads a length of time: 90s, 1m30s, days (2d), or a plain number of seconds as docker's flags have it.
func length(text string) (time.Duration, error) {
	unit := time.Second
	digits, days := strings.CutSuffix(text, "d")
	if days {
		unit = 24 * time.Hour
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	switch {
	case err == nil && time.Duration(n) < maxLength/unit:
		return time.Duration(n) * unit, nil
	case err == nil:
		return 0, strconv.ErrRange
	}
	return time.ParseDuration(text)
}

const maxLength = 100 * 365 * 24 * time.Hour

// A moment is a flag that says when: so long ago, or at a time.
type moment struct {
	time.Time
	text string
}

func (m *moment) String() string { return m.text }

// Type names the value in a flag's help.
func (*moment) Type() string { return "time" }

// Set reads it. A time without a zone is one of the container's.
func (m *moment) Set(text string) error {
	m.text = text
	_, bare := strconv.ParseInt(text, 10, 64) // of what? docker means seconds since 1970
	if d, err := length(text); err == nil && bare != nil && d >= 0 && d < maxLength {
		m.Time = time.Now().Add(-d)
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			m.Time = at
			return nil
		}
	}
	return errors.New("say how long ago, such as 10m or 2d, or when, such as 2026-01-31T12:00:00Z")
}

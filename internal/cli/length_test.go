package cli

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLength(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "90": 90 * time.Second, "90s": 90 * time.Second, "1m30s": 90 * time.Second, "2d": 48 * time.Hour, "36500d": -1, "36499d": 36499 * 24 * time.Hour,
		"1.5h": 90 * time.Minute, "-5s": -5 * time.Second, "": -1, "d": -1, "1 m": -1, "x": -1, "9999999999999": -1, "-1d": -1,
	} {
		got, err := length(text)
		if want == -1 && err == nil || want != -1 && (err != nil || got != want) {
			t.Errorf("length(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestMoments(t *testing.T) {
	at := func(hour, ns int, zone *time.Location) *time.Time {
		return new(time.Date(2026, 1, 31, hour, 0, 0, ns, zone))
	}
	for text, want := range map[string]*time.Time{
		"2026-01-31T12:00:00Z":       at(12, 0, time.UTC),
		"2026-01-31T12:00:00.5Z":     at(12, 5e8, time.UTC),
		"2026-01-31T12:00:00+01:00":  at(11, 0, time.UTC),
		"2026-01-31T12:00:00":        at(12, 0, time.Local), // the container's
		"2026-01-31 12:00:00":        at(12, 0, time.Local),
		"2026-01-31":                 at(0, 0, time.Local),
		"31.1.2026":                  nil,
		"yesterday":                  nil,
		"2026-13-31":                 nil,
		"99999999h":                  nil,
		"-3h":                        nil,
		"1769860800":                 nil,
		"2026-01-31T12:00:00Z\x1b[m": nil,
	} {
		var m moment
		err := m.Set(text)
		if (err == nil) != (want != nil) || want != nil && !m.Equal(*want) {
			t.Errorf("%q is %v, %v; want %v", text, m.Time, err, want)
		}
	}
}

// Whatever stands there, it is refused or lies in the past and not before anything.
func TestMomentsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]+)?(ns|ms|s|m|h|d)?`)).Draw(t, "text")
		var s span
		if err := s.Set(text); err == nil && (time.Duration(s) < time.Millisecond || time.Duration(s) > maxWait) {
			t.Fatalf("%q is %v", text, time.Duration(s))
		}
		var m moment
		if err := m.Set(text); err == nil && time.Since(m.Time) > maxLength+time.Hour {
			t.Fatalf("%q is %v", text, m.Time)
		}
	})
}

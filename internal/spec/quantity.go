package spec

import "time"

// Duration is a length of time such as 30s, 1m30s or 500ms; zero where the spec gave none.
type Duration time.Duration

// Or gives the duration, or the given one where the spec gave none.
func (d Duration) Or(absent time.Duration) time.Duration {
	if d == 0 {
		return absent
	}
	return time.Duration(d)
}

// String gives the duration as Go writes it: 1m30s.
func (d Duration) String() string { return time.Duration(d).String() }

// Size is a number of bytes such as 1MB (1000000) or 1MiB (1048576); zero where the spec gave none.
type Size int64

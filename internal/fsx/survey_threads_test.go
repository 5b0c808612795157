package fsx

import (
	"testing"
	"time"
)

// While threads have the processors to themselves, and use them, more would only stand in their way; where they wait for
// a disk, there are twice as many each time that they are asked.
func TestMoreThreadsThanProcessorsAreForThoseThatWait(t *testing.T) {
	const long = 100 * time.Hour
	for _, c := range []struct {
		about           string
		asked           time.Duration // ago
		worked          time.Duration // since then, by all
		workers, wanted int           // wanted before
		waits           bool
		after           int
	}{
		{"busy ones", long, 4 * long, 4, 0, false, 0},
		{"most of the time", long, 3 * long, 4, 0, false, 0},
		{"less than that", long, long, 4, 0, true, 8},
		{"they are more already", long, long, 8, 8, true, 16},
		{"there may still be more since the last time", long, 4 * long, 6, 8, true, 8},
		{"a moment ago", -long, 0, 4, 0, false, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			v := &surveyor{processors: 4, workers: c.workers, wanted: c.wanted, asked: time.Now().Add(-c.asked), worked: worked() - c.worked}
			if got := v.waits(); got != c.waits || v.wanted != c.after {
				t.Errorf("they wait: %v, and %d are wanted", got, v.wanted)
			}
		})
	}
}

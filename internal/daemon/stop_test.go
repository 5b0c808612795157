package daemon

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
)

// budget reads a stop's budget out of a container's environment, and what was said about it.
func budget(environ ...string) (time.Duration, []boot.Note) {
	var notes []boot.Note
	d := stopTimeout(&Options{Environ: environ, Tell: func(n boot.Note) { notes = append(notes, n) }})
	return d, notes
}

func TestStopTimeout(t *testing.T) {
	for _, c := range []struct {
		about, text string
		want        time.Duration
		warns       bool
	}{
		{"nothing is the default", "", 9 * time.Second, false},
		{"a time with its unit", "1m30s", 90 * time.Second, false},
		{"a number is seconds", "30", 30 * time.Second, false},
		{"so is a fraction", "0.25", 250 * time.Millisecond, false},
		{"the largest number of seconds", "999999999", 999999999 * time.Second, false},
		{"zero would kill at once", "0", 9 * time.Second, true},
		{"zero with a unit too", "0s", 9 * time.Second, true},
		{"less than a nanosecond is zero", "1e-12", 9 * time.Second, true},
		{"a negative number", "-3", 9 * time.Second, true},
		{"a negative time", "-3s", 9 * time.Second, true},
		{"more than a duration holds", "1e30", 9 * time.Second, true},
		{"infinity is no length of time", "inf", 9 * time.Second, true},
		{"nor is no number at all", "NaN", 9 * time.Second, true},
		{"a unit that is none", "2 weeks", 9 * time.Second, true},
		{"a blank around it", " 5 ", 9 * time.Second, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, notes := budget(StopTimeoutEnv + "=" + c.text)
			if got != c.want || (len(notes) == 1) != c.warns {
				t.Errorf("%q is %v with %v, want %v", c.text, got, notes, c.want)
			}
			if c.warns && (notes[0].Level != boot.Warning || notes[0].Hint == "") {
				t.Errorf("a warning without what to do next: %+v", notes)
			}
		})
	}
	if got, notes := budget("PATH=/bin"); got != 9*time.Second || notes != nil {
		t.Errorf("unset is %v with %v", got, notes)
	}
	if got, _ := budget(StopTimeoutEnv+"=1", StopTimeoutEnv+"=2"); got != 2*time.Second {
		t.Errorf("of two variables the first one counts: %v", got)
	}
}

// Whatever an operator writes, a stop has a time to end in, and a time as Go writes it is read as it is meant.
func TestStopTimeoutLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{0,25}(\.[0-9]+)?(e-?[0-9]+)?(ns|ms|s|m|h)?`)).Draw(t, "text")
		if got, _ := budget(StopTimeoutEnv + "=" + text); got <= 0 {
			t.Fatalf("%q is %v", text, got)
		}
		d := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "duration"))
		if got, notes := budget(StopTimeoutEnv + "=" + d.String()); got != d || notes != nil {
			t.Fatalf("%v is read as %v, %v", d, got, notes)
		}
		n := rapid.IntRange(1, 1e9-1).Draw(t, "seconds")
		if got, _ := budget(StopTimeoutEnv + "=" + strconv.Itoa(n)); got != time.Duration(n)*time.Second {
			t.Fatalf("%d seconds are read as %v", n, got)
		}
	})
}

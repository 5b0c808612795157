package measure

import (
	"errors"
	"fmt"
	"io"
)

// A Target is what berth has to reach, and what it reached.
type Target struct {
	What  string
	Unit  string
	Want  float64
	Least bool // Want is the least that will do, not the most
	Aim   bool // a wish: to miss it is said and costs nothing

	Got   float64
	Known bool    // Got was measured
	Slow  float64 // how many times slower this machine is than the one that Want is for; 0 and 1: no slower
	Floor string  // what the floor of the same run needs, in words; may be empty
}

// Slower gives how many times a floor needs more than it did on the machine that targets are for. A little is noise.
func Slower(floor, usual float64) float64 {
	if usual <= 0 || floor < 1.25*usual {
		return 1
	}
	return floor / usual
}

// ErrMissed says that a target was missed, or not measured.
var ErrMissed = errors.New("a target was missed")

// Kept says whether the target was reached.
func (t Target) Kept() bool {
	if !t.Known {
		return false
	}
	if t.Least {
		return t.Got >= t.Want
	}
	return t.Got <= t.Want*max(1, t.Slow)
}

// bound gives the target in words.
func (t Target) bound() string {
	switch {
	case t.Least:
		return fmt.Sprintf(">= %g%s", t.Want, t.Unit)
	case t.Slow > 1:
		return fmt.Sprintf("<= %g%s x %.1f", t.Want, t.Unit, t.Slow)
	}
	return fmt.Sprintf("<= %g%s", t.Want, t.Unit)
}

// Judge prints a line for each target and gives [ErrMissed] if one that is no wish wasn't reached.
func Judge(w io.Writer, targets []Target) error {
	grid := [][]string{{"berth/target", "got", "target", "", "floor"}}
	var missed error
	for _, t := range targets {
		got, word := "-", "kept"
		if t.Known {
			got = Short(t.Got) + t.Unit
		}
		switch {
		case t.Kept():
		case !t.Known:
			word = "not measured"
		default:
			word = "MISSED"
		}
		if !t.Kept() && t.Aim {
			word += " (a wish)"
		} else if !t.Kept() {
			missed = ErrMissed
		}
		grid = append(grid, []string{t.What, got, t.bound(), word, t.Floor})
	}
	if err := printGrid(w, grid); err != nil {
		return err
	}
	return missed
}

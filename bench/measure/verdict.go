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
	Known bool   // Got was measured
	Floor string // what the floor of the same run needs, in words; may be empty
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
	return t.Got <= t.Want
}

// Judge prints a line for each target and gives [ErrMissed] if one that is no wish wasn't reached.
func Judge(w io.Writer, targets []Target) error {
	grid := [][]string{{"berth/target", "got", "target", "", "floor"}}
	var missed error
	for _, t := range targets {
		got, word, bound := "-", "kept", "<= "
		if t.Known {
			got = Short(t.Got) + t.Unit
		}
		if t.Least {
			bound = ">= "
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
		grid = append(grid, []string{t.What, got, bound + number(t.Want) + t.Unit, word, t.Floor})
	}
	if err := printGrid(w, grid); err != nil {
		return err
	}
	return missed
}

// number writes a target as it was given.
func number(v float64) string { return fmt.Sprintf("%g", v) }

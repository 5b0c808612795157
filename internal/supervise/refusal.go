package supervise

import (
	"errors"
	"fmt"
	"strings"

	spelling "github.com/berth-init/berth/internal/nearest"
)

// What a refusal may be about, for callers that answer it with a code.
var (
	ErrUnknown  = errors.New("no such slot")
	ErrStopping = errors.New("berth is stopping")
)

// A Refusal is what the supervisor doesn't do, and what to do next.
type Refusal struct {
	Err  error
	Hint string
}

func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

// HintFor gives the hint that an error carries, or an empty string.
func HintFor(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Hint
	}
	return ""
}

// withHint gives an error and what to do about it in one line: a slot's reason is all that its status shows.
func withHint(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && h.Hint() != "" {
		return err.Error() + " (" + h.Hint() + ")"
	}
	return err.Error()
}

func refuse(hint, format string, args ...any) error {
	return &Refusal{Err: fmt.Errorf(format, args...), Hint: hint}
}

// unknown refuses a name that no slot has, with the one that was probably meant.
func unknown(verb, name string, known []string) error {
	hint := "berth status lists the slots"
	if best := nearest(name, known); best != "" {
		hint = "did you mean " + best + "?"
	} else if n := len(known); n > 0 && n <= 8 {
		hint = "there are: " + strings.Join(known, ", ")
	}
	return refuse(hint, "%s %q: %w", verb, name, ErrUnknown)
}

// nearest gives the known word that a misspelt one most probably means, or nothing. The cost grows with the square
// of the length, and the word is a stranger's.
func nearest(word string, known []string) string {
	if len(word) > 64 {
		return ""
	}
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if len(k) > 64 {
			continue
		}
		if d := spelling.Distance(strings.ToLower(word), strings.ToLower(k)); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// A Run is one pass of phases over a world: a plan or a boot.
type Run struct {
	World *World

	// Usable says whether the app can read and write a target that could not be changed, for the line that tells of it.
	// It holds for the running phase; nil: nobody knows.
	Usable func(target string) bool

	planning bool
	phase    string
	first    int // how many entries were changed when the running phase began
	total    int // how many by now
	steps    []Step
	notes    []Note
	tell     func(Note) // told each note as it comes; nil tells nobody
	refused  map[string]*refusal
	order    []string
}

// NewPlan makes a Run that writes steps down and changes nothing.
func NewPlan(w *World) *Run { return &Run{World: w, planning: true} }

// NewBoot makes a Run that makes each step true; tell hears each note as it comes.
func NewBoot(w *World, tell func(Note)) *Run { return &Run{World: w, tell: tell} }

// Planning says whether this run only looks.
func (r *Run) Planning() bool { return r.planning }

// Steps gives the steps wanted (plan) or made (boot) so far.
func (r *Run) Steps() []Step { return r.steps }

// Notes gives the notes so far.
func (r *Run) Notes() []Note { return r.notes }

// Phases runs the phases in their order until one ends the boot.
func (r *Run) Phases(ctx context.Context, phases ...Phase) error {
	for _, p := range phases {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		r.phase, r.first, r.Usable = p.Name(), r.total, nil
		err := p.Run(ctx, r)
		r.flushRefusals()
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrMoot is returned by a change that found nothing left to do, because somebody else did it since the look:
// the step is dropped without a word.
var ErrMoot = errors.New("nothing left to do")

// Do has one step made: a plan writes it down, a boot calls change first. It reports whether the step stands. A change that the
// file system refuses (see Refusable) becomes a refusal beside the steps and the run goes on; any other error is returned.
func (r *Run) Do(s Step, change func() error) (bool, error) {
	if r.planning {
		if s.Verb == VerbRemove {
			r.neverReached(s.Target)
		}
		r.Add(s)
		return true, nil
	}
	switch err := change(); {
	case err == nil:
		r.Add(s)
		return true, nil
	case errors.Is(err, ErrMoot), errors.Is(err, fs.ErrNotExist):
		return false, nil
	case Refusable(err):
		r.Refuse(s.Verb, s.Target, err)
		return false, nil
	default:
		return false, fmt.Errorf("%s %s: %w", s.Verb, s.Target, err)
	}
}

// neverReached takes a step back that a plan has behind the services, of what is gone by then.
func (r *Run) neverReached(target string) {
	r.steps = slices.DeleteFunc(r.steps, func(s Step) bool {
		gone := s.Behind && s.Target == target && s.Count == 0
		if gone {
			r.total, r.first = r.total-1, r.first-1
		}
		return gone
	})
}

// Add adds steps that a phase has wanted (plan) or made (boot) by ways of its own, because there were too many for Do.
func (r *Run) Add(steps ...Step) {
	for _, s := range steps {
		s.Phase = r.phase
		r.steps = append(r.steps, s)
		r.total += s.entries()
	}
}

// Count gives the number of entries that the running phase has wanted to change (plan) or changed (boot) so far; what was
// refused or moot doesn't count. Two phases of one name don't share it.
func (r *Run) Count() int { return r.total - r.first }

// Total is Count over all phases.
func (r *Run) Total() int { return r.total }

// Changed notes what a duty changed: one line a duty. A plan shows its steps instead and keeps no such note.
func (r *Run) Changed(format string, args ...any) {
	if !r.planning {
		r.note(Note{Level: Changed, Text: fmt.Sprintf(format, args...)})
	}
}

// Warn notes a duty that was degraded or skipped, why, and what to do next.
func (r *Run) Warn(hint, format string, args ...any) {
	r.note(Note{Level: Warning, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// Inform notes something of interest that changes nothing that a plan could list: a hook that runs, say.
func (r *Run) Inform(format string, args ...any) {
	r.note(Note{Level: Info, Text: fmt.Sprintf(format, args...)})
}

// Progress notes that a long duty is alive; a plan and the ledger keep none.
func (r *Run) Progress(format string, args ...any) {
	if !r.planning && r.tell != nil {
		r.tell(Note{Phase: r.phase, Level: Progress, Text: fmt.Sprintf(format, args...)})
	}
}

func (r *Run) note(n Note) {
	n.Phase = r.phase
	r.notes = append(r.notes, n)
	if r.tell != nil {
		r.tell(n)
	}
}

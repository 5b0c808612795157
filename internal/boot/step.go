package boot

import "time"

// A Step is one change that a phase wants.
type Step struct {
	Phase  string `json:"phase"`
	Target string `json:"target"`           // what is changed: a path below the volume, an absolute path, an account
	Verb   string `json:"verb"`             // chown, chmod, mkdir, write, remove, set …
	Before string `json:"before,omitempty"` // never a secret's text
	After  string `json:"after,omitempty"`
	Why    string `json:"why"`

	Count  int  `json:"count,omitempty"`  // how many entries below the target it stands for, where they are too many to name
	Behind bool `json:"behind,omitempty"` // in a plan: it would be made behind the services, not before the start
}

// VerbRemove is the verb of a step after which the target is gone.
const VerbRemove = "remove"

// entries counts what a step stands for.
func (s Step) entries() int { return max(s.Count, 1) }

// A Level says how a Note is meant.
type Level string

// The levels of a note.
const (
	Changed  Level = "changed"  // a duty that changed something: one line a duty
	Warning  Level = "warning"  // a duty that was degraded or skipped
	Refusal  Level = "refusal"  // a change that the file system or a rule refused
	Info     Level = "info"     // something that runs but changes nothing that a plan could list
	Progress Level = "progress" // a long duty is alive
	Plain    Level = "plain"    // a line that others read who know another init's: nothing of ours in front of it
)

// A Note is one line for a person about a duty.
type Note struct {
	Phase  string `json:"phase"`
	Level  Level  `json:"level"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
	Target string `json:"target,omitempty"`
	Bar    *Bar   `json:"bar,omitempty"` // with Progress: how far it is
}

// A Bar is how far a long duty is.
type Bar struct {
	Done   int64   `json:"done"`
	Total  int64   `json:"total,omitempty"`   // 0: nobody knows
	AtMost bool    `json:"at_most,omitempty"` // the total is a bound, not a count
	Rate   float64 `json:"rate"`              // a second
	End    bool    `json:"end,omitempty"`     // the duty is over: nothing more is shown of it
}

// Left gives how long it will take at its rate, or 0 where that can't be said.
func (b *Bar) Left() time.Duration {
	if b.Total <= b.Done || b.Rate <= 0 {
		return 0
	}
	return time.Duration(float64(b.Total-b.Done) / b.Rate * float64(time.Second))
}

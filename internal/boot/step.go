package boot

// A Step is one change that a phase wants.
type Step struct {
	Phase  string `json:"phase"`
	Target string `json:"target"`           // what is changed: a path below the volume, an absolute path, an account
	Verb   string `json:"verb"`             // chown, chmod, mkdir, write, remove, set …
	Before string `json:"before,omitempty"` // never a secret's text
	After  string `json:"after,omitempty"`
	Why    string `json:"why"`
}

// A Level says how a Note is meant.
type Level string

// The levels of a note.
const (
	Changed  Level = "changed"  // a duty that changed something: one line a duty
	Warning  Level = "warning"  // a duty that was degraded or skipped
	Refusal  Level = "refusal"  // a change that the file system or a rule refused
	Info     Level = "info"     // something that runs but changes nothing that a plan could list
	Progress Level = "progress" // a long duty is alive
)

// A Note is one line for a person about a duty.
type Note struct {
	Phase  string `json:"phase"`
	Level  Level  `json:"level"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
	Target string `json:"target,omitempty"`
}

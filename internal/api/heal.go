package api

import "context"

// HealAction asks for a look at the owners on the volume.
type HealAction struct {
	Full bool `json:"full" doc:"as fast as it goes, with many threads; otherwise at the rate that the spec gives to looks behind the services"`
}

// A HealLine tells how far a look is; the last one what came of it.
type HealLine struct {
	Looked int64   `json:"looked" doc:"entries that were looked at so far"`
	Total  int64   `json:"total" doc:"how many there will be; 0 if nobody knows"`
	AtMost bool    `json:"at_most" doc:"the total is a bound, not a count"`
	Rate   float64 `json:"rate" doc:"entries a second"`
	Done   *Healed `json:"done" doc:"what came of it; null until then"`
}

// Healed is what came of a look at the owners on the volume.
type Healed struct {
	Looked  int64      `json:"looked" doc:"entries that were looked at"`
	Changed int        `json:"changed" doc:"entries that were handed over or got their mode back"`
	Seconds float64    `json:"seconds" doc:"how long it took"`
	Steps   []HealStep `json:"steps" doc:"what was changed; where that is much, a line for many entries"`
	Notes   []HealNote `json:"notes" doc:"what was refused or went wrong"`
}

// A HealStep is a change of an owner or a mode.
type HealStep struct {
	Target string `json:"target" doc:"the name on the volume"`
	Verb   string `json:"verb" doc:"chown or chmod"`
	Before string `json:"before" doc:"the owner or mode before"`
	After  string `json:"after" doc:"the owner or mode after"`
	Count  int    `json:"count" doc:"how many entries below the target it stands for; 0 for the target itself"`
}

// A HealNote is a line for a person.
type HealNote struct {
	Level string `json:"level" doc:"refusal or warning"`
	Text  string `json:"text" doc:"what was refused, and why"`
	Hint  string `json:"hint" doc:"what to do next; may be empty"`
}

// Healer looks at the owners on the volume.
type Healer interface {
	// Heal looks at everything that the spec lists and heals it. It tells how far it is, from one goroutine at a time. Errors
	// are Absent where there is nothing to heal, Conflict where somebody else looks.
	Heal(ctx context.Context, who Peer, a HealAction, tell func(HealLine)) (Healed, error)
}

func (s *Server) heal(c *call, a HealAction, emit func(...HealLine) error) error {
	if s.o.Healer == nil {
		return Errorf(Absent, "an image has a volume if its berth.yaml says so", "heal the volume: there is none")
	}
	s.record(c, "heal", []string{"the volume"})
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	done, err := s.o.Healer.Heal(ctx, c.peer, a, func(l HealLine) {
		if emit(l) != nil { // the caller went, and wants it no more
			cancel()
		}
	})
	if err != nil {
		return err
	}
	done.Steps, done.Notes = append([]HealStep{}, done.Steps...), append([]HealNote{}, done.Notes...)
	return emit(HealLine{Looked: done.Looked, Total: done.Looked, Done: &done})
}

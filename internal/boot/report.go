package boot

import "time"

// Format is the version of a Report's shape. A reader drops reports of another.
const Format = 1

// Bounds of a report in the ledger; Count tells how many steps there were.
const (
	maxSteps = 400
	maxNotes = 100
	maxText  = 400 // bytes of one text
)

// A Report is what a plan or a boot has to say: `berth plan --json` and `berth boot --json` print this very value, and
// the ledger keeps it, a line a boot.
type Report struct {
	Format   int       `json:"format"`
	Number   int       `json:"number"` // of the boot on this volume; in a plan: of the boot to come
	Time     time.Time `json:"time"`
	Version  string    `json:"version"` // berth's own
	App      string    `json:"app,omitempty"`
	Volume   string    `json:"volume,omitempty"`
	Bound    string    `json:"bound,omitempty"` // which volume the report is about, see [Bound]
	Identity Who       `json:"identity"`
	Look     *Look     `json:"look,omitempty"` // how the owners on the volume are looked at
	Count    int       `json:"count"`          // of all entries that are changed, those whose steps were cut off included
	Steps    []Step    `json:"steps"`
	Notes    []Note    `json:"notes"`
	Outcome  Outcome   `json:"outcome"`
	Error    string    `json:"error,omitempty"`
	Hint     string    `json:"hint,omitempty"`
}

// Who is the identity in a report.
type Who struct {
	Name   string   `json:"name"`
	UID    uint32   `json:"uid"`
	GID    uint32   `json:"gid"`
	Groups []uint32 `json:"groups"`
	Home   string   `json:"home"`
}

// Outcome says how far a boot came.
type Outcome string

// The outcomes.
const (
	Planned  Outcome = "planned"  // it was only a plan
	Prepared Outcome = "prepared" // the preparation is done
	Failed   Outcome = "failed"   // a failure ended the preparation
)

// Report gives what this run has to say, whole; err is what ended it, or nil.
func (r *Run) Report(now time.Time, version string, err error) Report {
	w := r.World
	rep := Report{
		Format: Format, Number: NextNumber(w), Time: now.UTC(), Version: version, Volume: w.Path, Bound: Bound(w.Volume),
		Identity: Who{
			Name: w.Identity.Name, UID: w.Identity.UID, GID: w.Identity.GID,
			Groups: append([]uint32{}, w.Identity.Groups...), Home: w.Identity.Home,
		},
		Look: w.Look, Count: r.total, Steps: append([]Step{}, r.steps...), Notes: append([]Note{}, r.notes...), Outcome: Prepared,
	}
	if w.Spec != nil {
		rep.App = w.Spec.App
	}
	if r.planning {
		rep.Outcome = Planned
	}
	if err != nil {
		rep.Outcome, rep.Error, rep.Hint = Failed, err.Error(), HintFor(err)
	}
	return rep
}

// bounded gives a report as small as the ledger wants it, in printable text.
func (r Report) bounded() Report {
	short := func(s *string) { *s = plain(*s) }
	for _, s := range []*string{&r.Version, &r.App, &r.Volume, &r.Bound, &r.Identity.Name, &r.Identity.Home, &r.Error, &r.Hint} {
		short(s)
	}
	if r.Look != nil {
		look := *r.Look
		look.When = When(plain(string(look.When)))
		short(&look.Why)
		r.Look = &look
	}
	r.Outcome = Outcome(plain(string(r.Outcome)))
	r.Identity.Groups = r.Identity.Groups[:min(len(r.Identity.Groups), maxSteps)]
	steps := r.Steps[:min(len(r.Steps), maxSteps)]
	r.Steps = make([]Step, len(steps))
	for i, s := range steps {
		for _, p := range []*string{&s.Phase, &s.Target, &s.Verb, &s.Before, &s.After, &s.Why} {
			short(p)
		}
		r.Steps[i] = s
	}
	notes := r.Notes[:min(len(r.Notes), maxNotes)]
	r.Notes = make([]Note, len(notes))
	for i, n := range notes {
		n.Level = Level(plain(string(n.Level)))
		for _, p := range []*string{&n.Phase, &n.Text, &n.Hint, &n.Target} {
			short(p)
		}
		r.Notes[i] = n
	}
	return r
}

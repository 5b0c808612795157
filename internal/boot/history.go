package boot

import (
	"fmt"
	"path"
	"strings"
)

// maxDone is how many targets of a phase are named in a line of history.
const maxDone = 3

// Idle says whether a boot changed nothing and had nothing to say.
func (r Report) Idle() bool {
	return r.Outcome == Prepared && r.Count == 0 && len(r.Steps) == 0 && len(r.Notes) == 0
}

// Done tells in a line what a boot did, a phase after the other.
func (r Report) Done() string {
	var phases []string
	targets, entries := map[string][]string{}, map[string]int{}
	for _, s := range r.Steps {
		if entries[s.Phase] == 0 {
			phases = append(phases, s.Phase)
		}
		entries[s.Phase] += s.entries()
		if all := targets[s.Phase]; len(all) < maxDone {
			targets[s.Phase] = append(all, short(s.Target))
		}
	}
	said := make([]string, 0, len(phases)+1)
	for _, phase := range phases {
		text := phase + " " + strings.Join(targets[phase], ", ")
		if more := entries[phase] - len(targets[phase]); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		said = append(said, text)
	}
	refused := 0
	for _, n := range r.Notes {
		if n.Level == Refusal {
			refused++
		}
	}
	if refused > 0 {
		said = append(said, fmt.Sprintf("%d refused", refused))
	}
	if r.Error != "" {
		said = append(said, r.Error)
	}
	return strings.Join(said, "; ")
}

// short gives the end of a long path.
func short(target string) string {
	if len(target) <= 40 {
		return target
	}
	return "…/" + path.Base(target)
}

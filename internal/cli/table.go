package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
)

// json writes what was asked for as JSON.
func (s *session) json(v any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table writes the steps of a report for people, then its notes, then how many steps there are and what they are.
func (s *session) table(rep boot.Report, what string) {
	t := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	if len(rep.Steps) > 0 {
		fmt.Fprintln(t, "PHASE\tSTEP\tTARGET\tCHANGE\tWHY")
	}
	for _, step := range rep.Steps {
		why := step.Why
		if step.Behind {
			why += ", behind the services"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n",
			step.Phase, step.Verb, front.Safe(target(step.Target, step.Count)), front.Safe(change(step)), front.Safe(why))
	}
	_ = t.Flush() // Main asks stdout whether all of it arrived
	for _, n := range rep.Notes {
		if n.Level == boot.Changed {
			continue // the steps say it
		}
		fmt.Fprintf(s.out, "%s: %s: %s\n", n.Level, n.Phase, front.Safe(n.Text))
		if n.Hint != "" {
			fmt.Fprintf(s.out, "hint: %s\n", front.Safe(n.Hint))
		}
	}
	if l := rep.Look; l != nil {
		when := "all owners are looked at before the start"
		if l.When == boot.Behind {
			when = "owners are looked at behind the services, but for what must be right before the start"
		}
		fmt.Fprintf(s.out, "%s: %s\n", when, front.Safe(l.Why))
	}
	if rep.Error != "" {
		fmt.Fprintf(s.out, "failure: %s\n", front.Safe(rep.Error))
	}
	fmt.Fprintf(s.out, "%s%s\n", what, count(max(rep.Count, len(rep.Steps)), "step"))
}

// change shows a step's before and after.
func change(s boot.Step) string {
	switch {
	case s.Before == "":
		return s.After
	case s.After == "":
		return s.Before + " ->"
	}
	return s.Before + " -> " + s.After
}

package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
)

func (s *session) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [SLOT...] [--json]",
		Short: "show what the services do",
		Long: "status shows the slots of the services: state, since when, pid, how often it was run again unasked, and what there is\n" +
			"to say about it. On a terminal what there is to say is cut to its width. --json writes what the control socket says,\n" +
			"whole: an object whose `services` lists the slots.\n\n" +
			"Without SLOT it ends with 0. With names it ends with 3 if one of them doesn't run and isn't done: yes is up, ready,\n" +
			"done with exit code 0, or waiting for the time of its schedule.",
		ValidArgsFunction: slots,
		RunE: func(c *cobra.Command, args []string) error {
			s.mayLeave()
			data, err := client().StatusJSON(c.Context(), args...)
			if err != nil {
				return err
			}
			var st api.Status
			if err := json.Unmarshal(data, &st); err != nil {
				return api.Errorf(api.Failed, "are both the same berth? `berth version` tells", "read the answer: %w", err)
			}
			if asJSON {
				if _, err := s.out.Write(data); err != nil {
					return err
				}
			} else if err := statusTable(s.out, st.Services, s.width(), time.Now()); err != nil {
				return err
			}
			for _, v := range st.Services {
				if len(args) > 0 && !fine(v) {
					return front.ErrNo
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write the answer as JSON")
	return c
}

// fine says whether a slot does, or did, what it is there for.
func fine(v api.Service) bool {
	switch v.State {
	case "up", "ready":
		return true
	case "done":
		return v.LastExit == nil || v.LastExit.Code == 0
	case "waiting":
		return v.HoldUntil != nil // its schedule's next time
	}
	return false
}

// statusTable writes slots for people.
func statusTable(w io.Writer, all []api.Service, width int, now time.Time) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "there are no services: the spec declares none, or none that you may see")
		return err
	}
	rows := [][]string{{"NAME", "STATE", "SINCE", "PID", "RESTARTS", "NOTE"}}
	for _, v := range all {
		pid := "-"
		if v.Pid != 0 {
			pid = fmt.Sprint(v.Pid)
		}
		since := "-"
		if !v.Since.IsZero() {
			since = short(now.Sub(v.Since))
		}
		rows = append(rows, []string{oneLine(v.Name), oneLine(v.State), since, pid, fmt.Sprint(v.Restarts), oneLine(note(v, now))})
	}
	_, err := io.WriteString(w, columns(rows, width))
	return err
}

// short gives a length of time in its largest unit.
func short(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
)

// A verb is what can be done to slots.
type verb struct {
	name, short, long string
	past              string // said of a slot whose state doesn't show that it was done
	do                func(*api.Client, context.Context, api.Action) (api.Status, error)
}

// act makes the word of a verb.
func (s *session) act(v verb) *cobra.Command {
	var wait bool
	timeout := span(time.Minute)
	c := &cobra.Command{
		Use:   v.name + " SLOT... [--wait] [--timeout DURATION]",
		Short: v.short,
		Long: v.long + "\n\nIt prints a line for each slot: its state afterwards, and why. It ends with 0 if it was ordered or, with --wait, came\n" +
			"about; with 1 if it was refused or failed, or didn't come about in time: what was ordered stays ordered. If one of\n" +
			"several slots is unknown, none is touched.",
		Args:              named,
		ValidArgsFunction: slots,
		RunE: func(c *cobra.Command, args []string) error {
			a := api.Action{
				Slots: args, Wait: wait || c.Flags().Changed("timeout"), TimeoutMS: time.Duration(timeout).Milliseconds(),
			}
			ask := client()
			st, err := v.do(ask, c.Context(), a)
			if e, ok := errors.AsType[*api.Error](err); ok && (e.Code == api.Timeout || e.Code == api.Failed) {
				st, _ = ask.Status(c.Context(), args...) // how far it came
			}
			for _, slot := range st.Services {
				past := v.past
				if err != nil {
					past = ""
				}
				fmt.Fprintln(s.out, became(slot, past, time.Now()))
			}
			return err
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "end when it came about: what was started is ready, what was stopped has ended")
	c.Flags().Var(&timeout, "timeout", "how long to wait, such as 90s or 5m; waits")
	return c
}

// became says in a line what became of a slot.
func became(v api.Service, past string, now time.Time) string {
	var parts []string
	if past != "" {
		parts = append(parts, past)
	}
	parts = append(parts, v.State)
	if v.Pid != 0 {
		parts = append(parts, "pid "+strconv.Itoa(v.Pid))
	}
	line := v.Name + ": " + strings.Join(parts, ", ")
	if about := note(v, now); about != "" {
		line += ": " + about
	}
	return oneLine(line)
}

// oneLine makes a text fit for one line of a terminal.
func oneLine(text string) string { return strings.ReplaceAll(front.Safe(text), "\n    ", " ") }

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
)

func (s *session) events() *cobra.Command {
	var asJSON bool
	var q api.EventsQuery
	c := &cobra.Command{
		Use:   "events [SLOT...] [-f|--follow] [--after NUMBER] [--json]",
		Short: "show what happened to the services",
		Long: "events shows the last transitions of the slots, oldest first, each with its number, time, reason and who asked for it.\n" +
			"The numbers begin again with the container. --json writes an object a line.\n\n" +
			"With --follow it stays until Ctrl-C, and ends with 4 when berth does.",
		ValidArgsFunction: slots,
		RunE: func(c *cobra.Command, args []string) error {
			s.mayLeave()
			if len(args) > 0 {
				s.known(c.Context(), args)
			}
			q.Slots = args
			tell := event
			if asJSON {
				tell = line[api.Event]
			}
			return s.stream(c.Context(), "events", q.Follow, func(ctx context.Context) error {
				return client().Events(ctx, q, func(e api.Event) error { return tell(s.out, e) })
			})
		},
	}
	c.Flags().BoolVarP(&q.Follow, "follow", "f", false, "stay, and show what happens from now on")
	c.Flags().Uint64Var(&q.After, "after", 0, "only what came after the event of this number")
	c.Flags().BoolVar(&asJSON, "json", false, "write each event as JSON, on a line of its own")
	return c
}

// known warns of names that no slot has: one that was removed has events still, one that was mistyped never will.
func (s *session) known(ctx context.Context, names []string) {
	for _, name := range names {
		_, err := client().Status(ctx, name)
		if e, ok := errors.AsType[*api.Error](err); ok && e.Code == api.UnknownSlot {
			s.voice.Tell(boot.Note{Level: boot.Warning, Text: e.Text, Hint: e.Hint})
		}
	}
}

// line writes a value as a line of JSON.
func line[T any](w io.Writer, v T) error { return json.NewEncoder(w).Encode(v) }

// eventTime is how events show time: UTC, as the logs have it.
const eventTime = "2006-01-02T15:04:05.000Z"

// event writes an event for people.
func event(w io.Writer, e api.Event) error {
	if e.Lost > 0 {
		if _, err := fmt.Fprintf(w, "(%s before this one not kept)\n", count(int(min(e.Lost, 1<<31)), "event")); err != nil {
			return err
		}
	}
	who := e.Slot
	if who == "" {
		who = "berth"
	}
	text := fmt.Sprintf("%d %s %s: %s", e.Seq, e.Time.UTC().Format(eventTime), who, e.To)
	if e.From != "" && e.From != e.To {
		text = fmt.Sprintf("%d %s %s: %s -> %s", e.Seq, e.Time.UTC().Format(eventTime), who, e.From, e.To)
	}
	if e.Pid != 0 {
		text += fmt.Sprintf(", pid %d", e.Pid)
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	if e.Exit != nil && !tells(e.Why, *e.Exit) {
		text += ", " + exit(*e.Exit)
	}
	if e.Who != "" {
		text += " (asked by " + e.Who + ")"
	}
	_, err := fmt.Fprintln(w, oneLine(text))
	return err
}

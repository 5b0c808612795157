package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

func (s *session) logs() *cobra.Command {
	var asJSON bool
	var q api.LogsQuery
	var since moment
	c := &cobra.Command{
		Use:   "logs SLOT... [-f|--follow] [-n|--lines NUMBER] [--since TIME] [--json]",
		Short: "show what services said",
		Long: "logs shows what slots said, across the rotations of their files, byte for byte; with more than one slot each line\n" +
			"begins with its slot's name. --json writes an object a line: slot, time, and text, or raw (base64) where the line is\n" +
			"no UTF-8.\n\n" +
			"--since takes how long ago (10m, 36h, 2d) or when (2026-01-31T12:00:00Z; without a zone in the container's).\n\n" +
			"With --follow it stays until Ctrl-C, and ends with 4 when berth does; `-n 0 -f` shows only what is new.",
		Args:              named,
		ValidArgsFunction: slots,
		RunE: func(c *cobra.Command, args []string) error {
			s.mayLeave()
			if q.Lines < 0 {
				return usage("say how many, or leave it out for every line", "read the command line: -n %d is no number of lines", q.Lines)
			}
			q.Slots, q.Since = args, since.Time
			if c.Flags().Changed("lines") && q.Lines == 0 {
				q.Since = time.Now() // the socket's 0 is every line
			}
			return s.stream(c.Context(), "logs", q.Follow, func(ctx context.Context) error { return s.lines(ctx, q, asJSON) })
		},
	}
	c.Flags().BoolVarP(&q.Follow, "follow", "f", false, "stay, and show what is said from now on")
	c.Flags().IntVarP(&q.Lines, "lines", "n", 0, "only the last so many lines of each slot")
	c.Flags().Var(&since, "since", "no line before this time")
	c.Flags().BoolVar(&asJSON, "json", false, "write each line as JSON")
	return c
}

// lines writes the lines that are asked for. Who follows sees each at once; otherwise many go together.
func (s *session) lines(ctx context.Context, q api.LogsQuery, asJSON bool) error {
	out, flush := s.out, func() error { return nil }
	if !q.Follow {
		b := bufio.NewWriterSize(s.out, 32<<10)
		out, flush = b, b.Flush
	}
	several := len(slices.Compact(slices.Sorted(slices.Values(q.Slots)))) > 1
	tell := func(w io.Writer, l api.LogLine) error { return raw(w, l, several) }
	if asJSON {
		tell = line[api.LogLine]
	}
	err := client().Logs(ctx, q, func(l api.LogLine) error { return tell(out, l) })
	return errors.Join(err, flush())
}

// raw writes a line as it was said, in one write.
func raw(w io.Writer, l api.LogLine, prefixed bool) error {
	var b []byte
	if prefixed {
		b = append(append(b, l.Slot...), ": "...)
	}
	_, err := w.Write(append(append(b, l.Line()...), '\n'))
	return err
}

package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
)

// maxReasons is how many reasons are told: an engine keeps 4 KiB of what a health check says.
const maxReasons = 20

func (s *session) ready() *cobra.Command {
	var asJSON, quiet bool
	c := &cobra.Command{
		Use:   "ready [-q|--quiet] [--json]",
		Short: "say whether the container is ready",
		Long: "ready is the container's health check (HEALTHCHECK CMD [\"berth\", \"ready\"]): it ends with 0 if every slot that is\n" +
			"wanted up is ready and none is unhealthy, otherwise with 3 and a line for each reason, at most " + fmt.Sprint(maxReasons) + "; with 4 if nobody\n" +
			"answers, as before berth has booted.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := client().Ready(c.Context())
			switch {
			case err != nil:
				return err
			case quiet:
			case asJSON:
				err = line(s.out, r)
			default:
				_, err = io.WriteString(s.out, readiness(r))
			}
			if err == nil && !r.Ready {
				return front.ErrNo
			}
			return err
		},
	}
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "say nothing: the exit code tells")
	c.Flags().BoolVar(&asJSON, "json", false, "write the answer as JSON")
	return c
}

// readiness says the answer for people.
func readiness(r api.Ready) string {
	if r.Ready {
		return "ready\n"
	}
	var b strings.Builder
	for i, reason := range r.Reasons {
		if i == maxReasons {
			fmt.Fprintf(&b, "and %d more\n", len(r.Reasons)-i)
			break
		}
		text := "not ready: "
		if reason.Slot != "" {
			text += reason.Slot + ": "
		}
		b.WriteString(clip(oneLine(text+reason.Why)) + "\n")
	}
	if b.Len() == 0 {
		return "not ready\n"
	}
	return b.String()
}

// clip bounds a reason: what an app's own health check said may be long.
func clip(text string) string {
	const most = 160
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

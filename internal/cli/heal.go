package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
)

func (s *session) heal() *cobra.Command {
	var a api.HealAction
	var asJSON bool
	c := &cobra.Command{
		Use:   "heal [--full] [--json]",
		Short: "hand over what doesn't belong to the app's user, without a restart",
		Long: "heal looks at everything on the volume that the spec lists (volume.own, volume.modes), and gives it the owner and\n" +
			"the mode that a boot would. It asks PID 1, which does it at the spec's rate (volume.own.rate) or, with --full, as\n" +
			"fast as it goes; where no berth answers it does it itself, as root:\n" +
			"  docker exec CONTAINER berth heal\n" +
			"  docker run --rm -v VOLUME:/data --entrypoint berth IMAGE heal\n" +
			"It ends with 1 if something was refused.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			done, err := s.healed(c.Context(), a)
			if err != nil {
				return err
			}
			if asJSON {
				err = s.json(done)
			} else {
				s.mended(done)
			}
			if err == nil && len(done.Notes) > 0 {
				return ended(1)
			}
			return err
		},
	}
	c.Flags().BoolVar(&a.Full, "full", false, "as fast as it goes, whatever the services lose by it")
	c.Flags().BoolVar(&asJSON, "json", false, "write what came of it as JSON")
	return c
}

// healed has PID 1 look, or looks itself where there is none to ask.
func (s *session) healed(ctx context.Context, a api.HealAction) (api.Healed, error) {
	const looking = "Looking at who owns what"
	shown := false
	done, err := api.NewClient(os.Getenv).Heal(ctx, a, func(l api.HealLine) {
		shown = true
		s.voice.Tell(boot.Note{Level: boot.Progress, Text: looking, Bar: &boot.Bar{Done: l.Looked, Total: l.Total, AtMost: l.AtMost, Rate: l.Rate}})
	})
	if shown {
		s.voice.Tell(boot.Note{Level: boot.Progress, Bar: &boot.Bar{End: true}})
	}
	if !errors.Is(err, api.ErrNobody) || os.Geteuid() != 0 {
		return done, err
	}
	sp, err := s.voice.ReadSpec("")
	if err != nil {
		return done, err
	}
	return daemon.HealVolume(ctx, daemon.Options{Spec: sp, Environ: os.Environ(), Version: front.Version(), Tell: s.voice.Tell}, a.Full)
}

// mended writes what came of a look for people.
func (s *session) mended(done api.Healed) {
	t := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	if len(done.Steps) > 0 {
		fmt.Fprintln(t, "STEP\tTARGET\tCHANGE")
	}
	for _, step := range done.Steps {
		fmt.Fprintf(t, "%s\t%s\t%s -> %s\n", step.Verb, front.Safe(target(step.Target, step.Count)), front.Safe(step.Before), front.Safe(step.After))
	}
	_ = t.Flush() // Main asks stdout whether all of it arrived
	for _, n := range done.Notes {
		fmt.Fprintf(s.out, "%s: %s\n", front.Safe(n.Level), front.Safe(n.Text))
		if n.Hint != "" {
			fmt.Fprintf(s.out, "hint: %s\n", front.Safe(n.Hint))
		}
	}
	fmt.Fprintf(s.out, "looked at %s in %.1f s, healed %d\n", entries(int(done.Looked)), done.Seconds, done.Changed)
}

// target names what a step is about, and how much of it.
func target(name string, n int) string {
	if n == 0 {
		return name
	}
	return name + " (" + entries(n) + ")"
}

// entries counts them.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

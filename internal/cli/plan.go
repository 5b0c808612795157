package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
)

func (s *session) plan() *cobra.Command {
	var asJSON, exitCode bool
	c := &cobra.Command{
		Use:   "plan [--json] [--exit-code]",
		Short: "show what a boot would change, and why, and change nothing",
		Long: "plan shows the steps that a boot would make on this container and this volume. It changes nothing:\n" +
			"  docker run --rm -v VOLUME:/data --entrypoint berth IMAGE plan",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			sp, err := s.voice.ReadSpec("")
			if err != nil {
				return err
			}
			rep, err := daemon.Plan(c.Context(), daemon.Options{
				Spec: sp, Environ: os.Environ(), Version: front.Version(),
			})
			switch {
			case rep.Outcome == "":
				return err
			case asJSON:
				if err := s.json(rep); err != nil {
					return err
				}
			default:
				s.table(rep, "a boot would make ")
			}
			switch {
			case err != nil && asJSON:
				return ended(front.Code(err))
			case err != nil:
				return err
			case exitCode && len(rep.Steps) > 0:
				return front.ErrNo
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write the plan as JSON")
	c.Flags().BoolVar(&exitCode, "exit-code", false, "end with 3 if a boot would change something")
	return c
}

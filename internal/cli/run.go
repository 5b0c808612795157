package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/front"
)

func (s *session) run() *cobra.Command {
	var file, dir string
	c := &cobra.Command{
		Use:   "run [--spec FILE] [--dir DIR] [--] [COMMAND [ARGS]]",
		Short: "do the same outside a container, on a directory",
		Long: "run boots as init does, with DIR in place of the volume, for development. Nothing outside DIR is changed, not even\n" +
			"as root: no accounts, no groups, no install trees, no hooks with root's rights, no records.\n" +
			"As root the command runs with the numbers that the spec and its variables name.",
		RunE: func(_ *cobra.Command, args []string) error {
			return ended(s.voice.Boot(front.Ride{Signals: s.signals, Spec: file, Args: args, Develop: dir}))
		},
	}
	c.Flags().SetInterspersed(false)
	c.Flags().StringVar(&file, "spec", "", "the spec file (default: as in a container)")
	c.Flags().StringVar(&dir, "dir", ".", "the directory that stands for the volume")
	return c
}

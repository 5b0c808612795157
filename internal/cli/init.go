package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/front"
)

func (s *session) init() *cobra.Command {
	return &cobra.Command{
		Use:   "init [--] [ARGS]",
		Short: "boot the container and run its command",
		Long: "init makes the volume right, drops root, starts the services and runs main, whose exit code becomes the container's.\n" +
			"It is the image's entry point. Without ARGS it runs main.command; a first word that starts with a dash or is one\n" +
			"of main.verbs goes to main.command; a program on PATH is run as it is; any other word goes to main.command.\n" +
			"All flags after init belong to the app.",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 && args[0] == "--" {
				args = args[1:]
			}
			return ended(s.voice.Boot(front.Ride{Signals: s.signals, Args: args, Guest: s.beside.Guest}))
		},
	}
}

package cli

import (
	"github.com/spf13/cobra"
)

func (s *session) exec() *cobra.Command {
	c := &cobra.Command{
		Use:   "exec [--] COMMAND [ARGS]",
		Short: "run a command as the app, with its environment",
		Long: "exec becomes COMMAND as the app's user, with the environment of the services and found along their PATH, in the working\n" +
			"directory of the caller: docker exec CONTAINER berth exec -- COMMAND leaves no file of root's on the volume. Root is\n" +
			"always dropped; who is another user already stays that. Flags after COMMAND are its own.\n\n" +
			"It ends as COMMAND does; with 127 if there is no such program, 126 if it can't be executed.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("write `berth exec -- COMMAND`", "read the command line: COMMAND is missing")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return s.voice.Exec(args) },
	}
	c.Flags().SetInterspersed(false)
	return c
}

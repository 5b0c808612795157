package cli

import (
	"github.com/spf13/cobra"
)

func (s *session) completion() *cobra.Command {
	shells := []string{"bash", "fish", "zsh"}
	return &cobra.Command{
		Use:   "completion bash|fish|zsh",
		Short: "write a shell's completion of berth's words",
		Long: "completion writes a script that completes berth's words, their flags, and the names of the slots that there are:\n\n" +
			"    source <(berth completion bash)",
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			const hint = "write `berth completion bash`; zsh and fish are known too"
			switch {
			case len(args) == 0:
				return usage(hint, "read the command line: the shell is missing")
			case len(args) > 1:
				return usage(hint, "read the command line: unexpected word %q", args[1])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(s.out, true)
			case "fish":
				return c.Root().GenFishCompletion(s.out, true)
			case "zsh":
				return c.Root().GenZshCompletion(s.out)
			}
			return usage("write bash, fish or zsh", "read the command line: unknown shell %q", args[0])
		},
	}
}

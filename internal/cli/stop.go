package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

func (s *session) stop() *cobra.Command {
	return s.act(verb{
		name: "stop", short: "want services down", do: (*api.Client).Stop,
		long: "stop wants slots down, from now on and after the container's next start too. Those that require them are stopped\n" +
			"before, and wait.",
	})
}

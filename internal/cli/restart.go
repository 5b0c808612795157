package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

func (s *session) restart() *cobra.Command {
	return s.act(verb{
		name: "restart", short: "end what runs in slots and start it again", do: (*api.Client).Restart,
		long: "restart ends what runs in slots and starts it again; a slot that is down is started. Those that require them are\n" +
			"stopped before, and come back.",
	})
}

package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

func (s *session) start() *cobra.Command {
	return s.act(verb{
		name: "start", short: "want services up", do: (*api.Client).Start,
		long: "start wants slots up, and what they require, from now on and after the container's next start too. One that failed\n" +
			"or holds is tried again at once.",
	})
}

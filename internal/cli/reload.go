package cli

import (
	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

func (s *session) reload() *cobra.Command {
	return s.act(verb{
		name: "reload", short: "have services read their configuration again", past: "reloaded", do: (*api.Client).Reload,
		long: "reload has what runs in slots read its configuration again, in the way that the spec says (`reload`); a slot without\n" +
			"one is refused. It always waits for the answer.",
	})
}

package s6words

import (
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// svok ends with 0 if somebody supervises a service directory, else with 1.
func svok(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("s6-svok servicedir")
	}
	on, err := s6dir.Supervised(c.Args[0])
	if err != nil {
		return c.Fail(chain.System, "look at %s: %s", c.Args[0], chain.Reason(err))
	}
	if !on {
		return 1
	}
	return 0
}

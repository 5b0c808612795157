package profile

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
)

// RemoveStale removes the runtime files that a run before this boot left: a pid in one of them is somebody else's by now.
// It is for a boot, before anything runs. What can't be removed is told and does no harm to the others.
func (p *Profile) RemoveStale() (removed []string, troubles []error) {
	for _, name := range p.set.spec.Stale {
		err := p.Dir.Remove(name)
		switch {
		case err == nil:
			removed = append(removed, name)
		case errors.Is(err, fs.ErrNotExist):
		case fsx.IsRefusal(err):
			troubles = append(troubles, refusal("remove", p.Dir.Path()+"/"+name, err))
		default:
			troubles = append(troubles, err)
		}
	}
	return removed, troubles
}

// Lifecycle is where an app that keeps one notes the beginning and the end of its runs, below a profile's directory.
const Lifecycle = "state/gateway.lifecycle.json"

// An Exit says how a profile's last run ended.
type Exit string

// The ends.
const (
	Clean       Exit = "clean"   // it said goodbye
	Unclean     Exit = "unclean" // it said that it runs, and nothing since: a kill, a power cut
	UnknownExit Exit = "unknown" // it said nothing that can be read
)

// PriorExit reads how the last run ended.
func (p *Profile) PriorExit() Exit {
	data, _, err := p.read(Lifecycle, maxState)
	if err != nil {
		return UnknownExit
	}
	keys, err := object(data)
	if err != nil {
		return UnknownExit
	}
	var phase string
	if json.Unmarshal(keys["phase"], &phase) != nil {
		return UnknownExit
	}
	switch phase {
	case running:
		return Unclean
	case "exited":
		return Clean
	default:
		return UnknownExit
	}
}

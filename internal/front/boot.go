package front

import (
	"context"
	"os"

	"github.com/berth-init/berth/internal/daemon"
)

// A Ride is what a boot is given at the door.
type Ride struct {
	Signals *daemon.Signals
	Spec    string   // the spec file; empty asks the environment
	Args    []string // the container's command
	Develop string   // the directory that stands for the volume outside a container
}

// Boot reads the spec, boots and runs main; it gives the code to end with.
func (v *Voice) Boot(r Ride) int {
	s, err := v.ReadSpec(r.Spec)
	if err != nil {
		return v.Fail(err)
	}
	code, err := daemon.Run(context.Background(), daemon.Options{
		Spec: s, Environ: os.Environ(), Args: r.Args, Signals: r.Signals, Develop: r.Develop, JSON: v.json, Version: Version(), Tell: v.Tell,
	})
	if err != nil {
		return v.Fail(err)
	}
	return code
}

package front

import (
	"context"
	"os"

	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/spec"
)

// A Ride is what a boot is given at the door.
type Ride struct {
	Signals *daemon.Signals
	Spec    string   // the spec file; empty asks the environment
	Args    []string // the container's command
	Develop string   // the directory that stands for the volume outside a container

	Guest func(environ []string) *Guest // finds out whether the image was made for another init; nil: nobody asks
}

// A Guest is another init's way to live in a container of berth's.
type Guest struct {
	Plugin daemon.Plugin
	Spec   func() *spec.Spec // of an image that has none
}

// Boot reads the spec, boots and runs main; it gives the code to end with.
func (v *Voice) Boot(r Ride) int {
	s, plugin, err := v.guided(r)
	if err != nil {
		return v.Fail(err)
	}
	code, err := daemon.Run(context.Background(), daemon.Options{
		Spec: s, Plugin: plugin, Environ: os.Environ(), Args: r.Args, Signals: r.Signals, Develop: r.Develop, JSON: v.json, Version: Version(), Tell: v.Tell,
	})
	if err != nil {
		return v.Fail(err)
	}
	return code
}

// guided reads the spec, which another init's image has no need of.
func (v *Voice) guided(r Ride) (*spec.Spec, daemon.Plugin, error) {
	var guest *Guest
	if r.Guest != nil && r.Develop == "" {
		guest = r.Guest(os.Environ())
	}
	if guest == nil {
		s, err := v.ReadSpec(r.Spec)
		return s, nil, err
	}
	if SpecName(r.Spec) == "" {
		return guest.Spec(), guest.Plugin, nil
	}
	s, err := v.ReadSpec(r.Spec)
	return s, guest.Plugin, err
}

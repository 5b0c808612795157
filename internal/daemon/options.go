package daemon

import (
	"fmt"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// Options say what a boot is made of.
type Options struct {
	Spec    *spec.Spec
	Environ []string // the container's environment
	Args    []string // the container's command
	Signals *Signals // what Catch gave; nil catches them now

	// Develop is the directory that stands for the volume when berth runs outside a container; nothing outside it is
	// changed, not even as root. Empty in a container.
	Develop string

	Plugin Plugin // services beside the spec's; nil: none

	JSON    bool            // lines of services on stdout are JSON too
	Version string          // berth's own, for the reports
	Tell    func(boot.Note) // hears each note as it comes; nil tells nobody
}

// tell tells a note, if anybody listens.
func (o *Options) tell(n boot.Note) {
	if o.Tell != nil {
		o.Tell(n)
	}
}

// warn tells that something is degraded, why, and what to do next.
func (o *Options) warn(hint, format string, args ...any) {
	o.tell(boot.Note{Level: boot.Warning, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// lookup answers for a variable of the container's environment; the last one counts, as for getenv in most libraries
// that build a map.
func (o *Options) lookup(name string) (string, bool) {
	w := boot.World{Environ: o.Environ}
	return w.Lookup(name)
}

// Stopped says that a signal ended berth before main ran.
type Stopped struct {
	Signal syscall.Signal

	mains bool // it was meant for main alone, if main should come to be all the same
}

func (s *Stopped) Error() string {
	return "stopped by " + proc.SignalName(s.Signal) + " before main ran"
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/supervise"
)

// control answers the socket for the fleet; there is none where the spec has no services.
type control struct{ fleet *fleet.Fleet }

// Status gives every slot.
func (c control) Status() []api.Service {
	if c.fleet == nil {
		return nil
	}
	all := c.fleet.Supervisor().Status()
	list := make([]api.Service, len(all))
	for i := range all {
		list[i] = service(&all[i])
	}
	return list
}

// Ready says whether the container is ready.
func (c control) Ready() api.Ready {
	if c.fleet == nil {
		return api.Ready{Ready: true}
	}
	ready, reasons := c.fleet.Supervisor().Ready()
	r := api.Ready{Ready: ready}
	for _, text := range reasons {
		slot, why, _ := strings.Cut(text, ": ")
		r.Reasons = append(r.Reasons, api.Reason{Slot: slot, Why: why})
	}
	return r
}

// Start wants slots up.
func (c control) Start(ctx context.Context, o api.Order) error {
	return c.order(ctx, o, recordUp, (*supervise.Supervisor).Start)
}

// Stop wants slots down.
func (c control) Stop(ctx context.Context, o api.Order) error {
	return c.order(ctx, o, recordDown, (*supervise.Supervisor).Stop)
}

// Restart ends what runs in slots and starts it again.
func (c control) Restart(ctx context.Context, o api.Order) error {
	return c.order(ctx, o, recordUp, (*supervise.Supervisor).Restart)
}

// Reload has what runs in slots read its configuration again.
func (c control) Reload(ctx context.Context, o api.Order) error {
	return c.order(ctx, o, recordNothing, func(s *supervise.Supervisor, ctx context.Context, who string, _ bool, names ...string) error {
		return s.Reload(ctx, who, names...)
	})
}

// What an order says for the next start of the container.
type record int

const (
	recordNothing record = iota
	recordUp
	recordDown
)

// recordTime is how long the record may take.
const recordTime = 2 * time.Second

// order does what is ordered, and records what it says of the next start. It is recorded first: a container that is
// killed in between comes back as it was told.
func (c control) order(ctx context.Context, o api.Order, r record, verb func(*supervise.Supervisor, context.Context, string, bool, ...string) error) error {
	if c.fleet == nil {
		return unknown(o.Slots[0])
	}
	s := c.fleet.Supervisor()
	if _, err := s.StatusOf(o.Slots...); err != nil { // nothing is recorded of it, and the verb refuses in its own words
		return refused(verb(s, ctx, o.Who.String(), o.Wait, o.Slots...))
	}
	var forgot error
	if r != recordNothing {
		// A volume that hangs must not keep a person from stopping what runs on it.
		ctx, cancel := context.WithTimeout(ctx, recordTime)
		forgot = bounded(ctx, func() error { return c.fleet.Desire(r == recordUp, o.Slots...) })
		cancel()
	}
	err := verb(s, ctx, o.Who.String(), o.Wait, o.Slots...)
	if err == nil && forgot != nil {
		return api.Errorf(api.Failed, "it is done, and holds until the container restarts; make room on the volume, or mend the profile's state file", "%w", forgot)
	}
	return refused(err)
}

func unknown(slot string) error {
	return api.Errorf(api.UnknownSlot, "the spec declares no services", "no such slot: %q", slot)
}

// refused gives the supervisor's errors the codes with which they travel.
func refused(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, supervise.ErrUnknown):
		return api.Errorf(api.UnknownSlot, supervise.HintFor(err), "%w", err)
	case errors.Is(err, supervise.ErrStopping):
		return api.Errorf(api.Stopping, supervise.HintFor(err), "%w", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	}
	if hint := supervise.HintFor(err); hint != "" {
		return api.Errorf(api.Conflict, hint, "%w", err)
	}
	return err
}

// Profiles gives the profiles that have slots.
func (c control) Profiles() []api.Profile {
	if c.fleet == nil {
		return nil
	}
	var all []api.Profile
	for _, p := range c.fleet.Profiles() {
		all = append(all, api.Profile{Name: p.Name, Slots: p.Slots})
	}
	return all
}

// Register gives a profile's directory its slots, down.
func (c control) Register(ctx context.Context, who api.Peer, unsafeName string) (api.Profile, error) {
	if c.fleet == nil {
		return api.Profile{}, api.Errorf(api.UnknownName, "the spec declares no services for profiles", "register profile: there are none")
	}
	p, err := c.fleet.Register(ctx, who.String(), unsafeName)
	switch {
	case errors.Is(err, fleet.ErrElsewhere):
		return api.Profile{}, api.Errorf(api.Absent, "they run in the container whose command runs them", "%w", err)
	case errors.Is(err, fleet.ErrNoProfile):
		return api.Profile{}, api.Errorf(api.UnknownName, "make its directory with its marker first", "%w", err)
	case errors.Is(err, fleet.ErrRegistered):
		return api.Profile{}, api.Errorf(api.Conflict, "there is nothing to do", "%w", err)
	case err != nil:
		return api.Profile{}, refused(err)
	}
	return api.Profile{Name: p.Name, Slots: p.Slots}, nil
}

// Unregister stops a profile's slots and takes them away.
func (c control) Unregister(ctx context.Context, who api.Peer, unsafeName string) error {
	if c.fleet == nil {
		return nil
	}
	if err := c.fleet.Unregister(ctx, who.String(), unsafeName); err != nil {
		return refused(fmt.Errorf("unregister profile %q: %w", unsafeName, err))
	}
	return nil
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/supervise"
)

// control answers the socket for the fleet and the plugin; where the spec has no services there is no fleet.
type control struct {
	fleet  *fleet.Fleet
	plugin Plugin
}

// supervisors gives who keeps the slots, the fleet's before the plugin's.
func (c control) supervisors() []*supervise.Supervisor {
	var all []*supervise.Supervisor
	if c.fleet != nil {
		all = append(all, c.fleet.Supervisor())
	}
	if c.plugin != nil {
		all = append(all, c.plugin.Supervisor())
	}
	return all
}

// Status gives every slot.
func (c control) Status() []api.Service {
	var list []api.Service
	for _, s := range c.supervisors() {
		all := s.Status()
		for i := range all {
			list = append(list, service(&all[i]))
		}
	}
	return list
}

// Ready says whether the container is ready.
func (c control) Ready() api.Ready {
	r := api.Ready{Ready: true}
	for _, s := range c.supervisors() {
		ready, reasons := s.Ready()
		r.Ready = r.Ready && ready
		for _, text := range reasons {
			slot, why, _ := strings.Cut(text, ": ")
			r.Reasons = append(r.Reasons, api.Reason{Slot: slot, Why: why})
		}
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
	all := c.supervisors()
	if len(all) == 0 {
		return unknown(o.Slots[0])
	}
	parts, nobodys := share(all, o.Slots)
	if nobodys != "" { // nothing is recorded of it, and the verb refuses in its own words
		return refused(verb(all[len(all)-1], ctx, o.Who.String(), o.Wait, nobodys))
	}
	var forgot error
	if r != recordNothing && c.fleet != nil && len(parts[0]) > 0 {
		// A volume that hangs must not keep a person from stopping what runs on it.
		ctx, cancel := context.WithTimeout(ctx, recordTime)
		forgot = bounded(ctx, func() error { return c.fleet.Desire(r == recordUp, parts[0]...) })
		cancel()
	}
	errs := make([]error, len(all))
	var waiting sync.WaitGroup
	for i, s := range all {
		if len(parts[i]) > 0 {
			waiting.Go(func() { errs[i] = verb(s, ctx, o.Who.String(), o.Wait, parts[i]...) })
		}
	}
	waiting.Wait()
	err := errors.Join(errs...)
	if err == nil && forgot != nil {
		return api.Errorf(api.Failed, "it is done, and holds until the container restarts; make room on the volume, or mend the profile's state file", "%w", forgot)
	}
	return refused(err)
}

// share gives each supervisor those of the slots that are its own, or the first slot that is nobody's.
func share(all []*supervise.Supervisor, slots []string) (parts [][]string, nobodys string) {
	parts = make([][]string, len(all))
	for _, slot := range slots {
		i := keeper(all, slot)
		if i < 0 {
			return nil, slot
		}
		parts[i] = append(parts[i], slot)
	}
	return parts, ""
}

// keeper gives which of the supervisors keeps a slot, -1 if none does.
func keeper(all []*supervise.Supervisor, slot string) int {
	return slices.IndexFunc(all, func(s *supervise.Supervisor) bool {
		_, err := s.StatusOf(slot)
		return err == nil
	})
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

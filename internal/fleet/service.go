package fleet

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// names gives the services' names in the order in which they get their slots.
func names(s *spec.Spec) []string { return slices.Sorted(maps.Keys(s.Services)) }

// instances gives the services that have a slot for each profile here, by their names in order.
func (f *Fleet) instances() []string {
	return slices.DeleteFunc(names(f.spec), func(name string) bool { return !f.spec.Services[name].PerProfile || f.exempt[name] })
}

// add makes the slot of a service, of one profile where it is per profile, and gives what the supervisor needs to know.
func (f *Fleet) add(service, of string, up bool) supervise.Service {
	in := f.spec.Instance(service, of)
	s := &slot{name: f.spec.Slot(service, of), service: in}
	if in.PerProfile {
		s.profile = of
		in.After = nil
		for _, other := range f.spec.Services[service].After {
			if !f.exempt[other] { // which have no slots to come after
				in.After = append(in.After, f.spec.Slot(other, of))
			}
		}
		s.service = in
	}
	s.cred, s.err = f.credential(&in)
	s.env = f.environ(s, s.derived())
	s.log, s.place = f.openLog(s)
	f.mu.Lock()
	f.slots[s.name] = s
	f.mu.Unlock()
	if in.Off(f.o.World.Lookup) != "" {
		up = false
	}
	return f.translate(s, up)
}

// translate says to the supervisor what the spec says.
func (f *Fleet) translate(s *slot, up bool) supervise.Service {
	in := &s.service
	v := supervise.Service{
		Name: s.name, Kind: supervise.Daemon, Requires: in.Requires, After: in.After,
		Enabled: in.Off(f.o.World.Lookup) == "", Desired: up, Critical: in.Failure == spec.FailedEnd,
		Lease: f.keeps != nil && in.Leased(),
		Restart: supervise.Restart{
			Policy: supervise.Policy(in.Restart.Policy), FinalCodes: in.Restart.FinalCodes, AtOnceCodes: in.Restart.AtOnceCodes,
			HoldMax: time.Duration(in.Restart.HoldMax), Stable: time.Duration(in.Restart.Stable), Limit: in.Restart.Limit,
		},
		Stop: supervise.Stop{Timeout: time.Duration(in.Stop.Timeout)},
	}
	v.Stop.Signal, _ = proc.ParseSignal(in.Stop.Signal) // the spec was checked; 0 is TERM
	if in.Kind == spec.KindTask {
		v.Kind = supervise.Task
		v.Retry = supervise.Retry{Count: in.Retry.Count, Delay: time.Duration(in.Retry.Delay)}
		if in.Schedule != nil {
			v.Schedule = in.Schedule
		}
	}
	if r := in.Ready; r != nil && v.Kind == supervise.Daemon {
		v.Ready = &supervise.ReadyRule{Timeout: time.Duration(r.Timeout), Verdict: supervise.Verdict(r.OnTimeout)}
	}
	if h := in.Health; h != nil && v.Kind == supervise.Daemon {
		v.Health = &supervise.HealthRule{
			Period: time.Duration(h.Period), Timeout: time.Duration(h.Timeout), Threshold: h.Threshold,
			Action: supervise.Action(h.Action),
		}
	}
	if in.Reload != nil {
		v.Reload = f.reload(s)
	}
	return v
}

// reload gives the action that has a service read its configuration again.
func (f *Fleet) reload(s *slot) func(context.Context, supervise.Process) error {
	if sig, err := proc.ParseSignal(s.service.Reload.Signal); err == nil {
		return func(_ context.Context, p supervise.Process) error { return p.Signal(sig) }
	}
	return func(ctx context.Context, _ supervise.Process) error {
		return runner{f, s}.succeed(ctx, expand(s.service.Reload.Command, f.environOf(s)))
	}
}

// expand replaces the variables in the words of a command by what the child will see.
func expand(words []spec.Text, env []string) []string {
	lookup := (&boot.World{Environ: env}).Lookup
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = w.Expand(lookup)
	}
	return all
}

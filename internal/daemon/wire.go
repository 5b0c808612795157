package daemon

import (
	"strings"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// event gives a transition as it travels.
func event(e supervise.Event) api.Event {
	return api.Event{
		Seq: e.Seq, Time: e.Time.UTC(), Slot: e.Slot, From: string(e.From), To: string(e.To), Why: e.Why, Who: e.Who, Pid: e.Pid,
		Exit: exit(e.Exit), Lost: e.Lost,
	}
}

// exit gives the end of a run as it travels.
func exit(e *supervise.Exit) *api.Exit {
	if e == nil {
		return nil
	}
	x := &api.Exit{Code: e.ExitCode()}
	if e.Signal != 0 {
		x.Signal = strings.TrimPrefix(proc.SignalName(e.Signal), "SIG")
	}
	return x
}

// service gives the state of a slot as it travels.
func service(s *supervise.Status) api.Service {
	v := api.Service{
		Name: s.Name, State: string(s.State), Desired: string(s.Desired), Pid: s.Pid, Since: s.Since.UTC(), Restarts: s.Restarts,
		LastExit: exit(s.LastExit), Ready: s.Ready, Healthy: s.Healthy, Verdict: s.Verdict, Why: s.Why,
	}
	if s.HoldUntil != nil {
		until := s.HoldUntil.UTC()
		v.HoldUntil = &until
	}
	return v
}

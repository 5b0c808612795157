package api

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// An Action asks for a change of slots.
type Action struct {
	Slots     []string `json:"slots" doc:"the slots' names; at least one"`
	Wait      bool     `json:"wait" doc:"answer when it came about: up slots are ready (or up, without a question for it), down ones have ended; a reload always waits"`
	TimeoutMS int64    `json:"timeout_ms" doc:"how long to wait, in milliseconds; 0 is a minute, at most a day"`
}

func (a Action) named() []string { return a.Slots }

// bound gives how long the action may take.
func (a Action) bound() time.Duration {
	switch {
	case !a.Wait:
		return quickTime
	case a.TimeoutMS <= 0:
		return defaultWait
	default:
		return time.Duration(a.TimeoutMS) * time.Millisecond
	}
}

// An Order is what the supervisor is told: an action, and who wants it.
type Order struct {
	Slots []string // each once
	Wait  bool
	Who   Peer
}

func (s *Server) start(c *call, a Action) (Status, error) {
	return s.act(c, "start", a, s.o.Supervisor.Start)
}

func (s *Server) stop(c *call, a Action) (Status, error) {
	return s.act(c, "stop", a, s.o.Supervisor.Stop)
}

func (s *Server) restart(c *call, a Action) (Status, error) {
	return s.act(c, "restart", a, s.o.Supervisor.Restart)
}

// reload is always waited for: what it starts is over soon, or is stuck.
func (s *Server) reload(c *call, a Action) (Status, error) {
	a.Wait = true
	return s.act(c, "reload", a, s.o.Supervisor.Reload)
}

// act gives an order and answers with the state of the slots after it.
func (s *Server) act(c *call, verb string, a Action, do func(context.Context, Order) error) (Status, error) {
	switch {
	case len(a.Slots) == 0:
		return Status{}, Errorf(Usage, "name the slots; `berth status` lists them", "%s: no slot is named", verb)
	case a.TimeoutMS < 0 || a.TimeoutMS > maxWait.Milliseconds():
		return Status{}, Errorf(Usage, "wait at most "+strconv.Itoa(int(maxWait.Hours()))+" hours", "%s: timeout_ms is out of range", verb)
	}
	names := slices.Compact(slices.Sorted(slices.Values(a.Slots)))
	s.record(c, verb, names)
	c.patience(a.bound())
	// Who doesn't wait may be gone before the order is given.
	ctx := c.r.Context()
	if !a.Wait {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, a.bound())
	defer cancel()
	if err := do(ctx, Order{Slots: names, Wait: a.Wait, Who: c.peer}); err != nil {
		return Status{}, err
	}
	all := s.o.Supervisor.Status()
	all = slices.DeleteFunc(all, func(v Service) bool { _, ok := slices.BinarySearch(names, v.Name); return !ok })
	return sorted(all), nil
}

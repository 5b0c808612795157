package api

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Status is the state of slots.
type Status struct {
	Services []Service `json:"services" doc:"one for each slot, sorted by name"`
}

// A Service is the state of one slot.
type Service struct {
	Name      string     `json:"name" doc:"the slot; of a per-profile service SERVICE-PROFILE"`
	State     string     `json:"state" enum:"down,waiting,standby,starting,up,ready,stopping,killing,holding,done,failed" doc:"what the slot is doing"`
	Desired   string     `json:"desired" enum:"up,down" doc:"what is wanted of it"`
	Pid       int        `json:"pid" doc:"of what runs in it; 0 if nothing does"`
	Since     time.Time  `json:"since" doc:"when it came into this state"`
	Restarts  int        `json:"restarts" doc:"runs that nobody asked for"`
	LastExit  *Exit      `json:"last_exit" doc:"how the last run ended; null before the first end"`
	Ready     bool       `json:"ready" doc:"dependants may start"`
	Healthy   *bool      `json:"healthy" doc:"the answer to its health check; null if there is none, or none yet"`
	HoldUntil *time.Time `json:"hold_until" doc:"when a hold ends, or a schedule's next time; null otherwise"`
	Verdict   string     `json:"verdict" doc:"empty, failing (from the fifth short run in a row), or failed: and the reason"`
	Why       string     `json:"why" doc:"the reason for the state, or what is waited for"`
}

// An Exit is how a run ended.
type Exit struct {
	Code   int    `json:"code" doc:"its exit code; 128 and the signal's number if a signal ended it"`
	Signal string `json:"signal" doc:"the signal that ended it, such as KILL; empty if none did"`
}

// A Supervisor has the slots. What it gives is the caller's to change. Errors that are an [*Error] travel as they are
// (UnknownSlot with the nearest name as the hint, Conflict); context.DeadlineExceeded becomes Timeout, anything else Failed.
type Supervisor interface {
	// Status gives every slot, in any order.
	Status() []Service
	// Ready says whether the container is ready, and what it waits for.
	Ready() Ready
	// Start, Stop, Restart and Reload make an order known and, if it says so, wait until it came about or ctx ended.
	// ctx ends the wait only: what was ordered stays ordered. An unknown slot among many means that none is touched.
	Start(ctx context.Context, o Order) error
	Stop(ctx context.Context, o Order) error
	Restart(ctx context.Context, o Order) error
	Reload(ctx context.Context, o Order) error
}

// StatusQuery asks for slots.
type StatusQuery struct {
	Slots []string `query:"slot" doc:"a slot's name; repeated for more; without any every slot"`
}

func (q StatusQuery) named() []string { return q.Slots }

func (s *Server) status(c *call, q StatusQuery) (Status, error) { return s.slots(c, q.Slots) }

// slots gives the state of the slots that are named and, without names, of those that the caller may see.
func (s *Server) slots(c *call, unsafeNames []string) (Status, error) {
	all := s.o.Supervisor.Status()
	all = slices.DeleteFunc(all, func(v Service) bool { return !c.rights.sees(v.Name) })
	st := sorted(all)
	if len(unsafeNames) == 0 {
		return st, nil
	}
	all = st.Services
	some := []Service{}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(unsafeNames))) {
		i, ok := slices.BinarySearchFunc(all, n, func(v Service, n string) int { return cmp.Compare(v.Name, n) })
		if !ok {
			return Status{}, Errorf(UnknownSlot, nearest(n, all), "look at %q: there is no such slot", n)
		}
		some = append(some, all[i])
	}
	return Status{Services: some}, nil
}

// sorted makes a Status of slots; none is an empty list, not null.
func sorted(all []Service) Status {
	slices.SortFunc(all, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	return Status{Services: append([]Service{}, all...)}
}

// nearest gives the hint for a name that no slot has.
func nearest(unsafeName string, all []Service) string {
	best, least := "", 1+max(1, len(unsafeName)/3)
	for _, v := range all {
		if d := distance(unsafeName, v.Name); d < least {
			best, least = v.Name, d
		}
	}
	if best == "" {
		return "`berth status` names them"
	}
	return "did you mean " + best + "?"
}

// distance counts the letters to insert, drop or change that make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}

package supervise

import (
	"strings"
	"time"
)

// Desired says what a slot is wanted to be.
type Desired string

// What a slot may be wanted to be.
const (
	WantUp   Desired = "up"
	WantDown Desired = "down"
)

// A Status is what a slot was at one moment. What its pointers lead to doesn't change any more.
type Status struct {
	Name      string
	State     State
	Desired   Desired
	Pid       int // 0: no process
	Since     time.Time
	Run       int // the number of the last run
	Restarts  int // runs that nobody asked for
	LastExit  *Exit
	Ready     bool       // what requires it may start
	Healthy   *bool      // nil: not asked, or not answered yet
	HoldUntil *time.Time // the end of a hold, or a schedule's next time
	Verdict   string     // "failing", "failed: reason", or nothing
	Why       string     // the reason for the state, or what is waited for
	Requires  []string   // not to be written to
}

// Status gives the slots in the order in which they were added, all of the same moment.
func (s *Supervisor) Status() []Status {
	var list []Status
	s.do(func() {
		list = make([]Status, len(s.slots))
		now := time.Now()
		for i, x := range s.slots {
			list[i] = x.status(now)
		}
	})
	return list
}

// StatusOf gives the named slots in that order.
func (s *Supervisor) StatusOf(names ...string) ([]Status, error) {
	var list []Status
	var err error
	s.do(func() {
		var found []*slot
		if found, err = s.find("status", names); err != nil {
			return
		}
		now := time.Now()
		for _, x := range found {
			list = append(list, x.status(now))
		}
	})
	return list, err
}

func (x *slot) status(now time.Time) Status {
	t := Status{
		Name: x.Name, State: x.state, Desired: WantDown, Pid: x.pid, Since: x.since, Run: x.run, Restarts: x.restarts,
		LastExit: x.exit, Ready: x.good(), Healthy: x.health.verdict, HoldUntil: x.until, Verdict: x.verdict(now),
		Why: x.why, Requires: x.Requires,
	}
	if x.wanted {
		t.Desired = WantUp
	}
	return t
}

// verdict says in a word what is wrong.
func (x *slot) verdict(now time.Time) string {
	stable := (x.state == Up || x.state == Ready) && now.Sub(x.started) >= x.Restart.Stable
	switch {
	case x.failure != "":
		return "failed: " + x.failure
	case x.short >= failingFrom && !stable:
		return "failing"
	}
	return ""
}

// Ready says whether everything that is wanted is there and healthy, and if not, what isn't and why. What another container
// runs is not missed here.
func (s *Supervisor) Ready() (ready bool, reasons []string) {
	s.do(func() {
		if s.closing {
			reasons = append(reasons, ErrStopping.Error())
		}
		aside := s.aside()
		for _, x := range s.slots {
			if why := x.unfit(); why != "" && !aside[x] {
				reasons = append(reasons, x.Name+": "+why)
			}
		}
	})
	return len(reasons) == 0, reasons
}

// unfit says why a slot isn't as it is wanted, or nothing.
func (x *slot) unfit() string {
	switch {
	case !x.wanted:
		return ""
	case x.failure != "":
		return "failed: " + x.failure
	case x.good():
		if h := x.health.verdict; h != nil && !*h {
			return "unhealthy: " + x.health.bad
		}
		return ""
	case x.Schedule != nil, x.state == Done && x.exit.Success():
		return ""
	}
	return strings.TrimSuffix(string(x.state)+": "+x.why, ": ")
}

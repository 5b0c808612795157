package supervise

import (
	"context"
	"fmt"
	"time"
)

// A slot is the place of one service. Everything in it is the loop's.
type slot struct {
	Service
	state State
	since time.Time
	why   string
	by    string // who asked for what is going on

	wanted     bool // the desired state
	bounce     bool // told to restart, and the run before still there
	removing   bool
	leaving    bool // must not run now: not wanted, or restarted, or what it requires is leaving
	leaveSince time.Time
	doom, sick string // why the run is ended: for good; for another one

	run     int // numbers the runs
	process Process
	pid     int
	started time.Time
	pending bool // a Start hasn't returned, or what came of it too late hasn't died
	cancel  context.CancelFunc

	exit, news *Exit // of the last run; and while that is being told
	short      int   // short runs in a row
	tries      int   // failures of a task in a row
	restarts   int
	automatic  bool   // the next run is nobody's wish
	free       bool   // what it requires or comes after isn't waited for
	failure    string // why it failed last
	blocker    *slot  // the requirement whose failure that was
	succeeded  bool   // a task, since it was last asked for

	due  time.Time // of a schedule's next run; zero: not asked yet
	soon bool      // the schedule is not waited for

	lease leasing

	until  *time.Time // when the hold ends or the schedule's time comes
	timer  *time.Timer
	epoch  int
	health health

	waiters []waiter

	needs, follows   []*slot // what it requires (nil where that was removed), what it only comes after
	needed, followed []*slot // the reverse
	level            int     // above the highest of those
	visited          int     // the last walk that came by
	stuck            bool    // waits for something that isn't on its way
	dirty, queued    bool
	placed           bool // holds one of the places of quick starts
}

// alive says that there is or may be a process that is to be stopped.
func (x *slot) alive() bool {
	switch x.state {
	case Starting, Up, Ready, Stopping, Killing:
		return true
	default:
		return false
	}
}

// atRest says that nothing will happen unless somebody asks.
func (x *slot) atRest() bool { return x.state == Down || x.state == Done || x.state == Failed }

// good says that those that require it may start.
func (x *slot) good() bool {
	if x.Kind == Task {
		return !x.leaving && x.succeeded && (x.state == Done || x.Schedule != nil)
	}
	return !x.leaving && x.state == Ready
}

// coming says that it is on its way up, so that those after it had better wait.
func (x *slot) coming() bool {
	switch x.state {
	case Down:
		return x.wanted && x.Enabled
	case Waiting:
		return x.wanted && !x.stuck
	case Starting, Up:
		return true
	case Ready:
		return x.wanted && x.leaving // and comes back
	case Stopping, Killing:
		return x.wanted && x.doom == ""
	default:
		return false
	}
}

// mark has a slot looked at again.
func (s *Supervisor) mark(list ...*slot) {
	for _, x := range list {
		if x != nil && !x.dirty {
			x.dirty = true
			s.dirty = append(s.dirty, x)
		}
	}
}

// markAround has a slot and all whose next step may depend on it looked at again.
func (s *Supervisor) markAround(x *slot) {
	s.mark(x)
	s.mark(x.needed...)
	s.mark(x.followed...)
	if x.leaving {
		s.visits++
		s.markBelow(x)
	}
}

// move takes a slot to its next state by the table, and tells it.
func (s *Supervisor) move(x *slot, on trigger, why string) {
	from := x.state
	to, ok := next(from, on)
	if !ok {
		s.note(x, fmt.Sprintf("bug: %q leads nowhere from %s", on, from))
		return
	}
	x.state, x.since, x.why = to, time.Now(), why
	s.tell(x, from, why)
	x.disarm()
	x.until, x.stuck = nil, false
	if from == Starting {
		s.release(x)
	}
	if from == Ready {
		x.health.drop()
	}
	switch to {
	case Down, Standby, Ready, Holding, Done, Failed:
		x.by = ""
	default:
	}
	s.markAround(x)
}

// note tells something of a slot that is no change of its state.
func (s *Supervisor) note(x *slot, why string) { s.tell(x, x.state, why) }

func (s *Supervisor) tell(x *slot, from State, why string) {
	s.journal.add(Event{
		Time: time.Now(), Slot: x.Name, From: from, To: x.state, Why: why, Who: x.by, Pid: x.pid, Exit: x.news,
	})
}

// arm has f done after a while, unless the slot moves or is armed again before.
func (s *Supervisor) arm(x *slot, d time.Duration, f func()) {
	x.disarm()
	epoch := x.epoch
	x.timer = time.AfterFunc(d, func() {
		s.post(func() {
			if x.epoch == epoch {
				f()
			}
		})
	})
}

func (x *slot) disarm() {
	x.epoch++
	if x.timer != nil {
		x.timer.Stop()
		x.timer = nil
	}
}

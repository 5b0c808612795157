package supervise

import (
	"slices"
	"time"
)

// A model is the supervisor again, naively: no messages, no timers, no lists of what is to be looked at, and starts
// that take no time. It looks at everything until nothing changes, and steps from one moment to the next.
type model struct {
	o     Options
	now   time.Time
	slots []*modelSlot
}

type modelSlot struct {
	Service
	manner     manner // of the run that is there, or of the next one
	next       manner
	state      State
	wanted     bool
	bounce     bool
	doomed     bool
	gone       bool // leaving, when it was last looked at
	leaveSince time.Time
	run        int
	started    time.Time
	short      int
	tries      int
	failed     bool
	blocker    *modelSlot
	succeeded  bool
	due        time.Time // of what the state waits for; zero: nothing
	ends       time.Time // when a process that drains will have
	level      int
}

func (m *model) get(name string) *modelSlot {
	i := slices.IndexFunc(m.slots, func(x *modelSlot) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return m.slots[i]
}

func (m *model) all(names []string) (list []*modelSlot) {
	for _, name := range names {
		list = append(list, m.get(name))
	}
	return list
}

func (x *modelSlot) alive() bool {
	return slices.Contains([]State{Starting, Up, Ready, Stopping, Killing}, x.state)
}

func (m *model) leaving(x *modelSlot) bool {
	return !x.wanted || x.bounce || slices.ContainsFunc(m.all(x.Requires), m.leaving)
}

func (m *model) good(x *modelSlot) bool {
	if x.Kind == Task {
		return x.succeeded && x.state == Done && !m.leaving(x)
	}
	return x.state == Ready && !m.leaving(x)
}

func (m *model) coming(x *modelSlot) bool {
	switch x.state {
	case Down:
		return x.wanted && x.Enabled
	case Waiting:
		return x.wanted && !slices.ContainsFunc(m.all(x.Requires), func(r *modelSlot) bool { return !m.good(r) && !m.coming(r) })
	case Starting, Up:
		return true
	case Ready:
		return x.wanted && m.leaving(x)
	case Stopping, Killing:
		return x.wanted && !x.doomed
	default:
		return false
	}
}

// settle looks at everything until nothing changes.
func (m *model) settle() {
	for m.look() || m.startOne() {
	}
}

// look makes one change that isn't a start.
func (m *model) look() bool {
	for _, x := range m.slots {
		if gone := m.leaving(x); gone != x.gone {
			x.gone, x.leaveSince = gone, m.now
		}
	}
	for _, x := range m.slots {
		switch x.state {
		case Down:
			if x.wanted && x.Enabled {
				x.state = Waiting
				return true
			}
		case Waiting, Holding, Done, Failed:
			if !x.wanted {
				m.rest(x)
				return true
			}
			if x.state == Failed && x.blocker != nil && x.blocker.state != Failed {
				x.state, x.failed = Waiting, false
				return true
			}
			if x.state == Waiting {
				for _, r := range m.all(x.Requires) {
					if !r.Enabled || r.state == Failed && r.wanted {
						x.blocker = nil
						if r.state == Failed {
							x.blocker = r
						}
						m.giveUp(x)
						return true
					}
				}
			}
		case Starting, Up, Ready:
			if x.doomed || m.leaving(x) && !m.holdsUp(x) {
				m.stop(x)
				return true
			}
		default:
		}
	}
	return false
}

func (m *model) holdsUp(x *modelSlot) bool {
	return slices.ContainsFunc(m.slots, func(d *modelSlot) bool {
		above := slices.Contains(d.Requires, x.Name) || slices.Contains(d.After, x.Name) && m.leaving(d)
		return above && (d.alive() || m.holdsUp(d))
	})
}

// startOne starts one slot that is free to.
func (m *model) startOne() bool {
	for _, x := range m.slots {
		if x.state != Waiting || slices.ContainsFunc(m.all(x.Requires), func(r *modelSlot) bool { return !m.good(r) }) ||
			slices.ContainsFunc(m.all(x.After), func(r *modelSlot) bool { return m.coming(r) && !m.good(r) }) {
			continue
		}
		x.run++
		x.manner, x.failed, x.blocker, x.doomed = x.next, false, nil, false
		switch {
		case x.manner.hangs:
			x.state, x.due = Starting, m.now.Add(m.o.StartTimeout)
		case x.manner.err != nil:
			m.refused(x)
		default:
			x.state, x.started, x.due = Up, m.now, time.Time{}
			if x.Kind != Task && !x.manner.asks {
				x.state = Ready
			} else if x.Kind != Task {
				x.due = m.now.Add(x.Ready.Timeout)
			}
		}
		return true
	}
	return false
}

func (m *model) rest(x *modelSlot) {
	x.state, x.short, x.tries, x.failed, x.blocker, x.succeeded, x.due = Down, 0, 0, false, nil, false, time.Time{}
}

func (m *model) giveUp(x *modelSlot) {
	x.state, x.failed, x.due, x.tries, x.succeeded = Failed, true, time.Time{}, 0, false
}

func (m *model) hold(x *modelSlot, d time.Duration) {
	x.state, x.due = Holding, m.now.Add(d)
	if d == 0 {
		x.state, x.due = Waiting, time.Time{}
	}
}

// another is the rule, told again: holds of 0, 1, 2, 4 s and so on, at most a minute.
func (m *model) another(x *modelSlot, lived, least time.Duration) {
	x.short++
	if lived >= x.Restart.Stable {
		x.short = 0
	}
	if x.short > 0 && x.Restart.Limit > 0 && x.short >= x.Restart.Limit {
		m.giveUp(x)
		return
	}
	holds := []time.Duration{0, 0, 1, 2, 4, 8, 16, 32}
	d := time.Minute
	if x.short < len(holds) {
		d = holds[x.short] * time.Second
	}
	m.hold(x, max(d, least))
}

func (m *model) retry(x *modelSlot, least time.Duration) {
	if x.tries++; x.tries > x.Retry.Count {
		m.giveUp(x)
		return
	}
	d := x.Retry.Delay
	if d == 0 {
		d = least
	}
	m.hold(x, d)
}

func (m *model) refused(x *modelSlot) {
	if x.bounce {
		x.bounce, x.short, x.tries = false, 0, 0
	}
	switch {
	case x.Kind == Task:
		m.retry(x, time.Second)
	case x.Restart.Policy == Never:
		m.giveUp(x)
	default:
		m.another(x, 0, time.Second)
	}
}

// exit is the end of a process by itself.
func (m *model) exit(x *modelSlot, code int) {
	lived := m.now.Sub(x.started)
	final, atOnce := slices.Contains(x.Restart.FinalCodes, code), slices.Contains(x.Restart.AtOnceCodes, code)
	x.due = time.Time{}
	switch {
	case x.bounce || !x.wanted:
		m.stopped(x)
	case x.Kind == Task && (code == 0 || final):
		x.state, x.succeeded, x.tries = Done, true, 0
	case x.Kind == Task:
		m.retry(x, 0)
	case final, code == 0 && x.Restart.Policy != Always:
		x.state, x.short = Done, 0
	case x.Restart.Policy == Never:
		m.giveUp(x)
		x.short = 0
	case atOnce && lived >= time.Second && lived < x.Restart.Stable:
		x.state = Waiting
	default:
		m.another(x, lived, 0)
	}
}

func (m *model) stop(x *modelSlot) {
	patience := x.Stop.Timeout
	if x.gone {
		end := x.leaveSince.Add(m.o.StopTimeout)
		highest := 0
		for _, y := range m.slots {
			highest = max(highest, y.level)
		}
		if highest > 0 {
			end = end.Add(-m.o.StopTimeout / 10 * time.Duration(x.level) / time.Duration(highest))
		}
		patience = max(0, min(patience, end.Sub(m.now)))
	}
	hung := x.state == Starting
	x.state, x.due, x.ends = Stopping, m.now.Add(patience), time.Time{}
	switch {
	case hung, !x.manner.stubborn && x.manner.drains == 0:
		m.stopped(x)
	case x.manner.drains > 0 && !x.manner.stubborn:
		x.ends = m.now.Add(x.manner.drains)
	}
}

func (m *model) stopped(x *modelSlot) {
	bounced, doomed := x.bounce, x.doomed
	x.bounce, x.doomed, x.due, x.ends = false, false, time.Time{}, time.Time{}
	switch {
	case !x.wanted:
		m.rest(x)
	case doomed && !bounced:
		m.giveUp(x)
	default:
		if bounced {
			x.short, x.tries = 0, 0
		}
		x.state = Waiting
	}
}

// first gives what happens next.
func (m *model) first() (first *modelSlot, at time.Time) {
	for _, x := range m.slots {
		for _, t := range []time.Time{x.due, x.ends} {
			if !t.IsZero() && (first == nil || t.Before(at)) {
				first, at = x, t
			}
		}
	}
	return first, at
}

// next gives the next moment at which something happens, at most end.
func (m *model) next(end time.Time) time.Time {
	if x, at := m.first(); x != nil && at.Before(end) {
		return at
	}
	return end
}

// pass lets time pass until then.
func (m *model) pass(until time.Time) {
	for x, at := m.first(); x != nil && !at.After(until); x, at = m.first() {
		m.now = at
		m.happens(x)
		m.settle()
	}
	m.now = until
}

// happens is what a slot has waited for.
func (m *model) happens(x *modelSlot) {
	switch x.state {
	case Starting:
		m.refused(x)
	case Up:
		if x.Ready.Verdict == GoOn {
			x.state, x.due = Ready, time.Time{}
		} else {
			x.doomed, x.due = true, time.Time{}
		}
	case Holding:
		x.state, x.due = Waiting, time.Time{}
	default: // it has drained, or is killed
		m.stopped(x)
	}
}

func (m *model) want(x *modelSlot) {
	x.wanted = true
	switch x.state {
	case Down, Done, Failed, Holding:
		x.short, x.tries, x.failed, x.blocker, x.succeeded = 0, 0, false, nil, false
		x.state, x.due = Waiting, time.Time{}
	case Stopping, Killing:
		x.doomed = false
	default:
	}
}

func (m *model) wantNeeds(x *modelSlot) {
	for _, r := range m.all(x.Requires) {
		if !r.Enabled {
			continue
		}
		done := r.state == Done && r.succeeded
		good := !r.gone && (r.state == Ready || done)
		if !r.wanted || r.state != Waiting && !r.alive() && !done {
			m.want(r)
		}
		if !good {
			m.wantNeeds(r)
		}
	}
}

func (m *model) start(x *modelSlot) {
	m.want(x)
	m.wantNeeds(x)
}

func (m *model) restart(x *modelSlot) {
	if !x.alive() {
		m.start(x)
		return
	}
	x.wanted, x.bounce = true, true
	m.wantNeeds(x)
}

func (m *model) verdict(x *modelSlot) string {
	stable := (x.state == Up || x.state == Ready) && m.now.Sub(x.started) >= x.Restart.Stable
	switch {
	case x.failed:
		return "failed"
	case x.short >= 5 && !stable:
		return "failing"
	}
	return ""
}

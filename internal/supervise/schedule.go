package supervise

import "time"

// longestNap bounds how long a schedule's time is waited for in one go: the wall clock is set, and machines sleep.
const longestNap = time.Minute

// timely says whether a slot's time has come, and has it looked at again when it may have.
func (s *Supervisor) timely(x *slot) bool {
	if x.Schedule == nil || x.soon {
		return true
	}
	now := time.Now().Round(0) // the wall's
	if x.due.IsZero() {
		next := x.Schedule.Next(now)
		if next.IsZero() {
			x.why = "its schedule has no time any more"
			s.setStuck(x, true)
			return false
		}
		if !next.After(now) {
			next = now.Add(time.Second) // a schedule that stands still must not run without a pause
		}
		x.due = next.Round(0)
	}
	if now.Before(x.due) {
		due := x.due
		x.until, x.why = &due, "waits for its time"
		s.setStuck(x, true)
		s.arm(x, min(x.due.Sub(now), longestNap), func() { s.mark(x) })
		return false
	}
	x.until = nil
	return true
}

package hermes

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/profile"
)

// manager names who keeps the gateways running.
func (e *Env) manager() string {
	if e.S6 {
		return "s6 (container supervisor)"
	}
	return "berth (container supervisor)"
}

// status tells how a profile's gateway does.
func (s *session) status(slots []Slot) int {
	name, err := s.target()
	if err != nil {
		return s.wrongName(err)
	}
	sl, registered := find(slots, s.slot(name))
	there, held := s.elsewhere(slots, name)
	if held {
		s.say("%s: runs in %s; %s here", s.slot(name), there, here(sl, registered))
		s.say("  Manager: %s", s.manager())
		s.say("  Why:     %s", there.who)
		s.tell(there.hint(s.phrase(name, "status")), "%s runs in %s, which knows more", s.slot(name), there)
		return codeDone
	}
	if !registered {
		switch err := s.exists(name); {
		case errors.Is(err, profile.ErrNone):
			return s.noGateway(name)
		case err != nil:
			return s.wrongName(err)
		}
		s.say("%s: not registered", s.slot(name))
		s.say("  Manager: %s", s.manager())
		s.say("  `%s` registers and starts it", s.phrase(name, "start"))
		return codeDone
	}
	s.say("%s: %s%s", sl.Name, sl.word(), pid(sl))
	s.say("  Manager: %s", s.manager())
	s.say("  State:   %s%s", sl.State, s.ago(sl))
	s.say("  Wanted:  %s", wanted(sl))
	if sl.Why != "" && !sl.running() {
		s.say("  Why:     %s", sl.Why)
	}
	if sl.Restarts > 0 || sl.LastExit != "" {
		s.say("  Runs:    restarted %d times%s", sl.Restarts, lastly(sl))
	}
	if !sl.Hold.IsZero() {
		s.say("  Next:    in %v", max(0, sl.Hold.Sub(s.now()).Round(time.Second)))
	}
	if sl.Verdict != "" {
		s.say("  Verdict: %s", sl.Verdict)
	}
	return codeDone
}

// statusAll tells how each registered gateway does.
func (s *session) statusAll(slots []Slot) {
	names, by := s.gateways(slots)
	if len(names) == 0 {
		s.say("No profile gateways registered")
		return
	}
	s.say("Manager: %s", s.manager())
	for _, name := range names {
		sl := by[name]
		if there, held := s.elsewhere(slots, name); held {
			s.say("%-24s runs in %s; %s here", sl.Name, there, here(sl, true))
			continue
		}
		verdict := ""
		if sl.Verdict != "" {
			verdict = ", " + sl.Verdict
		}
		s.say("%-24s %s%s%s", sl.Name, sl.word(), pid(sl), verdict)
	}
}

// here says what a slot does whose gateway runs elsewhere.
func here(sl Slot, registered bool) string {
	switch {
	case !registered:
		return "not registered"
	case sl.State == "standby":
		return "stands by"
	}
	return sl.word()
}

func pid(sl Slot) string {
	if sl.Pid <= 0 {
		return ""
	}
	return " (pid " + strconv.Itoa(sl.Pid) + ")"
}

func wanted(sl Slot) string {
	if sl.Wanted {
		return "running"
	}
	return "stopped"
}

func lastly(sl Slot) string {
	if sl.LastExit == "" {
		return ""
	}
	return ", the last run ended with " + sl.LastExit
}

func (s *session) ago(sl Slot) string {
	if sl.Since.IsZero() {
		return ""
	}
	return fmt.Sprintf(" for %v", max(0, s.now().Sub(sl.Since).Round(time.Second)))
}

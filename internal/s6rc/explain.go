package s6rc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Explanation is everything that can be said of an image.
type Explanation struct {
	On  bool   `json:"on"`
	Why string `json:"why"`
	*Image

	Also []Complaint `json:"variables,omitempty"` // of ReadSettings
}

// JSON gives the explanation for programs.
func (e Explanation) JSON() ([]byte, error) { return json.MarshalIndent(e, "", "  ") }

// String gives the explanation for a terminal: why it is on, what is started in which order and where it comes from, every file
// that is ignored, every variable, and what is wrong.
func (e Explanation) String() string {
	var p page
	word := "off"
	if e.On {
		word = "on"
	}
	p.line("s6-overlay is %s: %s", word, e.Why)
	if e.Image == nil {
		return p.String()
	}
	if !e.On {
		p.line("If it were on:")
	}
	if len(e.Layouts) > 0 {
		p.line("Its files are of s6-overlay %s", strings.Join(e.Layouts, " and "))
	}
	e.started(&p)
	e.legacy(&p)
	e.scripts(&p, "At the start, one after the other (cont-init.d)", e.ContInit)
	e.scripts(&p, "At the end, one after the other (cont-finish.d)", e.ContFinish)
	e.attrs(&p)
	e.bundles(&p)
	e.unstarted(&p)
	e.ignored(&p)
	e.settings(&p)
	e.wrong(&p)
	return p.String()
}

func (e Explanation) started(p *page) {
	p.head("Started, each level behind the one before it")
	t := table{{"LEVEL", "NAME", "KIND", "BY", "NEEDS", "SOURCE"}}
	at := e.byName()
	for n, level := range e.Levels {
		for _, name := range level {
			s := at[name]
			by := s.From
			if by == "" {
				by = e.neededBy(name)
			}
			t = append(t, []string{fmt.Sprint(n), name, string(s.Kind), by, e.needs(s), or(s.Dir, "berth's own")})
		}
	}
	p.table(t)
	for _, level := range e.Levels {
		for _, name := range level {
			if text := at[name].settings(); text != "" {
				p.line("  %s: %s", name, text)
			}
		}
	}
}

func (e Explanation) byName() map[string]*Service {
	at := map[string]*Service{}
	for i := range e.Services {
		at[e.Services[i].Name] = &e.Services[i]
	}
	return at
}

// neededBy words why something is started that no bundle brought.
func (e Explanation) neededBy(name string) string {
	for _, s := range e.Services {
		if s.Wanted && slices.Contains(s.Requires, name) {
			return s.Name + " needs it"
		}
	}
	return "-"
}

// needs gives what a service requires, the members of base as one word.
func (e Explanation) needs(s *Service) string {
	rest := slices.Clone(s.Requires)
	var out []string
	for _, b := range e.Bundles {
		if b.Name == BaseBundle && len(b.Members) > 0 && !slices.ContainsFunc(b.Members, func(m string) bool { return !slices.Contains(rest, m) }) {
			out = append(out, BaseBundle)
			rest = slices.DeleteFunc(rest, func(m string) bool { return slices.Contains(b.Members, m) })
		}
	}
	out = append(out, rest...)
	if n := len(s.After); n > maxListed {
		out = append(out, "(after "+quantity(n, "other")+")")
	} else if n > 0 {
		out = append(out, "(after "+strings.Join(s.After, " ")+")")
	}
	if len(out) > maxListed {
		out = append(out[:maxListed:maxListed], quantity(len(out)-maxListed, "other"))
	}
	return or(strings.Join(out, " "), "-")
}

// maxListed is how many names a line of a table lists.
const maxListed = 6

// settings gives what a service says besides its kind and its order.
func (s *Service) settings() string {
	var out []string
	say := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(s.Broken != "", "can't be started: %s", s.Broken)
	if s.Kind == Oneshot {
		say(len(s.UpArgv) > 0, "up: %s", oneLine(s.Up))
		say(len(s.UpArgv) == 0 && s.Broken == "", "up: nothing")
		say(len(s.DownArgv) > 0, "down: %s", oneLine(s.Down))
	}
	say(s.TimeoutUp > 0, "must be up within %s", s.TimeoutUp)
	say(s.TimeoutDown > 0 && s.Kind == Oneshot, "must be down within %s", s.TimeoutDown)
	say(s.TimeoutDown > 0 && s.Kind == Longrun, "s6-rc fails unless it is down within %s; the container's stop has its own time", s.TimeoutDown)
	say(s.Essential, "essential")
	if s.Run != nil {
		out = append(out, s.Run.settings()...)
	}
	say(s.ProducerFor != "", "writes to %s", s.ProducerFor)
	say(len(s.ConsumerFor) > 0, "reads from %s", strings.Join(s.ConsumerFor, " "))
	say(s.Pipeline != "", "ends the pipeline %s", s.Pipeline)
	return strings.Join(out, "; ")
}

func (d *RunDir) settings() []string {
	var out []string
	say := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(d.NotificationFD >= 0, "ready by a line on descriptor %d", d.NotificationFD)
	say(d.Check.Path != "", "checked by data/check")
	say(d.Finish.Path != "", "has a finish")
	say(d.Finish.Path != "" && d.TimeoutFinish != defaultFinish, "finish has %s", limit(d.TimeoutFinish))
	say(d.TimeoutKill > 0, "killed %s after it was told to stop", d.TimeoutKill)
	say(SignalName(d.DownSignal) != "SIGTERM", "stopped by %s", SignalName(d.DownSignal))
	say(SignalName(d.ReloadSignal) != "SIGHUP", "reloaded by %s", SignalName(d.ReloadSignal))
	say(d.MaxDeathTally != defaultTally, "%d deaths are remembered", d.MaxDeathTally)
	say(d.LockFD >= 0, "lock-fd is ignored: berth holds the lock itself")
	say(d.NewPIDNS, "flag-newpidns is ignored: it runs in the container's pid namespace")
	say(d.NoSetsid, "stays in the session")
	say(d.Down, "not started by itself (down)")
	say(d.Log != nil, "has a logger")
	say(d.Run.Dirty || d.Finish.Dirty, "run from a clean copy")
	return out
}

func limit(d time.Duration) string {
	if d == 0 {
		return "no limit"
	}
	return d.String()
}

// oneLine gives a command line on one line, without comments.
func oneLine(text string) string {
	var out []string
	for _, l := range lines(text) {
		out = append(out, strings.Fields(l.text)...)
	}
	line := strings.Join(out, " ")
	if r := []rune(line); len(r) > 2*maxQuoted {
		return string(r[:2*maxQuoted]) + "…"
	}
	return line
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

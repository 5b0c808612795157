package daemon

import (
	"maps"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// redirect gives the rule by which the container's command becomes a slot, nil where it stays main: its first words are
// the rule's, with or without the app's own name before them, and nothing keeps it in the foreground. Words that name a
// profile mean another slot than the rule's.
func redirect(s *spec.Spec, args []string, lookup func(string) (string, bool)) *spec.Redirect {
	m := &s.Main
	flags := profileFlags(s)
	if s.Profiles != nil && slices.ContainsFunc(args, func(a string) bool { return namesProfile(a, flags) }) {
		return nil
	}
	if len(args) > 0 && (len(m.Command) > 0 && args[0] == string(m.Command[0]) || m.Program != "" && args[0] == m.Program) {
		args = args[1:]
	}
	for i := range m.Redirect {
		r := &m.Redirect[i]
		if len(args) < len(r.Args) || !slices.Equal(args[:len(r.Args)], r.Args) {
			continue
		}
		if u := r.Unless; u != nil {
			value, _ := lookup(u.Env)
			if u.Flag != "" && slices.Contains(args, u.Flag) || u.Env != "" && spec.Truthy(value) {
				return nil
			}
		}
		return r
	}
	return nil
}

// crumb tells what became of the command, and how to keep it in the foreground.
func crumb(l *life, r *spec.Redirect) {
	hint := ""
	if u := r.Unless; u != nil {
		hint = "to run it in the foreground as the container's main program, say " + either(u.Flag, u.Env, "=1")
	}
	if why := idles(l, r.To); why != "" {
		l.o.tell(boot.Note{Level: boot.Info, Text: "the command is the service " + r.To + " under s6 supervision, as berth does it: it stays down, because " + why +
			"; the container goes on until it is stopped", Hint: "berth start " + r.To})
		return
	}
	l.o.tell(boot.Note{Level: boot.Info, Text: "the command runs supervised by berth, as under s6 supervision: as the service " + r.To +
		", which is restarted when it crashes, and the container goes on until it is stopped", Hint: hint})
}

// idles says why nothing runs in the slot that main became; nothing where it is on its way.
func idles(l *life, slot string) string {
	if l.services.fleet == nil {
		return "the spec has no such service"
	}
	all, err := l.services.fleet.Supervisor().StatusOf(slot)
	switch {
	case err != nil:
		return "there is no such slot yet"
	case all[0].Desired == supervise.WantUp:
		return ""
	case all[0].Why == "added": // nothing else has become of it
		return "it was told to stop"
	}
	return "it is " + all[0].Why
}

func either(flag, env, value string) string {
	switch {
	case flag == "":
		return env + value
	case env == "":
		return flag
	}
	return flag + " or " + env + value
}

// native says whether the container's words are ones that berth answers under the app's name: those of a per-profile
// service's flags are passed over.
func native(s *spec.Spec, words []string) bool {
	if len(words) == 0 || len(s.Main.Native) == 0 {
		return false
	}
	return slices.Contains(s.Main.Native, fleet.Verb(&s.Main, profileFlags(s), words))
}

// profileFlags gives the words by which a per-profile service names its profile.
func profileFlags(s *spec.Spec) []string {
	for _, name := range slices.Sorted(maps.Keys(s.Services)) {
		if service := s.Services[name]; service.PerProfile && len(service.ProfileArgs) > 0 {
			return service.ProfileArgs
		}
	}
	return nil
}

// namesProfile says whether a word of the container's command is a flag that names a profile, in any of its spellings.
func namesProfile(word string, flags []string) bool {
	if word == "--profile" || strings.HasPrefix(word, "--profile=") {
		return true
	}
	return len(flags) > 0 && strings.HasPrefix(flags[0], "-") &&
		(word == flags[0] || len(flags[0]) == 2 && strings.HasPrefix(word, flags[0]) && flags[0] != "--")
}

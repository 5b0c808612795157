package spec

import (
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// profileName is what stands for a profile's name in the texts and names of a per-profile service.
const profileName = "{profile}"

// Valid says whether a name is one of a profile: it matches the pattern and is one component of a path.
func (p *Profiles) Valid(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
		return false
	}
	re := p.pattern()
	return re != nil && re.MatchString(name)
}

// Slot names the slot of a service: its own name, or of a per-profile one that and the profile's.
func (s *Spec) Slot(service, profile string) string {
	if s.Services[service].PerProfile {
		return service + "-" + profile
	}
	return service
}

// Instance gives a service as it is for one profile: {profile} is replaced, relative names of its own files lie in the
// profile's directory, and what it requires is named by slots. A service that isn't per profile is given as it is.
//
// A profile's name comes from a directory of the volume: it is never taken for a reference to a variable, a pattern or
// a way out.
func (s *Spec) Instance(service, profile string) Service {
	in := s.Services[service]
	if !in.PerProfile {
		return in
	}
	plain := func(t string) string { return strings.ReplaceAll(t, profileName, profile) }
	text := func(t Text) Text {
		return Text(strings.ReplaceAll(string(t), profileName, strings.ReplaceAll(profile, "$", "$$")))
	}
	named := s.Profiles != nil && profile != s.Profiles.Root

	in.Enabled = text(in.Enabled)
	in.Command = each(in.Command, text)
	if named && len(in.Command) > 0 {
		var args []Text
		for _, a := range in.ProfileArgs {
			args = append(args, text(Text(strings.ReplaceAll(a, "$", "$$"))))
		}
		in.Command = slices.Insert(in.Command, 1, args...)
	}
	in.ProfileArgs = nil
	in.Env = maps.Clone(in.Env)
	for name, value := range in.Env {
		in.Env[name] = text(value)
	}
	slot := func(other string) string { return s.Slot(other, profile) }
	in.Requires, in.After = each(in.Requires, slot), each(in.After, slot)
	if in.Ready != nil {
		r := *in.Ready
		r.TCP, r.HTTP, r.Exec = text(r.TCP), text(r.HTTP), each(r.Exec, text)
		r.Log = strings.ReplaceAll(r.Log, profileName, regexp.QuoteMeta(profile))
		if r.File = plain(r.File); named && r.File != "" && !filepath.IsAbs(r.File) {
			r.File = path.Join(s.Profiles.Dir, profile, r.File)
		}
		in.Ready = &r
	}
	if in.Health != nil {
		h := *in.Health
		h.TCP, h.HTTP, h.Exec = text(h.TCP), text(h.HTTP), each(h.Exec, text)
		in.Health = &h
	}
	if in.Reload != nil {
		in.Reload = &Reload{in.Reload.Signal, each(in.Reload.Command, text)}
	}
	if in.Log != nil {
		l := *in.Log
		l.Dir = plain(l.Dir)
		l.Rotate = each(l.Rotate, func(glob string) string {
			glob = strings.ReplaceAll(glob, profileName, quoteGlob(profile))
			if named {
				glob = path.Join(s.Profiles.Dir, quoteGlob(profile), glob)
			}
			return glob
		})
		in.Log = &l
	}
	return in
}

// each gives a list with every item changed; a list that isn't there stays so.
func each[T any](list []T, change func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, item := range list {
		out[i] = change(item)
	}
	return out
}

// quoteGlob takes the meaning from a name's characters in a pattern.
func quoteGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

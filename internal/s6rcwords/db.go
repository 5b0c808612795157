package s6rcwords

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6rc"
)

const rcDBUsage = "s6-rc-db [ -c compiled ] [ -l live ] [ -u | -d ] [ -b ] help|check|list|type|timeout|contents|dependencies|all-dependencies|pipeline|script|flags|atomics|essentials args..."

// An rcQuery is one question about what is defined.
type rcQuery struct {
	*chain.Call
	catalogue *s6rc.Image
	down      bool
}

func rcDB(c *chain.Call) int { return rcDBIn(c, "/") }

func rcDBIn(c *chain.Call, root string) int {
	q := &rcQuery{Call: c}
	words, ok := chain.Options(c.Args, "c:l:udb", func(flag byte, _ string) {
		switch flag {
		case 'u':
			q.down = false
		case 'd':
			q.down = true
		}
	})
	if !ok || len(words) == 0 {
		return c.Wrong(rcDBUsage)
	}
	if words[0] == "help" {
		return q.help()
	}
	var code int
	if q.catalogue, code = rcCatalogue(c, root); code != 0 {
		return code
	}
	return q.answer(words[0], words[1:])
}

// answer answers a question. Each is about one name, but for those that say otherwise.
func (q *rcQuery) answer(verb string, args []string) int {
	switch verb {
	case "check":
		return q.check(args)
	case "list":
		return q.list(args)
	case "essentials":
		return q.names(args, func(s *s6rc.Service) bool { return s.Essential })
	case "atomics", "all-dependencies", "dependencies":
		return q.many(verb, args)
	case "type", "timeout", "contents", "pipeline", "script", "flags":
	default:
		return q.Wrong(rcDBUsage)
	}
	if len(args) != 1 {
		return q.Wrong(rcDBUsage)
	}
	name := args[0]
	atom, bundle := rcAtom(q.catalogue, name), rcBundle(q.catalogue, name)
	switch {
	case atom == nil && bundle == nil:
		return rcNobody(q.Call, q.catalogue, name)
	case verb == "type" && bundle != nil:
		return q.lines("bundle")
	case verb == "type":
		return q.lines(rcKind(atom))
	case verb == "contents" && bundle != nil:
		return q.lines(bundle.Members...)
	case verb == "contents":
		return q.Fail(rcFailed, "%s is not a bundle", name)
	case atom == nil:
		return q.Fail(rcFailed, "%s is a bundle: ask about what is in it", name)
	}
	return q.ofAtom(verb, atom)
}

func (q *rcQuery) ofAtom(verb string, s *s6rc.Service) int {
	switch verb {
	case "timeout":
		t := s.TimeoutUp
		if q.down {
			t = s.TimeoutDown
		}
		return q.lines(strconv.FormatInt(int64(t/time.Millisecond), 10))
	case "flags":
		if s.Essential {
			return q.lines("essential")
		}
		return 0
	case "script":
		return q.script(s)
	}
	if s.Kind != s6rc.Longrun {
		return q.Fail(rcFailed, "%s is not a longrun", s.Name)
	}
	return q.lines(q.pipeline(s)...)
}

// script gives a oneshot's command line as words that end with a NUL each.
func (q *rcQuery) script(s *s6rc.Service) int {
	if s.Kind == s6rc.Longrun {
		return q.Fail(rcFailed, "%s is not a oneshot", s.Name)
	}
	argv := s.UpArgv
	if q.down {
		argv = s.DownArgv
	}
	for _, w := range argv {
		_, _ = q.Stdout.Write(append([]byte(w), 0))
	}
	return 0
}

// pipeline gives what writes to a service, itself, and what it writes to, from the first producer on.
func (q *rcQuery) pipeline(s *s6rc.Service) []string {
	first, seen := s, map[string]bool{}
	for len(first.ConsumerFor) > 0 && !seen[first.Name] {
		seen[first.Name] = true
		first = rcAtom(q.catalogue, first.ConsumerFor[0])
	}
	var out []string
	for at := first; at != nil && !slices.Contains(out, at.Name); at = rcAtom(q.catalogue, at.ProducerFor) {
		out = append(out, at.Name)
	}
	return out
}

// many answers about any number of names, bundles among them.
func (q *rcQuery) many(verb string, args []string) int {
	if len(args) == 0 {
		return q.Wrong(rcDBUsage)
	}
	set := map[string]bool{}
	for _, name := range args {
		members, ok := rcMembers(q.catalogue, name)
		if !ok {
			return rcNobody(q.Call, q.catalogue, name)
		}
		for _, m := range members {
			set[m] = true
		}
	}
	switch verb {
	case "atomics":
		return q.lines(rcSorted(set)...)
	case "all-dependencies":
		return q.lines(rcSorted(rcClosure(q.catalogue, set, q.down))...)
	}
	out := map[string]bool{}
	for _, s := range q.catalogue.Services {
		for _, need := range s.Requires {
			if q.down && set[need] {
				out[s.Name] = true
			} else if !q.down && set[s.Name] {
				out[need] = true
			}
		}
	}
	return q.lines(rcSorted(out)...)
}

func (q *rcQuery) list(args []string) int {
	if len(args) != 1 {
		return q.Wrong(rcDBUsage)
	}
	switch args[0] {
	case "all", "bundles":
	case "services":
		return q.names(nil, func(*s6rc.Service) bool { return true })
	case "longruns":
		return q.names(nil, func(s *s6rc.Service) bool { return s.Kind == s6rc.Longrun })
	case "oneshots":
		return q.names(nil, func(s *s6rc.Service) bool { return s.Kind != s6rc.Longrun })
	default:
		return q.Wrong(rcDBUsage)
	}
	if args[0] == "all" {
		q.names(nil, func(*s6rc.Service) bool { return true })
	}
	for _, b := range q.catalogue.Bundles {
		q.lines(b.Name)
	}
	return 0
}

func (q *rcQuery) names(args []string, is func(*s6rc.Service) bool) int {
	if len(args) > 0 {
		return q.Wrong(rcDBUsage)
	}
	for i := range q.catalogue.Services {
		if is(&q.catalogue.Services[i]) {
			q.lines(q.catalogue.Services[i].Name)
		}
	}
	return 0
}

// check says what is wrong with what is defined; what ends a boot is an error.
func (q *rcQuery) check(args []string) int {
	if len(args) > 0 {
		return q.Wrong(rcDBUsage)
	}
	code := 0
	for _, c := range q.catalogue.Complaints {
		word := "warning"
		if c.Fatal {
			word, code = "fatal", rcInvalid
		}
		_, _ = fmt.Fprintf(q.Stderr, "%s: %s: %s\n", q.Name, word, c)
		if c.Hint != "" {
			_, _ = fmt.Fprintf(q.Stderr, "%s: hint: %s\n", q.Name, c.Hint)
		}
	}
	return code
}

func (q *rcQuery) lines(all ...string) int {
	for _, l := range all {
		_, _ = fmt.Fprintln(q.Stdout, l)
	}
	return 0
}

// rcKind gives the kind as s6-rc has it: berth's own steps are oneshots.
func rcKind(s *s6rc.Service) string {
	if s.Kind == s6rc.Longrun {
		return string(s6rc.Longrun)
	}
	return string(s6rc.Oneshot)
}

func (q *rcQuery) help() int {
	_, _ = fmt.Fprint(q.Stdout, `s6-rc-db answers questions about what an image defines for s6-rc. berth reads the definitions themselves; there is no database.
  check                           what is wrong with the definitions; 4 if a boot can't start them
  list all|services|longruns|oneshots|bundles
  type NAME                       longrun, oneshot or bundle
  contents BUNDLE                 the services in it
  [-u|-d] dependencies NAMES      what they need; -d: what needs them
  [-u|-d] all-dependencies NAMES  the same, with all that these need, and themselves
  atomics NAMES                   what they mean, bundles resolved
  pipeline LONGRUN                its pipeline, from the first producer on
  [-u|-d] script ONESHOT          its command line, each word with a NUL behind it
  [-u|-d] timeout NAME            in milliseconds; 0: no limit
  flags NAME, essentials          what is stopped by force only
codes: 0; 1 it isn't of that kind; 3 unknown name; 4 the definitions are wrong; 100 wrong usage; 111 the system refused
`)
	return 0
}

package s6rcwords

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6rc"
)

// The codes of s6-rc besides 0, 100 and 111.
const (
	rcFailed  = 1 // something didn't start or stop
	rcTimeout = 2
	rcUnknown = 3 // no service has that name
	rcInvalid = 4 // what is defined is no whole
)

const rcUsage = "s6-rc [ -v verbosity ] [ -n dryrunthrottle ] [ -t timeout ] [ -l live ] [ -b ] [ -a ] [ -u | -d | -D ] [ -p ] [ -X ] " +
	"help|list|listall|diff|change|start|stop services..."

// Find gives the words of s6-rc, or nil.
func Find(name string) chain.Word {
	switch name {
	case "s6-rc":
		return rc
	case "s6-rc-db":
		return rcDB
	case "s6-rc-compile", "s6-rc-init", "s6-rc-update", "s6-rc-bundle", "s6-rc-dryrun", "s6-rc-format-upgrade":
		return rcRefused
	}
	return nil
}

// An rcCall is one call of s6-rc.
type rcCall struct {
	*chain.Call
	catalogue *s6rc.Image
	client    *api.Client

	verbosity        int
	dry              bool
	timeout          time.Duration // 0: no limit
	active           bool          // -a
	down, essentials bool          // -d, -D
	prune, exclude   bool          // -p, -X
}

func rc(c *chain.Call) int { return rcIn(c, "/") }

// rcIn is s6-rc for an image whose root is elsewhere, as tests have it.
func rcIn(c *chain.Call, root string) int {
	r := &rcCall{Call: c, verbosity: 1}
	words, ok := r.options(c.Args)
	if !ok || len(words) == 0 {
		return c.Wrong(rcUsage)
	}
	verb, names := words[0], words[1:]
	switch verb {
	case "help":
		return r.help()
	case "start":
		verb, r.down = "change", false
	case "stop":
		verb, r.down = "change", true
	case "list", "listall", "diff", "change":
	default:
		return c.Wrong(rcUsage)
	}
	var code int
	if r.catalogue, code = rcCatalogue(c, root); code != 0 {
		return code
	}
	r.client = api.NewClient(func(name string) string { v, _ := c.Get(name); return v })
	switch verb {
	case "list", "listall":
		return r.list(names, verb == "listall")
	case "diff":
		return r.diff()
	}
	return r.change(names)
}

// options reads the flags. Where the database is (-l) and whether a lock is waited for (-b) means nothing here: there is neither.
func (r *rcCall) options(args []string) ([]string, bool) {
	fine := true
	words, ok := chain.Options(args, "v:n:t:l:baudDpX", func(flag byte, value string) {
		n, err := strconv.ParseUint(value, 10, 32)
		switch flag {
		case 'v':
			r.verbosity, fine = int(n), fine && err == nil
		case 'n':
			r.dry, fine = true, fine && err == nil
		case 't':
			r.timeout, fine = time.Duration(n)*time.Millisecond, fine && err == nil
		case 'a':
			r.active = true
		case 'u':
			r.down, r.essentials = false, false
		case 'd':
			r.down, r.essentials = true, false
		case 'D':
			r.down, r.essentials = true, true
		case 'p':
			r.prune = true
		case 'X':
			r.exclude = true
		}
	})
	return words, ok && fine
}

func (r *rcCall) help() int {
	_, _ = fmt.Fprint(r.Stdout, `s6-rc lists, starts and stops what an image defines for s6-rc. berth reads the definitions itself; there is no database.
  s6-rc help                       this text
  s6-rc [-a] [-d] list [NAMES]     the services of NAMES and, with -a, those that are up; with -d all others
  s6-rc [-a] [-u|-d] listall NAMES those, and what they need (-u) or what needs them (-d)
  s6-rc diff                       where what runs isn't what is wanted
  s6-rc [-a] -u change NAMES       start them and what they need; -p: stop everything else
  s6-rc [-a] -d change NAMES       stop them and what needs them; -D: what is essential, too
  s6-rc start NAMES, stop NAMES    the same as -u change and -d change
-t MS: how long to wait; -n MS: say what would be done; -v N: 2 says what is started and stopped
codes: 0; 1 something failed; 2 timed out; 3 unknown name; 4 the definitions are wrong; 100 wrong usage; 111 the system refused
berth s6 explain shows the definitions; berth status shows what runs
`)
	return 0
}

// states gives which atoms are up, by what the container's berth says.
func (r *rcCall) states() (up map[string]bool, code int) {
	ctx, cancel := context.WithTimeout(context.Background(), rcPatience)
	defer cancel()
	st, err := r.client.Status(ctx)
	if err != nil {
		return nil, r.refusal("look at the services", err)
	}
	up = map[string]bool{}
	for _, s := range st.Services {
		up[s.Name] = s.Ready
	}
	return up, 0
}

// rcPatience bounds how long berth may take to say what runs.
const rcPatience = 10 * time.Second

// atoms gives what names mean, bundles resolved.
func (r *rcCall) atoms(names []string) (map[string]bool, int) {
	out := map[string]bool{}
	for _, name := range names {
		members, ok := rcMembers(r.catalogue, name)
		if !ok {
			return nil, rcNobody(r.Call, r.catalogue, name)
		}
		for _, m := range members {
			out[m] = true
		}
	}
	return out, 0
}

// selected gives what the names and -a select.
func (r *rcCall) selected(names []string) (set, up map[string]bool, code int) {
	if set, code = r.atoms(names); code != 0 {
		return nil, nil, code
	}
	if r.active {
		if up, code = r.states(); code != 0 {
			return nil, nil, code
		}
		for _, s := range r.catalogue.Services {
			set[s.Name] = set[s.Name] || up[s.Name]
		}
	}
	return set, up, 0
}

func (r *rcCall) list(names []string, all bool) int {
	set, _, code := r.selected(names)
	if code != 0 {
		return code
	}
	switch {
	case all:
		closed := rcClosure(r.catalogue, set, r.down)
		if r.exclude {
			for name := range set {
				delete(closed, name)
			}
		}
		set = closed
	case r.down:
		for _, s := range r.catalogue.Services {
			set[s.Name] = !set[s.Name]
		}
	}
	for _, s := range r.catalogue.Services {
		if set[s.Name] {
			_, _ = fmt.Fprintln(r.Stdout, s.Name)
		}
	}
	return 0
}

// diff says where a longrun isn't what is wanted of it: + it runs and shouldn't, - it should run and doesn't.
func (r *rcCall) diff() int {
	ctx, cancel := context.WithTimeout(context.Background(), rcPatience)
	defer cancel()
	st, err := r.client.Status(ctx)
	if err != nil {
		return r.refusal("look at the services", err)
	}
	code := 0
	for _, s := range st.Services {
		d := rcAtom(r.catalogue, s.Name)
		if d == nil || d.Kind != s6rc.Longrun {
			continue
		}
		wanted, runs := s.Desired == "up", s.Pid > 0 || s.Ready
		if wanted != runs {
			sign := "-"
			if runs {
				sign = "+"
			}
			_, _ = fmt.Fprintln(r.Stdout, sign+s.Name)
			code = rcFailed
		}
	}
	return code
}

// refusal words an answer that is none.
func (r *rcCall) refusal(what string, err error) int {
	text, hint := err.Error(), ""
	if e, ok := rcError(err); ok {
		hint = e.Hint
	}
	code := r.Fail(chain.System, "%s: %s", what, text)
	r.hint(hint)
	return code
}

func (r *rcCall) hint(text string) {
	if text != "" {
		_, _ = fmt.Fprintf(r.Stderr, "%s: hint: %s\n", r.Name, text)
	}
}

// say is a line of the kind that scripts look for.
func (r *rcCall) say(least int, format string, args ...any) {
	if r.verbosity >= least {
		_, _ = fmt.Fprintf(r.Stderr, "%s: %s\n", r.Name, fmt.Sprintf(format, args...))
	}
}

// rcRefused is what the makers of databases say.
func rcRefused(c *chain.Call) int {
	why := map[string]string{
		"s6-rc-compile":        "definitions are read as they are: `berth s6 explain` checks them, and the next start of the container takes them",
		"s6-rc-init":           "the boot has done it",
		"s6-rc-update":         "change the definitions, and start the container again",
		"s6-rc-bundle":         "make a directory in /etc/s6-overlay/s6-rc.d with a type that says bundle and a file in contents.d for each name",
		"s6-rc-dryrun":         "s6-rc -n 0 says what would be done",
		"s6-rc-format-upgrade": "there is no format to upgrade",
	}[c.Name]
	code := c.Fail(chain.Usage, "berth keeps no compiled database of services, so there is nothing to %s", strings.TrimPrefix(strings.TrimPrefix(c.Name, "s6-rc-"), "format-"))
	_, _ = fmt.Fprintf(c.Stderr, "%s: hint: %s\n", c.Name, why)
	return code
}

// rcSorted gives the names of a set.
func rcSorted(set map[string]bool) []string {
	var out []string
	for name, in := range set {
		if in {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

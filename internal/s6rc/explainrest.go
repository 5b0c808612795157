package s6rc

import (
	"fmt"
	"slices"
	"strings"
)

func (e Explanation) legacy(p *page) {
	if len(e.Legacy) == 0 {
		return
	}
	p.head("Started by %s (services.d), all at once", LegacyStep)
	t := table{{"NAME", "SOURCE"}}
	for _, l := range e.Legacy {
		t = append(t, []string{l.Name, l.Dir})
	}
	p.table(t)
	for _, l := range e.Legacy {
		text := strings.Join(l.Run.settings(), "; ")
		if l.Broken != "" {
			text = "isn't started: " + l.Broken
		}
		if text != "" {
			p.line("  %s: %s", l.Name, text)
		}
	}
}

func (e Explanation) scripts(p *page, head string, all []Program) {
	if len(all) == 0 {
		return
	}
	p.head("%s", head)
	for n, s := range all {
		text := fmt.Sprintf("  %d  %s", n+1, s.Path)
		if len(s.Shebang) > 0 {
			text += "  (" + strings.Join(s.Shebang, " ") + ")"
		}
		if !s.Executable {
			text += ", not executable"
		}
		if s.Dirty {
			text += ", run from a clean copy"
		}
		p.line("%s", text)
	}
}

func (e Explanation) attrs(p *page) {
	if len(e.FixAttrs) == 0 {
		return
	}
	p.head("Owners and modes that are set at the start (fix-attrs.d)")
	t := table{{"PATH", "BELOW", "ACCOUNT", "FILES", "DIRECTORIES", "SOURCE"}}
	for _, a := range e.FixAttrs {
		below := "no"
		if a.Recurse {
			below = "yes"
		}
		account := a.User
		if a.Numbers {
			account = strings.TrimPrefix(fmt.Sprintf("%s or %d:%d", a.User, a.UID, a.GID), " or ")
		}
		t = append(t, []string{a.Path, below, account, fmt.Sprintf("%04o", a.FMode), fmt.Sprintf("%04o", a.DMode), fmt.Sprintf("%s:%d", a.File, a.Line)})
	}
	p.table(t)
}

func (e Explanation) bundles(p *page) {
	p.head("Bundles")
	t := table{{"NAME", "HOLDS", "SOURCE"}}
	for _, b := range e.Bundles {
		names := b.Contents
		more := ""
		if len(names) > maxListed {
			names, more = names[:maxListed], " and "+quantity(len(b.Contents)-maxListed, "other")
		}
		t = append(t, []string{b.Name, or(strings.Join(names, " ")+more, "nothing"), or(b.From, "berth's own")})
	}
	p.table(t)
}

func (e Explanation) unstarted(p *page) {
	t := table{{"NAME", "KIND", "SOURCE"}}
	for _, s := range e.Services {
		if !s.Wanted {
			t = append(t, []string{s.Name, or(string(s.Kind), "none"), s.Dir})
		}
	}
	if len(t) > 1 {
		p.head("Defined and not started")
		p.table(t)
	}
}

func (e Explanation) ignored(p *page) {
	if len(e.Ignored) == 0 {
		return
	}
	p.head("Without effect")
	for _, i := range e.Ignored {
		p.line("  %s: %s", i.Path, i.Why)
	}
}

func (e Explanation) settings(p *page) {
	p.head("Variables (* given)")
	t := table{{"NAME", "VALUE", "FATE", "MEANING"}}
	for _, s := range e.Settings.Set {
		name := s.Name
		if s.Given {
			name += " *"
		}
		t = append(t, []string{name, or(s.Value, "-"), string(s.Fate), s.Why})
	}
	p.table(t)
}

func (e Explanation) wrong(p *page) {
	fatal := e.Fatal()
	if n := len(e.Also) + len(e.Complaints) - len(fatal); n > 0 {
		p.head("What is wrong, and doesn't keep the container from starting")
		e.complain(p, false)
	}
	if len(fatal) > 0 {
		p.head("What is wrong, and ends the container with 1")
		e.complain(p, true)
	}
}

func (e Explanation) complain(p *page, fatal bool) {
	for _, c := range slices.Concat(e.Also, e.Complaints) {
		if c.Fatal == fatal {
			p.line("  %s", c)
			if c.Hint != "" {
				p.line("    hint: %s", c.Hint)
			}
		}
	}
}

package spec

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// profileName is what stands for a profile's name in the arguments and paths of a per-profile service.
const profileName = "{profile}"

func (d *decoder) checkProfiles(s *Spec) {
	n := d.root.get("profiles").get("root")
	if s.Profiles == nil || n == nil || n.kind != scalar {
		return
	}
	if match, known := s.Profiles.matches(n.text); known && !match {
		d.complain(n.complain("let profiles.name match it", "profiles.root: %s doesn't match profiles.name", quote(n.text)))
	}
}

// matches says whether a name is one of a profile; known is false where the pattern is a mistake itself.
func (p *Profiles) matches(name string) (match, known bool) {
	re, err := regexp.Compile("^(?:" + p.Name + ")$")
	if err != nil || p.Name == "" {
		return false, false
	}
	return re.MatchString(name), true
}

func (d *decoder) checkServices() {
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return
	}
	for i, service := range services.items {
		if service.kind == mapping {
			d.checkService(service, services.keys[i])
		}
	}
}

func (d *decoder) checkService(service, name *node) {
	where := "services." + shorten(name.text)
	if service.yes("per-profile") {
		if d.root.get("profiles") == nil {
			n := service.get("per-profile")
			d.complain(n.complain("say profiles: {dir: profiles}, or take per-profile out", "%s is per profile, but the spec has no profiles", where))
		}
		if dir := service.get("log").get("dir"); dir != nil && !strings.Contains(dir.text, profileName) {
			d.complain(dir.complain("put {profile} into it, such as logs/"+shorten(name.text)+"/{profile}", "%s.log.dir: all profiles would write into %s", where, quote(dir.text)))
		}
	} else {
		for _, key := range []string{"profile-args", "port"} {
			if n := service.get(key); n != nil && (key != "port" || n.word("from") == "profile") {
				d.complain(n.complain("say per-profile: true, or take it out", "%s.%s: the service is not per profile", where, key))
			}
		}
		if n := service.get("log").get("dir"); n != nil && strings.Contains(n.text, profileName) {
			d.complain(n.complain("say per-profile: true, or take {profile} out", "%s.log.dir: the service is not per profile", where))
		}
	}
	d.checkRange(service.get("port").get("range"), where)
	final := service.get("restart").get("final-codes").elements()
	for _, code := range service.get("restart").get("at-once-codes").elements() {
		same := func(n *node) bool { return n.kind == scalar && n.text == code.text }
		if i := slices.IndexFunc(final, same); i >= 0 && code.kind == scalar {
			d.complain(code.complain(final[i].elsewhere(code), "%s.restart: %s is final and asks for a restart", where, quote(code.text)))
		}
	}
}

// checkRange wants two ports, the lower first.
func (d *decoder) checkRange(n *node, where string) {
	if n == nil || n.kind != list {
		return
	}
	ports := n.items
	if len(ports) != 2 {
		d.complain(n.complain("write the first and the last port: [9200, 9299]", "%s.port.range has %d numbers, not two", where, len(ports)))
		return
	}
	first, errFirst := strconv.Atoi(ports[0].text)
	last, errLast := strconv.Atoi(ports[1].text)
	if errFirst == nil && errLast == nil && first > last {
		d.complain(n.complain("write the lower one first", "%s.port.range is empty: %d to %d", where, first, last))
	}
}

// checkRedirects wants each redirect to lead to a slot that can be: a service, or a per-profile one with a profile's name.
func (d *decoder) checkRedirects(s *Spec) {
	seen := map[string]*node{}
	for i, redirect := range d.root.get("main").get("redirect").elements() {
		var words []string
		args := redirect.get("args")
		for _, a := range args.elements() {
			words = append(words, a.text)
		}
		if before := seen[strings.Join(words, "\x00")]; before != nil && len(words) > 0 {
			d.complain(args.complain(before.elsewhere(args), "main.redirect[%d]: %s is redirected twice", i, quote(strings.Join(words, " "))))
		} else if len(words) > 0 {
			seen[strings.Join(words, "\x00")] = args
		}
		to := redirect.get("to")
		if to == nil || to.kind != scalar || to.text == "" {
			continue
		}
		if slots, ok := d.slots(s, to.text); !ok {
			hint := "declare it under services"
			if len(slots) > 0 {
				hint = meant(to.text, slots)
			}
			d.complain(to.complain(hint, "main.redirect[%d].to: there is no service %s", i, quote(to.text)))
		}
	}
}

// slots says whether a slot of that name can be, and names some that can.
func (d *decoder) slots(s *Spec, slot string) (known []string, ok bool) {
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return nil, false
	}
	for i, k := range services.keys {
		if !services.items[i].yes("per-profile") {
			known = append(known, k.text)
			ok = ok || slot == k.text
			continue
		}
		root := cmp.Or(d.root.get("profiles").word("root"), "default")
		known = append(known, k.text+"-"+root)
		profile, cut := strings.CutPrefix(slot, k.text+"-")
		if !cut || profile == "" {
			continue
		}
		match, certain := true, false
		if s.Profiles != nil {
			match, certain = s.Profiles.matches(profile)
		}
		ok = ok || match || !certain
	}
	return known, ok
}

package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

func (d *decoder) checkProfiles(s *Spec) {
	n := d.root.get("profiles").get("root")
	if s.Profiles == nil || n == nil || n.kind != scalar {
		return
	}
	if re := s.Profiles.pattern(); re != nil && !re.MatchString(n.text) {
		d.complain(n.complain("let profiles.name match it", "profiles.root: %s doesn't match profiles.name", quote(n.text)))
	}
}

// pattern gives what a profile's name matches, or nil where that is a mistake itself.
func (p *Profiles) pattern() *regexp.Regexp {
	if p == nil || p.Name == "" {
		return nil
	}
	re, err := regexp.Compile("^(?:" + p.Name + ")$")
	if err != nil {
		return nil
	}
	return re
}

// checkRedirects wants each redirect to lead to a slot that can be: a service, or a per-profile one with a profile's name.
func (d *decoder) checkRedirects(s *Spec) {
	seen := map[string]*node{}
	slots := d.slots(s)
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
		if to := redirect.get("to"); to != nil && to.kind == scalar && to.text != "" && !slots.can(to.text) {
			d.complain(to.complain(slots.hint(d, to.text), "main.redirect[%d].to: there is no service %s", i, quote(to.text)))
		}
	}
}

// checkSlots refuses services whose slots could bear one name: that of a profile comes from the volume, and what is
// wanted and who may do what go by it.
func (d *decoder) checkSlots(s *Spec) {
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return
	}
	slots := d.slots(s)
	for i, k := range services.keys {
		slot := k.text
		if services.items[i].yes("per-profile") {
			slot += "-a" // the slot of a profile a
		}
		if service, profile, ok := slots.ofProfile(slot, k.text); ok {
			d.complain(k.complain("take another name", "services.%s: the slot of %s for a profile %s would have the name %s too", shorten(k.text), shorten(service), quote(profile), quote(slot)))
		}
	}
}

// checkControl wants what somebody may see or control to be there: a service, or a slot of a per-profile one.
func (d *decoder) checkControl(s *Spec) {
	slots := d.slots(s)
	for i, allow := range d.root.get("control").get("allow").elements() {
		for j, n := range allow.get("services").elements() {
			if !n.names() || slots.can(n.text) || slots.perProfile[n.text] {
				continue
			}
			if what, _ := breach("slot", n.text); what == "" { // else the decoder has said so
				d.complain(n.complain(slots.hint(d, n.text), "control.allow[%d].services[%d]: there is no service %s", i, j, quote(n.text)))
			}
		}
	}
}

// slotNames knows which slots a spec can have.
type slotNames struct {
	known      []string // services, and the root profile's slot of each per-profile one
	single     map[string]bool
	perProfile map[string]bool
	pattern    *regexp.Regexp // of a profile's name; nil: any
}

func (d *decoder) slots(s *Spec) slotNames {
	n := slotNames{single: map[string]bool{}, perProfile: map[string]bool{}, pattern: s.Profiles.pattern()}
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return n
	}
	root := cmp.Or(d.root.get("profiles").word("root"), "default")
	for i, k := range services.keys {
		if services.items[i].yes("per-profile") {
			n.perProfile[k.text] = true
			n.known = append(n.known, k.text+"-"+root)
			continue
		}
		n.single[k.text] = true
		n.known = append(n.known, k.text)
	}
	return n
}

// can says whether a slot of that name can be: a profile's name may have hyphens, as a service's may.
func (n slotNames) can(slot string) bool {
	_, _, ok := n.ofProfile(slot, "")
	return ok || n.single[slot]
}

// ofProfile finds the service, other than the given one, and the profile that a slot's name is made of.
func (n slotNames) ofProfile(slot, other string) (service, profile string, ok bool) {
	for i := range min(max(0, len(slot)-1), maxService+1) {
		service, profile := slot[:i], slot[i+1:]
		if slot[i] == '-' && service != other && n.perProfile[service] && (n.pattern == nil || n.pattern.MatchString(profile)) {
			return service, profile, true
		}
	}
	return "", "", false
}

// maxService bounds a service's name: what is longer is none, and looking at it costs.
const maxService = 64

// hint guesses which slot was meant.
func (n slotNames) hint(d *decoder, slot string) string {
	if len(n.known) == 0 {
		return "declare it under services"
	}
	return d.meant(slot, n.known)
}

// maxGuesses bounds how often a name is looked for among those of a file: each costs, and nobody reads on.
const maxGuesses = 100

// meant guesses what a name was to be, for as long as somebody may read it.
func (d *decoder) meant(word string, candidates []string) string {
	if d.guesses++; d.guesses > maxGuesses {
		return fmt.Sprintf("see the %d names under services", len(candidates))
	}
	return meant(word, candidates)
}

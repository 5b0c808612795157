package s6rc

import (
	"cmp"
	"slices"
)

// soften says what goes first without being required: s6-overlay starts services.d after everything in user, and what is in user2
// after those. Where that would make a circle it is left out.
func (r *reader) soften() {
	legacy := r.defs[LegacyStep]
	behind := r.closure(LegacyStep, r.needers())
	for _, name := range r.defs[UserBundle].atoms {
		if u := r.defs[name]; behind[name] {
			r.warn(u.dir, "move it to the bundle "+User2Bundle,
				"%s is in the bundle %s and needs %s, which starts after everything in there; started behind it", name, UserBundle, LegacyStep)
		} else {
			legacy.After = append(legacy.After, name)
		}
	}
	first := r.closure(LegacyStep, func(name string) []string {
		d := r.defs[name]
		return slices.Concat(d.Requires, d.After)
	})
	for _, name := range r.defs[User2Bundle].atoms {
		if d := r.defs[name]; !first[name] && !slices.Contains(d.Requires, LegacyStep) {
			d.After = append(d.After, LegacyStep)
		}
	}
}

// needers gives what requires an atom directly.
func (r *reader) needers() func(name string) []string {
	by := map[string][]string{}
	for _, d := range r.defs {
		for _, name := range d.Requires {
			by[name] = append(by[name], d.Name)
		}
	}
	return func(name string) []string { return by[name] }
}

// closure gives a name and everything that it leads to, directly or not.
func (r *reader) closure(name string, next func(string) []string) map[string]bool {
	seen := map[string]bool{name: true}
	for pending := []string{name}; len(pending) > 0; {
		at := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for _, n := range next(at) {
			if !seen[n] {
				seen[n] = true
				pending = append(pending, n)
			}
		}
	}
	return seen
}

// order puts each atom behind what it requires and comes after, and gives what a boot starts its level. Atoms in a circle come last.
func (r *reader) order(all []*definition) []*definition {
	left := map[*definition]int{}
	then := map[string][]*definition{}
	var atoms, ready []*definition
	for _, d := range all {
		if d.bundle {
			continue
		}
		atoms = append(atoms, d)
		d.Level, d.place = -1, len(all)
		for _, list := range [][]string{d.Requires, d.After} {
			for _, name := range list {
				left[d]++
				then[name] = append(then[name], d)
			}
		}
		if left[d] == 0 {
			ready = append(ready, d)
		}
	}
	for place := 0; len(ready) > 0; place++ {
		var next []*definition
		for _, d := range ready {
			d.place = place
			for _, t := range then[d.Name] {
				if left[t]--; left[t] == 0 {
					next = append(next, t)
				}
			}
		}
		ready = next
	}
	slices.SortFunc(atoms, func(a, b *definition) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.Name, b.Name))
	})
	return atoms
}

// settle fills the image from what was found.
func (r *reader) settle(all []*definition) {
	atoms := r.order(all)
	for _, d := range atoms {
		r.inherit(d)
		if d.Wanted && d.place < len(all) {
			for len(r.image.Levels) <= d.place {
				r.image.Levels = append(r.image.Levels, nil)
			}
			d.Level = d.place
			r.image.Levels[d.place] = append(r.image.Levels[d.place], d.Name)
		}
		if !d.Wanted {
			r.ignore(d.dir, "%s is in no bundle that a boot starts, and nothing that is in one needs it; to start it: touch %s",
				d.Name, join(r.userContents(), d.Name))
		}
		d.Broken = d.broken
		r.image.Services = append(r.image.Services, d.Service)
	}
	for _, d := range all {
		if !d.bundle {
			continue
		}
		b := Bundle{Name: d.Name, From: d.dir, Members: d.atoms, Pipeline: d.pipe}
		for _, c := range d.contents {
			b.Contents = append(b.Contents, c.name)
		}
		slices.Sort(b.Contents)
		b.Contents = slices.Compact(b.Contents)
		r.image.Bundles = append(r.image.Bundles, b)
	}
}

// inherit breaks what requires something broken.
func (r *reader) inherit(d *definition) {
	for _, name := range d.Requires {
		if need := r.defs[name]; d.broken == "" && need.broken != "" {
			d.broken = "it requires " + name + ", which can't be started"
		}
	}
}

// userContents is where a name is put to be started.
func (r *reader) userContents() string {
	if at := r.defs[UserBundle].dir; at != "" {
		return at + "/contents.d"
	}
	return join(r.image.Places.Bundles, UserBundle) + "/contents.d"
}

// complaints gives what is to be said: what ends the container first.
func (r *reader) complaints() []Complaint {
	out := make([]Complaint, 0, len(r.notes))
	for _, n := range r.notes {
		n.Fatal = n.breaks && n.about != nil && n.about.Wanted
		if n.breaks && !n.Fatal {
			n.Text += " (no boot starts it, so this ends nothing)"
		}
		out = append(out, n.Complaint)
	}
	slices.SortStableFunc(out, func(a, b Complaint) int {
		switch {
		case a.Fatal == b.Fatal:
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
		case a.Fatal:
			return -1
		}
		return 1
	})
	if r.more > 0 {
		out = append(out, Complaint{Path: "/", Text: quantity(r.more, "more complaint"), Hint: "is this the right image?"})
	}
	return out
}

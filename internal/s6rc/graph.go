package s6rc

import (
	"maps"
	"slices"
)

// An edge leads from a definition to one that must be looked at first: what a bundle holds, what an atom requires.
type edge struct {
	to *definition
	by ref
}

// sorted gives what is defined, sorted: everything below goes in this order, so that one image gives one value.
func (r *reader) sorted() []*definition {
	out := make([]*definition, 0, len(r.defs))
	for _, name := range slices.Sorted(maps.Keys(r.defs)) {
		out = append(out, r.defs[name])
	}
	return out
}

// link finds what the names in lists mean. Pipelines come first: their bundles may be in the lists.
func (r *reader) link() []*definition {
	r.pipelines(r.sorted(), slices.Sorted(maps.Keys(r.defs)))
	all := r.sorted()
	known := make([]string, len(all))
	for i, d := range all {
		known[i] = d.Name
	}
	for _, d := range all {
		for _, c := range d.contents {
			r.connect(d, c, known, "holds")
		}
		for _, c := range d.depends {
			r.connect(d, c, known, "depends on")
		}
	}
	return all
}

func (r *reader) connect(d *definition, to ref, known []string, verb string) {
	if there := r.defs[to.name]; there != nil {
		d.edges = append(d.edges, edge{there, to})
		return
	}
	hint := Meant(to.name, known)
	for _, l := range r.image.Legacy {
		if l.Name == to.name {
			hint = l.Name + " is of services.d: use " + LegacyStep + ", which starts all of those"
		}
	}
	if hint == "" {
		hint = "define it in " + join(r.image.Places.Sources, to.name) + ", or remove " + to.path
		if to.line > 0 {
			hint = "define it in " + join(r.image.Places.Sources, to.name) + ", or remove the line"
		}
	}
	r.say(note{
		Complaint: Complaint{Path: to.path, Line: to.line, Text: d.Name + " " + verb + " " + quote(to.name) + ", which nothing defines", Hint: hint},
		about:     d, breaks: true,
	})
}

// reach marks what a boot starts, and by which bundle under top.
func (r *reader) reach() {
	top := r.defs[TopBundle]
	for _, e := range top.edges {
		r.held(e.to, e.to.Name)
	}
	pending := []*definition{top}
	for len(pending) > 0 {
		d := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if d.Wanted {
			continue
		}
		d.Wanted = true
		for _, e := range d.edges {
			if !e.to.Wanted {
				pending = append(pending, e.to)
			}
		}
	}
}

// held says of what a bundle holds that it came by it; the first one counts.
func (r *reader) held(d *definition, by string) {
	pending := []*definition{d}
	for len(pending) > 0 {
		d := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if d.From != "" {
			continue
		}
		d.From = by
		if !d.bundle {
			continue
		}
		for _, e := range d.edges {
			pending = append(pending, e.to)
		}
	}
}

// flatten fills in the members of bundles and what atoms require. Where definitions go in a circle what is left of it is left out.
func (r *reader) flatten(all []*definition) {
	left := maxNames
	for _, d := range all {
		r.atomsOf(d, &left)
	}
	for _, d := range all {
		if d.bundle {
			continue
		}
		set := map[string]bool{}
		for _, e := range d.edges {
			for _, a := range e.to.atoms {
				if a != d.Name {
					set[a] = true
				}
			}
		}
		if left -= len(set); left < 0 {
			r.tooMany(d)
			return
		}
		d.Requires = slices.Sorted(maps.Keys(set))
	}
}

func (r *reader) atomsOf(d *definition, left *int) {
	if d.flat {
		return
	}
	d.flat = true
	if !d.bundle {
		d.atoms = []string{d.Name}
		return
	}
	set := map[string]bool{}
	for _, e := range d.edges {
		r.atomsOf(e.to, left)
		for _, a := range e.to.atoms {
			set[a] = true
		}
	}
	if *left -= len(set); *left < 0 {
		r.tooMany(d)
		return
	}
	d.atoms = slices.Sorted(maps.Keys(set))
}

func (r *reader) tooMany(d *definition) {
	r.spoil(r.defs[TopBundle], d.dir, "name services once, in one bundle", "bundles hold one another so that they name more than %d services", maxNames)
}

package supervise

import (
	"slices"
	"strings"
)

// check refuses services that can't be added: names that are there or unknown, cycles, rules that don't fit.
func (s *Supervisor) check(services []Service) error {
	deps := map[string][]string{}
	names := make([]string, 0, len(s.slots)+len(services))
	for _, x := range s.slots {
		names = append(names, x.Name)
		deps[x.Name] = slices.Concat(x.Requires, x.After)
	}
	for _, v := range services {
		if _, there := deps[v.Name]; there || v.Name == "" {
			return refuse("give it another name, or remove the one that is there", "add %q: there is a slot of that name", v.Name)
		}
		names = append(names, v.Name)
		deps[v.Name] = slices.Concat(v.Requires, v.After)
	}
	for _, v := range services {
		for _, name := range deps[v.Name] {
			if _, there := deps[name]; !there {
				return unknown("add "+v.Name+": require or follow", name, names)
			}
		}
		if err := s.fits(v); err != nil {
			return err
		}
	}
	if cycle := findCycle(names, deps); cycle != nil {
		return refuse("take one of these out of requires or after", "add %s: the order has a cycle: %s", cycle[0], strings.Join(cycle, " → "))
	}
	return nil
}

// fits refuses rules that a service of its kind can't have.
func (s *Supervisor) fits(v Service) error {
	switch {
	case v.Kind != Task && v.Schedule != nil:
		return refuse("make it a task, or take the schedule out", "add %s: only a task has a schedule", v.Name)
	case v.Kind == Task && v.Health != nil:
		return refuse("take health out, or make it a daemon", "add %s: a task has no health", v.Name)
	case v.Health != nil && s.o.Prober == nil:
		return refuse("take health out", "add %s: nobody asks for health here", v.Name)
	case v.Lease && s.o.Leaser == nil:
		return refuse("take lease out", "add %s: nobody gives leases here", v.Name)
	}
	return nil
}

// findCycle gives the names of a cycle, the first one at both ends, or nothing. A name without an entry has no
// dependencies.
func findCycle(names []string, deps map[string][]string) []string {
	const open, closed = 1, 2
	seen := make(map[string]int, len(names))
	var path []string
	var visit func(name string) []string
	visit = func(name string) []string {
		switch seen[name] {
		case open:
			return append(slices.Clone(path[slices.Index(path, name):]), name)
		case closed:
			return nil
		}
		seen[name] = open
		path = append(path, name)
		for _, d := range deps[name] {
			if cycle := visit(d); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		seen[name] = closed
		return nil
	}
	for _, name := range names {
		if cycle := visit(name); cycle != nil {
			return cycle
		}
	}
	return nil
}

// link finds the neighbours of every slot anew, and the order in which none comes before what it depends on.
func (s *Supervisor) link() {
	for _, x := range s.slots {
		x.needs, x.follows, x.needed, x.followed, x.level = x.needs[:0], x.follows[:0], nil, nil, -1
	}
	for _, x := range s.slots {
		for _, name := range x.Requires {
			r := s.byName[name]
			x.needs = append(x.needs, r) // nil: it was removed
			if r != nil {
				r.needed = append(r.needed, x)
			}
		}
		for _, name := range x.After {
			if r := s.byName[name]; r != nil {
				x.follows = append(x.follows, r)
				r.followed = append(r.followed, x)
			}
		}
	}
	s.ordered, s.highest = s.ordered[:0], 0
	for _, x := range s.slots {
		s.place(x)
	}
}

// place gives a slot its level, above all that it depends on.
func (s *Supervisor) place(x *slot) int {
	if x.level >= 0 {
		return x.level
	}
	level := 0
	for _, list := range [][]*slot{x.needs, x.follows} {
		for _, r := range list {
			if r != nil {
				level = max(level, 1+s.place(r))
			}
		}
	}
	x.level = level
	s.highest = max(s.highest, level)
	s.ordered = append(s.ordered, x)
	return level
}

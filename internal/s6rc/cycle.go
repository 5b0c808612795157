package s6rc

import (
	"slices"
	"strconv"
	"strings"
)

// cycles complains of each knot of definitions that need one another, by the shortest way around.
func (r *reader) cycles(all []*definition) {
	for _, knot := range knots(all) {
		in := map[*definition]bool{}
		for _, d := range knot {
			in[d] = true
		}
		slices.SortFunc(knot, func(a, b *definition) int {
			if a.Kind == b.Kind || a.Kind != Builtin && b.Kind != Builtin {
				return strings.Compare(a.Name, b.Name)
			}
			return strings.Compare(string(b.Kind), string(a.Kind))
		})
		start := knot[0]
		for _, d := range knot {
			if !d.bundle && d.Kind != Builtin { // the words begin with a service: a bundle goes in no circle by itself
				start = d
				break
			}
		}
		way := around(start, in)
		at := way[0].by
		for _, e := range way {
			if e.by.path != "" {
				at = e.by
				break
			}
		}
		hint := "remove one of them: rm " + at.path
		if at.line > 0 {
			hint = "remove one of them, like this line"
		}
		for _, d := range knot {
			if d != start && d.broken == "" {
				d.broken = "it is in a circle of definitions that need one another"
			}
		}
		r.say(note{
			Complaint: Complaint{Path: at.path, Line: at.line, Text: "each of these needs the next one first: " + words(start, way), Hint: hint},
			about:     start, breaks: true,
		})
	}
}

// words gives a circle as people read it.
func words(start *definition, way []edge) string {
	named := []string{start.Name}
	for i, e := range way {
		if left := len(way) - i; i >= maxNamed && left > 2 {
			named = append(named, "("+strconv.Itoa(left-1)+" more)", way[len(way)-1].to.Name)
			break
		}
		name := e.to.Name
		if e.to.bundle {
			name += " (a bundle)"
		}
		named = append(named, name)
	}
	return strings.Join(named, " → ")
}

// around finds the shortest way from a definition back to itself within a knot.
func around(start *definition, in map[*definition]bool) []edge {
	type step struct {
		by   edge
		from *definition
	}
	came := map[*definition]step{}
	queue := []*definition{start}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		for _, e := range d.edges {
			if !in[e.to] {
				continue
			}
			if _, seen := came[e.to]; seen {
				continue
			}
			came[e.to] = step{e, d}
			if e.to == start {
				var way []edge
				for at := start; ; {
					s := came[at]
					way = append(way, s.by)
					if at = s.from; at == start {
						slices.Reverse(way)
						return way
					}
				}
			}
			queue = append(queue, e.to)
		}
	}
	return []edge{{to: start}} // a knot has a way around
}

// knots gives the sets of definitions that lead to one another (strongly connected components by Tarjan, without recursion: an image
// may have twenty thousand definitions in one row), and those that lead to themselves.
func knots(all []*definition) [][]*definition {
	type visit struct {
		d    *definition
		next int
	}
	var out [][]*definition
	var stack []*definition
	low := map[*definition]int{}
	on := map[*definition]bool{}
	count := 0
	enter := func(d *definition) visit {
		count++
		d.mark, low[d] = count, count
		stack, on[d] = append(stack, d), true
		return visit{d: d}
	}
	for _, root := range all {
		if root.mark != 0 {
			continue
		}
		path := []visit{enter(root)}
		for len(path) > 0 {
			v := &path[len(path)-1]
			if v.next < len(v.d.edges) {
				to := v.d.edges[v.next].to
				v.next++
				if to.mark == 0 {
					path = append(path, enter(to))
				} else if on[to] {
					low[v.d] = min(low[v.d], to.mark)
				}
				continue
			}
			d := v.d
			path = path[:len(path)-1]
			if len(path) > 0 {
				parent := path[len(path)-1].d
				low[parent] = min(low[parent], low[d])
			}
			if low[d] != d.mark {
				continue
			}
			at := slices.Index(stack, d)
			knot := slices.Clone(stack[at:])
			stack = stack[:at]
			for _, k := range knot {
				on[k] = false
			}
			if len(knot) > 1 || slices.ContainsFunc(d.edges, func(e edge) bool { return e.to == d }) {
				out = append(out, knot)
			}
		}
	}
	return out
}

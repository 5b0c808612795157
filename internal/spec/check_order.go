package spec

import (
	"fmt"
	"slices"
	"strings"
)

// checkOrder holds services against each other: what they name is there and can be waited for, and nothing waits for
// itself. It looks at requires and after together: both keep a service waiting.
func (d *decoder) checkOrder() {
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return
	}
	o := &order{d: d, services: services, at: map[string]int{}, names: make([]string, len(services.keys))}
	for i, k := range services.keys {
		o.at[k.text], o.names[i] = i, k.text
	}
	o.edges = make([][]edge, len(services.items))
	for i := range services.items {
		for _, key := range []string{"requires", "after"} {
			o.read(i, key)
		}
	}
	o.state = make([]int, len(services.items))
	for i := range services.items {
		o.visit(i)
	}
}

// An order is the graph of what waits for what.
type order struct {
	d        *decoder
	services *node
	names    []string
	at       map[string]int
	edges    [][]edge
	state    []int // of each service: not visited, on the path, done
	path     []int
}

// An edge leads to a service that is waited for, from the place that says so.
type edge struct {
	to    int
	said  *node
	where string
}

const (
	onPath = 1 + iota
	visited
)

// read checks one list of names and remembers where they lead.
func (o *order) read(from int, key string) {
	list := o.services.items[from].get(key).elements()
	seen := map[string]*node{}
	for i, n := range list {
		if !n.names() {
			continue
		}
		where := fmt.Sprintf("services.%s.%s[%d]", shorten(o.names[from]), key, i)
		to, known := o.at[n.text]
		switch before := seen[n.text]; {
		case before != nil:
			o.d.complain(n.complain(before.elsewhere(n), "%s: %s stands here for the second time", where, quote(n.text)))
		case known:
			o.judge(from, to, n, where)
		default:
			if what, _ := breach("service", n.text); what == "" { // else the decoder has said so
				o.d.complain(n.complain(o.d.meant(n.text, o.names), "%s: there is no service %s", where, quote(n.text)))
			}
		}
		seen[n.text] = n
	}
}

// judge says whether one service can wait for another.
func (o *order) judge(from, to int, n *node, where string) {
	if o.services.items[to].yes("per-profile") && !o.services.items[from].yes("per-profile") {
		o.d.complain(n.complain("say per-profile: true here too, or take it out", "%s: %s is per profile, so it's not clear which to wait for", where, quote(n.text)))
		return
	}
	o.edges[from] = append(o.edges[from], edge{to, n, where})
}

// visit goes down all ways from a service, and complains where one leads back to the path that led there.
func (o *order) visit(i int) {
	if o.state[i] != 0 {
		return
	}
	o.state[i] = onPath
	o.path = append(o.path, i)
	for _, e := range o.edges[i] {
		if o.state[e.to] == onPath {
			o.d.complain(e.said.complain("take one of them out of requires or after", "%s: these wait for each other: %s", e.where, o.circle(e.to)))
		}
		o.visit(e.to)
	}
	o.path = o.path[:len(o.path)-1]
	o.state[i] = visited
}

// maxCircle bounds how many names of a circle are told.
const maxCircle = 12

// circle tells the part of the path that begins at a service, and leads back to it.
func (o *order) circle(to int) string {
	var names []string
	part := o.path[slices.Index(o.path, to):]
	for i, service := range part {
		if i < maxCircle-2 || i == len(part)-1 {
			names = append(names, shorten(o.names[service]))
		} else if i == maxCircle-2 {
			names = append(names, "…")
		}
	}
	return strings.Join(append(names, shorten(o.names[to])), " → ")
}

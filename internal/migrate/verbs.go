package migrate

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// edit reads one edit: its verb is the one of its keys that is a verb.
func (r *stepsReader) edit(n *node, where string) edit {
	verb := ""
	for _, k := range n.keys {
		switch name := k.value.text; name {
		case "default", "set", "move", "remove", "fold", "largest", "enlist", "blank", "mkdir", "announce":
			if verb != "" {
				r.complain(k, "make two edits of it", "%s: has both %s and %s", where, verb, name)
				return nil
			}
			verb = name
		}
	}
	fields := func(known ...string) map[string]*node {
		return r.fields(n, where, append(append([]string{verb}, known...), "if")...)
	}
	switch verb {
	case "default", "set":
		f := fields("value", "env")
		return &assign{
			path: r.path(f[verb], where), always: verb == "set", value: r.required(n, f["value"], where+".value"),
			env: r.variables(f["env"], where+".env"), when: r.conditions(f["if"], where),
		}
	case "move":
		return r.move(n, fields("to", "map", "else", "only", "drop"), where)
	case "remove":
		f := fields()
		return &removal{path: r.path(f[verb], where), when: r.conditions(f["if"], where)}
	case "fold":
		return r.fold(n, fields("into", "name", "host", "need", "fields", "drop"), where)
	case "largest":
		f := fields("of", "above")
		return &largest{
			path: r.path(f[verb], where), of: r.path(r.given(n, f["of"], where+".of"), where), above: r.number(n, f["above"], where+".above"),
			when: r.conditions(f["if"], where),
		}
	case "enlist":
		return r.enlist(n, fields("dirs", "files", "name", "prefix", "except"), where)
	case "blank", "mkdir", "announce":
		f := fields()
		e := &naming{verb: verb, when: r.conditions(f["if"], where)}
		for i, item := range r.items(n, f[verb], where+"."+verb) {
			at := fmt.Sprintf("%s.%s[%d]", where, verb, i)
			if verb == "mkdir" {
				e.names = append(e.names, r.inside(item, at))
			} else {
				e.names = append(e.names, r.variable(item, at))
			}
		}
		return e
	}
	r.complain(n, "its key is one of default, set, move, remove, fold, largest, enlist, blank, mkdir, announce", "%s: there is no verb", where)
	return nil
}

func (r *stepsReader) move(n *node, f map[string]*node, where string) edit {
	m := &move{
		from: r.path(f["move"], where), to: r.path(r.given(n, f["to"], where+".to"), where), when: r.conditions(f["if"], where),
		only: r.anyOf(f["only"]), drop: r.anyOf(f["drop"]),
	}
	if stars(m.from) > 1 || stars(m.from) != stars(m.to) {
		r.complain(n, "write a * in both, or in none", "%s: there is not one * in each path", where)
	}
	if stars(m.from) == 1 && m.from[len(m.from)-1] != "*" {
		r.complain(f["move"], "let the path end in it", "%s: a * stands for the keys of the last mapping only", where)
	}
	if f["map"] != nil {
		if f["map"].value.kind != mapping {
			r.complain(f["map"], "", "%s.map: expected a mapping", where)
		}
		for i, k := range f["map"].keys {
			m.from2, m.to2 = append(m.from2, k.value), append(m.to2, r.literal(f["map"].items[i]))
		}
	}
	if f["else"] != nil {
		m.otherwise = r.literal(f["else"])
	}
	return m
}

func (r *stepsReader) fold(n *node, f map[string]*node, where string) edit {
	e := &fold{path: r.path(f["fold"], where), into: r.path(r.given(n, f["into"], where+".into"), where), when: r.conditions(f["if"], where)}
	e.name, e.host = r.strings(f["name"], where+".name"), r.strings(f["host"], where+".host")
	if f["need"] != nil {
		e.need = r.text(f["need"], where+".need")
	}
	each := func(n *node, at string, do func(name string, item *node)) {
		if n == nil {
			return
		}
		if n.value.kind != mapping {
			r.complain(n, "", "%s: expected a mapping", at)
		}
		for i, k := range n.keys {
			do(r.text(k, at), n.items[i])
		}
	}
	each(f["fields"], where+".fields", func(name string, item *node) {
		e.fields = append(e.fields, field{name, r.strings(item, where+".fields."+name)})
	})
	each(f["drop"], where+".drop", func(name string, item *node) {
		e.drop = append(e.drop, unwanted{name, r.anyOf(item)})
	})
	return e
}

func (r *stepsReader) enlist(n *node, f map[string]*node, where string) edit {
	e := &enlist{path: r.path(f["enlist"], where), when: r.conditions(f["if"], where)}
	if d := r.given(n, f["dirs"], where+".dirs"); d != nil {
		e.dirs = r.inside(d, where+".dirs")
	}
	for i, item := range r.items(n, f["files"], where+".files") {
		e.files = append(e.files, r.inside(item, fmt.Sprintf("%s.files[%d]", where, i)))
	}
	if f["name"] != nil {
		e.name = r.text(f["name"], where+".name")
	}
	if f["prefix"] != nil {
		e.prefix = r.text(f["prefix"], where+".prefix")
	}
	if f["except"] != nil {
		e.except = r.path(f["except"], where)
	}
	return e
}

// given complains about a key that is missing.
func (r *stepsReader) given(in, n *node, where string) *node {
	if n == nil {
		r.complain(in, "", "%s is missing", where)
	}
	return n
}

func (r *stepsReader) required(in, n *node, where string) *value {
	if r.given(in, n, where) == nil {
		return absent(nil)
	}
	return r.literal(n)
}

// literal gives a value as it is written in the steps, so that 0x10 stays 0x10.
func (r *stepsReader) literal(n *node) *value { return r.d.asWritten(n) }

// path reads the keys of a path.
func (r *stepsReader) path(n *node, where string) []string {
	if n == nil {
		return nil
	}
	keys := splitPath(r.text(n, where))
	for _, key := range keys {
		if key == "" || strings.ContainsFunc(key, control) {
			r.complain(n, "write it as a.b.c", "%s: %q is no path", where, n.value.text)
			return nil
		}
	}
	return keys
}

// splitPath cuts a path at its dots, but for those in <>.
func splitPath(s string) []string {
	var keys []string
	depth, begin := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '<':
			depth++
		case '>':
			depth--
		case '.':
			if depth == 0 {
				keys, begin = append(keys, s[begin:i]), i+1
			}
		}
	}
	return append(keys, s[begin:])
}

func stars(path []string) int {
	n := 0
	for _, key := range path {
		if key == "*" {
			n++
		}
	}
	return n
}

// anyOf gives one value, or the values of a list.
func (r *stepsReader) anyOf(n *node) []*value {
	if n == nil {
		return nil
	}
	if n.y.Kind == yaml.SequenceNode {
		return n.value.items
	}
	return []*value{n.value}
}

func (r *stepsReader) strings(n *node, where string) []string {
	if n == nil {
		return nil
	}
	if n.y.Kind != yaml.SequenceNode {
		return []string{r.text(n, where)}
	}
	var all []string
	for _, item := range n.items {
		all = append(all, r.text(item, where))
	}
	return all
}

func (r *stepsReader) conditions(n *node, where string) []condition {
	if n == nil {
		return nil
	}
	if n.value.kind != mapping {
		r.complain(n, "write if: {PATH: VALUE}", "%s.if: expected a mapping", where)
	}
	var all []condition
	for i, k := range n.keys {
		all = append(all, condition{r.path(k, where+".if"), r.anyOf(n.items[i])})
	}
	return all
}

func (r *stepsReader) variable(n *node, where string) string {
	name := r.text(n, where)
	for i := range len(name) {
		if c := name[i]; !letter(c) && c != '_' && (i == 0 || c < '0' || c > '9') {
			r.complain(n, "letters, digits and _, no digit first", "%s: %q is no variable's name", where, name)
			break
		}
	}
	return name
}

func (r *stepsReader) variables(n *node, where string) []variable {
	if n == nil {
		return nil
	}
	var all []variable
	for i, item := range r.items(n, n, where) {
		at := fmt.Sprintf("%s[%d]", where, i)
		f := r.fields(item, at, "name", "map")
		if r.given(item, f["name"], at+".name") == nil {
			continue
		}
		v := variable{name: r.variable(f["name"], at+".name"), verbatim: f["map"] == nil}
		if f["map"] != nil {
			for j, k := range f["map"].keys {
				v.from, v.to = append(v.from, k.value.text), append(v.to, r.literal(f["map"].items[j]))
			}
		}
		all = append(all, v)
	}
	return all
}

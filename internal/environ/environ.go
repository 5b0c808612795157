// Package environ makes the environment of the container's children: the container's own variables, what the spec
// sets, takes away and finds, and who the app is. Entries are NAME=value as environ(7) has them; a value is never
// looked into, expanded again or handed to a shell.
package environ

import (
	"maps"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/variable"
)

// DefaultPath is the PATH of children where the container has none; it is the one that engines give.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Source is what a child's environment is made of.
type Source struct {
	Environ  []string                 // the container's own
	Set      map[string]variable.Text // expanded with the container's variables
	Unset    []string                 // taken away
	Secret   []string                 // taken away because their values are secrets: seeds that boots have used up
	Path     []variable.Text          // put before PATH; expanded with what the child will see
	Found    map[string]string        // what discovery found, for variables that would be empty otherwise
	Identity identity.Identity        // HOME, USER and LOGNAME; Set may say otherwise
}

// Child gives the environment of a child: the container's variables in their order, then the new ones by name. The
// last of several entries of one name wins, as it does in a shell.
func Child(s Source) []string {
	v := read(s.Environ)
	lookup := func(name string) (string, bool) { return variable.Lookup(s.Environ, name) }
	who := map[string]string{"HOME": s.Identity.Home, "USER": s.Identity.Name, "LOGNAME": s.Identity.Name}
	for _, name := range slices.Sorted(maps.Keys(who)) {
		if who[name] != "" {
			v.set(name, who[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		v.set(name, s.Set[name].Expand(lookup))
	}
	v.set("PATH", v.path(s.Path))
	for _, name := range slices.Sorted(maps.Keys(s.Found)) {
		if v.value[name] == "" {
			v.set(name, s.Found[name])
		}
	}
	for _, name := range slices.Concat(s.Unset, s.Secret) {
		delete(v.value, name)
	}
	return v.entries()
}

// variables are variables in an order.
type variables struct {
	value map[string]string
	order []string
}

func read(environ []string) *variables {
	v := &variables{value: make(map[string]string, len(environ)+8)}
	for _, e := range environ {
		// An entry without a name is nothing that a child could ask for.
		if name, value, ok := strings.Cut(e, "="); ok && name != "" {
			v.set(name, value)
		}
	}
	return v
}

func (v *variables) set(name, value string) {
	if _, there := v.value[name]; !there {
		v.order = append(v.order, name)
	}
	v.value[name] = value
}

func (v *variables) lookup(name string) (string, bool) {
	value, ok := v.value[name]
	return value, ok
}

func (v *variables) entries() []string {
	out := make([]string, 0, len(v.value))
	for _, name := range v.order {
		if value, there := v.value[name]; there {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// path gives PATH with the spec's directories before it, each directory once, where it came first.
func (v *variables) path(before []variable.Text) string {
	rest := v.value["PATH"]
	if rest == "" {
		rest = DefaultPath
	}
	var dirs []string
	add := func(dir string) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, t := range before {
		// An empty element means the working directory (environ(7)), which no spec asks for by an unset variable.
		if dir := t.Expand(v.lookup); dir != "" {
			add(dir)
		}
	}
	for dir := range strings.SplitSeq(rest, ":") {
		add(dir)
	}
	return strings.Join(dirs, ":")
}

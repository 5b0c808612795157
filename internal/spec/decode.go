package spec

import (
	"reflect"
	"slices"
	"strings"
)

// A decoder fills a Spec from a tree by the tags of its fields, and goes on after each mistake.
type decoder struct {
	root       *node
	complaints *[]Complaint
	partial    bool // what seems to be missing may stand in a part that couldn't be read
	guesses    int  // how many names were looked for among those of the file
}

// A field is a key of a mapping: its tags and its place in words; whole says that it stands in a list.
type field struct {
	reflect.StructField
	where string
	whole bool
}

func (f field) rule() string { return f.Tag.Get("is") }

// words gives the parts of a tag that is a list.
func (f field) words(tag string) []string {
	if s := f.Tag.Get(tag); s != "" {
		return strings.Split(s, ",")
	}
	return nil
}

func (d *decoder) complain(c Complaint) { *d.complaints = append(*d.complaints, c) }

// wrong complains about a value of another kind than expected.
func (d *decoder) wrong(n *node, f field, expected, hint string) {
	if n.kind == scalar && n.tag == "!!null" && !n.quoted {
		d.complain(n.complain("give it a value, or take the key out", "%s has no value; expected %s", f.where, expected))
		return
	}
	d.complain(n.complain(hint, "%s: expected %s, but %s stands here", f.where, expected, n.describe()))
}

// keysOf gives the keys that a struct knows, in its order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		if key := f.Tag.Get("yaml"); key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// join makes the place of a key in words.
func join(where, key string) string {
	if where == "" {
		return key
	}
	return where + "." + key
}

// structure fills a struct; a nil node, for an absent key, leaves the defaults.
func (d *decoder) structure(n *node, v reflect.Value, f field) {
	if n != nil && n.kind != mapping {
		d.wrong(n, f, "a mapping with "+strings.Join(keysOf(v.Type()), ", "), "")
		n = nil
	}
	for i := range v.NumField() {
		sub := field{StructField: v.Type().Field(i)}
		key := sub.Tag.Get("yaml")
		if key == "-" {
			continue
		}
		sub.where = join(f.where, key)
		switch value := n.get(key); {
		case value != nil:
			d.value(value, v.Field(i), sub)
		case n != nil && sub.Tag.Get("required") != "" && !d.partial:
			d.lacks(n, f, key, key+": "+sub.Tag.Get("doc"))
		case isStruct(sub.Type):
			d.structure(nil, v.Field(i), sub)
		case sub.Tag.Get("default") != "":
			d.value(stated(sub), v.Field(i), sub)
		}
	}
	if n != nil {
		d.unknown(n, v.Type(), f)
		d.choice(n, f)
	}
}

// stated makes a node of what a field's default tag says.
func stated(f field) *node {
	n := &node{text: f.Tag.Get("default"), tag: "!!str"}
	switch {
	case f.Type == reflect.TypeFor[Mode]():
		n.quoted = true
	case f.Type.Kind() == reflect.Bool:
		n.tag = "!!bool"
	case f.Type == reflect.TypeFor[ID](), f.Type.Kind() == reflect.Int:
		n.tag = "!!int"
	}
	return n
}

func (d *decoder) lacks(n *node, f field, what, hint string) {
	owner := f.where
	if owner == "" {
		owner = "the spec"
	}
	d.complain(n.complain(hint, "%s lacks %s", owner, what))
}

func (d *decoder) unknown(n *node, t reflect.Type, f field) {
	known := keysOf(t)
	for _, k := range n.keys {
		if slices.Contains(known, k.text) {
			continue
		}
		hint := ""
		if len(*d.complaints) < maxComplaints { // nobody will read the others, and a guess costs
			hint = hintFor(k.text, known)
		}
		place := ""
		if f.where != "" {
			place = " in " + f.where
		}
		d.complain(k.complain(hint, "unknown key %s%s", quote(k.text), place))
	}
}

// hintFor guesses what an unknown key was to be.
func hintFor(key string, known []string) string {
	if guess(key, known) == "" {
		if elsewhere := sectionsWith(key); len(elsewhere) > 0 {
			return "a key of this name belongs into " + strings.Join(elsewhere, " or ")
		}
	}
	return meant(key, known)
}

// choice holds a mapping to the one-of and any-of tags of the key that it stands at.
func (d *decoder) choice(n *node, f field) {
	if d.partial {
		return
	}
	if keys := f.words("any-of"); keys != nil {
		if len(present(n, keys)) == 0 {
			d.lacks(n, f, "any of "+strings.Join(keys, ", "), "")
		}
	}
	if keys := f.words("one-of"); keys != nil {
		switch there := present(n, keys); {
		case len(there) == 0:
			d.lacks(n, f, "one of "+strings.Join(keys, ", "), "")
		case len(there) > 1:
			second := n.keys[n.index(there[1])]
			d.complain(second.complain("keep one of them", "%s has both %s", f.where, strings.Join(there, " and ")))
		}
	}
}

// present gives those of the keys that a mapping has.
func present(n *node, keys []string) []string {
	var there []string
	for _, k := range keys {
		if n.get(k) != nil {
			there = append(there, k)
		}
	}
	return there
}

// fieldOf finds the field of a struct that a key names.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if f.Tag.Get("yaml") == key && key != "-" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// sectionsWith names the sections, at most three, that know a key: those first that lie near the top.
func sectionsWith(key string) []string {
	type place struct {
		t     reflect.Type
		where string
	}
	var found []string
	for level := []place{{reflect.TypeFor[Spec](), ""}}; level != nil; {
		var below []place
		for _, p := range level {
			if _, ok := fieldOf(p.t, key); ok && p.where != "" && len(found) < 3 {
				found = append(found, p.where)
			}
			for f := range p.t.Fields() {
				if e := element(f.Type); f.Tag.Get("yaml") != "-" && isStruct(e) {
					below = append(below, place{e, join(p.where, f.Tag.Get("yaml")) + suffix(f.Type)})
				}
			}
		}
		level = below
	}
	return found
}

// element gives what a list, a map or a pointer holds, or the type itself.
func element(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return t.Elem()
	default:
		return t
	}
}

// suffix marks a list or a map in the name of a section.
func suffix(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "[]"
	case reflect.Map:
		return ".NAME"
	default:
		return ""
	}
}

// isStruct says whether a type is a mapping of the language: a mode and a limit are structs too, but scalars there.
func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[Mode]() && t != reflect.TypeFor[Rlimit]()
}

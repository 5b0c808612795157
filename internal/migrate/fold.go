package migrate

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// fold makes a mapping of a list of mappings: each gets a key made of its name, or of the host that it names. Keys that are
// there already stay; the list goes.
type fold struct {
	path, into []string
	name, host []string // fields, the first that says something counts
	need       string   // an element without this field is left out
	fields     []field
	drop       []unwanted
	when       []condition
}

// A field of an element is taken from the first of the old ones that says something. Fields that nobody names stay.
type field struct {
	name string
	old  []string
}

// unwanted values of a field go with it.
type unwanted struct {
	field  string
	values []*value
}

func (f *fold) do(w *work) error {
	if !w.met(f.when) {
		return nil
	}
	old := w.doc.value.at(f.path)
	if old == nil || old.kind == null {
		return nil
	}
	at, err := w.doc.find(f.path)
	if err != nil {
		return err
	}
	if at.i < 0 || at.depth+1 < len(f.path) || at.in.items[at.i].y.Kind != yaml.SequenceNode {
		w.remark("%s is no list: it stays as it is", strings.Join(f.path, "."))
		return nil
	}
	into := w.doc.value.at(f.into)
	if into != nil && into.kind != mapping && into.kind != null {
		w.remark("%s is no mapping: %s stays as it is", strings.Join(f.into, "."), strings.Join(f.path, "."))
		return nil
	}
	made := &value{kind: mapping}
	for i, item := range at.in.items[at.i].items {
		from := w.doc.asWritten(item)
		v, dropped := f.element(from)
		for _, key := range dropped {
			w.remark("%s[%d]: its key %s was left out", strings.Join(f.path, "."), i, key)
		}
		if v != nil {
			made.keys, made.items = append(made.keys, newText(f.key(from, into, made))), append(made.items, v)
		} else {
			w.remark("%s[%d] was left out: it has no %s", strings.Join(f.path, "."), i, f.need)
		}
	}
	made.counted()
	if into == nil && len(made.items) > 0 && slices.Equal(f.path[:len(f.path)-1], f.into[:len(f.into)-1]) {
		err := w.change(func() (*document, error) { return w.doc.rename(f.path, f.into[len(f.into)-1], made) })
		if err == nil {
			return nil
		}
	}
	for i, k := range made.keys {
		if ok, err := w.put(append(slices.Clone(f.into), k.text), made.items[i]); !ok || err != nil {
			return err
		}
	}
	return w.remove(f.path)
}

// element makes the new mapping of an element; nil if it is none or lacks what it needs. What is merged into the element
// becomes its own, as the new mapping may stand elsewhere.
func (f *fold) element(from *value) (made *value, dropped []string) {
	if from.kind != mapping {
		return nil, nil
	}
	out := &value{kind: mapping}
	add := func(name string, v *value) {
		for _, d := range f.drop {
			if d.field == name && among(v, d.values) {
				return
			}
		}
		out.keys, out.items = append(out.keys, newText(name)), append(out.items, v)
	}
	var used []string
	for _, to := range f.fields {
		used = append(append(used, to.name), to.old...)
		if v := first(from, to.old); v != nil {
			add(to.name, v)
		}
	}
	seen := map[string]bool{}
	from.pairs(func(k, v *value) {
		switch {
		case k.is(k.text) && (seen[k.text] || slices.Contains(used, k.text)):
		case k.is(k.text):
			seen[k.text] = true
			add(k.text, v)
		case k.tag == "" && k.kind != list && k.kind != mapping: // such as 1, or on
			if !slices.ContainsFunc(out.keys, func(old *value) bool { return means(old, k) }) {
				out.keys, out.items = append(out.keys, k), append(out.items, v)
			}
		default:
			dropped = append(dropped, k.inline())
		}
	})
	if f.need != "" && out.get(f.need) == nil {
		return nil, nil
	}
	return out.counted(), dropped
}

// first gives the first of some fields that says something.
func first(from *value, fields []string) *value {
	for _, name := range fields {
		if v := from.get(name); !hollow(v) {
			return v
		}
	}
	return nil
}

// key makes a key that nobody has yet.
func (f *fold) key(from, into, made *value) string {
	key := ""
	if v := first(from, f.name); v != nil && v.kind != list && v.kind != mapping {
		key = kebab(v.text)
	}
	if v := first(from, f.host); key == "" && v != nil {
		if u, err := url.Parse(v.text); err == nil {
			key = kebab(u.Hostname())
		}
	}
	if key == "" {
		key = "entry"
	}
	free := key
	for n := 2; into.get(free) != nil || made.get(free) != nil; n++ {
		free = fmt.Sprintf("%s-%d", key, n)
	}
	return free
}

// kebab makes small-words-like-this of a name.
func kebab(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	s := strings.Join(words, "-")
	return strings.TrimRight(s[:min(len(s), 100)], "-")
}

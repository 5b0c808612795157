package migrate

import "slices"

// A kind is what a value is to the app's parser.
type kind int

const (
	null kind = iota
	boolean
	integer
	text // a string for certain
	odd  // a plain scalar that is none of these for certain: a float, a date, a word that begins with a sign
	list
	mapping
)

// mergeKey is the key whose value's pairs a mapping takes over (https://yaml.org/type/merge.html).
const mergeKey = "<<"

// A value is what a document says, without places and styles. Values are never changed once they are made, so that they
// can be shared.
type value struct {
	kind  kind
	text  string   // of a scalar
	tag   string   // an explicit tag that the app may read in a way of its own
	keys  []*value // of a mapping, as many as items
	items []*value
	size  int // how many values it is made of, aliases written out

	raw string // how a scalar was written, where it may be written so again
}

func newText(s string) *value { return &value{kind: text, text: s, size: 1} }

func newList(items ...*value) *value { return (&value{kind: list, items: items}).counted() }

// pair makes a mapping of one pair.
func pair(key string, v *value) *value {
	return (&value{kind: mapping, keys: []*value{newText(key)}, items: []*value{v}}).counted()
}

// nest makes mappings around a value, outermost first.
func nest(path []string, v *value) *value {
	for _, key := range slices.Backward(path) {
		v = pair(key, v)
	}
	return v
}

func (v *value) counted() *value {
	v.size = 1
	for _, k := range v.keys {
		v.size += k.size
	}
	for _, i := range v.items {
		v.size += i.size
	}
	return v
}

// same says whether two values are one tree: kinds, texts, tags, order. How they are written doesn't count.
func same(a, b *value) bool {
	if a == b {
		return true
	}
	if a.kind != b.kind || a.tag != b.tag || a.size != b.size || a.kind != null && a.text != b.text {
		return false
	}
	return slices.EqualFunc(a.keys, b.keys, same) && slices.EqualFunc(a.items, b.items, same)
}

// means says whether two scalars are the same to an app: 017 and 15, yes and true, "x" and x.
func means(a, b *value) bool {
	a, b = absent(a), absent(b)
	if a.tag != b.tag {
		return false
	}
	words := func(v *value) bool { return v.kind == text || v.kind == odd }
	switch {
	case words(a) && words(b):
		return a.text == b.text
	case a.kind != b.kind:
		return false
	case a.kind == boolean:
		return a.yes() == b.yes()
	case a.kind == integer:
		n, _ := a.number()
		m, _ := b.number()
		return n == m
	default:
		return same(a, b)
	}
}

// absent makes null of a value that isn't there.
func absent(v *value) *value {
	if v == nil {
		return &value{size: 1}
	}
	return v
}

// hollow says whether a value is as good as none: absent, null or an empty string.
func hollow(v *value) bool {
	return v == nil || v.kind == null || v.kind == text && v.text == ""
}

// index gives the place of a key that a mapping itself has, and how often it has it.
func (v *value) index(key string) (at, times int) {
	at = -1
	for i, k := range v.keys {
		if k.is(key) {
			if times++; at < 0 {
				at = i
			}
		}
	}
	return at, times
}

// is says whether a key is a name. 1 and yes are no names to YAML 1.1; nobody's path says them.
func (v *value) is(name string) bool {
	return v.tag == "" && (v.kind == text || v.kind == odd) && v.text == name
}

// get gives the value of a key, also one that is merged in, or nil. Of two pairs with one key parsers take the last.
func (v *value) get(key string) *value {
	if v == nil || v.kind != mapping {
		return nil
	}
	for i, k := range slices.Backward(v.keys) {
		if k.is(key) {
			return v.items[i]
		}
	}
	for i, k := range v.keys {
		if k.kind != odd || k.text != mergeKey {
			continue // in quotes it is a key like others
		}
		from := v.items[i]
		if from.kind == mapping {
			from = newList(from)
		}
		for _, m := range from.items {
			if got := m.get(key); got != nil {
				return got
			}
		}
	}
	return nil
}

// pairs gives the pairs of a mapping, and behind its own those that are merged in.
func (v *value) pairs(f func(k, item *value)) {
	merges := func(k *value) bool { return k.kind == odd && k.text == mergeKey && k.tag == "" }
	for i, k := range v.keys {
		if !merges(k) {
			f(k, v.items[i])
		}
	}
	for i, k := range v.keys {
		if !merges(k) {
			continue
		}
		from := v.items[i]
		if from.kind == mapping {
			from = newList(from)
		}
		for _, m := range from.items {
			m.pairs(f)
		}
	}
}

// at gives the value at the end of a path, or nil.
func (v *value) at(path []string) *value {
	for _, key := range path {
		if v = v.get(key); v == nil {
			return nil
		}
	}
	return v
}

// with gives a mapping in which a path leads to another value; nil takes the last key out. What isn't there on the way is
// made, behind everything else. The path must lead through mappings and nothing.
func (v *value) with(path []string, to *value) *value {
	if len(path) == 0 {
		return to
	}
	out := &value{kind: mapping, tag: v.tag, keys: slices.Clone(v.keys), items: slices.Clone(v.items)}
	i, _ := v.index(path[0])
	switch {
	case len(path) == 1 && to == nil && i >= 0:
		out.keys, out.items = slices.Delete(out.keys, i, i+1), slices.Delete(out.items, i, i+1)
	case i >= 0:
		out.items[i] = out.items[i].with(path[1:], to)
	case to != nil:
		out.keys, out.items = append(out.keys, newText(path[0])), append(out.items, nest(path[1:], to))
	}
	return out.counted()
}

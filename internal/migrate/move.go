package migrate

import (
	"slices"
	"strings"
)

// move takes a value to another path. What stands there already wins, unless it is null or an empty string; the old key
// goes in any case.
type move struct {
	from, to   []string
	from2, to2 []*value // values that become others
	otherwise  *value   // what any other value becomes; nil: it stays
	only, drop []*value // values that move, and values that just go
	when       []condition
}

func (m *move) do(w *work) error {
	if !w.met(m.when) {
		return nil
	}
	if stars(m.from) == 0 {
		return m.one(w, m.from, m.to)
	}
	parent := m.from[:len(m.from)-1]
	all := w.doc.value.at(parent)
	if all == nil || all.kind == null {
		return nil
	}
	if all.kind != mapping {
		w.remark("%s is no mapping: it stays where it is", strings.Join(parent, "."))
		return nil
	}
	for _, k := range all.keys {
		if k.kind != text && k.kind != odd || k.text == "" || k.text == mergeKey {
			w.remark("a key of %s is no name: it stays where it is", strings.Join(parent, "."))
			return nil
		}
	}
	for _, k := range all.keys {
		to := slices.Clone(m.to)
		to[slices.Index(to, "*")] = k.text
		if err := m.one(w, append(slices.Clone(parent), k.text), to); err != nil {
			return err
		}
	}
	if left := w.doc.value.at(parent); left != nil && len(left.items) == 0 {
		return w.remove(parent)
	}
	return nil
}

// one moves one value.
func (m *move) one(w *work, from, to []string) error {
	old := w.doc.value.at(from)
	if old == nil {
		return nil
	}
	to, ok := w.fill(to)
	if !ok {
		w.remark("%s stays where it is: where it belongs can't be told", strings.Join(from, "."))
		return nil
	}
	v := m.becomes(w, from, old)
	if v == nil || !hollow(w.doc.value.at(to)) {
		return w.remove(from)
	}
	same := len(from) == len(to) && slices.Equal(from[:len(from)-1], to[:len(to)-1])
	if same && w.doc.value.at(to) == nil {
		err := w.change(func() (*document, error) { return w.doc.rename(from, to[len(to)-1], v) })
		if err == nil {
			return nil // at its place, with the comments around it
		}
	}
	if ok, err := w.put(to, v); !ok || err != nil {
		return err
	}
	return w.remove(from)
}

// becomes gives what a value is at its new path; nil if it just goes.
func (m *move) becomes(w *work, from []string, old *value) *value {
	if among(old, m.drop) || m.only != nil && !among(old, m.only) {
		return nil
	}
	for i, f := range m.from2 {
		if means(old, f) {
			return m.to2[i]
		}
	}
	if m.otherwise != nil {
		return m.otherwise
	}
	if at, err := w.doc.find(from); err == nil && at.i >= 0 && at.depth+1 == len(from) {
		return w.doc.asWritten(at.in.items[at.i])
	}
	return old
}

// fill puts words of the file in the places of <PATH>.
func (w *work) fill(path []string) ([]string, bool) {
	out := slices.Clone(path)
	for i, key := range out {
		inner, ok := strings.CutPrefix(key, "<")
		if !ok {
			continue
		}
		v := w.doc.value.at(splitPath(strings.TrimSuffix(inner, ">")))
		if v == nil || v.kind != text && v.kind != odd || v.text == "" || v.text == mergeKey || len(v.text) > 200 || strings.ContainsFunc(v.text, control) {
			return nil, false
		}
		out[i] = v.text
	}
	return out, true
}

package migrate

import (
	"slices"
	"strings"
)

// enlist lists what is installed, so that a new list of what is allowed shuts nothing out that was in use.
type enlist struct {
	path   []string
	dirs   string
	files  []string // a directory counts if it holds one of these
	name   string   // the key of that file which names it; its own name otherwise
	prefix string
	except []string // the path of a list of names that are left out
	when   []condition
}

// maxListed bounds how much a list grows.
const maxListed = 200

func (e *enlist) do(w *work) error {
	if !w.met(e.when) {
		return nil
	}
	var names []string
	for _, dir := range w.facts.Dirs(e.dirs, e.files) {
		name := e.prefix + e.called(dir)
		if !slices.Contains(names, name) && !listed(w.doc.value.at(e.except), name) && len(names) < maxListed {
			names = append(names, name)
		}
	}
	old := w.doc.value.at(e.path)
	switch {
	case old == nil || old.kind == null:
		l := newList()
		for _, name := range names {
			l.items = append(l.items, newText(name))
		}
		_, err := w.put(e.path, l.counted())
		return err
	case old.kind != list:
		w.remark("%s is no list: nothing was added to it", strings.Join(e.path, "."))
		return nil
	}
	for _, name := range names {
		if listed(old, name) {
			continue
		}
		if err := w.change(func() (*document, error) { return w.doc.add(e.path, newText(name)) }); err != nil {
			return err
		}
	}
	return nil
}

func listed(l *value, name string) bool {
	return l != nil && l.kind == list && among(newText(name), l.items)
}

// called gives the name that a directory's file gives it, or its own.
func (e *enlist) called(dir Listed) string {
	d, err := parse(dir.Text)
	if err != nil || e.name == "" {
		return dir.Name
	}
	v := d.value.get(e.name)
	if hollow(v) || v.kind != text && v.kind != odd || len(v.text) > 200 || strings.ContainsFunc(v.text, control) {
		return dir.Name
	}
	return v.text
}

package migrate

import (
	"slices"
	"strings"
)

// assign puts a value at a path.
type assign struct {
	path   []string
	always bool // also over what stands there
	value  *value
	env    []variable
	when   []condition
}

// A variable may say the value instead.
type variable struct {
	name     string
	verbatim bool // its own text is the value
	from     []string
	to       []*value
}

func (a *assign) do(w *work) error {
	if !w.met(a.when) || !a.always && w.doc.value.at(a.path) != nil {
		return nil
	}
	v := a.value
	for _, e := range a.env {
		if said := e.says(w); said != nil {
			v = said
			break
		}
	}
	_, err := w.put(a.path, v)
	return err
}

// says gives the value that a variable stands for, or nil.
func (e variable) says(w *work) *value {
	s := strings.TrimSpace(w.env(e.name))
	if e.verbatim && s != "" && len(s) < 1<<10 && !strings.ContainsFunc(s, control) {
		return newText(s)
	}
	if i := slices.IndexFunc(e.from, func(f string) bool { return strings.EqualFold(f, s) }); i >= 0 && s != "" {
		return e.to[i]
	}
	return nil
}

// removal takes a key out.
type removal struct {
	path []string
	when []condition
}

func (e *removal) do(w *work) error {
	if !w.met(e.when) {
		return nil
	}
	return w.remove(e.path)
}

// largest raises a number to another one, which goes.
type largest struct {
	path, of []string
	above    int
	when     []condition
}

func (e *largest) do(w *work) error {
	v := w.doc.value.at(e.of)
	if v == nil || !w.met(e.when) {
		return nil
	}
	there := w.doc.value.at(e.path)
	have, isNumber := there.number()
	if n, ok := v.number(); ok && n > e.above && (there == nil || there.kind == null || isNumber && n > have) {
		if ok, err := w.put(e.path, v); !ok || err != nil {
			return err
		}
	}
	return w.remove(e.of)
}

// naming is an edit that only has names: of variables whose values go, of directories, of variables to tell about.
type naming struct {
	verb  string
	names []string
	when  []condition
}

func (e *naming) do(w *work) error {
	if !w.met(e.when) {
		return nil
	}
	for _, name := range e.names {
		switch e.verb {
		case "blank":
			if w.lines == nil {
				continue
			}
			lines, done := blank(w.lines, name)
			if done {
				w.lines, w.out.Blanked = lines, append(w.out.Blanked, name)
			}
		case "mkdir":
			w.out.Dirs = append(w.out.Dirs, name)
		case "announce":
			if w.env(name) == "" {
				w.out.Announced = append(w.out.Announced, name)
			}
		}
	}
	return nil
}

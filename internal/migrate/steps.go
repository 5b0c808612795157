package migrate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/berth-init/berth/internal/spec"
)

// Steps is what a file of steps says: how a config file of any version becomes one of the latest.
type Steps struct {
	Latest  int
	EnvFile string // a file of NAME=value lines on the volume, which steps look into and whose values they can empty
	steps   []step
}

// A step brings a file to a version.
type step struct {
	to    int
	edits []edit
}

// An edit is one change that a step makes where its conditions are met.
type edit interface{ do(w *work) error }

// ReadSteps reads a file of steps by way of open. It gives either the steps or every complaint about them.
//
// The file has `version: 1` (of this language), `latest` (the version that the app wants), `env-file`, and `steps`: a list
// of mappings with `to` (a version, ascending), `about` (words for its readers) and `edits`, a list of mappings whose first
// key is the verb:
//
//	default: PATH, value: V, env: [{name: N, map: {TEXT: V}}]   where nothing stands: the first variable's value, else V
//	set: PATH, value: V, env: …                                 whatever stands there
//	move: PATH, to: PATH, map: {A: B}, else: V, only: [V], drop: [V]
//	remove: PATH
//	fold: PATH, into: PATH, name: [FIELD], host: [FIELD], need: FIELD, fields: {NEW: [OLD]}, drop: {FIELD: [V]}
//	largest: PATH, of: PATH, above: N                           the larger number, if the other is above N; the other goes
//	enlist: PATH, dirs: DIR, files: [NAME], name: KEY, prefix: TEXT, except: PATH
//	blank: [VARIABLE]                                           in env-file
//	mkdir: [DIR]
//	announce: [VARIABLE]
//
// Each takes `if: {PATH: V or [V]}`, where null means that nothing stands there. In the paths of a move * stands for each key
// of a mapping, and <PATH> in `to` for the word that stands at PATH.
func ReadSteps(open func(path string) ([]byte, error), path string) (*Steps, []spec.Complaint) {
	data, err := open(path)
	if err != nil {
		return nil, []spec.Complaint{{File: path, Text: "open the steps: " + err.Error(), Hint: "name the file by migrate.steps; a relative name lies beside the spec"}}
	}
	d, err := parse(data)
	if err != nil {
		c := spec.Complaint{File: path, Text: err.Error(), Hint: "steps begin with version: 1"}
		if s, ok := err.(*syntaxError); ok && s.line > 0 { //nolint:errorlint // made by parse, never wrapped
			c.Line, c.Column, c.Text = s.line, 1, s.cause
			c.Source = lineText(data, lineStarts(data), s.line)
		}
		return nil, []spec.Complaint{c}
	}
	r := &stepsReader{file: path, d: d}
	s := r.all(d.root)
	if len(r.complaints) > 0 {
		return nil, r.complaints
	}
	return s, nil
}

// A stepsReader reads a file of steps and goes on after each mistake.
type stepsReader struct {
	file       string
	d          *document
	complaints []spec.Complaint
}

func (r *stepsReader) complain(n *node, hint, format string, args ...any) {
	at := r.d.lineOf(n.at)
	r.complaints = append(r.complaints, spec.Complaint{
		File: r.file, Line: n.y.Line, Column: utf8.RuneCount(r.d.data[at:n.at]) + 1, Text: fmt.Sprintf(format, args...), Hint: hint,
		Source: lineText(r.d.data, r.d.lines, n.y.Line),
	})
}

// lineText gives a line without its end.
func lineText(data []byte, lines []int, n int) string {
	if n < 1 || n > len(lines) {
		return ""
	}
	d := &document{data: data}
	return string(data[lines[n-1]:d.lineStop(lines[n-1])])
}

// fields gives the values of a mapping by their keys, and complains about keys that aren't known.
func (r *stepsReader) fields(n *node, where string, known ...string) map[string]*node {
	all := map[string]*node{}
	if n.value.kind != mapping {
		r.complain(n, "", "%s: expected a mapping with %s", where, strings.Join(known, ", "))
		return all
	}
	for i, k := range n.keys {
		name := k.value.text
		switch {
		case all[name] != nil:
			r.complain(k, "keep one of them", "%s: %q stands there twice", where, name)
		case !slices.Contains(known, name) || !k.value.is(name):
			r.complain(k, "known here: "+strings.Join(known, ", "), "%s: unknown key %q", where, name)
		default:
			all[name] = n.items[i]
		}
	}
	return all
}

func (r *stepsReader) all(root *node) *Steps {
	f := r.fields(root, "the steps", "version", "latest", "env-file", "steps")
	s := &Steps{Latest: r.number(root, f["latest"], "latest")}
	if n := r.number(root, f["version"], "version"); n > 1 {
		r.complain(f["version"], "write version: 1, or take a newer berth", "version %d of this language is not known to this berth", n)
	}
	if f["env-file"] != nil {
		s.EnvFile = r.inside(f["env-file"], "env-file")
	}
	last := 0
	for i, n := range r.items(root, f["steps"], "steps") {
		where := fmt.Sprintf("steps[%d]", i)
		one := r.fields(n, where, "to", "about", "edits")
		st := step{to: r.number(n, one["to"], where+".to")}
		if one["about"] != nil {
			r.text(one["about"], where+".about")
		}
		switch {
		case one["to"] == nil:
		case st.to <= last:
			r.complain(one["to"], "steps run in their order", "%s: version %d comes after %d", where, st.to, last)
		case st.to > s.Latest && s.Latest > 0:
			r.complain(one["to"], "raise latest", "%s: version %d is beyond the latest, %d", where, st.to, s.Latest)
		}
		last = max(last, st.to)
		if one["edits"] != nil {
			for j, e := range r.items(n, one["edits"], where+".edits") {
				if e := r.edit(e, fmt.Sprintf("%s.edits[%d]", where, j)); e != nil {
					st.edits = append(st.edits, e)
				}
			}
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// number reads a positive number; in is where it is missing.
func (r *stepsReader) number(in, n *node, where string) int {
	if n == nil {
		r.complain(in, "", "%s is missing", where)
		return 0
	}
	v, ok := n.value.number()
	if !ok || v < 1 || v > 1_000_000 {
		r.complain(n, "", "%s: expected a number from 1 to 1000000", where)
		return 0
	}
	return v
}

func (r *stepsReader) items(in, n *node, where string) []*node {
	if n == nil {
		r.complain(in, "", "%s is missing", where)
		return nil
	}
	if n.value.kind != list || len(n.items) != len(n.value.items) {
		r.complain(n, "", "%s: expected a list", where)
	}
	return n.items
}

func (r *stepsReader) text(n *node, where string) string {
	if n.value.kind != text && n.value.kind != odd || n.value.text == "" {
		r.complain(n, "", "%s: expected a string", where)
	}
	return n.value.text
}

// inside reads a name on the volume.
func (r *stepsReader) inside(n *node, where string) string {
	name := r.text(n, where)
	if name != "" && (!filepath.IsLocal(name) || filepath.Clean(name) != name || name == "." || strings.HasPrefix(name+"/", ".berth/") || strings.ContainsFunc(name, control)) {
		r.complain(n, "name it relative to the volume, in its shortest form", "%s: %q is no name on the volume", where, name)
	}
	return name
}

func control(c rune) bool { return c < ' ' || c == 0x7f }

package migrate

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// maxEdits bounds the edits of one migration: each costs a parse, and the text may be hostile.
const maxEdits = 400

// Facts is what steps may ask about beside the files.
type Facts struct {
	Lookup func(name string) (string, bool)          // a variable of the container's environment
	Dirs   func(dir string, files []string) []Listed // the directories below dir that hold one of the files, by name
}

// A Listed directory, with the text of the first of the files that it holds.
type Listed struct {
	Name string
	Text []byte
}

// Input is what a migration starts from.
type Input struct {
	Config     []byte
	VersionKey string
	Lines      []byte // the env file; nil where there is none
	Facts      Facts
}

// Outcome is what a migration leads to.
type Outcome struct {
	From, To  int
	Config    []byte
	Lines     []byte   // the env file
	Blanked   []string // the variables whose values went
	Dirs      []string // directories that are to be there
	Announced []string // variables that the app reads by now and that nobody has set
	Remarks   []string // what was left out, and why
}

// Causes that leave a file alone.
var (
	// ErrNotMapping says that a file is no mapping of keys to values.
	ErrNotMapping = errors.New("it is no mapping of keys to values")
	// ErrNewer says that a file's version is beyond the latest: the image is older than the file.
	ErrNewer = errors.New("it is newer than this image")
)

// Version gives the version that a file says, raw: 0 where the key is missing, or is no number from 0 on. What can't be a
// config file is an error.
func Version(config []byte, key string) (int, error) {
	d, err := parse(config)
	if err != nil {
		return 0, err
	}
	return d.version(key)
}

func (d *document) version(key string) (int, error) {
	if d.value.kind != mapping {
		return 0, ErrNotMapping
	}
	n, _ := d.value.get(key).number()
	return max(n, 0), nil
}

// work is a migration on its way.
type work struct {
	ctx   context.Context //nolint:containedctx // a work lasts as long as the one call that it serves
	doc   *document
	lines []byte
	facts Facts
	out   *Outcome
	edits int
}

// Run makes the steps behind a file's version, in memory. A file that is up to date comes back as it is. Any error leaves
// the file alone.
func (s *Steps) Run(ctx context.Context, in Input) (*Outcome, error) {
	d, err := parse(in.Config)
	if err != nil {
		return nil, err
	}
	from, err := d.version(in.VersionKey)
	if err != nil {
		return nil, err
	}
	out := &Outcome{From: from, To: s.Latest, Config: in.Config, Lines: in.Lines}
	switch {
	case from == s.Latest:
		return out, nil
	case from > s.Latest:
		return out, fmt.Errorf("version %d is beyond %d: %w", from, s.Latest, ErrNewer)
	}
	w := &work{ctx: ctx, doc: d, lines: in.Lines, facts: in.Facts, out: out}
	for _, st := range s.steps {
		if st.to <= from {
			continue
		}
		for _, e := range st.edits {
			if err := e.do(w); err != nil {
				return nil, fmt.Errorf("step %d: %w", st.to, err)
			}
		}
	}
	if err := w.set([]string{in.VersionKey}, &value{kind: integer, text: fmt.Sprint(s.Latest), size: 1}); err != nil {
		return nil, err
	}
	out.Config, out.Lines = w.doc.data, w.lines
	return out, nil
}

// change counts an edit and makes it.
func (w *work) change(edit func() (*document, error)) error {
	if err := w.ctx.Err(); err != nil {
		return context.Cause(w.ctx)
	}
	if w.edits++; w.edits > maxEdits {
		return fmt.Errorf("it would take more than %d edits", maxEdits)
	}
	d, err := edit()
	if err == nil {
		w.doc = d
	}
	return err
}

func (w *work) set(path []string, v *value) error {
	return w.change(func() (*document, error) { return w.doc.set(path, v) })
}

func (w *work) remove(path []string) error {
	return w.change(func() (*document, error) { return w.doc.remove(path) })
}

// put is set, but what has no place because something else stands in its way is left out and told.
func (w *work) put(path []string, v *value) (bool, error) {
	err := w.set(path, v)
	if none, ok := errors.AsType[*noMapping](err); ok {
		w.remark("%v: %s was left out", none, strings.Join(path, "."))
		return false, nil
	}
	return err == nil, err
}

func (w *work) remark(format string, args ...any) {
	if len(w.out.Remarks) < 20 {
		w.out.Remarks = append(w.out.Remarks, fmt.Sprintf(format, args...))
	}
}

// env gives a variable as the app would find it: the container's, else the env file's.
func (w *work) env(name string) string {
	if w.facts.Lookup != nil {
		if v, ok := w.facts.Lookup(name); ok && v != "" {
			return v
		}
	}
	v, _ := lookup(w.lines, name)
	return v
}

// A condition holds a value to some others.
type condition struct {
	path  []string
	among []*value
}

func (w *work) met(all []condition) bool {
	for _, c := range all {
		if !among(w.doc.value.at(c.path), c.among) {
			return false
		}
	}
	return true
}

func among(v *value, all []*value) bool {
	for _, other := range all {
		if means(v, other) {
			return true
		}
	}
	return false
}

package spec

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// parse gives the tree of the one document in a file, or nil after at least one complaint; whole says that all of the
// file is in it.
func parse(in *source, left *budget) (root *node, whole bool, complaints []Complaint) {
	if c, ok := in.vet(left); !ok {
		return nil, false, []Complaint{c}
	}
	y, c := document(in)
	if y == nil {
		return nil, false, c
	}
	b := &builder{in: in}
	root = b.build(y, 0)
	if root != nil && root.kind != mapping {
		b.refuse(y, "a spec begins with version: 1", "a spec is a mapping of keys to values, but %s stands here", root.describe())
		root = nil
	}
	return root, root != nil && !b.dropped, b.complaints
}

// document has the parser read the one document of a file.
func document(in *source) (*yaml.Node, []Complaint) {
	loader, err := yaml.NewLoader(strings.NewReader(in.text))
	if err != nil {
		return nil, []Complaint{in.at(1, 1, "", "%v", err)}
	}
	var first, second yaml.Node
	err = loader.Load(&first)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, []Complaint{in.syntax(err)}
	}
	if err != nil || len(first.Content) != 1 || first.Content[0].ShortTag() == "!!null" {
		return nil, []Complaint{in.at(1, 1, "a spec begins with version: 1", "the file says nothing")}
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, []Complaint{in.at(second.Line, second.Column, "keep one; a spec takes over another file by extends", "a second document begins here")}
	case !errors.Is(err, io.EOF):
		return nil, []Complaint{in.syntax(err)}
	}
	return first.Content[0], nil
}

// syntax tells what the parser complains about.
func (s *source) syntax(err error) Complaint {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return s.at(1, 1, "", "not YAML: %v", err)
	}
	mark := e.Mark
	if mark.Line == 0 {
		mark = e.ContextMark
	}
	c := s.at(mark.Line, mark.Column, "", "not YAML: %s", e.Message)
	if e.ContextMsg != "" {
		c.Text += " (" + e.ContextMsg + ")"
	}
	c.Hint = s.syntaxHint(e, c)
	if name, ok := strings.CutPrefix(e.Message, "unknown anchor '"); ok {
		c.Text = "*" + strings.TrimSuffix(name, "' referenced") + " is an alias, which this language leaves out"
	}
	return c
}

func (s *source) syntaxHint(e *yaml.LoadError, c Complaint) string {
	here := ""
	if runes := []rune(c.Source); c.Column <= len(runes) {
		here = string(runes[c.Column-1:])
	}
	open := e.ContextMark.Line
	switch {
	case strings.HasPrefix(here, "\t"), strings.HasPrefix(strings.TrimLeft(c.Source, " "), "\t"):
		return "indent with blanks, not with tabs"
	case strings.Contains(e.Message, "exceeded max depth"):
		return "is this the right file?"
	case strings.Contains(e.Message, "unknown anchor"):
		return "quote a value that begins with *"
	case strings.Contains(e.Message, "cannot start any token"):
		return "quote a value that begins with one of % @ `"
	case strings.Contains(e.Message, "mapping values are not allowed"):
		return "indent the keys of one mapping alike, and quote a value that holds a colon and a blank"
	case strings.Contains(e.ContextMsg, "quoted scalar") && strings.Contains(e.Message, "end of stream"):
		return fmt.Sprintf("the quote that opens on line %d is never closed", open)
	case strings.Contains(e.Message, "unknown escape"):
		return `write \\ for a backslash, or use single quotes`
	case strings.Contains(e.ContextMsg, "flow") && open > 0:
		return fmt.Sprintf("look at the bracket that opens on line %d, its commas and its end", open)
	case strings.Contains(e.Message, "could not find expected ':'"):
		return "put a colon and a blank between a key and its value"
	case strings.Contains(e.ContextMsg, "block"):
		return "indent what belongs together alike"
	}
	return ""
}

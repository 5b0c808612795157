package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxDepth bounds nesting: the language needs five levels.
const maxDepth = 32

// A kind is what a node is.
type kind int

const (
	scalar kind = iota
	list
	mapping
)

// A node is one value of a spec file with its place. After a merge the nodes of one tree stand in several files.
type node struct {
	in           *source
	line, column int
	kind         kind
	text         string // of a scalar
	tag          string // of a scalar: !!str, !!int, !!bool, !!null, …
	quoted       bool   // a scalar in quotes
	block        bool   // a scalar written as a block
	items        []*node
	keys         []*node // scalars, as many as items: a mapping's items are its values
}

// get gives the value of a key, or nil; so it does for a nil node.
func (n *node) get(key string) *node {
	if i := n.index(key); i >= 0 {
		return n.items[i]
	}
	return nil
}

func (n *node) index(key string) int {
	if n == nil || n.kind != mapping {
		return -1
	}
	for i, k := range n.keys {
		if k.text == key {
			return i
		}
	}
	return -1
}

// complain makes a complaint about the node.
func (n *node) complain(hint, format string, args ...any) Complaint {
	return n.in.at(n.line, n.column, hint, format, args...)
}

// describe says what stands there, for somebody who expected something else.
func (n *node) describe() string {
	switch {
	case n.kind == list:
		return "a list"
	case n.kind == mapping:
		return "a mapping"
	case n.quoted || n.block || n.tag == "!!str":
		return "the string " + quote(n.text)
	case n.tag == "!!null":
		return "nothing"
	case n.tag == "!!int", n.tag == "!!float":
		return "the number " + shorten(n.text)
	case n.tag == "!!timestamp":
		return "the date " + shorten(n.text)
	}
	return n.text
}

// A builder makes nodes of the parser's and refuses what the language leaves out.
type builder struct {
	in         *source
	complaints []Complaint
	dropped    bool // something that was written is not in the tree
}

func (b *builder) refuse(y *yaml.Node, hint, format string, args ...any) {
	b.complaints = append(b.complaints, b.in.at(y.Line, y.Column, hint, format, args...))
}

// build gives the node, or nil after a complaint that makes what is below pointless.
func (b *builder) build(y *yaml.Node, depth int) *node {
	if depth > maxDepth {
		b.refuse(y, "is this the right file?", "values nest more than %d deep", maxDepth)
		b.dropped = true
		return nil
	}
	if y.Kind == yaml.AliasNode {
		b.refuse(y, "write the value out; files can share values by extends", "*%s is an alias, which this language leaves out", y.Value)
		b.dropped = true
		return nil
	}
	if y.Anchor != "" {
		b.refuse(y, "take it out: there are no aliases either", "&%s is an anchor, which this language leaves out", y.Anchor)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		b.refuse(y, "take it out; quote what is meant as a string", "%s is a tag, which this language leaves out", y.Tag)
	}
	n := &node{in: b.in, line: y.Line, column: y.Column}
	switch y.Kind {
	case yaml.SequenceNode:
		n.kind = list
		for _, c := range y.Content {
			if item := b.build(c, depth+1); item != nil {
				n.items = append(n.items, item)
			}
		}
	case yaml.MappingNode:
		n.kind = mapping
		b.pairs(n, y.Content, depth)
	default:
		n.text, n.tag = y.Value, y.ShortTag()
		n.quoted = y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
		n.block = y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	}
	return n
}

func (b *builder) pairs(n *node, content []*yaml.Node, depth int) {
	seen := make(map[string]int, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		key, value := content[i], content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && key.Tag == "!!merge":
			b.refuse(key, "write the keys out; files can share values by extends", "<< merges mappings, which this language leaves out")
			b.dropped = true
			continue
		case key.Kind == yaml.ScalarNode && key.Tag == "!!null":
			b.refuse(key, "write a name before the colon", "a key is missing here")
			continue
		case key.Kind == yaml.AliasNode, key.Anchor != "":
			b.build(key, depth+1)
			b.dropped = true
			continue
		case key.Kind != yaml.ScalarNode:
			b.refuse(key, "quote the key if it begins with a bracket", "a key is a word, but a list or a mapping stands here")
			continue
		}
		if line, twice := seen[key.Value]; twice {
			b.refuse(key, fmt.Sprintf("it stands on line %d already; keep one of them", line), "duplicate key %s", quote(key.Value))
			continue
		}
		seen[key.Value] = key.Line
		k, v := b.build(key, depth+1), b.build(value, depth+1)
		if k != nil && v != nil {
			n.keys, n.items = append(n.keys, k), append(n.items, v)
		}
	}
}

// locate finds the place of a byte of a scalar's text, where that is certain: on a line that shows the text as it is.
func (n *node) locate(offset int) (line, column int) {
	if n.block {
		return n.line, n.column
	}
	column = n.column
	if n.quoted {
		column++
	}
	shown := n.in.line(n.line)
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(shown)
		shown = shown[size:]
	}
	if !strings.HasPrefix(shown, n.text) {
		return n.line, n.column
	}
	return n.line, column + utf8.RuneCountInString(n.text[:offset])
}

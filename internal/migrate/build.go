package migrate

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A builder makes nodes of the parser's.
type builder struct {
	d     *document
	known map[*yaml.Node]*value // what aliases may stand for
	nodes int
}

func (b *builder) refuse(y *yaml.Node, cause string) error { return &syntaxError{y.Line, cause} }

func (b *builder) build(y *yaml.Node, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, b.refuse(y, "values nest too deep for a config file")
	}
	if b.nodes++; b.nodes > maxNodes {
		return nil, errTooMany
	}
	at, ok := b.offset(y)
	if !ok && y.Kind == yaml.ScalarNode && y.Value == "" && y.Style == 0 && y.Anchor == "" {
		at, ok = len(b.d.data), true // nothing, at the end: the parser sees one more line there
	}
	if !ok {
		return nil, b.refuse(y, "its place is not certain")
	}
	n := &node{y: y, at: at}
	switch y.Kind {
	case yaml.AliasNode:
		if n.value = b.known[y.Alias]; n.value == nil {
			return nil, b.refuse(y, "an alias stands for itself")
		}
	case yaml.ScalarNode:
		n.value = scalarValue(y)
	case yaml.SequenceNode:
		n.value = &value{kind: list, tag: customTag(y)}
		for _, c := range y.Content {
			item, err := b.build(c, depth+1)
			if err != nil {
				return nil, err
			}
			n.items, n.value.items = append(n.items, item), append(n.value.items, item.value)
		}
	case yaml.MappingNode:
		n.value = &value{kind: mapping, tag: customTag(y)}
		for i := 0; i+1 < len(y.Content); i += 2 {
			k, err := b.build(y.Content[i], depth+1)
			if err != nil {
				return nil, err
			}
			v, err := b.build(y.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			n.keys, n.items = append(n.keys, k), append(n.items, v)
			n.value.keys, n.value.items = append(n.value.keys, k.value), append(n.value.items, v.value)
		}
	default:
		return nil, b.refuse(y, "it is no value")
	}
	if y.Kind != yaml.AliasNode {
		if n.value.counted(); n.value.size > maxNodes {
			return nil, b.refuse(y, "aliases make it too large for a config file")
		}
		if y.Anchor != "" {
			b.known[y] = n.value
		}
	}
	return n, nil
}

// offset gives the byte at which the parser saw a node begin: it counts characters.
func (b *builder) offset(y *yaml.Node) (int, bool) {
	if y.Line < 1 || y.Line > len(b.d.lines) || y.Column < 1 {
		return 0, false
	}
	at := b.d.lines[y.Line-1]
	for range y.Column - 1 {
		_, n := utf8.DecodeRune(b.d.data[at:])
		at += n
	}
	return at, at <= len(b.d.data)
}

// scalarValue gives what a scalar is to the app.
func scalarValue(y *yaml.Node) *value {
	v := &value{text: y.Value, tag: customTag(y)}
	tagged := y.Style&yaml.TaggedStyle != 0
	switch {
	case v.tag != "":
		v.kind = odd
	case tagged && y.ShortTag() == "!!str", y.Style&^yaml.TaggedStyle != 0 && !tagged:
		v.kind = text // quoted, or a block
	case tagged && (resolve(y.Value) == text || y.Style&^yaml.TaggedStyle != 0):
		v.kind = odd // such as !!float "1"
	default:
		v.kind = resolve(y.Value)
	}
	return v
}

// customTag gives an explicit tag that isn't one of those that plain scalars have by themselves.
func customTag(y *yaml.Node) string {
	if y.Style&yaml.TaggedStyle == 0 {
		return ""
	}
	switch y.ShortTag() {
	case "!!str", "!!int", "!!bool", "!!null", "!!map", "!!seq":
		return ""
	}
	return y.ShortTag()
}

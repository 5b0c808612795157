package migrate

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The parser says where a node begins. Where it ends is read from the text, and each byte on the way must be what the
// node says.

var errPlace = errors.New("where a value ends is not certain")

// endOf gives the place behind a node's last byte. A block scalar ends with its last line.
func (d *document) endOf(n *node) (int, error) {
	switch n.y.Kind {
	case yaml.AliasNode:
		return d.expect(n.at, "*"+n.y.Value)
	case yaml.ScalarNode:
		return d.scalarEnd(n)
	default:
		return d.collectionEnd(n)
	}
}

func (d *document) collectionEnd(n *node) (int, error) {
	last := -1
	if len(n.items) > 0 {
		var err error
		if last, err = d.endOf(n.items[len(n.items)-1]); err != nil {
			return 0, err
		}
	}
	body := d.body(n)
	if n.y.Style&yaml.FlowStyle == 0 || body == len(d.data) || strings.IndexByte("[{", d.data[body]) < 0 {
		if last < 0 {
			return 0, errPlace
		}
		return last, nil
	}
	closing := "]"
	if d.data[body] == '{' {
		closing = "}"
	}
	last = d.skip(max(last, body+1), ",")
	return d.expect(last, closing)
}

// expect wants a text at a place and gives the place behind it.
func (d *document) expect(at int, s string) (int, error) {
	if at > len(d.data) || !strings.HasPrefix(string(d.data[at:min(len(d.data), at+len(s))]), s) {
		return 0, errPlace
	}
	return at + len(s), nil
}

// skip passes blanks, line ends, comments, and bytes of a set.
func (d *document) skip(at int, set string) int {
	for at < len(d.data) {
		switch n := breakAt(d.data, at); {
		case n > 0:
			at += n
		case d.blank(at), strings.IndexByte(set, d.data[at]) >= 0:
			at++
		case d.data[at] == '#':
			at = d.lineStop(at)
		default:
			return at
		}
	}
	return at
}

func (d *document) blank(at int) bool { return d.data[at] == ' ' || d.data[at] == '\t' }

// lineStop gives the place of the end of the line that a place is on.
func (d *document) lineStop(at int) int {
	for at < len(d.data) && breakAt(d.data, at) == 0 {
		at++
	}
	return at
}

// propsEnd gives the place behind a node's anchor and tag, in whichever order they stand.
func (d *document) propsEnd(n *node) int {
	end := n.at
	anchor, tag := n.y.Anchor != "", n.y.Style&yaml.TaggedStyle != 0
	for anchor || tag {
		at := d.skip(end, "")
		switch {
		case at < len(d.data) && d.data[at] == '&' && anchor:
			anchor = false
		case at < len(d.data) && d.data[at] == '!' && tag:
			tag = false
		default:
			return end
		}
		for end = at; end < len(d.data) && !d.blank(end) && breakAt(d.data, end) == 0; end++ {
			if d.data[at] == '&' && strings.IndexByte(",[]{}", d.data[end]) >= 0 {
				break
			}
		}
	}
	return end
}

// body gives where a node begins behind its anchor and tag.
func (d *document) body(n *node) int {
	end := d.propsEnd(n)
	if end == n.at {
		return n.at
	}
	return d.skip(end, "")
}

func (d *document) scalarEnd(n *node) (int, error) {
	body := d.body(n)
	switch style := n.y.Style; {
	case style&yaml.SingleQuotedStyle != 0:
		return d.quotedEnd(body, '\'')
	case style&yaml.DoubleQuotedStyle != 0:
		return d.quotedEnd(body, '"')
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return d.blockEnd(body, n.y.Value)
	case n.y.Value == "":
		return d.propsEnd(n), nil
	}
	return d.plainEnd(body, n.y.Value)
}

func (d *document) quotedEnd(at int, quote byte) (int, error) {
	if at == len(d.data) || d.data[at] != quote {
		return 0, errPlace
	}
	for at++; at < len(d.data); at++ {
		switch c := d.data[at]; {
		case c == '\\' && quote == '"':
			at++
		case c == quote && quote == '\'' && at+1 < len(d.data) && d.data[at+1] == quote:
			at++
		case c == quote:
			return at + 1, nil
		}
	}
	return 0, errPlace
}

// plainEnd follows a plain scalar, whose lines the parser has folded: its letters stand in the text in this order, with
// nothing but blanks and line ends between them.
func (d *document) plainEnd(at int, words string) (int, error) {
	for _, r := range words {
		if strings.ContainsRune(" \t\r\n\u0085\u2028\u2029", r) {
			continue
		}
		for at < len(d.data) && (d.blank(at) || breakAt(d.data, at) > 0) {
			at += max(1, breakAt(d.data, at))
		}
		got, n := utf8.DecodeRune(d.data[min(at, len(d.data)):])
		if got != r {
			return 0, errPlace
		}
		at += n
	}
	return at, nil
}

// blockEnd finds the end of a block scalar: the first line that is indented less than its first one with words.
func (d *document) blockEnd(at int, words string) (int, error) {
	if at == len(d.data) || strings.IndexByte("|>", d.data[at]) < 0 {
		return 0, errPlace
	}
	stop := d.lineStop(at)
	header, _, _ := strings.Cut(string(d.data[at+1:stop]), "#")
	if header = strings.TrimSpace(header); header != "" && header != "+" && header != "-" {
		return 0, errPlace // an indentation indicator: it counts from what lies around
	}
	end := stop + breakAt(d.data, stop)
	if strings.TrimSpace(words) == "" && header != "+" {
		return end, nil
	}
	indent := -1
	for line := end; line < len(d.data); {
		stop = d.lineStop(line)
		next := stop + breakAt(d.data, stop)
		depth := 0
		for line+depth < stop && d.data[line+depth] == ' ' {
			depth++
		}
		switch empty := line+depth == stop; {
		case empty && header != "+":
		case empty:
			end = next
		case indent < 0 && strings.TrimSpace(words) != "":
			indent, end = depth, next
		case indent < 0 || depth < indent:
			return end, nil
		default:
			end = next
		}
		line = next
	}
	return end, nil
}

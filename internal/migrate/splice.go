package migrate

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Where the bytes of an edit lie. What is wrong in here is refused by apply; what is right keeps every other byte.

// first puts a pair into a document that says nothing.
func (d *document) first(path []string, v *value) splice {
	at, begin := len(d.data), ""
	if at > 0 && breakAt(d.data, at-1) == 0 {
		begin = d.end
	}
	line := quoted(path[0]) + ":" + nest(path[1:], v).lines("  ", d.end)
	return splice{at, at, begin + line + d.end}
}

// bracket says whether a collection is written in brackets of its own.
func (d *document) bracket(n *node) bool {
	body := d.body(n)
	return n.y.Style&yaml.FlowStyle != 0 && body < len(d.data) && strings.IndexByte("[{", d.data[body]) >= 0
}

// column gives how many characters stand before a place on its line.
func (d *document) column(at int) int { return utf8.RuneCount(d.data[d.lineOf(at):at]) }

// lineOf gives where the line of a place begins.
func (d *document) lineOf(at int) int {
	i, found := slices.BinarySearch(d.lines, at)
	if found {
		return at
	}
	return d.lines[max(0, i-1)]
}

// after gives where the line behind the end of a block's value begins; nothing but a comment may stand between.
func (d *document) after(n *node) (int, error) {
	end, err := d.endOf(n)
	if err != nil {
		return 0, err
	}
	if last := d.lastScalar(n); last.y.Kind == yaml.ScalarNode && last.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return end, nil
	}
	return d.nextLine(end)
}

func (d *document) lastScalar(n *node) *node {
	for n.y.Kind != yaml.AliasNode && len(n.items) > 0 && !d.bracket(n) {
		n = n.items[len(n.items)-1]
	}
	return n
}

// nextLine passes what may stand behind a value on its line, and the line's end.
func (d *document) nextLine(at int) (int, error) {
	stop := d.lineStop(at)
	if rest := strings.TrimLeft(string(d.data[at:stop]), " \t"); rest != "" && (rest[0] != '#' || len(rest) == stop-at) {
		return 0, errPlace
	}
	return stop + breakAt(d.data, stop), nil
}

// line makes a splice of a whole line, or several, before a place that begins a line.
func (d *document) line(at int, s string) splice {
	if at > 0 && breakBefore(d.data, at) == 0 {
		return splice{at, at, d.end + s} // the last line has no end, and keeps none
	}
	return splice{at, at, s + d.end}
}

func breakBefore(data []byte, at int) int {
	for n := 1; n <= 3 && n <= at; n++ {
		if breakAt(data, at-n) == n {
			return n
		}
	}
	return 0
}

// insert puts a pair behind the last one of a mapping.
func (d *document) insert(n *node, key string, v *value) (splice, error) {
	if n.y.Style&yaml.FlowStyle != 0 {
		return d.inBrackets(n, newText(key).inFlow()+": "+v.inFlow())
	}
	if len(n.keys) == 0 {
		return splice{}, errPlace
	}
	at, err := d.after(n.items[len(n.items)-1])
	if err != nil {
		return splice{}, err
	}
	indent := strings.Repeat(" ", d.column(n.keys[0].at))
	return d.line(at, indent+quoted(key)+":"+v.lines(indent+"  ", d.end)), nil
}

// inBrackets puts an element behind the last one of a collection in brackets.
func (d *document) inBrackets(n *node, s string) (splice, error) {
	if !d.bracket(n) {
		return splice{}, errPlace
	}
	at := d.body(n) + 1
	if len(n.items) > 0 {
		end, err := d.endOf(n.items[len(n.items)-1])
		if err != nil {
			return splice{}, err
		}
		at, s = end, ", "+s
	}
	return splice{at, at, s}, nil
}

// push puts an element behind the last one of a list.
func (d *document) push(n *node, v *value) (splice, error) {
	if n.y.Style&yaml.FlowStyle != 0 {
		return d.inBrackets(n, v.inFlow())
	}
	if len(n.items) == 0 || d.propsEnd(n) != n.at {
		return splice{}, errPlace
	}
	at, err := d.after(n.items[len(n.items)-1])
	return d.line(at, strings.Repeat(" ", d.column(n.at))+"- "+v.inline()), err
}

// colon gives the place behind the colon of a pair.
func (d *document) colon(n *node, i int) (int, error) {
	end, err := d.endOf(n.keys[i])
	if err != nil {
		return 0, err
	}
	for end < len(d.data) && d.blank(end) {
		end++
	}
	return d.expect(end, ":")
}

// inline says whether a node's own text stands on one line with nothing below it.
func (d *document) inline(n *node) bool {
	switch n.y.Kind {
	case yaml.AliasNode:
		return true
	case yaml.ScalarNode:
		return n.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0
	default:
		return d.bracket(n)
	}
}

// replace puts another value behind the key of a pair.
func (d *document) replace(n *node, i int, v *value) (splice, error) {
	colon, err := d.colon(n, i)
	if err != nil {
		return splice{}, err
	}
	old := n.items[i]
	end, err := d.endOf(old)
	if err != nil {
		return splice{}, err
	}
	if n.y.Style&yaml.FlowStyle != 0 {
		if end == colon {
			return splice{colon, colon, " " + v.inFlow()}, nil
		}
		return splice{old.at, end, v.inFlow()}, nil
	}
	below := v.kind == mapping && len(v.items) > 0
	switch {
	case d.inline(old) && !below && end == colon:
		return splice{colon, colon, " " + v.inline()}, nil
	case d.inline(old) && !below:
		return splice{old.at, end, v.inline()}, nil
	}
	to, err := d.after(old)
	if err != nil {
		return splice{}, err
	}
	// What stood behind the key stays there, unless it was the value itself or its head.
	rest := string(d.data[colon:d.lineStop(colon)])
	if d.inline(old) {
		if d.lineOf(old.at) == d.lineOf(colon) {
			rest = string(d.data[end:d.lineStop(end)])
		}
	} else if old.y.Kind == yaml.ScalarNode || d.propsEnd(old) != old.at {
		rest = ""
	}
	indent := strings.Repeat(" ", d.column(n.keys[i].at)+2)
	text := v.lines(indent, d.end)
	if below {
		text = rest + text
	} else {
		text += rest
	}
	if breakBefore(d.data, to) > 0 {
		text += d.end
	}
	return splice{colon, to, text}, nil
}

// cut takes a pair out of a mapping. One that has no other becomes {}, as what reads it expects a mapping; the mapping
// that is the whole document becomes nothing.
func (d *document) cut(n *node, i int, parent []string) (splice, error) {
	key, v := n.keys[i], n.items[i]
	if n.y.Style&yaml.FlowStyle != 0 {
		return d.cutFlow(n, i)
	}
	begin := d.lineOf(key.at)
	if strings.Trim(string(d.data[begin:key.at]), " ") != "" {
		return splice{}, errPlace // a list's dash, or a question mark
	}
	to, err := d.after(v)
	if err != nil {
		return splice{}, err
	}
	if len(n.keys) > 1 || len(parent) == 0 {
		return splice{begin, to, ""}, nil
	}
	at, err := d.find(parent)
	if err != nil {
		return splice{}, err
	}
	colon, err := d.colon(at.in, at.i)
	if err != nil || colon > begin {
		return splice{}, errPlace
	}
	return splice{colon, to, " {}" + string(d.data[colon:begin])}, nil
}

// cutFlow takes a pair out of brackets, with what stands between it and the next; where a comment stands there, with its
// comma alone.
func (d *document) cutFlow(n *node, i int) (splice, error) {
	from := n.keys[i].at
	to, err := d.endOf(n.items[i])
	if i+1 < len(n.keys) {
		next := n.keys[i+1].at
		if comma, cerr := d.comma(to); err == nil && cerr == nil && d.remarks(comma, next) && (d.blank(comma) || breakAt(d.data, comma) > 0) {
			return splice{from, comma, ""}, nil
		}
		return splice{from, next, ""}, nil
	}
	if err != nil || i == 0 {
		return splice{from, to, ""}, err
	}
	before, err := d.endOf(n.items[i-1])
	if err == nil && d.remarks(before, from) {
		return splice{from, to, ""}, nil
	}
	return splice{before, to, ""}, err
}

// comma gives the place behind the comma that comes next.
func (d *document) comma(at int) (int, error) {
	for at < len(d.data) && (d.blank(at) || breakAt(d.data, at) > 0) {
		at++
	}
	return d.expect(at, ",")
}

// remarks says whether a comment stands between two places where no value does.
func (d *document) remarks(from, to int) bool {
	return strings.Contains(string(d.data[from:to]), "#")
}

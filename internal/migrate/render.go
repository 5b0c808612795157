package migrate

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// inline writes a value on one line.
func (v *value) inline() string {
	switch v.kind {
	case list:
		all := make([]string, len(v.items))
		for i, item := range v.items {
			all[i] = item.inFlow()
		}
		return "[" + strings.Join(all, ", ") + "]"
	case mapping:
		all := make([]string, len(v.items))
		for i, item := range v.items {
			all[i] = v.keys[i].inFlow() + ": " + item.inFlow()
		}
		return "{" + strings.Join(all, ", ") + "}"
	case null:
		return "null"
	default:
		return v.scalar()
	}
}

func (v *value) scalar() string {
	switch {
	case v.raw != "":
		return v.raw
	case v.kind == text:
		return quoted(v.text)
	}
	return v.text
}

// inFlow writes a value within brackets, where a plain scalar ends earlier.
func (v *value) inFlow() string {
	s := v.inline()
	if v.kind == text && s[0] != '"' && s[0] != '\'' && strings.ContainsAny(s, ",[]{}:") {
		return double(v.text)
	}
	return s
}

// lines writes what stands behind a key and its colon: the rest of the line, or lines of their own.
func (v *value) lines(indent, end string) string {
	if v.kind != mapping || len(v.items) == 0 {
		return " " + v.inline()
	}
	var b strings.Builder
	for i, item := range v.items {
		b.WriteString(end + indent + v.keys[i].inline() + ":" + item.lines(indent+"  ", end))
	}
	return b.String()
}

// quoted writes a string plain if every parser reads it as that string, in double quotes otherwise. (y and n are booleans
// to some.)
func quoted(s string) string {
	if resolve(s) != text || s == "y" || s == "Y" || s == "n" || s == "N" || strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") || strings.Contains(s, ": ") {
		return double(s)
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && (c < '0' || c > '9') && strings.IndexByte("_-./+@: ()", c) < 0 {
			return double(s)
		}
	}
	return s
}

// double writes a string in double quotes, whatever is in it.
func double(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r) && r != '\ufeff':
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String() + `"`
}

// asWritten gives a node's value with its scalars' own spelling, so that a value that moves keeps its quotes. What could
// mean something else at another place, or stands on several lines, is spelt anew.
func (d *document) asWritten(n *node) *value {
	if n.y.Kind == yaml.AliasNode {
		return n.value
	}
	v := *n.value
	if n.y.Kind != yaml.ScalarNode {
		v.items = nil
		for _, item := range n.items {
			v.items = append(v.items, d.asWritten(item))
		}
		return &v
	}
	end, err := d.endOf(n)
	if err != nil || d.propsEnd(n) != n.at || v.text == "" && v.kind != text || v.tag != "" || n.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.value
	}
	if raw := string(d.data[n.at:end]); !strings.ContainsAny(raw, "\r\n\u0085\u2028\u2029") {
		v.raw = raw
	}
	return &v
}

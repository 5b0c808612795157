package migrate

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// A drawn document: a text, what it says in the words of an independent reader, and where each pair stands.
type drawn struct {
	text  string
	pairs []place
}

// A place is the whole lines that a pair of a block takes: comments before it are not its own.
type place struct {
	path     []string
	from, to int
	alone    bool // it is the only pair of its mapping
}

// An author writes documents as people do: in every style, with comments and blank lines.
type author struct {
	t    *rapid.T
	b    strings.Builder
	end  string
	step int
	n    int
	all  []place
}

func (a *author) yes(percent int) bool { return rapid.IntRange(0, 99).Draw(a.t, "chance") < percent }

func (a *author) comment() string {
	a.n++
	return fmt.Sprintf("# c%d: [\"not' {a value", a.n)
}

func (a *author) line(s string) { a.b.WriteString(s + a.end) }

// between writes what stands between pairs.
func (a *author) between(indent string) {
	for a.yes(25) {
		switch rapid.IntRange(0, 2).Draw(a.t, "between") {
		case 0:
			a.line("")
		case 1:
			a.line(indent + a.comment())
		default:
			a.line(a.comment()) // at the margin, wherever it is
		}
	}
}

func (a *author) tail() string {
	if a.yes(20) {
		return " " + a.comment()
	}
	return ""
}

func keyNames() []string {
	return []string{"a", "b", "key", "two words", "é", "x-y", "model", "d", "'q'", "\"u\\u0041\"", "z"}
}

// spelt gives what a key as it is written is called.
func spelt(key string) string {
	switch key {
	case "'q'":
		return "q"
	case "\"u\\u0041\"":
		return "uA"
	}
	return key
}

func (a *author) keys() []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(keyNames()), 1, 4, spelt).Draw(a.t, "keys")
}

func (a *author) mapping(indent string, path []string, depth int) {
	keys := a.keys()
	for i, key := range keys {
		if i > 0 || depth > 0 {
			a.between(indent)
		}
		at := append(slices.Clone(path), spelt(key))
		p := place{path: at, from: a.b.Len(), alone: len(keys) == 1}
		a.b.WriteString(indent + key + ":")
		a.value(indent, at, depth)
		p.to = a.b.Len()
		a.all = append(a.all, p)
	}
}

// value writes what stands behind a colon.
func (a *author) value(indent string, path []string, depth int) {
	deeper := indent + strings.Repeat(" ", a.step)
	kind := rapid.IntRange(0, 12).Draw(a.t, "kind")
	if depth > 3 && kind > 8 {
		kind -= 5
	}
	switch kind {
	case 0:
		a.line(a.tail())
	case 1, 2:
		a.line(" " + rapid.SampledFrom([]string{"1", "word", "on", "~", "2024-01-02", "1.5", "a b:c#d", "-x", "http://h:1/x"}).Draw(a.t, "plain") + a.tail())
	case 3:
		a.line(rapid.SampledFrom([]string{" 'it''s # x'", ` "a\"b # c"`, " \"\"", "\t'x: y'"}).Draw(a.t, "quoted") + a.tail())
	case 4:
		a.line(" word")
		a.line(deeper + "goes on" + a.tail())
	case 5:
		a.line(" \"word")
		a.line(deeper + "# goes\\")
		a.line(deeper + "on\"" + a.tail())
	case 6:
		a.line(rapid.SampledFrom([]string{" |", " >-", " |+", " >"}).Draw(a.t, "head"))
		a.line(deeper + "text: one")
		a.line(deeper + "# two")
		if a.yes(50) {
			a.line("")
			a.line(deeper + "  three")
		}
	case 7:
		a.line(" " + a.flow(2) + a.tail())
	case 8:
		a.line(" [")
		a.line(deeper + a.flow(1) + "," + a.tail())
		a.line(deeper + "x, ]")
	case 9:
		a.line(a.tail())
		dash := rapid.SampledFrom([]string{indent, deeper}).Draw(a.t, "dash")
		for range rapid.IntRange(1, 3).Draw(a.t, "items") {
			a.line(dash + "- " + a.flow(1) + a.tail())
		}
	default:
		a.line(a.tail())
		a.mapping(deeper, path, depth+1)
	}
}

// flow writes a value on one line.
func (a *author) flow(depth int) string {
	switch rapid.IntRange(0, 4).Draw(a.t, "flow") {
	case 0:
		return "{}"
	case 1:
		return rapid.SampledFrom([]string{"1", "w", "'q, }'", `"d] "`, "it's"}).Draw(a.t, "item")
	case 2:
		if depth == 0 {
			return "[]"
		}
		return "[ " + a.flow(depth-1) + ", 2 ]"
	default:
		if depth == 0 {
			return "x"
		}
		return "{f: " + a.flow(depth-1) + ", \"g\": , h: {}}"
	}
}

// touchy says whether a line's end or an empty line may be part of a block's text, so that an edit beside it would change it.
func (d drawn) touchy() bool {
	return strings.Contains(d.text, "|+") || !strings.HasSuffix(d.text, "\n") && (strings.Contains(d.text, " |") || strings.Contains(d.text, " >"))
}

func drawDocument(t *rapid.T) drawn {
	a := &author{t: t, end: rapid.SampledFrom([]string{"\n", "\n", "\r\n"}).Draw(t, "end"), step: rapid.SampledFrom([]int{2, 2, 4}).Draw(t, "step")}
	if a.yes(5) {
		a.b.WriteString("\ufeff")
	}
	if a.yes(5) {
		a.line("---")
	}
	a.mapping("", nil, 0)
	a.between("")
	text := a.b.String()
	if a.yes(10) {
		text = strings.TrimRight(text, "\r\n")
	}
	for i := range a.all {
		p := &a.all[i]
		p.to = min(p.to, len(text))
		for strings.Contains(text[p.from:p.to], "|+") && strings.HasPrefix(text[p.to:], a.end) {
			p.to += len(a.end) // such a block keeps the empty lines behind it
		}
	}
	return drawn{text, a.all}
}

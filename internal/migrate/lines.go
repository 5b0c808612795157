package migrate

import (
	"bytes"
	"strings"
)

// maxLines bounds a file of NAME=value lines in bytes.
const maxLines = 1 << 20

// An assignment is one NAME=value of a file as python-dotenv reads it: export before the name, quotes that reach over
// several lines, a comment behind. What it doesn't understand it skips to the end of the line.
type assignment struct {
	name, value string
	from, to    int  // what stands behind the = up to a comment or the line's end
	comment     bool // one follows
}

// A reader goes through such a file.
type reader struct {
	data []byte
	at   int
}

func (r *reader) peek() byte {
	if r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

func (r *reader) skip(set string) {
	for r.at < len(r.data) && strings.IndexByte(set, r.data[r.at]) >= 0 {
		r.at++
	}
}

// line passes what is left of a line.
func (r *reader) line() {
	for r.at < len(r.data) && r.data[r.at] != '\n' && r.data[r.at] != '\r' {
		r.at++
	}
}

// assignments gives what a file assigns, in its order.
func assignments(data []byte) []assignment {
	r := &reader{data: data}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		r.at = 3
	}
	var all []assignment
	for {
		r.skip(" \t\r\n\f\v")
		if r.at == len(data) {
			return all
		}
		if a, ok := r.assignment(); ok {
			all = append(all, a)
		}
		r.line()
	}
}

func (r *reader) assignment() (assignment, bool) {
	var a assignment
	if rest := r.data[r.at:]; bytes.HasPrefix(rest, []byte("export ")) || bytes.HasPrefix(rest, []byte("export\t")) {
		r.at += len("export")
		r.skip(" \t")
	}
	begin := r.at
	if r.peek() == '\'' {
		end := bytes.IndexByte(r.data[r.at+1:], '\'')
		if end < 0 {
			return a, false
		}
		a.name = string(r.data[r.at+1 : r.at+1+end])
		r.at += end + 2
	} else {
		for r.at < len(r.data) && strings.IndexByte("=# \t\r\n\f\v", r.data[r.at]) < 0 {
			r.at++
		}
		a.name = string(r.data[begin:r.at])
	}
	r.skip(" \t")
	if a.name == "" || r.peek() != '=' {
		return a, false
	}
	r.at++
	a.from = r.at
	r.skip(" \t")
	if c := r.peek(); c == '\'' || c == '"' {
		return a, r.quoted(&a, c)
	}
	begin = r.at
	r.line()
	a.to = r.at
	a.value = string(r.data[begin:r.at])
	for i := 1; i < len(a.value); i++ {
		if a.value[i] == '#' && (a.value[i-1] == ' ' || a.value[i-1] == '\t') {
			a.to, a.comment = begin+len(strings.TrimRight(a.value[:i], " \t")), true
			a.value = a.value[:i]
			break
		}
	}
	a.value = strings.TrimRight(a.value, " \t")
	return a, true
}

// quoted reads a value in quotes; a backslash keeps a quote from ending it.
func (r *reader) quoted(a *assignment, quote byte) bool {
	begin := r.at + 1
	for i := begin; i < len(r.data); i++ {
		switch r.data[i] {
		case '\\':
			i++
		case quote:
			a.value, a.to, r.at = string(r.data[begin:i]), i+1, i+1
			r.skip(" \t")
			c := r.peek()
			a.comment = c == '#'
			return a.comment || c == '\n' || c == '\r' || r.at == len(r.data)
		}
	}
	return false
}

// lookup gives the last value that a file assigns to a name.
func lookup(data []byte, name string) (string, bool) {
	value, ok := "", false
	for _, a := range assignments(data) {
		if a.name == name {
			value, ok = a.value, true
		}
	}
	return value, ok
}

// blank empties the values of a name; everything but these values stays, a comment behind one too.
func blank(data []byte, name string) (out []byte, done bool) {
	at := 0
	for _, a := range assignments(data) {
		if a.name != name || a.value == "" {
			continue
		}
		out = append(out, data[at:a.from]...)
		if a.comment {
			out = append(out, `""`...) // python-dotenv takes a comment right behind the = for the value
		}
		at, done = a.to, true
	}
	return append(out, data[at:]...), done
}

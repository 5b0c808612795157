package identity

import (
	"bytes"
	"slices"
	"strconv"
)

// lines are the lines of a passwd or group file, each with the bytes that ended it.
type lines []line

type line struct {
	text []byte // without its end
	end  string // "\n" or "\r\n"; the last line may lack its newline
}

func split(data []byte) lines {
	var ls lines
	for len(data) > 0 {
		text, rest, whole := bytes.Cut(data, []byte{'\n'})
		l := line{text: text}
		if n := len(text); n > 0 && text[n-1] == '\r' {
			l.text, l.end = text[:n-1], "\r"
		}
		if whole {
			l.end += "\n"
		}
		l.text = slices.Clone(l.text)
		ls, data = append(ls, l), rest
	}
	return ls
}

func (ls lines) bytes() []byte {
	n := 0
	for _, l := range ls {
		n += len(l.text) + len(l.end)
	}
	out := make([]byte, 0, n)
	for _, l := range ls {
		out = append(append(out, l.text...), l.end...)
	}
	return out
}

// add puts a line where useradd does: at the end, but before the first NIS entry, behind which the C library's
// compat lookup would not find it (nsswitch.conf(5)).
func (ls lines) add(text string) lines {
	at := slices.IndexFunc(ls, func(l line) bool {
		return len(l.text) > 0 && (l.text[0] == '+' || l.text[0] == '-')
	})
	if at < 0 {
		at = len(ls)
		if at > 0 && (ls[at-1].end == "" || ls[at-1].end == "\r") {
			ls[at-1].end += "\n"
		}
	}
	return slices.Insert(ls, at, line{text: []byte(text), end: "\n"})
}

// fields gives the n fields of an entry; the last one is the rest of the line, colons and all. It gives nil for a
// comment, a NIS entry, an entry without a name and one with too few fields.
func (l line) fields(n int) [][]byte {
	if len(l.text) == 0 {
		return nil
	}
	switch l.text[0] {
	case '#', '+', '-', ':':
		return nil
	}
	f := bytes.SplitN(l.text, []byte{':'}, n)
	if len(f) < n {
		return nil
	}
	return f
}

// setField gives the line with its i-th of n fields replaced.
func (l line) setField(i, n int, value string) line {
	f := bytes.SplitN(l.text, []byte{':'}, n)
	f[i] = []byte(value)
	return line{text: bytes.Join(f, []byte{':'}), end: l.end}
}

// number reads an id as the C library does: decimal digits and nothing else, leading zeros allowed.
func number(field []byte) (uint32, bool) {
	for _, c := range field {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(string(field), 10, 32)
	return uint32(v), err == nil
}

func decimal(v uint32) string { return strconv.FormatUint(uint64(v), 10) }

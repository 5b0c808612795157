package volume

import (
	"bytes"
	"strings"
)

// A file of NAME=value lines is read as python-dotenv and shells do, as far as one variable is concerned: blanks and export
// before the name, blanks around =, quotes that reach over several lines, a comment behind the value. Bytes that aren't the
// variable's own lines are kept as they are.

// entries cuts a file into its lines. A value in quotes that goes on over several of them is one: what looks like an
// assignment inside is somebody's text.
func entries(data []byte) [][]byte {
	var all [][]byte
	for len(data) > 0 {
		n := lineLength(data)
		if at := quoteAt(data[:n]); at >= 0 {
			if end := closing(data, at); end >= n {
				n = end + lineLength(data[end:])
			}
		}
		all = append(all, data[:n])
		data = data[n:]
	}
	return all
}

// lineLength gives how long a line is, its end included.
func lineLength(data []byte) int {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1
	}
	return len(data)
}

// quoteAt gives where the value of a line's assignment begins with a quote; -1 where it doesn't.
func quoteAt(line []byte) int {
	i := bytes.IndexByte(line, '=')
	if i < 0 || bytes.IndexByte(line[:i], '#') >= 0 {
		return -1
	}
	for i++; i < len(line) && (line[i] == ' ' || line[i] == '\t'); i++ {
	}
	if i == len(line) || line[i] != '\'' && line[i] != '"' {
		return -1
	}
	return i
}

// closing gives where the quote at a place ends; a backslash keeps one from ending it. -1 where it never does: then the
// line is a mistake, and ends with the line.
func closing(data []byte, at int) int {
	for i := at + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case data[at]:
			return i
		}
	}
	return -1
}

// assigned gives the value that a line gives to a variable.
func assigned(line []byte, key string) (value string, ok bool) {
	s := strings.TrimPrefix(string(line), "\ufeff")
	s = strings.TrimSpace(s)
	if rest, found := strings.CutPrefix(s, "export"); found && strings.TrimLeft(rest, " \t") != rest {
		s = strings.TrimLeft(rest, " \t")
	}
	s, ok = strings.CutPrefix(s, key)
	if !ok {
		return "", false
	}
	s, ok = strings.CutPrefix(strings.TrimLeft(s, " \t"), "=")
	if !ok {
		return "", false
	}
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		inner, rest, closed := strings.Cut(s[1:], s[:1])
		rest = strings.TrimSpace(rest)
		switch {
		case closed && inner == "" && rest != "" && rest[0] != '#':
			return s, true // a shell joins what follows: no empty value, though dotenv reads none
		case closed:
			return inner, true
		}
	}
	if strings.HasPrefix(s, "#") {
		return "", true
	}
	for _, mark := range []string{" #", "\t#"} {
		s, _, _ = strings.Cut(s, mark)
	}
	return strings.TrimSpace(s), true
}

// valueIn gives the last non-empty value that a file gives to a variable.
func valueIn(data []byte, key string) string {
	value := ""
	for _, line := range entries(data) {
		if v, ok := assigned(line, key); ok && v != "" {
			value = v
		}
	}
	return value
}

// withoutEmpty drops the lines that give a variable no value.
func withoutEmpty(data []byte, key string) []byte {
	out := make([]byte, 0, len(data))
	for _, line := range entries(data) {
		if v, ok := assigned(line, key); ok && v == "" {
			continue
		}
		out = append(out, line...)
	}
	return out
}

// withLine adds a line at the end, in the file's own manner of ending lines.
func withLine(data []byte, line string) []byte {
	end := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		end = "\r\n"
	}
	out := bytes.Clone(data)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, end...)
	}
	return append(out, line+end...)
}

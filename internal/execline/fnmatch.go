package execline

import (
	"strings"
)

// A pattern is one of the shell's, matched byte for byte.
type pattern struct {
	noEscape bool // a backslash is a byte like any other
	period   bool // a leading period is matched by a period only
	pathname bool // a slash is matched by a slash only
}

// match says whether all of text is what a pattern describes. It goes back to the last * only, so that the work is at most
// the product of both lengths.
func (p pattern) match(glob, text string) bool {
	type mark struct{ glob, text int }
	star := mark{-1, 0}
	g, t := 0, 0
	for t < len(text) || g < len(glob) {
		if g < len(glob) && glob[g] == '*' && !p.hidden(text, t) {
			star = mark{g, t}
			g++
			continue
		}
		if g < len(glob) && t < len(text) {
			if n := p.one(glob[g:], text, t); n > 0 {
				g, t = g+n, t+1
				continue
			}
		}
		if star.glob < 0 || star.text >= len(text) || p.pathname && text[star.text] == '/' {
			return false
		}
		star.text++
		g, t = star.glob+1, star.text
	}
	return true
}

// hidden says whether a wildcard may not match here.
func (p pattern) hidden(text string, t int) bool {
	return p.period && t < len(text) && text[t] == '.' && (t == 0 || p.pathname && text[t-1] == '/')
}

// one says how much of a pattern matches the byte of a text, or 0.
func (p pattern) one(glob, text string, t int) int {
	c := text[t]
	switch glob[0] {
	case '?':
		if p.hidden(text, t) || p.pathname && c == '/' {
			return 0
		}
		return 1
	case '[':
		n, in, sound := p.set(glob, c)
		switch {
		case !sound:
			break
		case in && !p.hidden(text, t) && (!p.pathname || c != '/'):
			return n
		default:
			return 0
		}
	case '\\':
		if !p.noEscape {
			if len(glob) > 1 && glob[1] == c {
				return 2
			}
			return 0
		}
	}
	if glob[0] == c {
		return 1
	}
	return 0
}

// set reads a set in brackets, and says whether a byte is in it. One that doesn't end is no set.
func (p pattern) set(glob string, c byte) (length int, in, sound bool) {
	i := 1
	negated := i < len(glob) && (glob[i] == '!' || glob[i] == '^')
	if negated {
		i++
	}
	for first := i; i < len(glob) && (glob[i] != ']' || i == first); {
		if class, n := bracketed(glob[i:], ':'); n > 0 {
			in = in || inClass(class, c)
			i += n
			continue
		}
		low, n := p.member(glob[i:])
		i += n
		high := low
		if i+1 < len(glob) && glob[i] == '-' && glob[i+1] != ']' {
			high, n = p.member(glob[i+1:])
			i += 1 + n
		}
		in = in || low <= c && c <= high
	}
	if i >= len(glob) || p.pathname && strings.Contains(glob[:i], "/") {
		return 0, false, false
	}
	return i + 1, in != negated, true
}

// member reads one byte of a set.
func (p pattern) member(glob string) (c byte, length int) {
	if glob[0] == '\\' && !p.noEscape && len(glob) > 1 {
		return glob[1], 2
	}
	for _, kind := range []byte{'=', '.'} {
		if name, n := bracketed(glob, kind); n > 0 && len(name) == 1 {
			return name[0], n
		}
	}
	return glob[0], 1
}

// bracketed reads [:name:] or its like.
func bracketed(text string, kind byte) (name string, length int) {
	if len(text) < 4 || text[0] != '[' || text[1] != kind {
		return "", 0
	}
	end := strings.Index(text[2:], string(kind)+"]")
	if end < 0 {
		return "", 0
	}
	return text[2 : 2+end], end + 4
}

// inClass says whether a byte is of a class of ASCII's.
func inClass(name string, c byte) bool {
	lower, upper, digit := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
	switch name {
	case "alpha":
		return lower || upper
	case "digit":
		return digit
	case "alnum":
		return lower || upper || digit
	case "upper":
		return upper
	case "lower":
		return lower
	case "space":
		return c == ' ' || c >= '\t' && c <= '\r'
	case "blank":
		return c == ' ' || c == '\t'
	case "punct":
		return c > ' ' && c < 0x7f && !lower && !upper && !digit
	case "print":
		return c >= ' ' && c < 0x7f
	case "graph":
		return c > ' ' && c < 0x7f
	case "cntrl":
		return c < ' ' || c == 0x7f
	case "xdigit":
		return digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	}
	return false
}

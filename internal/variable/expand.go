package variable

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxExpandDepth bounds how deep defaults may nest, since expansion recurses.
const maxExpandDepth = 8

// A Mistake is what is wrong in a [Text]: At counts bytes from the text's beginning.
type Mistake struct {
	At         int
	What, Hint string
}

func (m *Mistake) Error() string { return m.What }

// Check finds the first mistake in the references of a text.
func Check(t Text) *Mistake {
	_, err := expand(nil, string(t), 0, 0, nil)
	m, _ := errors.AsType[*Mistake](err)
	return m
}

// expand writes s[from:] to b up to the end of s or, inside a reference (depth > 0), up to the brace that closes it,
// and gives the place after what it read. A nil lookup only checks, and writes nothing.
func expand(b *strings.Builder, s string, from, depth int, lookup func(string) (string, bool)) (int, error) {
	for i := from; i < len(s); {
		switch {
		case depth > 0 && s[i] == '}':
			return i + 1, nil
		case s[i] != '$' || i+1 == len(s):
			put(b, s[i:i+1])
			i++
		case s[i+1] == '$':
			put(b, "$")
			i += 2
		case s[i+1] == '{':
			end, err := reference(b, s, i, depth, lookup)
			if err != nil {
				return 0, err
			}
			i = end
		default:
			put(b, "$")
			i++
		}
	}
	if depth > 0 {
		return 0, errUnclosed
	}
	return len(s), nil
}

// errUnclosed is replaced by the innermost reference that it happens in, which knows the place.
var errUnclosed = &Mistake{At: -1}

// reference reads the ${…} at s[at:] and writes what it stands for.
func reference(b *strings.Builder, s string, at, depth int, lookup func(string) (string, bool)) (int, error) {
	unclosed := &Mistake{at, "unterminated ${", "close it with }, or write $$ for a dollar sign"}
	if depth == maxExpandDepth {
		return 0, &Mistake{at, fmt.Sprintf("references nest more than %d deep", maxExpandDepth), "set a variable in env.set and name that"}
	}
	i := at + 2
	for i < len(s) && NameByte(s[i], i > at+2) {
		i++
	}
	name := s[at+2 : i]
	if i == len(s) {
		return 0, unclosed
	}
	if name == "" {
		if strings.IndexByte(s[i:], '}') < 0 {
			return 0, unclosed
		}
		return 0, &Mistake{at, "${ without the name of a variable", "write ${NAME}, ${NAME:-default} or $$ for a dollar sign"}
	}
	value, ok := "", false
	if lookup != nil {
		value, ok = lookup(name)
	}
	switch {
	case s[i] == '}':
		put(b, value)
		return i + 1, nil
	case s[i] == '-':
		i++
	case strings.HasPrefix(s[i:], ":-"):
		i += 2
		ok = ok && value != ""
	case strings.IndexByte(s[i:], '}') < 0:
		return 0, unclosed
	default:
		first, _ := utf8.DecodeRuneInString(s[i:])
		return 0, &Mistake{i, fmt.Sprintf("${%s is followed by %q", name, string(first)), "berth knows ${NAME}, ${NAME-default} and ${NAME:-default}"}
	}
	inner := b
	if ok || lookup == nil {
		put(b, value)
		inner = nil
	}
	end, err := expand(inner, s, i, depth+1, lookup)
	if err == errUnclosed { //nolint:errorlint // the very sentinel, never wrapped: made and met in this file
		return 0, unclosed
	}
	return end, err
}

func put(b *strings.Builder, s string) {
	if b != nil {
		b.WriteString(s)
	}
}

// NameByte says whether c may stand in a variable's name; later: at another place than the first.
func NameByte(c byte, later bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || later && '0' <= c && c <= '9'
}

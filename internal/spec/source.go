package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSize is how many bytes a spec and all that it extends may have together; an opener need not read more than one
// byte beyond it.
const MaxSize = 256 << 10

// maxMarks bounds the bytes that can begin a node, in a spec and all that it extends. A node costs up to a thousand
// times the byte that makes it, while a spec has some hundreds, and a thousand services with logs some twelve thousand.
const maxMarks = 14 << 10

// budget is what is left for the files of one spec.
type budget struct{ bytes, marks int }

// source is one spec file as it was read.
type source struct {
	name  string
	text  string
	lines []string // cut lazily: a good file needs none

	counted, width int // the line that was measured last, and its length: a hostile file has one that is all of it
}

// line gives line n, from 1, without its end.
func (s *source) line(n int) string {
	if s.lines == nil {
		s.lines = cutLines(s.text)
	}
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// at makes a complaint about a place in the file; a place outside it is moved to its nearest end.
func (s *source) at(line, column int, hint, format string, args ...any) Complaint {
	s.line(1)
	line = max(1, min(line, len(s.lines)))
	if s.counted != line {
		s.counted, s.width = line, utf8.RuneCountInString(s.line(line))
	}
	column = max(1, min(column, s.width+1))
	return Complaint{s.name, line, column, fmt.Sprintf(format, args...), hint, s.line(line)}
}

// atByte makes a complaint about the byte at an offset.
func (s *source) atByte(offset int, hint, format string, args ...any) Complaint {
	before := cutLines(s.text[:offset])
	last := before[len(before)-1]
	return s.at(len(before), utf8.RuneCountInString(last)+1, hint, format, args...)
}

// cutLines cuts a text where YAML 1.1 does, since that is how the parser counts: LF, CR, CRLF, NEL, LS and PS.
func cutLines(text string) []string {
	lines := []string{}
	for {
		i := strings.IndexAny(text, "\r\n\u0085\u2028\u2029")
		if i < 0 {
			return append(lines, text)
		}
		lines = append(lines, text[:i])
		_, size := utf8.DecodeRuneInString(text[i:])
		if strings.HasPrefix(text[i:], "\r\n") {
			size = 2
		}
		text = text[i+size:]
	}
}

// vet looks at the bytes before any of them is parsed: a hostile file is refused for what it would cost.
func (s *source) vet(left *budget) (Complaint, bool) {
	if len(s.text) > left.bytes {
		size := fmt.Sprintf("the file has more than %d bytes", MaxSize)
		if left.bytes < MaxSize {
			size = fmt.Sprintf("the file and what leads to it have more than %d bytes", MaxSize)
		}
		return Complaint{File: s.name, Text: size, Hint: "a spec has some thousands; is this the right file?"}, false
	}
	left.bytes -= len(s.text)
	switch {
	case strings.HasPrefix(s.text, "\xef\xbb\xbf"):
		return Complaint{s.name, 1, 1, "the file begins with a byte order mark", "save it as UTF-8 without one", s.line(1)[3:]}, false
	case strings.HasPrefix(s.text, "\xff\xfe"), strings.HasPrefix(s.text, "\xfe\xff"):
		return Complaint{File: s.name, Line: 1, Column: 1, Text: "the file is UTF-16", Hint: "save it as UTF-8"}, false
	}
	for i, r := range s.text {
		switch {
		case r == 0:
			return s.atByte(i, "is this the right file?", "a NUL byte stands here"), false
		case r == utf8.RuneError && !strings.HasPrefix(s.text[i:], "\uFFFD"):
			return s.atByte(i, "save the file as UTF-8", "the byte 0x%02x is not UTF-8", s.text[i]), false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return s.atByte(i, "take it out", "the control character 0x%02x stands here", r), false
		}
	}
	if left.marks -= marks(s.text); left.marks < 0 {
		return Complaint{File: s.name, Text: "the file has too many lines and elements", Hint: "a spec has some hundreds; is this the right file?"}, false
	}
	return Complaint{}, true
}

// marks counts the bytes that can begin or end a node, too many rather than too few.
func marks(text string) int {
	n := 0
	for i := range len(text) {
		switch text[i] {
		case ',', ':', '[', '{', '\n', '\r':
			n++
		case '-', '?':
			if i+1 == len(text) || strings.IndexByte(" \t\r\n", text[i+1]) >= 0 {
				n++
			}
		}
	}
	return n
}

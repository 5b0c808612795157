package execline

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Regular expressions of POSIX's kinds, byte for byte, are translated to Go's syntax: each byte is taken for the character
// of its number, and what Go would read in another way is written out.

var (
	errBackReference = errors.New("back-references are not supported")
	errRepeat        = errors.New("nothing to repeat")
)

// A dialect is how an expression is read.
type dialect struct {
	extended, fold bool
	lines          bool // ^ and $ are also the ends of lines, and only a newline matches a newline
}

// compile compiles an expression.
func (d dialect) compile(text string) (*regexp.Regexp, error) {
	p := ereParser{text: text, dialect: d}
	translated, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, errors.New("unmatched )")
	}
	flags := "(?s)"
	if d.lines {
		flags = "(?m)"
	}
	re, err := regexp.Compile(flags + translated)
	if err != nil {
		return nil, err
	}
	re.Longest()
	return re, nil
}

// characters gives the text that such an expression is matched with.
func characters(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteRune(rune(text[i]))
	}
	return out.String()
}

// ofCharacters is the way back.
func ofCharacters(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

// An ereParser reads an expression.
type ereParser struct {
	text string
	at   int
	dialect
}

// sign reads one of the signs that are written with a backslash in basic expressions, without one in extended ones.
func (p *ereParser) sign(c byte) bool {
	rest := p.text[p.at:]
	if p.extended {
		return rest != "" && rest[0] == c
	}
	return len(rest) > 1 && rest[0] == '\\' && rest[1] == c
}

// width is how long such a sign is.
func (p *ereParser) width() int {
	if p.extended {
		return 1
	}
	return 2
}

// mostNested bounds how deep groups may lie within each other.
const mostNested = 200

// alternatives reads up to the end, or to the ) of a group.
func (p *ereParser) alternatives(nested int) (string, error) {
	if nested > mostNested {
		return "", errors.New("groups are nested too deep")
	}
	var out strings.Builder
	for {
		branch, err := p.branch(nested)
		if err != nil {
			return "", err
		}
		out.WriteString(branch)
		if !p.sign('|') {
			return out.String(), nil
		}
		p.at += p.width()
		out.WriteByte('|')
	}
}

// branch reads pieces that follow each other.
func (p *ereParser) branch(nested int) (string, error) {
	var out strings.Builder
	for first := true; p.at < len(p.text) && !p.sign('|'); first = false {
		if p.sign(')') && (nested > 0 || !p.extended) {
			break
		}
		anchors := p.at
		atom, err := p.atom(first, nested)
		if err != nil {
			return "", err
		}
		if anchored := atom == "^" && p.text[anchors] == '^'; anchored && !p.extended { // a * behind it is no sign either
			out.WriteString(atom)
			if p.at < len(p.text) && p.text[p.at] == '*' {
				out.WriteString(`\*`)
				p.at++
			}
			continue
		} else if anchored && p.repeats() {
			return "", errRepeat
		}
		for {
			times, err := p.repetition()
			if err != nil {
				return "", err
			}
			if times == "" {
				break
			}
			atom = "(?:" + atom + ")" + times
		}
		out.WriteString(atom)
	}
	return out.String(), nil
}

// atom reads what a repetition may follow.
func (p *ereParser) atom(first bool, nested int) (string, error) {
	c := p.text[p.at]
	switch {
	case p.sign('('):
		p.at += p.width()
		inner, err := p.alternatives(nested + 1)
		if err != nil {
			return "", err
		}
		if !p.sign(')') {
			return "", errors.New("unmatched (")
		}
		p.at += p.width()
		return "(" + inner + ")", nil
	case c == '\\':
		return p.escape()
	case c == '[':
		return p.set()
	case c == '.':
		p.at++
		return ".", nil
	case c == '^' && (p.extended || first), c == '$' && (p.extended || p.last()):
		p.at++
		return string(c), nil
	case c == '*' && !p.extended && first:
	case c == '*' || p.extended && strings.IndexByte("+?{", c) >= 0:
		return "", errRepeat
	}
	p.at++
	return p.literal(c), nil
}

// last says whether a $ is the end of a basic expression, or of one of its groups.
func (p *ereParser) last() bool {
	rest := p.text[p.at+1:]
	return rest == "" || strings.HasPrefix(rest, `\)`) || strings.HasPrefix(rest, `\|`)
}

// literal writes a byte that stands for itself.
func (p *ereParser) literal(c byte) string {
	if p.fold && (c|0x20 >= 'a' && c|0x20 <= 'z') {
		return fmt.Sprintf("[%c%c]", c|0x20, c&^0x20)
	}
	return fmt.Sprintf(`\x{%x}`, c)
}

// escape reads what a backslash begins.
func (p *ereParser) escape() (string, error) {
	if p.at+1 >= len(p.text) {
		return "", errors.New("trailing backslash")
	}
	c := p.text[p.at+1]
	p.at += 2
	switch c {
	case 'w':
		return "[0-9A-Za-z_]", nil
	case 'W':
		return "[^0-9A-Za-z_]", nil
	case 's':
		return `[\t-\r ]`, nil
	case 'S':
		return `[^\t-\r ]`, nil
	case 'b', '<', '>':
		return `\b`, nil
	case 'B':
		return `\B`, nil
	case '`':
		return `\A`, nil
	case '\'':
		return `\z`, nil
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "", errBackReference
	case '{', '+', '?':
		if !p.extended {
			return "", errRepeat
		}
	}
	return p.literal(c), nil
}

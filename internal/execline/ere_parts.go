package execline

import (
	"errors"
	"fmt"
	"strings"
)

// repeats says whether a repetition stands there.
func (p *ereParser) repeats() bool {
	return p.at < len(p.text) && p.text[p.at] == '*' || p.sign('+') || p.sign('?') || p.sign('{')
}

// repetition reads how often an atom may stand there; nothing is once.
func (p *ereParser) repetition() (string, error) {
	switch {
	case p.at < len(p.text) && p.text[p.at] == '*':
		p.at++
		return "*", nil
	case p.sign('+'), p.sign('?'):
		p.at += p.width()
		return p.text[p.at-1 : p.at], nil
	case !p.sign('{'):
		return "", nil
	}
	p.at += p.width()
	end := strings.IndexByte(p.text[p.at:], '}')
	if end < 0 {
		return "", errors.New("unmatched {")
	}
	inner := p.text[p.at : p.at+end]
	p.at += end + 1
	if !p.extended {
		var found bool
		if inner, found = strings.CutSuffix(inner, `\`); !found {
			return "", errors.New(`unmatched \{`)
		}
	}
	low, high, ranged := strings.Cut(inner, ",")
	least, sound := uint64(0), low == "" && ranged
	if low != "" {
		least, sound = number(low)
	}
	most, bounded := number(high)
	const limit = 1000 // of Go's regular expressions
	if !sound || ranged && high != "" && (!bounded || most < least) || least > limit || most > limit {
		return "", fmt.Errorf("invalid repetition {%s}", inner)
	}
	switch {
	case !ranged:
		return fmt.Sprintf("{%d}", least), nil
	case high == "":
		return fmt.Sprintf("{%d,}", least), nil
	}
	return fmt.Sprintf("{%d,%d}", least, most), nil
}

// set reads a set in brackets.
func (p *ereParser) set() (string, error) {
	rest := p.text[p.at+1:]
	negated := strings.HasPrefix(rest, "^")
	if negated {
		rest = rest[1:]
	}
	var in [256]bool
	for first := true; ; first = false {
		if rest == "" {
			return "", errors.New("unmatched [")
		}
		if rest[0] == ']' && !first {
			break
		}
		if class, n := bracketed(rest, ':'); n > 0 {
			if err := addClass(&in, class); err != nil {
				return "", err
			}
			rest = rest[n:]
			continue
		}
		low, n := collated(rest)
		rest = rest[n:]
		high := low
		if len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			high, n = collated(rest[1:])
			rest = rest[1+n:]
		}
		if high < low {
			return "", errors.New("invalid range end")
		}
		for c := int(low); c <= int(high); c++ {
			in[c] = true
		}
	}
	p.at = len(p.text) - len(rest) + 1
	return p.class(in, negated), nil
}

// collated reads one byte of a set.
func collated(text string) (c byte, length int) {
	for _, kind := range []byte{'=', '.'} {
		if name, n := bracketed(text, kind); n > 0 && len(name) == 1 {
			return name[0], n
		}
	}
	return text[0], 1
}

// addClass puts a class into a set.
func addClass(in *[256]bool, name string) error {
	any := false
	for c := range 256 {
		if inClass(name, byte(c)) {
			in[c], any = true, true
		}
	}
	if !any {
		return fmt.Errorf("invalid character class %q", name)
	}
	return nil
}

// class writes a set.
func (p *ereParser) class(in [256]bool, negated bool) string {
	if p.fold {
		for c := 'a'; c <= 'z'; c++ {
			in[c], in[c-0x20] = in[c] || in[c-0x20], in[c] || in[c-0x20]
		}
	}
	var out strings.Builder
	for c, there := range in {
		if there != negated && (!negated || !p.lines || c != '\n') {
			fmt.Fprintf(&out, `\x{%x}`, c)
		}
	}
	if out.Len() == 0 {
		return `[^\x{0}-\x{10ffff}]`
	}
	return "[" + out.String() + "]"
}

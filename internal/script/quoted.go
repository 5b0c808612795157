package script

import "fmt"

// quoted reads from one quotation mark to the next.
func (r *reader) quoted() error {
	begin := r.at
	for r.at++; !r.end(); {
		switch c := r.text[r.at]; c {
		case 0:
			return fail(r.text, r.at, "a NUL byte", "a script is text")
		case '"':
			r.at++
			return nil
		case '\\':
			if r.at+1 < len(r.text) {
				if err := r.escape(); err != nil {
					return err
				}
				continue
			}
			r.at++
		default:
			r.word = append(r.word, c)
			r.at++
		}
	}
	return fail(r.text, begin, "this quotation mark has no second one", `close the string with ", and write \" for a quotation mark within it`)
}

// escape reads what a backslash within quotation marks begins.
func (r *reader) escape() error {
	begin := r.at
	c := r.text[r.at+1]
	r.at += 2
	switch c {
	case '\n':
	case 'a', 'b', 't', 'n', 'v', 'f', 'r':
		r.word = append(r.word, control(c))
	case '0':
		if !r.end() && r.text[r.at] == 'x' {
			r.at++
			return r.number(begin, 16, 2)
		}
		return r.number(begin, 8, 3)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		r.at--
		return r.number(begin, 10, 3)
	case 0:
		return fail(r.text, r.at-1, "a NUL byte", "a script is text")
	default:
		r.word = append(r.word, c)
	}
	return nil
}

// control gives the byte that a letter stands for.
func control(letter byte) byte {
	switch letter {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'v':
		return '\v'
	case 'f':
		return '\f'
	}
	return '\r'
}

// number reads a byte that is written as a number of at most so many digits.
func (r *reader) number(begin, base, digits int) error {
	value := 0
	for ; digits > 0 && !r.end(); digits-- {
		d := Digit(r.text[r.at])
		if d >= base {
			break
		}
		value = value*base + d
		r.at++
	}
	if value == 0 || value > 255 {
		return fail(r.text, begin, fmt.Sprintf("%s is no byte from 1 to 255", r.text[begin:r.at]),
			`numbers are \0xHEX, \0OCTAL or \DECIMAL; write \\ for a backslash`)
	}
	r.word = append(r.word, byte(value))
	return nil
}

// Digit gives a digit's value, or a large one if it is none.
func Digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}

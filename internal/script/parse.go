package script

import "strings"

// Parse gives the words of a script, as execlineb makes them. A script that says nothing has none.
func Parse(text []byte) ([]string, error) {
	r := reader{text: text}
	for {
		more, err := r.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if n := len(r.open); n > 0 {
		return nil, fail(text, r.open[n-1], "this { is never closed", "close each block with a } that stands by itself")
	}
	return r.argv, nil
}

// A reader goes once through a text.
type reader struct {
	text []byte
	at   int
	word []byte
	open []int // where the braces stand that are open
	argv []string
}

// end says that nothing is left to read.
func (r *reader) end() bool { return r.at >= len(r.text) }

// space says whether a byte separates words.
func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// next reads up to the end of one word, brace or comment.
func (r *reader) next() (more bool, err error) {
	for !r.end() && space(r.text[r.at]) {
		r.at++
	}
	if r.end() {
		return false, nil
	}
	switch c := r.text[r.at]; {
	case c == 0:
		return false, fail(r.text, r.at, "a NUL byte", "a script is text")
	case c == '#':
		for !r.end() && r.text[r.at] != '\n' {
			if r.text[r.at] == 0 {
				return false, fail(r.text, r.at, "a NUL byte", "a script is text")
			}
			r.at++
		}
		return true, nil
	case c == '\\' && r.at+1 < len(r.text) && r.text[r.at+1] == '\n':
		r.at += 2 // a line goes on, as in sh; within a word it doesn't
		return true, nil
	case c == '\\' && r.at+1 == len(r.text):
		return false, nil
	case c == '{' && r.alone():
		return true, r.begin()
	case c == '}' && r.alone():
		return true, r.finish()
	}
	return true, r.read()
}

// alone says whether the byte is a word of its own.
func (r *reader) alone() bool { return r.at+1 >= len(r.text) || space(r.text[r.at+1]) }

// begin opens a block.
func (r *reader) begin() error {
	if r.at+1 >= len(r.text) {
		return fail(r.text, r.at, "this { is never closed", "close each block with a } that stands by itself")
	}
	r.open = append(r.open, r.at)
	r.at++
	return nil
}

// finish closes a block.
func (r *reader) finish() error {
	n := len(r.open)
	if n == 0 {
		return fail(r.text, r.at, "this } closes nothing", "open a block with a { that stands by itself, or quote the brace")
	}
	r.open = r.open[:n-1]
	r.add("")
	r.at++
	return nil
}

// add puts a word behind the others, as deep as the block that it stands in.
func (r *reader) add(word string) {
	r.argv = append(r.argv, strings.Repeat(" ", len(r.open))+word)
}

// read reads one word, which may have quoted parts.
func (r *reader) read() error {
	r.word = r.word[:0]
	for !r.end() && !space(r.text[r.at]) {
		c := r.text[r.at]
		switch c {
		case 0:
			return fail(r.text, r.at, "a NUL byte", "a script is text")
		case '"':
			if err := r.quoted(); err != nil {
				return err
			}
			continue
		case '\\':
			r.at++
			if r.end() || r.text[r.at] == 0 {
				return fail(r.text, r.at-1, "nothing follows this \\", "write \\\\ for a backslash")
			}
			c = r.text[r.at]
		}
		r.word = append(r.word, c)
		r.at++
	}
	r.add(string(r.word))
	return nil
}

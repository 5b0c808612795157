package script

import (
	"bytes"
	"fmt"
)

// Clean takes off what editors of other systems leave: a byte order mark, and the carriage return before the end of a
// line. What was taken off is said, one sentence each.
//
// The real program takes a mark for the beginning of the first word, and a carriage return for space, but not behind a
// backslash, in quotation marks, or in the line that names the interpreter.
func Clean(text []byte) (clean []byte, said []string) {
	if rest, marked := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); marked {
		text = rest
		said = append(said, "it begins with a byte order mark, which is ignored; save it as UTF-8 without BOM")
	}
	if n := bytes.Count(text, []byte("\r\n")); n > 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		said = append(said, fmt.Sprintf("%d of its lines end with CR LF, the CR is ignored; save it with line ends of Unix", n))
	}
	return text, said
}

package script

import (
	"bytes"
	"fmt"
)

// An Error says where a text is no script, and why.
type Error struct {
	Line, Column int
	Cause, Hint  string
}

// Error is "parse line 3, column 5: cause".
func (e *Error) Error() string {
	return fmt.Sprintf("parse line %d, column %d: %s", e.Line, e.Column, e.Cause)
}

// fail makes the error for a place in the text.
func fail(text []byte, at int, cause, hint string) *Error {
	before := text[:at]
	return &Error{
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: at - bytes.LastIndexByte(before, '\n'),
		Cause:  cause, Hint: hint,
	}
}

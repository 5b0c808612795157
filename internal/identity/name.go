package identity

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

// What may be wrong with a name.
var (
	ErrExists = errors.New("it is there already")
	ErrAbsent = errors.New("no such entry")
	ErrName   = errors.New("a name may not be empty, start with '#', '+' or '-', or hold white space, control characters, ':' or ','")
)

// CheckName refuses names that passwd(5) and group(5) can't hold, or that another reader would take for another
// name: the C library skips leading blanks, so an entry " root" of ours would be its root.
func CheckName(unsafeName string) error {
	if unsafeName == "" || !utf8.ValidString(unsafeName) {
		return ErrName
	}
	switch unsafeName[0] {
	case '#', '+', '-':
		return ErrName
	}
	for _, r := range unsafeName {
		if r == ':' || r == ',' || unicode.IsSpace(r) || unicode.IsControl(r) {
			return ErrName
		}
	}
	return nil
}

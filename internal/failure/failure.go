// Package failure is the error that ends what berth was about to do for somebody: an exit code, the cause, and what to do next.
// Exit codes are those of a container (docs/reference/exit-codes.md).
package failure

import (
	"errors"
	"fmt"
)

// A Failure ends a boot, or the way into the app: the exit code, the cause, and what to do next.
type Failure struct {
	Code int
	Err  error
	Hint string
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// New makes a Failure of an error.
func New(code int, err error, hint string) error { return &Failure{Code: code, Err: err, Hint: hint} }

// Newf makes a Failure of a format.
func Newf(code int, hint, format string, args ...any) error {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...), Hint: hint}
}

// Hint gives the hint that an error carries, or an empty string.
func Hint(err error) string {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Hint
	}
	return ""
}

package boot

import (
	"errors"
	"fmt"
)

// A Failure ends a boot: the exit code of the container, the cause, and what to do next.
type Failure struct {
	Code int
	Err  error
	Hint string
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Fail makes a Failure of an error.
func Fail(code int, err error, hint string) error { return &Failure{Code: code, Err: err, Hint: hint} }

// Failf makes a Failure of a format.
func Failf(code int, hint, format string, args ...any) error {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...), Hint: hint}
}

// HintFor gives the hint that an error carries, or an empty string.
func HintFor(err error) string {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Hint
	}
	return ""
}

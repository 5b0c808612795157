package boot

import "github.com/berth-init/berth/internal/failure"

// A Failure ends a boot: the exit code of the container, the cause, and what to do next.
type Failure = failure.Failure

// Fail makes a Failure of an error.
func Fail(code int, err error, hint string) error { return failure.New(code, err, hint) }

// Failf makes a Failure of a format.
func Failf(code int, hint, format string, args ...any) error {
	return failure.Newf(code, hint, format, args...)
}

// HintFor gives the hint that an error carries, or an empty string.
func HintFor(err error) string { return failure.Hint(err) }

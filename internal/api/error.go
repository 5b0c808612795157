package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Code names the kind of an [Error], for programs.
type Code string

// The codes; [Codes] says what they mean.
const (
	Usage       Code = "usage"
	Foreign     Code = "foreign"
	Forbidden   Code = "forbidden"
	NoRoute     Code = "no_route"
	NoMethod    Code = "no_method"
	UnknownSlot Code = "unknown_slot"
	UnknownName Code = "unknown_profile"
	Absent      Code = "absent"
	Conflict    Code = "conflict"
	TooBig      Code = "too_big"
	NoJSON      Code = "no_json"
	Slow        Code = "slow"
	Timeout     Code = "timeout"
	Stopping    Code = "stopping"
	Failed      Code = "failed"
	Nobody      Code = "nobody"
	Untrusted   Code = "untrusted"
)

// A Meaning is one line of the table of codes.
type Meaning struct {
	Code  Code
	Means string
	Local bool // the client's own: it never travels
}

// Codes tells what the codes mean.
func Codes() []Meaning {
	return []Meaning{
		{Usage, "the request itself is wrong", false},
		{Foreign, "the request came by way of a web page or another host's name", false},
		{Forbidden, "the caller may not", false},
		{NoRoute, "there is no such path", false},
		{NoMethod, "the path takes another method", false},
		{UnknownSlot, "no slot has that name", false},
		{UnknownName, "no profile has that name", false},
		{Absent, "this container has nothing of the kind", false},
		{Conflict, "it is there already, or in a state that doesn't allow it", false},
		{TooBig, "the request is larger than any real one", false},
		{NoJSON, "the body isn't declared as application/json", false},
		{Slow, "the request didn't come whole in time", false},
		{Timeout, "it didn't come about in time; what was ordered stays ordered", false},
		{Stopping, "the container is being stopped", false},
		{Failed, "it was tried and failed", false},
		{Nobody, "nobody answers on any socket", true},
		{Untrusted, "somebody answers who is neither PID 1, root nor the caller's own user", true},
	}
}

// Status gives the HTTP status of a code.
func (c Code) Status() int {
	switch c {
	case Usage:
		return http.StatusBadRequest
	case Foreign, Forbidden:
		return http.StatusForbidden
	case NoRoute, UnknownSlot, UnknownName, Absent:
		return http.StatusNotFound
	case NoMethod:
		return http.StatusMethodNotAllowed
	case Conflict:
		return http.StatusConflict
	case TooBig:
		return http.StatusRequestEntityTooLarge
	case NoJSON:
		return http.StatusUnsupportedMediaType
	case Slow:
		return http.StatusRequestTimeout
	case Timeout:
		return http.StatusGatewayTimeout
	case Stopping:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// An Error is a refusal or a failure as it travels: what was wrong, what to do next, and its kind.
type Error struct {
	Text string `json:"error" doc:"what was wrong: verb object: cause"`
	Hint string `json:"hint" doc:"what to do next; may be empty"`
	Code Code   `json:"code" doc:"the kind, for programs"`

	cause error
}

func (e *Error) Error() string { return e.Text }
func (e *Error) Unwrap() error { return e.cause }

// Errorf makes an Error; %w keeps its cause for callers in this process.
func Errorf(code Code, hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Text: err.Error(), Hint: hint, Code: code, cause: errors.Unwrap(err)}
}

// ErrNobody is the cause of the client's error when nobody answers on any socket.
var ErrNobody = errors.New("nobody answers")

// HintFor gives the hint that an error of this package carries, or an empty string.
func HintFor(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Hint
	}
	return ""
}

// maxText bounds what of an error's words travels: they may hold names of the attacker's.
const maxText = 4 << 10

// wire makes an Error of whatever a handler gave back.
func wire(err error) *Error {
	e, ok := errors.AsType[*Error](err)
	switch {
	case ok:
	case errors.Is(err, context.DeadlineExceeded):
		e = Errorf(Timeout, "it stays ordered; `berth status` shows how far it is, --timeout waits longer", "%w", err)
		if e.Text == context.DeadlineExceeded.Error() {
			e.Text = "wait: it didn't come about in time"
		}
	case errors.Is(err, context.Canceled):
		e = Errorf(Stopping, "ask again once the container is up", "wait: the container is being stopped")
	default:
		e = Errorf(Failed, "`berth events` and the log tell what happened", "%w", err)
	}
	if len(e.Text) > maxText {
		short := *e
		short.Text = strings.ToValidUTF8(e.Text[:maxText], "") + "…"
		e = &short
	}
	return e
}

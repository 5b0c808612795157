package front

import (
	"context"
	"errors"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
)

// ErrNo is the answer no: the question was understood and could be answered.
var ErrNo = errors.New("the answer is no")

// A Usage is a mistake in the words that berth was called with.
type Usage struct{ Err error }

func (u *Usage) Error() string { return u.Err.Error() }
func (u *Usage) Unwrap() error { return u.Err }

// ErrTold is wrapped by an error that has been told already: only its code counts.
var ErrTold = errors.New("told already")

// Code gives the exit code of an error: the one place where errors become codes. [Codes] says what they mean.
func Code(err error) int {
	failure, failed := errors.AsType[*boot.Failure](err)
	usage, _ := errors.AsType[*Usage](err)
	stopped, wasStopped := errors.AsType[*daemon.Stopped](err)
	start, noStart := errors.AsType[*proc.StartError](err)
	answer, answered := errors.AsType[*api.Error](err)
	switch {
	case err == nil:
		return 0
	case wasStopped:
		return 128 + int(stopped.Signal)
	case failed:
		return failure.Code
	case usage != nil:
		return 2
	case errors.Is(err, ErrNo):
		return 3
	case answered && answer.Code == api.Usage:
		return 2
	case errors.Is(err, api.ErrNobody):
		return 4
	case answered: // before the cause, which may be a time that ran out: here it is berth that didn't come up to it
		return 1
	case noStart:
		return start.Code()
	case errors.Is(err, context.DeadlineExceeded):
		return 125
	}
	return 1
}

// Meaning is one line of the page of exit codes.
type Meaning struct{ Code, Means string }

// Codes tells what the exit codes mean: of a container (init, run, exec, the app's own name), and of berth's words.
func Codes() (container, words []Meaning) {
	container = []Meaning{
		{"main's own", "main ended with it; of `berth exec`: the command did"},
		{"128+n", "signal n ended main; or it ended berth before main was started"},
		{"1", "refused: the container was started as a user that the image doesn't allow (`user.other-users`)"},
		{"125", "berth could not bring main up: a mistake in the spec, the lock's time-out, a volume that is no directory or that the app can't write, missing capabilities"},
		{"126", "main is there and can't be executed; under the app's own name and `berth exec` also: root could not be dropped"},
		{"127", "main isn't there; for `berth init` a bare word that is no program goes to `main.command` instead"},
	}
	words = []Meaning{
		{"0", "yes, or done"},
		{"1", "refused or failed"},
		{"2", "the words themselves were wrong"},
		{"3", "the answer is no: `plan --exit-code`, `ready`, `status` with names"},
		{"4", "nobody is there to answer: no berth listens on the control socket, or it went while it was followed"},
		{"125", "the spec has a mistake, or a boot would end so"},
		{"130", "Ctrl-C ended `logs -f` or `events -f`"},
	}
	return container, words
}

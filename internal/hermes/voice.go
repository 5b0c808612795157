package hermes

import (
	"errors"
	"fmt"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
)

// The codes that an answer ends with.
const (
	codeDone    = 0
	codeRefused = 1
	codeUsage   = 2
	codeNobody  = 4
)

// levelError is how a line is meant that says why a call ends otherwise than asked.
const levelError boot.Level = "error"

// say answers with a line.
func (e *Env) say(format string, args ...any) {
	_, _ = e.Out.Write([]byte(front.Safe(fmt.Sprintf(format, args...)) + "\n")) // who doesn't read has nobody to be told
}

// tell says a line of berth's own, with a hint where there is one.
func (e *Env) tell(hint, format string, args ...any) { e.note(boot.Info, hint, format, args...) }

// refuse tells why not, and gives the code for it.
func (e *Env) refuse(hint, format string, args ...any) int {
	e.note(levelError, hint, format, args...)
	return codeRefused
}

func (e *Env) note(level boot.Level, hint, format string, args ...any) {
	if e.Tell != nil {
		e.Tell(boot.Note{Level: level, Text: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// fail tells an error, and gives its code.
func (e *Env) fail(err error) int {
	u, wrong := errors.AsType[*usage](err)
	switch {
	case wrong:
		e.note(levelError, u.hint, "%s", u.text)
		return codeUsage
	case errors.Is(err, ErrNobody):
		return e.nobody()
	}
	return e.refuse(boot.HintFor(err), "%v", err)
}

// nobody tells that the words need a supervisor and there is none.
func (e *Env) nobody() int {
	e.note(levelError, "start the container with the image's own entry point; without it, `hermes gateway run` runs a gateway in the foreground",
		"ask the supervisor: nobody supervises this container")
	return codeNobody
}

// A usage is a mistake in the words.
type usage struct{ text, hint string }

func (u *usage) Error() string { return u.text }

func usagef(hint, format string, args ...any) error {
	return &usage{text: "read the command line: " + fmt.Sprintf(format, args...), hint: hint}
}

package probe

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
)

var (
	errNoProgram = errors.New("it names no program")
	errClosed    = errors.New("its descriptor was closed without a newline")
)

// A Line is answered by a line of the service's log. See is what a log's pipe calls for each line.
type Line struct {
	re   *regexp.Regexp
	done chan struct{}
	once sync.Once
}

// NewLine waits for a line that a pattern matches.
func NewLine(re *regexp.Regexp) *Line { return &Line{re: re, done: make(chan struct{})} }

// See looks at a line and says whether it wants to see more.
func (l *Line) See(line []byte) (more bool) {
	if answered(l) {
		return false
	}
	if !l.re.Match(line) {
		return true
	}
	l.once.Do(func() { close(l.done) })
	return false
}

// Done is closed when the line has come.
func (l *Line) Done() <-chan struct{} { return l.done }

// Ask says whether the line has come.
func (l *Line) Ask(context.Context) error {
	if answered(l) {
		return nil
	}
	return fmt.Errorf("look for a line: none has matched %q", l.re)
}

package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/berth-init/berth/internal/logs"
)

// A sink is a stdout that remembers what it could not write: an answer that didn't arrive is no success.
type sink struct {
	to   io.Writer
	file *os.File // what to is, if it is one; kept open while its descriptor is written to
	free bool     // the reader may leave before the end
	err  error
}

// errLeft says that the reader of stdout has gone, and may.
var errLeft = errors.New("the reader left")

func newSink(to io.Writer) *sink {
	file, _ := to.(*os.File)
	return &sink{to: to, file: file}
}

func (s *sink) Write(data []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.to.Write(data)
	if s.free && errors.Is(err, syscall.EPIPE) {
		err = errLeft
	}
	s.err = err
	return n, err
}

// mayLeave lets the reader of stdout go before the end: `berth logs web | head` has what it wants, and that is no error.
// An [os.File] would end the process by SIGPIPE instead, so its descriptor is written to.
func (s *session) mayLeave() {
	k, ok := s.out.(*sink)
	if !ok {
		return
	}
	k.free = true
	if k.file != nil {
		k.to = logs.Descriptor(k.file.Fd())
	}
}

// watch ends a context when the reader of stdout goes: there may be nothing to write for hours, and `grep -m 1` has gone
// after its line.
func (s *session) watch(parent context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	if k, ok := s.out.(*sink); ok && k.file != nil {
		fd := int32(k.file.Fd())
		go func() {
			for ctx.Err() == nil {
				ask := []unix.PollFd{{Fd: fd}} // errors and hang-ups are told unasked (poll(2))
				if n, err := unix.Poll(ask, pollEvery); n > 0 {
					if ask[0].Revents&unix.POLLNVAL == 0 {
						cancel(errLeft)
					}
					return
				} else if err != nil && !errors.Is(err, unix.EINTR) {
					return
				}
			}
		}()
	}
	return ctx, cancel
}

// pollEvery bounds, in milliseconds, how long a watch outlives what it is for.
const pollEvery = 1000

// width gives the width of the terminal that stdout is; 0 is none.
func (s *session) width() int {
	k, ok := s.out.(*sink)
	if !ok || k.file == nil {
		return 0
	}
	width, _, err := term.GetSize(int(k.file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

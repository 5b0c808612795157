package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Newline is answered by a newline that the service writes to a descriptor. As s6 does, it is no for good when the
// descriptor is closed without one, and the descriptor isn't read any further afterwards.
type Newline struct {
	r    *os.File
	done chan struct{}
	err  error // set before done is closed
}

var errNotYet = errors.New("it has not written a newline")

// NewNewline makes the pipe and gives the end that the child writes to; close it when the child has it.
func NewNewline() (*Newline, *os.File, error) {
	var ends [2]int
	err := unix.Pipe2(ends[:], unix.O_CLOEXEC)
	if err == nil {
		err = unix.SetNonblock(ends[0], true) // ours alone: the child's end blocks, as programs expect
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open a pipe for readiness: %w", err)
	}
	n := &Newline{r: os.NewFile(uintptr(ends[0]), "readiness"), done: make(chan struct{})}
	go n.read()
	return n, os.NewFile(uintptr(ends[1]), "readiness"), nil
}

func (n *Newline) read() {
	defer close(n.done)
	defer func() { _ = n.r.Close() }()
	var buf [256]byte
	for {
		k, err := n.r.Read(buf[:])
		if bytes.IndexByte(buf[:k], '\n') >= 0 {
			return
		}
		if err != nil {
			n.err = errClosed
			return
		}
	}
}

// Done is closed when there is an answer.
func (n *Newline) Done() <-chan struct{} { return n.done }

// Ask says whether the newline has come.
func (n *Newline) Ask(context.Context) error {
	err := errNotYet
	if answered(n) {
		err = n.err
	}
	if err != nil {
		return fmt.Errorf("read the readiness descriptor: %w", err)
	}
	return nil
}

// Close gives up: without an answer so far it is no.
func (n *Newline) Close() error {
	err := n.r.Close()
	<-n.done
	if errors.Is(err, os.ErrClosed) {
		return nil // the answer closed it
	}
	return err
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/probe"
	"github.com/berth-init/berth/internal/proc"
)

// A notified is a notify socket of one run, and what the run has said. Each run has its own, so that what an earlier one
// sent late is nobody's.
type notified struct {
	f      *Fleet
	s      *slot
	socket *probe.Socket
	done   chan struct{}
	once   sync.Once
	end    sync.Once
}

func (f *Fleet) listen(s *slot) (*notified, error) {
	socket, err := probe.Listen()
	if err != nil {
		return nil, err
	}
	return &notified{f: f, s: s, socket: socket, done: make(chan struct{})}, nil
}

// serve hears messages until the run has ended. Messages that came before wait in the socket.
func (n *notified) serve(p *proc.Process) {
	var strangers sync.Once
	go func() {
		<-p.Done()
		_ = n.Close()
	}()
	go func() {
		_ = n.socket.Serve(func(c probe.Credentials, m probe.Message, err error) {
			if err == nil {
				_, err = probe.Sender(c, leader{p})
			}
			if err != nil {
				strangers.Do(func() {
					n.f.warn("only the service's own process and its group are heard", fmt.Sprintf("%s: notify: %v", n.s.name, err))
				})
				return
			}
			if m.Ready {
				n.once.Do(func() { close(n.done) })
			}
		})
	}()
}

// Close ends the hearing.
func (n *notified) Close() error {
	var err error
	n.end.Do(func() { err = n.socket.Close() })
	return err
}

// Ask says whether the run has said that it is ready.
func (n *notified) Ask(context.Context) error {
	select {
	case <-n.done:
		return nil
	default:
		return errors.New("it has not said READY=1")
	}
}

// Done is closed when it has.
func (n *notified) Done() <-chan struct{} { return n.done }

// leader is the one main process that may speak.
type leader struct{ p *proc.Process }

func (l leader) Leads(pid int) bool { return pid == l.p.Pid() }

func (l leader) Group(pid int) (int, error) { return unix.Getpgid(pid) }

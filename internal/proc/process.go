package proc

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// A Process is a child that a Table started. It is good for asking after the
// child has died; signals then answer os.ErrProcessDone.
type Process struct {
	table     *Table
	pid       int
	leader    bool // its pid is its group's number
	killGroup bool
	done      chan struct{}
	status    Status // written before done is closed

	once sync.Once
}

// Pid is the child's number. Once the child has died the number may belong to
// a stranger: use the methods here, not the number.
func (p *Process) Pid() int { return p.pid }

// Done is closed when the child has been reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Status waits for the child's end and says how it ended.
func (p *Process) Status() Status {
	<-p.done
	return p.status
}

// Signal sends a signal to the child.
func (p *Process) Signal(sig syscall.Signal) error { return p.signal(p.pid, sig) }

// SignalGroup sends a signal to the child's process group; to the child alone
// if it was not started as the leader of one.
func (p *Process) SignalGroup(sig syscall.Signal) error {
	if !p.leader {
		return p.signal(p.pid, sig)
	}
	return p.signal(-p.pid, sig)
}

// signal sends while the table's mutex is held: an entry of the table has not
// been reaped, so that neither its pid nor its group can be a stranger's.
func (p *Process) signal(target int, sig syscall.Signal) error {
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	if p.table.children[p.pid] != p {
		return os.ErrProcessDone
	}
	err := syscall.Kill(target, sig)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// end is called once, when the child has been reaped.
func (p *Process) end(s Status) {
	p.once.Do(func() {
		p.status = s
		close(p.done)
	})
}

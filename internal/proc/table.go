package proc

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Table is the one owner of wait in a process. Make one, and let nothing
// else in the process wait for children.
type Table struct {
	mu       sync.Mutex // held across fork and register, and across look and reap
	children map[int]*Process
	stops    chan Stop
	reaped   chan struct{} // closed and made anew by each Reap that reaped
	score    *int          // this process's oom_score_adj, once it was asked for
}

// A Stop is a child that was stopped by a signal (Ctrl-Z, SIGSTOP).
type Stop struct {
	Process *Process
	Signal  syscall.Signal
}

// NewTable is an empty table.
func NewTable() *Table {
	return &Table{children: map[int]*Process{}, reaped: make(chan struct{})}
}

// Start starts a command. When it returns without error the program has been
// executed; otherwise the error is a *StartError.
//
// With Terminal, the terminal on the child's descriptor 0 becomes the child's.
// If it is the controlling terminal of a session that this process leads
// (PID 1 under docker run -it), this process lets it go, and swallows the HUP
// and CONT that the kernel sends for that; the child makes a session and takes
// the terminal. If the session is somebody else's (a shell, an init in front
// of us), the child is made the foreground process group in it.
func (t *Table) Start(c *Command) (*Process, error) {
	return t.StartContext(context.Background(), c)
}

// StartContext is Start for a program that may hang before it runs, which only
// the child stage allows to leave (OnVolume): when ctx ends first, the child is
// killed and a *StartError that wraps the context's error is returned.
func (t *Table) StartContext(ctx context.Context, c *Command) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, &StartError{Op: OpFork, Path: c.Path, Err: err}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.needsStage() {
		return t.startStage(ctx, c)
	}
	return t.fork(c, c.image())
}

// register puts a new child into the table. The mutex is held since before fork.
func (t *Table) register(pid int, c *Command) *Process {
	p := &Process{
		table: t, pid: pid, leader: c.leadsGroup(),
		killGroup: c.KillGroup && c.leadsGroup(), done: make(chan struct{}),
	}
	t.children[pid] = p
	return p
}

// Reap reaps every child that has died, orphans that were given to us included,
// and reports the stopped ones if Stops was called. Call it for each SIGCHLD.
func (t *Table) Reap() {
	n := 0
	for t.reapOne() {
		n++
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n > 0 {
		close(t.reaped)
		t.reaped = make(chan struct{})
	}
	if t.stops != nil {
		t.reportStops()
	}
}

// reapOne reaps one dead child. Looking first, without reaping, keeps its pid
// and its group from being given away while the table is asked.
func (t *Table) reapOne() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	dead, err := waitid(unix.P_ALL, 0, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	if err != nil || dead.pid == 0 {
		return false
	}
	p := t.children[dead.pid]
	if p != nil && p.killGroup {
		// What is left of the group can't be a stranger's: the zombie holds the number.
		_ = syscall.Kill(-dead.pid, syscall.SIGKILL)
	}
	got, err := waitid(unix.P_PID, dead.pid, unix.WEXITED|unix.WNOHANG)
	if err != nil || got.pid != dead.pid {
		return false
	}
	if p != nil {
		delete(t.children, dead.pid)
		p.end(got.status())
	}
	return true
}

// Stops reports children that were stopped by a signal, from this call on. A
// report that nobody takes is dropped.
func (t *Table) Stops() <-chan Stop {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stops == nil {
		t.stops = make(chan Stop, 64)
	}
	return t.stops
}

// reportStops takes the stopped children from the kernel, each once.
func (t *Table) reportStops() {
	for {
		got, err := waitid(unix.P_ALL, 0, unix.WSTOPPED|unix.WNOHANG)
		if err != nil || got.pid == 0 {
			return
		}
		if p := t.children[got.pid]; p != nil {
			select {
			case t.stops <- Stop{Process: p, Signal: syscall.Signal(got.value)}:
			default:
			}
		}
	}
}

// Empty says that this process has no child left, not even one that is dead
// and not yet reaped.
func (t *Table) Empty() bool {
	_, err := waitid(unix.P_ALL, 0, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	return errors.Is(err, syscall.ECHILD)
}

// WaitEmpty reaps until no child is left or ctx ends. It needs nobody to call
// Reap meanwhile, and bears it.
func (t *Table) WaitEmpty(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		t.mu.Lock()
		changed := t.reaped
		t.mu.Unlock()
		t.Reap()
		if t.Empty() {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

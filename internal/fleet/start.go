package fleet

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// oomRaise is what a service's oom_score_adj is above PID 1's, unless the spec says a score: a tenth of the memory, so
// that the kernel ends a service before it ends them all.
const oomRaise = 100

// Start starts a run of a slot. It may block, on a file system that hangs, until ctx ends.
func (f *Fleet) Start(ctx context.Context, name string, _ int) (supervise.Process, error) {
	s := f.find(name)
	if s == nil {
		return nil, fmt.Errorf("start %s: it was taken away", name)
	}
	if s.err != nil {
		return nil, s.err
	}
	f.settle(s)
	c, err := f.command(s, expand(s.service.Command, f.environOf(s)))
	if err != nil {
		return nil, err
	}
	q, err := f.question(s, c)
	if err != nil {
		return nil, err
	}
	out, err := s.log.Pipe("output", q.watch)
	if err != nil {
		q.giveUp()
		return nil, err
	}
	c.Stdout, c.Stderr = out, out
	c.KillGroup = s.service.Stop.KillGroup
	f.speaks(s)
	p, err := f.o.Table.StartContext(ctx, c)
	_ = out.Close()
	q.handedOver()
	if err != nil {
		q.giveUp()
		return nil, err
	}
	r := &run{p: p}
	q.begin(r)
	f.mu.Lock()
	s.last = p
	f.mu.Unlock()
	return r, nil
}

// Processes gives the processes that slots run now.
func (f *Fleet) Processes() []*proc.Process {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*proc.Process
	for _, s := range f.slots {
		if s.last == nil {
			continue
		}
		select {
		case <-s.last.Done():
		default:
			all = append(all, s.last)
		}
	}
	return all
}

// command makes the command that runs for a slot: with its rights, limits and environment, in the volume's directory.
func (f *Fleet) command(s *slot, argv []string) (*proc.Command, error) {
	file, env := argv[0], f.environOf(s)
	if file != "" && !strings.Contains(file, "/") {
		found, err := f.o.Program(file, env, s.cred)
		if err != nil {
			return nil, err
		}
		file = found
	}
	c := proc.NewCommand(file, argv)
	c.Env, c.Credential, c.Stdin, c.Session = env, s.cred, f.null, true
	c.Dir = "/"
	if f.o.World.Path != "" {
		c.Dir = f.o.World.Path
	}
	c.Umask = f.o.World.Identity.Umask
	c.OnVolume = fsx.Hangs(c.Dir) || fsx.Hangs(file)
	f.limit(c, &s.service.Limits)
	return c, nil
}

// A run is one life of a service's process.
type run struct {
	p      *proc.Process
	ready  chan struct{}
	failed chan error
}

func (r *run) Pid() int                        { return r.p.Pid() }
func (r *run) Done() <-chan struct{}           { return r.p.Done() }
func (r *run) Signal(sig syscall.Signal) error { return r.p.Signal(sig) }
func (r *run) KillGroup() error                { return r.p.SignalGroup(syscall.SIGKILL) }
func (r *run) Ready() <-chan struct{}          { return r.ready }
func (r *run) ReadyFailed() <-chan error       { return r.failed }

func (r *run) Exit() supervise.Exit {
	st := r.p.Status()
	return supervise.Exit{Code: st.Code, Signal: st.Signal}
}

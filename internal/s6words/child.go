package s6words

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// start starts a program with the call's environment beside this one. It is reaped by who waits for it, or by whoever gets what
// this process leaves.
func start(c *chain.Call, argv []string, change func(*proc.Command)) (*running, error) {
	path, found := c.Get("PATH")
	if !found {
		path = "/usr/bin:/bin"
	}
	file, err := proc.LookPath(argv[0], path, "", nil)
	if err != nil {
		return nil, err
	}
	return startFile(c, file, argv, change)
}

// startFile is start of a file that is known.
func startFile(c *chain.Call, file string, argv []string, change func(*proc.Command)) (*running, error) {
	cmd := proc.NewCommand(file, argv)
	cmd.Env = c.Env
	if change != nil {
		change(cmd)
	}
	r := &running{table: proc.NewTable(), told: make(chan os.Signal, 1)}
	signal.Notify(r.told, syscall.SIGCHLD)
	p, err := r.table.Start(cmd)
	if err != nil {
		signal.Stop(r.told)
		return nil, err
	}
	r.Process = p
	return r, nil
}

// A running is a started program.
type running struct {
	*proc.Process
	table *proc.Table
	told  chan os.Signal
}

// wait waits until the program has ended; ended says that it has, and not the time.
func (r *running) wait(until <-chan struct{}) (status proc.Status, ended bool) {
	for {
		r.table.Reap()
		select {
		case <-r.Done():
			signal.Stop(r.told)
			return r.Status(), true
		default:
		}
		select {
		case <-r.told:
		case <-until:
			return proc.Status{}, false
		}
	}
}

// reason gives the words for why something couldn't be done, in the kernel's manner where it was the kernel.
func reason(err error) string {
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return chain.Reason(no)
	}
	return err.Error()
}

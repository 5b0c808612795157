package s6

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/proc"
)

const (
	politeness = time.Second     // from the TERM to the KILL of a script whose time is up
	stubborn   = 2 * time.Second // a process in uninterruptible sleep doesn't die; nobody waits for it for ever
)

// program runs a program to its end and gives the code by the shell's convention. It is found along our PATH; what isn't
// there and is berth itself under that name is run as that. When ctx ends it gets TERM, and KILL a little later.
func (p *plugin) program(ctx context.Context, argv []string, dir string, more ...string) (int, error) {
	c, err := p.command(argv, dir, more...)
	if err != nil {
		return 0, err
	}
	defer p.release(c)
	started, err := p.host.Table.StartContext(ctx, c)
	if err != nil {
		return 0, err
	}
	defer p.runs(started)()
	select {
	case <-started.Done():
		return started.Status().ExitCode(), nil
	case <-ctx.Done():
	}
	end(started)
	return 0, context.Cause(ctx)
}

// runs notes that a program runs, until over is called.
func (p *plugin) runs(started *proc.Process) (over func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[started] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, started)
	}
}

// end ends a program whose time is up, with its group: what it left behind on purpose left the group.
func end(p *proc.Process) {
	for _, step := range []struct {
		sig  syscall.Signal
		wait time.Duration
	}{{syscall.SIGTERM, politeness}, {syscall.SIGKILL, stubborn}} {
		_ = p.SignalGroup(step.sig)
		timer := time.NewTimer(step.wait)
		select {
		case <-p.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// command makes a program's command. Its input ends at once; what it says goes where the container's output goes.
func (p *plugin) command(argv []string, dir string, more ...string) (*proc.Command, error) {
	file, err := p.find(argv[0])
	if err != nil {
		return nil, err
	}
	c := proc.NewCommand(file, argv)
	c.Env, c.Dir, c.Session = p.scriptEnv(more...), dir, true
	if c.Stdin, err = proc.Nothing(); err != nil {
		return nil, err
	}
	if out := p.logger.output(); out != nil {
		c.Stdout, c.Stderr = out, out
	}
	return c, nil
}

// release closes what only the child needs.
func (p *plugin) release(c *proc.Command) { _ = c.Stdin.Close() }

// find finds a program; one that is nowhere on PATH and that berth is under its name is berth.
func (p *plugin) find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	file, err := proc.LookPath(name, p.path, "/", nil)
	if err != nil && p.known != nil && p.known(name) {
		if exe, other := os.Executable(); other == nil {
			return exe, nil
		}
	}
	return file, err
}

// codeOf gives the code of a program that could not be started.
func codeOf(err error) int {
	if e, ok := errors.AsType[*proc.StartError](err); ok {
		return e.Code()
	}
	return 111
}

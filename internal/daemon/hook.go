package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
)

// A starter runs the hooks of a boot.
type starter struct {
	table *proc.Table
	world *boot.World
}

// RunHook runs a hook in a group of its own, without input, its output on stderr since stdout is main's. What it left
// behind in its group dies with it. A hook that takes too long is killed; one that runs when berth is told to stop gets
// TERM, and the stop's budget.
func (s *starter) RunHook(ctx context.Context, call boot.HookCall) (int, error) {
	c, err := s.command(call)
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = c.Stdin.Close()
		_ = c.Stdout.Close()
	}()
	limited, cancel := context.WithTimeoutCause(ctx, call.Timeout, fmt.Errorf("it took longer than %v and was killed", call.Timeout))
	defer cancel()
	p, err := s.table.StartContext(limited, c)
	if err != nil {
		if limited.Err() != nil {
			err = context.Cause(limited)
		}
		return 0, err
	}
	select {
	case <-p.Done():
	case <-limited.Done():
		if ctx.Err() != nil {
			_ = p.SignalGroup(syscall.SIGTERM)
			return 0, context.Cause(ctx)
		}
		_ = p.SignalGroup(syscall.SIGKILL)
		<-p.Done()
		return 0, context.Cause(limited)
	}
	if st := p.Status(); st.Signal != 0 {
		return 0, errors.New("it was " + st.String())
	}
	return p.Status().Code, nil
}

// command makes the command of a hook.
func (s *starter) command(call boot.HookCall) (*proc.Command, error) {
	env, path := call.Env, call.Command[0]
	var as *proc.Credential
	if !call.AsRoot {
		src := source(s.world)
		src.Identity = call.Identity
		env = slices.Concat(environ.Child(src), call.Env)
		if s.world.EUID == 0 {
			as = shim.Credential(call.Identity)
		}
		if !strings.Contains(path, "/") {
			child := boot.World{Environ: env}
			dirs, _ := child.Lookup("PATH")
			found, err := proc.LookPath(path, dirs, call.Dir, as)
			if err != nil {
				return nil, err
			}
			path = found
		}
	}
	in, err := proc.Nothing()
	if err != nil {
		return nil, err
	}
	out, err := stderr()
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	c := proc.NewCommand(path, call.Command)
	c.Env, c.Dir, c.Credential = env, call.Dir, as
	c.Stdin, c.Stdout, c.Stderr = in, out, out
	c.Session, c.KillGroup = true, true
	c.OnVolume = !call.AsRoot // it starts in the volume's directory, which may hang
	if !call.AsRoot {
		c.Umask = call.Identity.Umask
	}
	return c, nil
}

// stderr is a descriptor of our own for what is on 2.
func stderr() (*os.File, error) {
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return proc.Nothing()
	}
	return os.NewFile(uintptr(fd), "stderr"), nil
}

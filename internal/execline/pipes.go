package execline

import (
	"errors"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// pipeline starts a program with a pipe to the one that it becomes.
func pipeline(c *chain.Call) int {
	const usage = "pipeline [ -d ] [ -r | -w ] { prog1... } prog2..."
	orphaned, reads := false, false
	rest, ok := chain.Options(c.Args, "drw", func(f byte, _ string) {
		switch f {
		case 'd':
			orphaned = true
		case 'r':
			reads = false
		case 'w':
			reads = true
		}
	})
	if !ok {
		return c.Wrong(usage)
	}
	inside, rest, there := block(c, rest)
	if !there {
		return chain.Usage
	}
	if len(rest) == 0 {
		return c.Fail(chain.Usage, "a program has to follow the block")
	}
	settle()
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return c.Fail(chain.System, "unable to make a pipe: %s", chain.Reason(err))
	}
	files := standard()
	theirs, ours, mine := pipe[1], pipe[0], 0
	if reads {
		theirs, ours, mine = pipe[0], pipe[1], 1
	}
	files[1-mine] = theirs
	next := *c
	if len(inside) > 0 {
		begin := start
		if orphaned {
			begin = orphan
		}
		pid, err := begin(c, inside, c.Env, files)
		if err != nil {
			return failed(c, inside[0], err)
		}
		next.Set("!", strconv.Itoa(pid))
	}
	_ = unix.Close(theirs)
	if err := put(ours, mine); err != nil {
		return c.Fail(chain.System, "unable to move fd %d to fd %d: %s", ours, mine, chain.Reason(err))
	}
	return c.Become(rest, next.Env)
}

// piperw makes a pipe.
func piperw(c *chain.Call) int {
	const usage = "piperw fdr fdw prog..."
	if len(c.Args) < 3 {
		return c.Wrong(usage)
	}
	fds, sound := numbers(c.Args[:2])
	if !sound || fds[0] == fds[1] {
		return c.Wrong(usage)
	}
	settle()
	if err := pipeAs(fds[0], fds[1]); err != nil {
		return c.Fail(chain.System, "unable to make a pipe: %s", chain.Reason(err))
	}
	return c.Next(c.Args[2:])
}

// pipeAs makes a pipe with these numbers.
func pipeAs(r, w int) error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	if pipe[1] == r { // it would be closed before it is moved
		spare, err := unix.FcntlInt(uintptr(pipe[1]), unix.F_DUPFD_CLOEXEC, w)
		if err != nil {
			return err
		}
		pipe[1] = spare
	}
	if err := put(pipe[0], r); err != nil {
		return err
	}
	return put(pipe[1], w)
}

// heredoc lays a text before the next program, on a descriptor.
//
// The whole text goes into the pipe at once: it came as one word, so that it is no longer than a pipe can be made. The real
// command leaves a child behind that writes.
func heredoc(c *chain.Call) int {
	const usage = "heredoc [ -d ] fd text prog..."
	rest, ok := chain.Options(c.Args, "d", func(byte, string) {})
	if !ok || len(rest) < 3 {
		return c.Wrong(usage)
	}
	fds, sound := numbers(rest[:1])
	if !sound {
		return c.Wrong(usage)
	}
	settle()
	if err := lay(rest[1], fds[0]); err != nil {
		return c.Fail(chain.System, "unable to lay the text on fd %d: %s", fds[0], chain.Reason(err))
	}
	return c.Next(rest[2:])
}

// lay puts a text into a pipe whose reading end gets a number.
func lay(text string, fd int) error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return err
	}
	defer func() { _ = unix.Close(pipe[1]) }()
	if size, err := unix.FcntlInt(uintptr(pipe[1]), unix.F_GETPIPE_SZ, 0); err == nil && size < len(text) {
		if _, err := unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, len(text)); err != nil {
			return syscall.E2BIG
		}
	}
	if text != "" {
		n, err := unix.Write(pipe[1], []byte(text))
		if err == nil && n < len(text) {
			err = syscall.E2BIG
		}
		if err != nil {
			return err
		}
	}
	if err := unix.SetNonblock(pipe[0], false); err != nil {
		return err
	}
	if pipe[1] == fd {
		spare, err := unix.FcntlInt(uintptr(pipe[0]), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return err
		}
		err = errors.Join(unix.Close(pipe[0]), unix.Close(pipe[1]))
		pipe = [2]int{spare, -1}
		if err != nil {
			return err
		}
	}
	return put(pipe[0], fd)
}

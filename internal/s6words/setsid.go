package s6words

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// setsid becomes a program in a session or a process group of its own.
func setsid(c *chain.Call) int {
	what, how, tty, good := byte('s'), byte('I'), uint32(0), true
	rest, ok := chain.Options(c.Args, "sbfgiIqd:", func(f byte, v string) {
		switch f {
		case 'i', 'I', 'q':
			how = f
		case 'd':
			n, isNumber := number(v)
			tty, good = n, good && isNumber
		default:
			what = f
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-setsid [ -s | -b | -f | -g ] [ -i | -I | -q ] [ -d ctty ] prog...")
	}
	steps := []step{{"make a session", func() error { _, err := unix.Setsid(); return err }}}
	if what != 's' {
		steps = []step{{"make a process group", func() error { return unix.Setpgid(0, 0) }}}
	}
	if what == 'f' || what == 'g' {
		steps = append(steps, step{"take the terminal", func() error { return foreground(int(tty), what == 'g') }})
	}
	for _, s := range steps {
		err := s.do()
		switch {
		case err == nil || how == 'q':
		case how == 'i':
			return c.Fail(chain.System, "%s: %s", s.name, reason(err))
		default:
			c.Warn("%s: %s", s.name, reason(err))
		}
	}
	return c.Next(rest)
}

type step struct {
	name string
	do   func() error
}

// foreground puts this process's group in front of the terminal; grab does it from behind, where the kernel would stop who asks.
func foreground(tty int, grab bool) error {
	if grab {
		ignore(syscall.SIGTTOU)
		defer restore(syscall.SIGTTOU)
	}
	return unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, os.Getpid())
}

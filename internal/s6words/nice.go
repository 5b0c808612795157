package s6words

import (
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

func ignore(s syscall.Signal)  { signal.Ignore(s) }
func restore(s syscall.Signal) { signal.Reset(s) }

// nice becomes a program that is nicer to others.
func nice(c *chain.Call) int {
	by, strict, good := 10, false, true
	rest, ok := chain.Options(c.Args, "iIn:", func(f byte, v string) {
		switch f {
		case 'n':
			n, err := strconv.Atoi(v)
			by, good = n, good && err == nil
		default:
			strict = f == 'i'
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-nice [ -I | -i ] [ -n value ] prog...")
	}
	runtime.LockOSThread() // a thread's niceness is its own: what comes next has to be this thread
	c.Find = nil
	now, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the kernel's own: 40 to 1
	if err == nil {
		err = unix.Setpriority(unix.PRIO_PROCESS, 0, min(max(20-now+by, -20), 19))
	}
	if err != nil {
		if strict {
			return c.Fail(chain.System, "change the niceness: %s", reason(err))
		}
		c.Warn("change the niceness: %s", reason(err))
	}
	return c.Next(rest)
}

package execline

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// A waiting is what wait was asked for.
type waiting struct {
	strict, one bool
	limit       int // milliseconds; -1: none
	pids        []int
	all         bool // no pid was given

	ended    proc.Status // of the child that was taken last
	endedPid int
	final    int // the pid that was named last: it gives the code if no program follows
	code     int
}

// wait waits for children, and becomes the next program, or ends with the code of the last one.
func wait(c *chain.Call) int {
	const usage = "wait [ -I | -i ] [ -a | -o ] [ -r | -t milliseconds ] { [ pids... ] } prog..."
	w := waiting{limit: -1}
	sound := true
	rest, ok := chain.Options(c.Args, "iIaort:", func(f byte, value string) {
		switch f {
		case 'i', 'I':
			w.strict = f == 'i'
		case 'a', 'o':
			w.one = f == 'o'
		case 'r':
			w.limit = 0
		case 't':
			n, whole := number(value)
			w.limit, sound = int(min(n, 1<<31-1)), whole
		}
	})
	if !ok || !sound {
		return c.Wrong(usage)
	}
	words, prog, there, said := scan(c, rest)
	if said {
		return chain.Usage
	}
	if !there {
		words = rest
	}
	for _, word := range words {
		n, whole := number(word)
		if !whole || n == 0 || n > 1<<31-1 {
			return c.Wrong(usage)
		}
		w.pids = append(w.pids, int(n))
	}
	w.code = chain.NotFound
	if w.all = len(w.pids) == 0; !w.all {
		w.final = w.pids[len(w.pids)-1]
	}
	inTime, err := w.wait()
	if err != nil {
		return c.Fail(chain.System, "unable to wait: %s", chain.Reason(err))
	}
	if !inTime && w.strict {
		return c.Fail(99, "unable to wait: %s", chain.Reason(syscall.ETIMEDOUT))
	}
	if there {
		return w.become(c, prog)
	}
	if w.all {
		return 0
	}
	return w.code
}

// become goes on, with what ended if it was one that was waited for.
func (w *waiting) become(c *chain.Call, prog []string) int {
	next := *c
	if w.one {
		next.Unset("?")
		next.Unset("!")
		if w.endedPid != 0 {
			next.Set("?", strconv.Itoa(approximate(w.ended)))
			next.Set("!", strconv.Itoa(w.endedPid))
		}
	}
	return c.Become(prog, next.Env)
}

// wait waits for what was asked for. inTime is false if it isn't over when the time is.
func (w *waiting) wait() (inTime bool, err error) {
	if w.limit < 0 && !w.one && len(w.pids) == 1 { // the usual one: sleep in the kernel until then
		return true, w.take(w.pids[0], true)
	}
	if w.limit < 0 && w.all {
		for {
			if err := w.take(-1, true); err != nil {
				return true, err
			}
			if w.over() {
				return true, nil
			}
		}
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	late := make(chan struct{})
	if w.limit >= 0 {
		// Go's timers would open descriptors.
		go func() {
			_, _ = unix.Poll(nil, w.limit)
			close(late)
		}()
	}
	for {
		if err := w.sweep(); err != nil {
			return true, err
		}
		if w.over() {
			return true, nil
		}
		if w.limit == 0 {
			return false, nil
		}
		select {
		case <-ended:
		case <-late:
			return false, w.sweep()
		}
		if w.over() {
			return true, nil
		}
	}
}

// over says that nothing is left to wait for.
func (w *waiting) over() bool {
	return w.one && w.endedPid != 0 || !w.all && len(w.pids) == 0 || w.all && w.limit == gone
}

// gone is a limit that says that no child is left.
const gone = -2

// sweep takes what has ended.
func (w *waiting) sweep() error {
	if w.all {
		for {
			had := w.endedPid
			w.endedPid = 0
			if err := w.take(-1, false); err != nil {
				return err
			}
			if w.endedPid == 0 {
				w.endedPid = had
				return nil
			}
			if w.one {
				return nil
			}
		}
	}
	for _, pid := range slices.Clone(w.pids) {
		if err := w.take(pid, false); err != nil {
			return err
		}
		if w.one && w.endedPid != 0 {
			return nil
		}
	}
	return nil
}

// take takes one child that has ended, or waits for it.
func (w *waiting) take(pid int, hang bool) error {
	ended, s, err := proc.Await(pid, hang)
	switch {
	case errors.Is(err, syscall.ECHILD):
		if w.all {
			w.limit = gone
			return nil
		}
		w.forget(pid)
		return nil
	case err != nil || ended == 0:
		return err
	}
	w.ended, w.endedPid = s, ended
	if w.forget(pid); pid == w.final {
		w.code = approximate(s)
	}
	return nil
}

// forget takes a pid off the list.
func (w *waiting) forget(pid int) {
	w.pids = slices.DeleteFunc(w.pids, func(p int) bool { return p == pid })
}

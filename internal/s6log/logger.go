package s6log

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

const (
	chunk      = 64 << 10 // read at a time: what a pipe holds
	keepMemory = 1 << 20  // of a buffer that was needed once
	backlog    = 64 << 20 // bytes that may wait to be written; beyond, reading waits
)

// A logger is one s6-log.
type logger struct {
	*script
	c     *chain.Call
	f     flags
	table *proc.Table
	mode  uint32 // of files, without the mark

	in      int    // descriptor
	held    []byte // what was read and isn't a whole line
	scratch []byte // a part of a long line, with an end
	labels  labels
	out     *outlet
	lines   []byte // for out
	alerts  []byte

	leaving bool // read up to the next line's end
	ended   bool // read nothing more
	said    bool // that out is dead

	bound   int // of what may wait to be written
	wakeup  int // an eventfd
	signals atomic.Uint32
}

func newLogger(c *chain.Call, f flags, s *script) *logger {
	l := &logger{script: s, c: c, f: f, table: proc.NewTable(), in: -1, bound: backlog, wakeup: -1}
	mask := unix.Umask(0)
	unix.Umask(mask)
	l.mode = 0o666 &^ uint32(mask) //nolint:gosec // nine bits
	l.labels.zone = time.UTC
	for _, s := range s.steps {
		if s.iso {
			l.labels.zone = zone(c)
			break
		}
	}
	if c.Stdin != nil {
		l.in = int(c.Stdin.Fd()) //nolint:gosec // a descriptor
	}
	l.out = newOutlet(c.Stdout, l.wake)
	return l
}

func (l *logger) warn(format string, args ...any) {
	if l.f.verbosity > 0 {
		l.c.Warn(format, args...)
	}
}

// live is the logger's life.
func (l *logger) live() int {
	var err error
	if l.wakeup, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return l.c.Fail(chain.System, "unable to make an eventfd: %s", chain.Reason(err))
	}
	stop := l.listen()
	defer stop()
	for _, d := range l.dirs {
		if err := d.open(l); err != nil {
			return l.refused(err)
		}
	}
	if l.f.notify > 0 {
		_, _ = unix.Write(l.f.notify, []byte{'\n'})
		_ = unix.Close(l.f.notify)
	}
	for !l.ended || l.busy() {
		l.wait()
	}
	for _, d := range l.dirs {
		d.finish()
		d.close()
	}
	return 0
}

// refused says why a directory can't be had, and what to do.
func (l *logger) refused(err error) int {
	code := l.c.Fail(chain.System, "%s", err)
	if r, ok := err.(*refusal); ok && r.hint != "" { //nolint:errorlint // it is made here and never wrapped
		hint(l.c, r.hint)
	}
	return code
}

// hint says what to do about what was said.
func hint(c *chain.Call, text string) { _, _ = fmt.Fprintf(c.Stderr, "%s: hint: %s\n", c.Name, text) }

// wait waits for something to do, and does it.
func (l *logger) wait() {
	fds := [2]unix.PollFd{{Fd: int32(l.wakeup), Events: unix.POLLIN}, {Fd: -1, Events: unix.POLLIN}} //nolint:gosec // descriptors
	waiting := l.waiting()
	if !l.ended && waiting < l.bound && (waiting == 0 || !l.f.block) {
		fds[1].Fd = int32(l.in) //nolint:gosec // a descriptor
		if l.in < 0 {
			l.end()
			return
		}
	}
	if _, err := unix.Poll(fds[:], l.patience()); err != nil {
		return // EINTR; the signal has been noted
	}
	if fds[0].Revents != 0 {
		l.answer()
	}
	if fds[1].Revents != 0 && !l.ended {
		l.labels.at(time.Now())
		l.read()
	}
	l.flush()
}

// patience is how long nothing need be done, in milliseconds; -1 is for ever.
func (l *logger) patience() int {
	wait := time.Duration(-1)
	now := time.Now()
	sooner := func(at time.Time) {
		if left := max(at.Sub(now), 0) + time.Millisecond; wait < 0 || left < wait {
			wait = left
		}
	}
	for _, d := range l.dirs {
		if len(d.pending) > 0 {
			sooner(d.writeAt)
		}
		if d.stage != quiet && d.stage != atWork && !d.given {
			sooner(d.turnAt)
		}
	}
	if wait < 0 {
		return -1
	}
	return int(min(wait/time.Millisecond, 1<<30))
}

// end is the end of reading. The descriptor is closed: whoever writes there is told.
func (l *logger) end() {
	l.ended = true
	if l.c.Stdin != nil {
		_ = l.c.Stdin.Close()
	}
	l.in = -1
}

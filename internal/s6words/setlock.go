package s6words

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// setlock takes a lock on a file, and leaves it to the program.
func setlock(c *chain.Call) int {
	shared, wait, good := false, true, true
	ms := uint32(0)
	rest, ok := chain.Options(c.Args, "nNrwt:", func(f byte, v string) {
		switch f {
		case 'n', 'N':
			wait, ms = f == 'N', 0
		case 'r', 'w':
			shared = f == 'r'
		case 't':
			n, isNumber := number(v)
			wait, ms, good = true, n, good && isNumber
		}
	})
	if !ok || !good || len(rest) < 2 {
		return c.Wrong("s6-setlock [ -r | -w ] [ -n | -N | -t ms ] file prog...")
	}
	how := unix.O_WRONLY | unix.O_CREAT
	l := unix.Flock_t{Type: unix.F_WRLCK}
	if shared {
		how, l.Type = unix.O_RDONLY|unix.O_CREAT, unix.F_RDLCK
	}
	// It stays open: the program holds the lock by it.
	fd, err := unix.Open(rest[0], how|unix.O_NONBLOCK, 0o666)
	if err != nil {
		return c.Fail(chain.System, "open %s: %s", rest[0], chain.Reason(err))
	}
	if err := lock(fd, &l, wait, ms); err != nil {
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			return c.Fail(1, "lock %s: somebody else holds it", rest[0])
		}
		return c.Fail(1, "lock %s: %s", rest[0], chain.Reason(err))
	}
	return c.Next(rest[1:])
}

// lock takes a lock: at once or not at all, or when it is free, or within some milliseconds. The lock is the process's, whichever
// thread takes it.
func lock(fd int, l *unix.Flock_t, wait bool, ms uint32) error {
	if !wait {
		return unix.FcntlFlock(uintptr(fd), unix.F_SETLK, l)
	}
	got := make(chan error, 1)
	go func() {
		err := error(unix.EINTR)
		for errors.Is(err, unix.EINTR) {
			err = unix.FcntlFlock(uintptr(fd), unix.F_SETLKW, l)
		}
		got <- err
	}()
	var over <-chan time.Time
	if ms > 0 {
		over = time.After(time.Duration(ms) * time.Millisecond)
	}
	select {
	case err := <-got:
		return err
	case <-over:
		return unix.ETIMEDOUT
	}
}

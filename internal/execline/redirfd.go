package execline

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// redirfd opens a file as a descriptor.
func redirfd(c *chain.Call) int {
	const usage = "redirfd -[ r | w | u | a | x ] [ -n ] [ -b ] fd file prog..."
	how, flags, changed := byte(0), 0, false
	rest, ok := chain.Options(c.Args, "rwuaxnb", func(f byte, _ string) {
		switch f {
		case 'n':
			flags |= unix.O_NONBLOCK
		case 'b':
			changed = true
		default:
			how = f
		}
	})
	if !ok || how == 0 || len(rest) < 3 {
		return c.Wrong(usage)
	}
	fds, sound := numbers(rest[:1])
	if !sound {
		return c.Wrong(usage)
	}
	settle()
	fd, err := openAs(rest[1], flags|modeOf(how))
	if err != nil {
		return c.Fail(chain.System, "unable to open %s: %s", rest[1], chain.Reason(err))
	}
	if err := put(fd, fds[0]); err != nil {
		return c.Fail(chain.System, "unable to move fd %d to fd %d: %s", fd, fds[0], chain.Reason(err))
	}
	if changed {
		if err := unix.SetNonblock(fds[0], flags&unix.O_NONBLOCK == 0); err != nil {
			return c.Fail(chain.System, "unable to change whether %s blocks: %s", rest[1], chain.Reason(err))
		}
	}
	return c.Next(rest[2:])
}

// modeOf gives the flags of open(2).
func modeOf(how byte) int {
	switch how {
	case 'w':
		return unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC
	case 'u':
		return unix.O_RDWR
	case 'a':
		return unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND
	case 'x':
		return unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL
	}
	return unix.O_RDONLY
}

// openAs opens a file for the next program, as whoever this is. A FIFO that nobody reads can't be opened for writing
// without waiting; it is read here for that moment.
func openAs(name string, flags int) (int, error) {
	fd, err := reopen(name, flags)
	if errors.Is(err, unix.ENXIO) && flags&unix.O_NONBLOCK != 0 && flags&unix.O_ACCMODE == unix.O_WRONLY {
		reader, err := reopen(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC)
		if err != nil {
			return -1, err
		}
		defer func() { _ = unix.Close(reader) }()
		return reopen(name, flags)
	}
	return fd, err
}

func reopen(name string, flags int) (int, error) {
	for {
		fd, err := unix.Open(name, flags, 0o666)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

package execline

import (
	"math"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// open says whether a descriptor is there for the script. What closes on exec is Go's own: all that is inherited doesn't.
func open(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}

// settle has Go let go of the descriptors that it holds from the start on, so that their numbers are the script's: the
// limits of the cgroup, which its scheduler reads once in a second until it is told how many threads to run.
//
// It took the lowest numbers that were free when the process began, so that none lies above the first free one. What it
// polls with has such a number too if a standard descriptor was not blocking at the start; that can't be taken from it.
func settle() {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for fd := 3; ; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil {
			return
		}
		var st unix.Stat_t
		if flags&unix.FD_CLOEXEC != 0 && unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
			_ = unix.Close(fd)
		}
	}
}

// put makes a descriptor one of the script's under a number, and closes what was there.
func put(fd, to int) error {
	if fd == to {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
		return err
	}
	if err := duplicate(fd, to); err != nil {
		return err
	}
	return unix.Close(fd)
}

// duplicate copies a descriptor to a number, but never over what Go polls with: the process would end where it next looks.
func duplicate(fd, to int) error {
	var st unix.Stat_t
	if flags, err := unix.FcntlInt(uintptr(to), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC != 0 && unix.Fstat(to, &st) == nil && st.Mode&unix.S_IFMT == 0 {
		return syscall.EBUSY
	}
	return unix.Dup3(fd, to, 0)
}

// numbers reads words that are descriptors.
func numbers(words []string) (fds []int, sound bool) {
	for _, w := range words {
		n, whole := number(w)
		if !whole || n > math.MaxInt32 {
			return nil, false
		}
		fds = append(fds, int(n))
	}
	return fds, true
}

// fdclose closes a descriptor.
func fdclose(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("fdclose fd prog...")
	}
	fds, sound := numbers(c.Args[:1])
	if !sound {
		return c.Wrong("fdclose fd prog...")
	}
	settle()
	if open(fds[0]) {
		_ = unix.Close(fds[0])
	}
	return c.Next(c.Args[1:])
}

// fdmove moves or copies a descriptor to another number.
func fdmove(c *chain.Call) int {
	const usage = "fdmove [ -c ] to from prog..."
	kept := false
	rest, ok := chain.Options(c.Args, "c", func(byte, string) { kept = true })
	if !ok || len(rest) < 3 {
		return c.Wrong(usage)
	}
	fds, sound := numbers(rest[:2])
	if !sound {
		return c.Wrong(usage)
	}
	settle()
	to, from := fds[0], fds[1]
	if to != from {
		err := error(syscall.EBADF)
		if open(from) {
			err = duplicate(from, to)
		}
		if err != nil {
			return c.Fail(chain.System, "unable to move fd %d to fd %d: %s", from, to, chain.Reason(err))
		}
		if !kept {
			_ = unix.Close(from)
		}
	}
	return c.Next(rest[2:])
}

// fdswap has two descriptors change places.
func fdswap(c *chain.Call) int {
	if len(c.Args) < 3 {
		return c.Wrong("fdswap fd1 fd2 prog...")
	}
	fds, sound := numbers(c.Args[:2])
	if !sound {
		return c.Wrong("fdswap fd1 fd2 prog...")
	}
	settle()
	err := error(syscall.EBADF)
	if open(fds[0]) && open(fds[1]) {
		err = swap(fds[0], fds[1])
	}
	if err != nil {
		return c.Fail(chain.System, "unable to swap fds: %s", chain.Reason(err))
	}
	return c.Next(c.Args[2:])
}

func swap(a, b int) error {
	spare, err := unix.FcntlInt(uintptr(a), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(spare) }()
	if a == b {
		return nil
	}
	if err := unix.Dup3(b, a, 0); err != nil {
		return err
	}
	return unix.Dup3(spare, b, 0)
}

// fdblock makes a descriptor wait, or not.
func fdblock(c *chain.Call) int {
	const usage = "fdblock [ -n ] fd prog..."
	never := false
	rest, ok := chain.Options(c.Args, "n", func(byte, string) { never = true })
	if !ok || len(rest) < 2 {
		return c.Wrong(usage)
	}
	fds, sound := numbers(rest[:1])
	if !sound {
		return c.Wrong(usage)
	}
	err := error(syscall.EBADF)
	if settle(); open(fds[0]) {
		err = unix.SetNonblock(fds[0], never)
	}
	if err != nil {
		return c.Fail(chain.System, "unable to change whether fd %d blocks: %s", fds[0], chain.Reason(err))
	}
	return c.Next(rest[1:])
}

// mostReserved bounds what can be asked for: each is a variable of the environment.
const mostReserved = 100000

// fdreserve names descriptors that are free.
func fdreserve(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("fdreserve n prog...")
	}
	fds, sound := numbers(c.Args[:1])
	if !sound {
		return c.Wrong("fdreserve n prog...")
	}
	if fds[0] > mostReserved {
		return c.Fail(chain.Usage, "too many descriptors: at most %d can be reserved", mostReserved)
	}
	settle()
	next := *c
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return c.Fail(chain.System, "unable to read the limit of descriptors: %s", chain.Reason(err))
	}
	for n, fd := 0, 0; n < fds[0]; fd++ {
		if uint64(fd) >= limit.Cur {
			return c.Fail(chain.System, "unable to reserve descriptors: %s", chain.Reason(syscall.EMFILE))
		}
		if !open(fd) {
			next.Set("FD"+strconv.Itoa(n), strconv.Itoa(fd))
			n++
		}
	}
	return c.Become(c.Args[1:], next.Env)
}

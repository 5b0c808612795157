package s6words

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

const softlimitUsage = "s6-softlimit [ -a allmem ] [ -c core ] [ -d data ] [ -f filesize ] [ -l lockedmem ] [ -m mem ] [ -o files ] [ -p processes ] [ -r resident ] [ -s stack ] [ -t cpuseconds ] prog..."

// softlimit sets soft limits, and becomes the program.
func softlimit(c *chain.Call) int {
	code := 0
	rest, ok := chain.Options(c.Args, "a:c:d:f:l:m:o:p:r:s:t:", func(f byte, v string) {
		for _, resource := range limits(f) {
			if code == 0 {
				code = setSoft(c, resource, v)
			}
		}
	})
	if code != 0 {
		return code
	}
	if !ok || len(rest) == 0 {
		return c.Wrong(softlimitUsage)
	}
	return c.Next(rest)
}

// limits gives the limits that a flag is about.
func limits(f byte) []int {
	switch f {
	case 'a':
		return []int{unix.RLIMIT_AS}
	case 'c':
		return []int{unix.RLIMIT_CORE}
	case 'd':
		return []int{unix.RLIMIT_DATA}
	case 'f':
		return []int{unix.RLIMIT_FSIZE}
	case 'l':
		return []int{unix.RLIMIT_MEMLOCK}
	case 'm':
		return []int{unix.RLIMIT_DATA, unix.RLIMIT_STACK, unix.RLIMIT_MEMLOCK, unix.RLIMIT_AS}
	case 'o':
		return []int{unix.RLIMIT_NOFILE}
	case 'p':
		return []int{unix.RLIMIT_NPROC}
	case 'r':
		return []int{unix.RLIMIT_RSS}
	case 's':
		return []int{unix.RLIMIT_STACK}
	}
	return []int{unix.RLIMIT_CPU}
}

// setSoft sets one soft limit, to the hard one at most; "=" is the hard one.
func setSoft(c *chain.Call, resource int, text string) int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil {
		return c.Fail(chain.System, "read a limit: %s", reason(err))
	}
	if text == "=" {
		l.Cur = l.Max
	} else {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return c.Wrong(softlimitUsage)
		}
		l.Cur = min(n, l.Max)
	}
	// Package syscall's: it also forgets the limit of files that Go would put back when it executes.
	if err := syscall.Setrlimit(resource, &l); err != nil {
		return c.Fail(chain.System, "set a limit: %s", reason(err))
	}
	return 0
}

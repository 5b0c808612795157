package s6log

import (
	"fmt"
	"math"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

const logUsage = "s6-log [ -d notif ] [ -q | -v ] [ -b ] [ -p ] [ -l linelimit ] [ -- ] logging_script"

// shortest is the least that a bound of a line's length can be.
const shortest = 48

// flags are what stands in front of the directives.
type flags struct {
	verbosity      int
	block, protect bool
	limit          int // of a line; 0 is none
	notify         int // a descriptor, or 0
}

// Log is s6-log: it reads lines, and does with them what the directives say.
func Log(c *chain.Call) int {
	f := flags{verbosity: 1, limit: 8192}
	rest, said, ok := f.read(c.Args)
	if said != "" {
		return c.Fail(chain.Usage, "%s", said)
	}
	if !ok || len(rest) == 0 {
		return c.Wrong(logUsage)
	}
	trailing, err := check(rest)
	if err != nil {
		return c.Fail(chain.Usage, "%s", err)
	}
	if trailing && f.verbosity > 0 {
		c.Warn("ignoring extraneous non-action directives")
	}
	s, err := parse(rest)
	if err != nil {
		return c.Fail(chain.Usage, "%s", err)
	}
	return newLogger(c, f, s).live()
}

// read reads the flags. What is wrong first is said.
func (f *flags) read(args []string) (rest []string, said string, ok bool) {
	wrong := false
	rest, known := chain.Options(args, "qvbpd:l:", func(flag byte, value string) {
		if wrong || said != "" {
			return
		}
		switch flag {
		case 'q':
			f.verbosity = max(f.verbosity-1, 0)
		case 'v':
			f.verbosity++
		case 'b':
			f.block = true
		case 'p':
			f.protect = true
		case 'l':
			n, err := strconv.ParseUint(value, 10, 32)
			wrong = err != nil
			if f.limit = int(min(n, math.MaxInt32)); n > 0 { //nolint:gosec // it has 31 bits
				f.limit = max(f.limit, shortest)
			}
		case 'd':
			n, err := strconv.ParseUint(value, 10, 32)
			wrong = err != nil
			if !wrong {
				said = f.notifies(n)
			}
		}
	})
	return rest, said, known && !wrong
}

// notifies takes the descriptor that readiness is told to.
func (f *flags) notifies(n uint64) string {
	if n < 3 {
		return "notification fd must be 3 or more"
	}
	if _, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0); err != nil {
		return fmt.Sprintf("invalid notification fd: %s", chain.Reason(err))
	}
	f.notify = int(n) //nolint:gosec // it has 32 bits
	return ""
}

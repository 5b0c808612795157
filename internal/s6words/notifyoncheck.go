package s6words

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

const notifyUsage = "s6-notifyoncheck [ -d ] [ -3 fd ] [ -s ms ] [ -T ms ] [ -t ms ] [ -w ms ] [ -n tries ] [ -c words ] prog..."

// pollArg is the first word of the one that asks, which is started beside the daemon: how it was called follows.
const pollArg = "--ask"

// A question is how a daemon is asked whether it is ready.
type question struct {
	double                         bool // by a grandchild: a daemon may be confused by children that it doesn't know
	fd                             int  // where the news go
	first, all, each, pause, tries uint32
	words                          string // a line of execline's, or ./data/check
}

// notifyoncheck becomes a daemon, while a child of it asks a program whether the daemon is ready, and tells who supervises.
func notifyoncheck(c *chain.Call) int {
	if len(c.Args) > 0 && c.Args[0] == pollArg {
		return poll(c)
	}
	q, rest, ok := ask(c.Args)
	if !ok || len(rest) == 0 {
		return c.Wrong(notifyUsage)
	}
	if q.fd < 0 {
		b, err := s6dir.Read("notification-fd", 64)
		if err != nil {
			return c.Fail(chain.System, "read notification-fd: %s", reason(err))
		}
		n, ok := number(string(bytes.TrimSpace(b)))
		if !ok || n > 1<<20 {
			return c.Fail(chain.Usage, "read notification-fd: it holds no descriptor's number")
		}
		q.fd = int(n)
	}
	if _, err := unix.FcntlInt(uintptr(q.fd), unix.F_GETFD, 0); err != nil {
		return c.Fail(chain.System, "use descriptor %d for the news: %s", q.fd, reason(err))
	}
	if err := q.start(c); err != nil {
		return c.Fail(chain.System, "start who asks: %s", reason(err))
	}
	_ = unix.Close(q.fd) // the daemon doesn't know of it
	return c.Next(rest)
}

// ask reads the flags.
func ask(args []string) (q question, rest []string, ok bool) {
	q = question{fd: -1, first: 10, pause: 1000, tries: 7}
	good := true
	rest, ok = chain.Options(args, "d3:s:T:t:w:n:c:", func(f byte, v string) {
		if f == 'd' {
			q.double = true
			return
		}
		if f == 'c' {
			q.words = v
			return
		}
		n, isNumber := number(v)
		good = good && isNumber
		switch f {
		case '3':
			q.fd, good = int(n), good && n > 2
		case 's':
			q.first = n
		case 'T':
			q.all = n
		case 't':
			q.each = n
		case 'w':
			q.pause = n
		case 'n':
			q.tries = n
		}
	})
	return q, rest, ok && good
}

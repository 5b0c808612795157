package s6words

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// start starts who asks: this program again, because Go can't go on behind a fork.
func (q question) start(c *chain.Call) error {
	fd, err := unix.FcntlInt(uintptr(q.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	news := os.NewFile(uintptr(fd), "news") //nolint:gosec // a descriptor
	defer func() { _ = news.Close() }()
	pid := os.Getpid()
	child, err := again(c, append([]string{pollArg}, q.encode(pid, began(pid))...), news)
	if err == nil && q.double {
		child.wait(nil)
	}
	return err
}

// encode writes down what is to be asked, for [poll].
func (q question) encode(pid int, start string) []string {
	dec := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	return []string{strconv.FormatBool(q.double), dec(q.first), dec(q.all), dec(q.each), dec(q.pause), dec(q.tries), strconv.Itoa(pid), start, q.words}
}

// newsFd is the descriptor that who asks gets for the news.
const newsFd = 3

// poll asks until the daemon is ready, and says so: 0; 1 it was asked often enough, 2 the daemon is gone, 3 the time is over.
func poll(c *chain.Call) int {
	if len(c.Args) != 10 {
		return c.Wrong(notifyUsage)
	}
	unix.CloseOnExec(newsFd)
	news := os.NewFile(newsFd, "news")
	var n [5]uint32
	for i := range n {
		n[i], _ = number(c.Args[2+i])
	}
	q := question{first: n[0], all: n[1], each: n[2], pause: n[3], tries: n[4], words: c.Args[9]}
	if c.Args[1] == "true" {
		args := append([]string{pollArg, "false"}, c.Args[2:]...)
		if _, err := again(c, args, news); err != nil {
			return c.Fail(chain.System, "start who asks: %s", reason(err))
		}
		return 0
	}
	pid, start := c.Args[7], c.Args[8]
	number, err := strconv.Atoi(pid)
	if err != nil {
		return c.Wrong(notifyUsage)
	}
	alive := func() bool { return lives(func() (byte, string) { return looked(number) }, start) }
	return q.poll(c, news, alive)
}

func (q question) poll(c *chain.Call, news *os.File, alive func() bool) int {
	until := within(q.all)
	if !rest(until, q.first) {
		return 3
	}
	for try := uint32(1); ; try++ {
		if !alive() {
			return 2
		}
		ready, err := q.check(c, until)
		if err != nil {
			return c.Fail(chain.System, "ask: %s", reason(err))
		}
		switch {
		case ready:
			if _, err := news.WriteString("\n"); err != nil && !errors.Is(err, unix.EPIPE) {
				return c.Fail(chain.System, "tell that it is ready: %s", reason(err))
			}
			return 0
		case try == q.tries: // 0: for ever
			return 1
		case !rest(until, q.pause):
			return 3
		}
	}
}

// check asks once.
func (q question) check(c *chain.Call, until deadline) (ready bool, err error) {
	var child *running
	if q.words == "" {
		child, err = start(c, []string{"./data/check"}, nil)
	} else {
		child, err = start(c, []string{"execlineb", "-Pc", q.words}, nil)
	}
	if err != nil {
		return false, err
	}
	over := make(chan struct{})
	limit := within(q.each)
	if limit.at.IsZero() || !until.at.IsZero() && until.at.Before(limit.at) {
		limit = until
	}
	if !limit.at.IsZero() {
		t := time.AfterFunc(time.Until(limit.at), func() { close(over) })
		defer t.Stop()
	}
	status, ended := child.wait(over)
	if !ended {
		_ = child.Signal(unix.SIGKILL)
		child.wait(nil)
		return false, nil
	}
	return status.Success(), nil
}

// rest waits some milliseconds, and says whether there is time left.
func rest(until deadline, ms uint32) bool {
	d := time.Duration(ms) * time.Millisecond
	if !until.at.IsZero() {
		d = min(d, time.Until(until.at))
	}
	if d > 0 {
		<-time.After(d)
	}
	return until.left() != 0
}

// began gives when a process began, as the kernel counts it; two processes of one number have two of them.
func began(pid int) string {
	_, start := looked(pid)
	return start
}

// looked gives a process's state and when it began; nothing of one that isn't there.
func looked(pid int) (state byte, start string) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, ""
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 20 {
		return 0, ""
	}
	return f[0][0], string(f[19])
}

// Whoever seems dead may be becoming another program: the kernel kills the other threads for that, and until they are gone the
// first of them is shown as a zombie.
const (
	undead    = 20 * time.Millisecond
	undeadFor = 50 // looks
)

// lives says whether a process is there that began then.
func lives(look func() (state byte, start string), start string) bool {
	for range undeadFor {
		state, began := look()
		if began != start || state != 'Z' && state != 'X' {
			return began == start && start != ""
		}
		<-time.After(undead)
	}
	return false
}

// again starts this program once more as the same word.
func again(c *chain.Call, args []string, news *os.File) (*running, error) {
	return startFile(c, "/proc/self/exe", append([]string{c.Name}, args...), func(cmd *proc.Command) {
		cmd.ExtraFiles = []*os.File{news}
	})
}

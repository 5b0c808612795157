package s6words

import (
	"regexp"

	"github.com/berth-init/berth/internal/chain"
)

// ftrigWait waits until letters in a directory of events match an expression.
func ftrigWait(c *chain.Call) int {
	return ftrig(c, "s6-ftrig-wait [ -t ms ] fifodir regexp", false)
}

// ftrigListen1 starts a program while it does.
func ftrigListen1(c *chain.Call) int {
	return ftrig(c, "s6-ftrig-listen1 [ -t ms ] fifodir regexp prog...", true)
}

func ftrig(c *chain.Call, usage string, starts bool) int {
	ms, good := uint32(0), true
	rest, ok := chain.Options(c.Args, "t:", func(_ byte, v string) {
		n, isNumber := number(v)
		ms, good = n, good && isNumber
	})
	if !ok || !good || len(rest) < 2 || starts && len(rest) < 3 {
		return c.Wrong(usage)
	}
	until := within(ms)
	re, err := regexp.CompilePOSIX(rest[1])
	if err != nil {
		return c.Fail(chain.System, "read the expression: %s", err)
	}
	fifo, fd, err := subscribe(rest[0])
	if err != nil {
		return c.Fail(chain.System, "subscribe to %s: %s", rest[0], reason(err))
	}
	defer unsubscribe(fifo, fd)
	if starts {
		if _, err := start(c, rest[2:], nil); err != nil {
			return c.Fail(chain.System, "start %s: %s", rest[2], reason(err))
		}
	}
	const most = 64 << 10 // who writes for ever doesn't fill the memory: the eldest letters go
	var seen []byte
	for {
		for _, letter := range drain(fd) {
			seen = append(seen, letter)
			if len(seen) > most {
				seen = append(seen[:0], seen[most/2:]...)
			}
			if re.Match(seen) {
				return put(c, []byte{letter, '\n'})
			}
		}
		if until.left() == 0 {
			return c.Fail(1, "wait for %s in %s: the time is over", rest[1], rest[0])
		}
		pollAll([]int{fd}, until)
	}
}

package s6words

import (
	"time"

	"github.com/berth-init/berth/internal/chain"
)

// withRetries runs a program until it ends with 0, so many times at most, with a pause between; it ends as the last one did.
func withRetries(c *chain.Call) int {
	tries, pause, good := uint32(10), uint32(1000), true
	rest, ok := chain.Options(c.Args, "n:t:", func(f byte, v string) {
		n, isNumber := number(v)
		good = good && isNumber
		if f == 'n' {
			tries = n
		} else {
			pause = n
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("with-retries [ -n tries ] [ -t ms ] prog...")
	}
	for try := uint32(1); ; try++ {
		child, err := start(c, rest, nil)
		if err != nil {
			return c.Unable("exec", rest[0], err)
		}
		status, _ := child.wait(nil)
		if status.Success() || try == tries { // 0: for ever
			return status.ExitCode()
		}
		<-time.After(time.Duration(pause) * time.Millisecond)
	}
}

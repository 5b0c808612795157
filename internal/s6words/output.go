package s6words

import (
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// put writes to stdout, and gives the code to end with.
func put(c *chain.Call, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if _, err := c.Stdout.Write(b); err != nil {
		return c.Fail(chain.System, "write to stdout: %s", reason(err))
	}
	return 0
}

// signalName gives a signal's name as the real words have it: they know no real-time ones.
func signalName(n byte) string {
	if n == byte(unix.SIGPOLL) {
		return "SIGPOLL"
	}
	if name := unix.SignalName(unix.Signal(n)); name != "" {
		return name
	}
	return "SIG???"
}

package front

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a line waits for a reader of stderr. A reader that stopped must not stop PID 1.
const patience = time.Second

// chunk is what a pipe takes without blocking once poll says that it is writable (PIPE_BUF, pipe(7)).
const chunk = 4096

// writeBounded writes to a descriptor that may be a pipe nobody reads (EPIPE: dropped), a full one (waits a little,
// then dropped), or one that a child made non-blocking (EAGAIN: waited for). The plain system call is used since
// os.File ends the process when stdout or stderr is a broken pipe.
func writeBounded(fd int, data []byte) {
	deadline := time.Now().Add(patience)
	for len(data) > 0 {
		left := time.Until(deadline)
		if left <= 0 {
			return
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(ready, int(left.Milliseconds())+1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		n, err = unix.Write(fd, data[:min(len(data), chunk)])
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil || n <= 0:
			return
		}
		data = data[n:]
	}
}

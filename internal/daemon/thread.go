package daemon

import (
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// firstThread is kept once in a process's life.
var firstThread sync.Once

// mostThreads bounds the search for the first thread. It is found at the first try or the second, unless somebody has
// locked a goroutine of theirs to it, who then has to see to what this does.
const mostThreads = 32

// keepFirstThread keeps the process's first thread free for signals, with a goroutine on it that waits for nothing.
//
// A signal of the process is given to the first thread, if that one will take it, and from then on to no other: for as long
// as a call to a file system holds that thread up, CHLD and TERM are heard by nobody (complete_signal in kernel/signal.c).
// Go runs any goroutine there, the one as well that looks at a volume that hangs. A thread that only waits takes each
// signal at once, and then it doesn't matter where the others hang.
func keepFirstThread() {
	first := os.Getpid()
	over := make(chan struct{})
	defer close(over)
	for range mostThreads {
		at := make(chan int)
		go func() {
			runtime.LockOSThread()
			tid := unix.Gettid()
			at <- tid
			if tid == first {
				select {}
			}
			<-over // a thread that is held can't be tried again
			runtime.UnlockOSThread()
		}()
		if <-at == first {
			return
		}
	}
}

package daemon

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNothingRunsOnTheFirstThread has more goroutines at once than there are processors each keep a thread, again and
// again: none may be the first, where it could hang and keep the signals from all.
func TestNothingRunsOnTheFirstThread(t *testing.T) {
	for range 5 {
		p := play(t, part("threads"))
		if st := p.ends(); st.Code != 0 || st.Signal != 0 {
			t.Fatalf("it was %v: %s", st, p.err)
		}
	}
}

// helperThreads is a process that catches signals as PID 1 does and then does many things at once.
func helperThreads() error {
	Catch()
	Catch() // which finds the thread kept already
	// A boot goes on working on the first thread, so that the readers of signals wait on others.
	var others atomic.Bool
	go others.Store(true)
	for !others.Load() {
	}
	const many = 64
	tids, over := make(chan int), make(chan struct{})
	defer close(over)
	for range many {
		go func() {
			runtime.LockOSThread()
			tids <- unix.Gettid()
			<-over
		}()
	}
	for range many {
		if tid := <-tids; tid == os.Getpid() {
			return fmt.Errorf("a goroutine runs on thread %d, the first", tid)
		}
	}
	return nil
}

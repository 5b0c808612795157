package fsx

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// help starts another thread, if there may be one more and the tree is worth it; v.mu is held. Its thread ends with it: PID 1
// keeps none that sleep.
func (v *surveyor) help() bool {
	if v.workers >= v.s.Threads || v.s.looked.Load() < helpAfter && time.Since(v.begun) < helpAfterTime {
		return false
	}
	if v.more == nil {
		v.more = moreProcessors(v.s.Threads)
	}
	v.workers++
	v.helpers.Go(func() {
		runtime.LockOSThread()
		v.run()
	})
	return true
}

// restore gives back what helping took.
func (v *surveyor) restore() {
	if v.more != nil {
		v.more()
	}
}

// processors counts the surveys that asked for more of them.
var processors struct {
	mu    sync.Mutex
	users int
}

// moreProcessors has Go run as many threads at once, however few processors there are, until it is undone: a thread that
// waits for a cold disk keeps its place until Go notices, and meanwhile nobody works.
func moreProcessors(n int) (undo func()) {
	processors.mu.Lock()
	defer processors.mu.Unlock()
	processors.users++
	if runtime.GOMAXPROCS(0) < n {
		runtime.GOMAXPROCS(n)
	}
	return func() {
		processors.mu.Lock()
		defer processors.mu.Unlock()
		if processors.users--; processors.users > 0 {
			return
		}
		runtime.SetDefaultGOMAXPROCS()
		if n, err := strconv.Atoi(os.Getenv("GOMAXPROCS")); err == nil && n > 0 {
			runtime.GOMAXPROCS(n)
		}
	}
}

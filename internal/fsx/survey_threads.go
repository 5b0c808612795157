package fsx

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// askEvery is how much time passes before threads are asked again whether they wait; the kernel counts the time of those that
// run now only at its ticks, of up to 10 ms.
const askEvery = 10 * time.Millisecond

// help starts another thread, if there may be one more and it is worth it; v.mu is held.
func (v *surveyor) help() bool {
	switch {
	case v.idle > 0, v.workers >= v.s.Threads:
		return false
	case v.s.looked.Load() < helpAfter && time.Since(v.begun) < helpAfterTime:
		return false
	case v.workers >= v.processors && !v.waits():
		return false
	}
	v.workers++
	v.asked, v.worked = time.Now(), worked() // what one did alone says nothing
	if v.workers > v.processors && v.more == nil {
		v.more = moreProcessors(v.s.Threads)
	}
	v.helpers.Go(func() {
		v.run()
		endThread()
	})
	return true
}

// waits says whether the threads leave a third of the processors idle, as they wait for a cold disk: then there may be twice as
// many. While all is in memory, more threads than processors only stand in each other's way.
func (v *surveyor) waits() bool {
	now := time.Now()
	if passed := now.Sub(v.asked); passed >= askEvery {
		worked := worked()
		if worked-v.worked < passed*time.Duration(v.processors)*2/3 {
			v.wanted = 2 * v.workers
		}
		v.asked, v.worked = now, worked
	}
	return v.workers < v.wanted
}

// worked gives the processors' time that this process has taken.
func worked() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// endThread has the thread end with the goroutine: PID 1 keeps none that sleep. The goroutine isn't bound to it before, as Go
// takes a processor from each now and then, and to give it back to one thread alone takes two switches.
func endThread() {
	if runtime.LockOSThread(); unix.Gettid() == unix.Getpid() { // the main thread would stay, and be of no use
		runtime.UnlockOSThread()
	}
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
// waits for a cold disk keeps its place until Go notices, and meanwhile nobody works. It stops everything for a moment.
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

package proc

import (
	"runtime"
	"sync"
)

// forker is the one thread of this process that forks, and what it has to do.
var forker struct {
	begin sync.Once
	work  chan func()
}

// onForker does something on the thread that forks, and on no other.
//
// A child's CHLD is given to the thread that forked it, if that one will take it, and from then on to no other: for as
// long as a call to a file system holds that thread up, nobody hears that any child has ended (do_notify_parent and
// complete_signal in the kernel's kernel/signal.c). Go would give the thread such a call sooner or later. This one only
// forks, and then waits.
func onForker(fn func()) {
	forker.begin.Do(func() {
		forker.work = make(chan func())
		go func() {
			runtime.LockOSThread()
			for fn := range forker.work {
				fn()
			}
		}()
	})
	done := make(chan struct{})
	forker.work <- func() {
		defer close(done)
		fn()
	}
	<-done
}

package s6log

import (
	"io"
	"sync"
)

// An outlet writes to the standard output behind the logger: whoever reads that may stop, and the files go on. The
// descriptor is shared with the container's other programs, so it isn't made non-blocking: that would be so for all of them.
type outlet struct {
	w    io.Writer
	wake func() // called when all is written, and when nothing will be any more

	mu      sync.Mutex
	more    sync.Cond
	next    []byte // to be written
	writing int    // bytes on their way
	dead    error
	space   []byte
	running bool
}

func newOutlet(w io.Writer, wake func()) *outlet {
	o := &outlet{w: w, wake: wake}
	o.more.L = &o.mu
	return o
}

// give takes lines over; the caller may use their memory again.
func (o *outlet) give(lines []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead != nil {
		return
	}
	o.next = append(o.next, lines...)
	if !o.running {
		o.running = true
		go o.run()
	}
	o.more.Signal()
}

// pending says how many bytes haven't been written, and what ended the outlet.
func (o *outlet) pending() (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.next) + o.writing, o.dead
}

func (o *outlet) run() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.dead == nil {
		for len(o.next) == 0 {
			o.more.Wait()
		}
		batch := o.next
		o.next, o.writing = o.space[:0], len(batch)
		o.mu.Unlock()
		_, err := o.w.Write(batch)
		o.mu.Lock()
		o.space, o.writing = batch, 0
		if cap(batch) > keepMemory {
			o.space = nil
		}
		if err != nil {
			o.dead, o.next = err, nil
		}
		if len(o.next) == 0 {
			o.wake()
		}
	}
}

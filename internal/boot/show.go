package boot

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// showEvery is how often a bar is drawn anew.
const showEvery = 200 * time.Millisecond

// Threads is how many a look at many files may have while nothing else waits for the machine: many more than processors,
// as a cold disk serves many at once and each waits most of the time.
func Threads() int { return min(max(16, 4*runtime.NumCPU()), 32) }

// Watch tells how far a long duty is, as often as a bar is drawn, until it is stopped. A total of 0 is unknown; a plan tells
// nothing.
func (r *Run) Watch(done func() int64, total int64, atMost bool, format string, args ...any) (stop func()) {
	if r.planning || r.tell == nil {
		return func() {}
	}
	text, phase, tell, began := fmt.Sprintf(format, args...), r.phase, r.tell, time.Now()
	show := func(b Bar) { tell(Note{Phase: phase, Level: Progress, Text: text, Bar: &b}) }
	quit := make(chan struct{})
	var shower sync.WaitGroup
	shower.Go(func() {
		tick := time.NewTicker(showEvery)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-quit:
				if shown {
					show(Bar{End: true})
				}
				return
			case <-tick.C:
			}
			b := Bar{Done: done(), Total: total, AtMost: atMost}
			b.Rate = float64(b.Done) / time.Since(began).Seconds()
			if b.Total < b.Done {
				b.Total = 0
			}
			show(b)
			shown = true
		}
	})
	return func() {
		close(quit)
		shower.Wait()
	}
}

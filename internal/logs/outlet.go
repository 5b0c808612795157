package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultRoom is how many bytes of lines wait for the reader of stdout.
const DefaultRoom = 1 << 20

// Format is how lines look on the container's stdout.
type Format int32

// The formats.
const (
	Prefixed Format = iota // slot: line
	Plain                  // line
	JSON                   // {"time":…,"slot":…,"stream":…,"line":…}
)

// An Outlet takes the lines of all logs to the container's stdout. Its queue is bounded: while the reader doesn't read,
// what comes is dropped and counted, and the count is written when there is room again. Nobody who has a line to tell
// ever waits for it.
type Outlet struct {
	w      io.Writer
	chunk  int // bytes in one write
	room   int
	format atomic.Int32
	lost   atomic.Uint64
	ended  chan struct{}

	mu      sync.Mutex
	wake    chan struct{} // holds a token when there is something to do
	waiting queue
	closed  bool
}

// An entry is some lines of one slot in a queue.
type entry struct {
	slot, stream string
	now          time.Time
	size         int
}

const entrySize = 64

// A queue holds whole lines one after the other, and after them what there was no room for.
type queue struct {
	entries []entry
	data    []byte
	drops   []drop
	used    map[string]int // bytes by slot
	calm    int            // how often in a row little of the memory was used
}

type drop struct {
	slot  string
	lines int
}

// NewOutlet begins to write whole lines to w, from one goroutine. To a pipe they go in writes of at most 4096 bytes: these
// are atomic (PIPE_BUF), so that they neither tear main's own lines nor are torn by them. Room is the queue's bound in
// bytes; 0: DefaultRoom.
func NewOutlet(w io.Writer, room int, format Format) *Outlet {
	if room <= 0 {
		room = DefaultRoom
	}
	o := &Outlet{w: w, chunk: atomicWrite, room: room, ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	if d, ok := w.(Descriptor); ok && !d.pipe() {
		o.chunk = largeWrite
	}
	o.format.Store(int32(format))
	go o.work()
	return o
}

// SetFormat changes how lines look from now on: when a second slot begins to speak, say.
func (o *Outlet) SetFormat(f Format) { o.format.Store(int32(f)) }

// Dropped counts the lines that were dropped for want of a reader.
func (o *Outlet) Dropped() uint64 { return o.lost.Load() }

// Close writes what waits, until ctx ends: a reader that has stopped is not waited for any longer.
func (o *Outlet) Close(ctx context.Context) error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.poke()
	select {
	case <-o.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write to stdout: %w", context.Cause(ctx))
	}
}

func (o *Outlet) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// push takes whole lines; what there is no room for is dropped. One slot may fill half of the queue: a flood must not
// drown the others. It never waits for the writer.
func (o *Outlet) push(slot, stream string, now time.Time, block []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := &o.waiting
	fits := min(o.room-len(q.data)-entrySize*(len(q.entries)+1), o.room/2-q.used[slot])
	if o.closed || q.lacks(slot) {
		fits = 0
	}
	whole := block
	if len(whole) > fits {
		whole = whole[:bytes.LastIndexByte(whole[:max(fits, 0)], '\n')+1]
	}
	if len(whole) > 0 {
		q.data = append(q.data, whole...)
		q.add(entry{slot, stream, now, len(whole)})
		if q.used == nil {
			q.used = map[string]int{}
		}
		q.used[slot] += len(whole)
	}
	if rest := block[len(whole):]; len(rest) > 0 {
		o.drop(slot, bytes.Count(rest, []byte{'\n'}))
	}
	o.poke()
}

// add puts an entry behind the last one, or makes it part of it.
func (q *queue) add(e entry) {
	if n := len(q.entries); n > 0 {
		if last := &q.entries[n-1]; last.slot == e.slot && last.stream == e.stream && last.now.Equal(e.now) {
			last.size += e.size
			return
		}
	}
	q.entries = append(q.entries, e)
}

// lacks says that lines of a slot are missing behind the last entry: what follows is, until that is told.
func (q *queue) lacks(slot string) bool {
	return slices.ContainsFunc(q.drops, func(d drop) bool { return d.slot == slot })
}

func (o *Outlet) drop(slot string, lines int) {
	o.lost.Add(uint64(lines))
	for i := range o.waiting.drops {
		if d := &o.waiting.drops[i]; d.slot == slot {
			d.lines += lines
			return
		}
	}
	o.waiting.drops = append(o.waiting.drops, drop{slot, lines})
}

// take gives what waits, and has what comes wait in the memory of the queue given.
func (o *Outlet) take(empty queue) (q queue, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q = o.waiting
	o.waiting = empty
	return q, len(q.entries)+len(q.drops) > 0 || !o.closed
}

// keepQueue is how much memory a queue at rest may hold.
const keepQueue = 64 << 10

// emptied gives the queue's memory, unless it is much and hasn't been needed for long.
func (q queue) emptied() queue {
	q.calm++
	if len(q.data) > cap(q.data)/4 {
		q.calm = 0
	}
	if q.calm > 32 && cap(q.data)+entrySize*cap(q.entries) > keepQueue {
		return queue{}
	}
	clear(q.used)
	return queue{entries: q.entries[:0], data: q.data[:0], used: q.used, calm: q.calm}
}

func (o *Outlet) work() {
	defer close(o.ended)
	r := renderer{o: o}
	var spare queue
	for range o.wake {
		for {
			q, more := o.take(spare)
			if !more {
				return
			}
			idle := len(q.entries)+len(q.drops) == 0
			if !idle {
				r.render(q)
			}
			spare = q.emptied() // the former spare is where lines wait now
			if idle {
				break
			}
		}
	}
}

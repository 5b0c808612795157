package logs

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Log takes the lines of one slot, for as long as the slot lives: each run of it has pipes of its own, so that what a
// crash left of a line never becomes the start of the next run's. Nothing that a caller waits for touches a file, so
// that a file system that hangs holds up neither a start nor, beyond its ctx, a stop.
type Log struct {
	o    Options
	c    *Collector
	done chan struct{} // closed when nothing will be written any more

	book   sync.Mutex // never held over file work
	closed bool
	pipes  map[*pipe]struct{}

	mu      sync.Mutex // held while a batch is written
	shelf   shelf
	trouble *trouble
	flood   flood
	timer   *time.Timer
	stamp   stamper

	// Of the batch that is being written:
	now    time.Time
	stream string
	label  []byte // its stamp
	out    []byte // stamped lines that aren't in the file yet
	space  []byte // out's memory
}

// Open opens a log. Its files are opened when there is something to write; that they can't be is told then, tried
// again later, and no reason not to start.
func (c *Collector) Open(o Options) *Log {
	l := &Log{o: o.filled(), c: c, done: make(chan struct{}), pipes: map[*pipe]struct{}{}}
	l.shelf.o = &l.o
	l.stamp.digits = l.o.Digits
	l.flood.Flood = l.o.Flood
	return l
}

// Pipe makes a pipe for one run's stream ("stdout", "stderr", or one for both) and gives the end that the child writes
// to; close it when the child has it. Watch, if not nil, sees each line of this pipe, without its end, until it answers
// no; it must be quick, keep nothing of the line, and not call the log back.
func (l *Log) Pipe(stream string, watch func(line []byte) (more bool)) (*os.File, error) {
	l.book.Lock()
	defer l.book.Unlock()
	r, w, err := newPipe(l.o.Slot + " " + stream)
	if err == nil {
		if err = l.join(r, stream, watch); err != nil {
			_ = w.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open a pipe for %s: %w", l.o.Slot, err)
	}
	return w, nil
}

// Adopt reads a pipe that somebody else made, and owns the descriptor from now on, also after an error.
func (l *Log) Adopt(fd int, stream string, watch func(line []byte) (more bool)) error {
	l.book.Lock()
	defer l.book.Unlock()
	if err := l.join(fd, stream, watch); err != nil {
		return fmt.Errorf("read a pipe for %s: %w", l.o.Slot, err)
	}
	return nil
}

// join has the collector wait for a pipe, which is closed where it can't.
func (l *Log) join(fd int, stream string, watch func([]byte) bool) error {
	p := &pipe{l: l, fd: fd, stream: stream, watch: watch, frame: framer{max: l.o.MaxLine}, gone: make(chan struct{})}
	err := fs.ErrClosed
	if !l.closed {
		err = l.c.join(p)
	}
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	l.pipes[p] = struct{}{}
	return nil
}

// Wait waits until every pipe has ended, because nobody holds its other end any more; or until ctx ends.
func (l *Log) Wait(ctx context.Context) error {
	l.book.Lock()
	var all []<-chan struct{}
	for p := range l.pipes {
		all = append(all, p.gone)
	}
	l.book.Unlock()
	return l.await(ctx, "wait for", all)
}

// Flush waits until everything that was in the pipes when it was called has been written, or until ctx ends.
func (l *Log) Flush(ctx context.Context) error {
	l.book.Lock()
	var all []<-chan struct{}
	for p := range l.pipes {
		all = append(all, p.ask())
	}
	l.book.Unlock()
	return l.await(ctx, "flush", all)
}

func (l *Log) await(ctx context.Context, verb string, all []<-chan struct{}) error {
	for _, done := range all {
		select {
		case <-done:
		case <-ctx.Done():
			return fmt.Errorf("%s log %s: %w", verb, l.o.Slot, context.Cause(ctx))
		}
	}
	return nil
}

// Close writes what is in the pipes, and closes them and the files; a process that still writes gets EPIPE. When ctx
// ends first the error says so, and the closing goes on by itself: a file system that hangs can't be hurried.
func (l *Log) Close(ctx context.Context) error {
	_ = l.Flush(ctx) // what it would say is said below
	l.book.Lock()
	if !l.closed {
		l.closed = true
		for p := range l.pipes {
			p.close()
		}
		if len(l.pipes) == 0 {
			go l.finish()
		}
	}
	l.book.Unlock()
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close log %s: %w", l.o.Slot, context.Cause(ctx))
	}
}

// left takes a pipe that has ended out of the log.
func (l *Log) left(p *pipe) {
	l.book.Lock()
	defer l.book.Unlock()
	delete(l.pipes, p)
	if l.closed && len(l.pipes) == 0 {
		go l.finish()
	}
}

// finish closes the files when nobody will write to them any more.
func (l *Log) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flood.dropped > 0 {
		l.begin(l.stream, nil)
		l.turn(l.now.Add(floodWindow))
		l.flush()
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.shelf.close()
	close(l.done)
}

// write takes what was read from a pipe; nothing means that it has ended. The clock is read once.
func (l *Log) write(p *pipe, data, space []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(p.stream, space)
	add := func(block []byte) { l.add(p, block) }
	if len(data) > 0 {
		p.frame.feed(data, add)
	} else {
		p.frame.end(add)
	}
	l.flush()
	l.out, l.space = nil, nil // they are lent
}

func (l *Log) begin(stream string, space []byte) {
	l.now, l.stream = l.o.Now(), stream
	l.label = l.stamp.at(l.now)
	l.space, l.out = space[:0], space[:0]
	l.ready()
}

// add takes whole lines of a pipe.
func (l *Log) add(p *pipe, block []byte) {
	for rest := block; p.watch != nil && len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n')
		if !p.watch(rest[:n]) {
			p.watch = nil
		}
		rest = rest[n+1:]
	}
	if l.flood.Lines <= 0 {
		l.pass(block)
		return
	}
	l.turn(l.now)
	l.flood.admit(block, l.pass)
	if l.flood.dropped > 0 && l.timer == nil {
		l.timer = time.AfterFunc(floodWindow, l.turned)
	}
}

// turn says what a second that is over has dropped.
func (l *Log) turn(now time.Time) {
	if said := l.flood.turn(now); said != "" {
		l.pass([]byte(said + "\n"))
	}
}

// turned is turn for a slot that has fallen silent.
func (l *Log) turned() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	select {
	case <-l.done:
		return
	default:
	}
	l.begin(l.stream, nil)
	l.turn(l.now)
	l.flush()
	if l.flood.dropped > 0 {
		l.timer = time.AfterFunc(floodWindow, l.turned)
	}
}

// pass takes whole lines to where they go.
func (l *Log) pass(block []byte) {
	if l.o.Outlet != nil && (!l.o.Quiet || l.o.Place.Dir == nil) {
		l.o.Outlet.push(l.o.Slot, l.stream, l.now, block)
	}
	if l.o.Place.Dir != nil {
		l.put(block)
	}
}

// put stamps lines and writes them to the file, in writes as large as the memory at hand, each of whole lines.
func (l *Log) put(block []byte) {
	for len(block) > 0 && l.shelf.cur != nil {
		n := bytes.IndexByte(block, '\n') + 1
		size, more := l.shelf.size+int64(len(l.out)), len(l.label)+n
		switch {
		case size > 0 && size+int64(more) > l.o.Size:
			l.flush()
			l.rotate()
			continue
		case len(l.out) > 0 && len(l.out)+more > cap(l.out):
			l.flush()
			continue
		}
		l.out = append(append(l.out, l.label...), block[:n]...)
		block = block[n:]
	}
	if len(block) > 0 {
		l.lose(l.stream, block)
	}
}

// rotate follows a flush: what a flush that failed left is no file to rotate.
func (l *Log) rotate() {
	if l.shelf.cur == nil {
		return
	}
	if err := l.shelf.rotate(l.now); err != nil {
		l.fail(err)
		return
	}
	if l.o.Pack {
		l.c.packer.want(l.o.Place)
	}
}

// flush writes what is stamped.
func (l *Log) flush() {
	out := l.out
	l.out = l.space[:0]
	if len(out) == 0 || l.shelf.cur == nil {
		return
	}
	whole, err := l.shelf.append(out)
	if err == nil {
		return
	}
	l.fail(err)
	var bare []byte
	for rest := out[whole:]; len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n') + 1
		bare = append(bare, rest[len(l.label):n]...)
		rest = rest[n:]
	}
	l.lose(l.stream, bare)
}

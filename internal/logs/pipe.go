package logs

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A pipe is one stream of one run. While there is something in it a goroutine works on it; while there isn't it has
// neither a goroutine nor a buffer.
type pipe struct {
	l      *Log
	id     int32
	fd     int
	stream string
	watch  func(line []byte) bool // held by the log
	frame  framer                 // held by the log
	gone   chan struct{}          // closed when it has ended and all of it is written

	state   atomic.Int32
	closing atomic.Bool
	grown   bool // its buffer in the kernel is large
	hot     bool // there was much in it when last read
	read    time.Time
	row     int // reads that followed one another quickly

	mu     sync.Mutex
	asked  []chan struct{} // closed when it has been read dry once more
	closed bool
}

// What a pipe's goroutine is doing.
const (
	resting = iota // there is none
	working
	again // there may be more than it has seen
)

// wake has the pipe read until it is dry.
func (p *pipe) wake() {
	for {
		switch p.state.Load() {
		case resting:
			if p.state.CompareAndSwap(resting, working) {
				go p.work()
				return
			}
		case working:
			if p.state.CompareAndSwap(working, again) {
				return
			}
		default:
			return
		}
	}
}

func (p *pipe) work() {
	b := p.l.c.small()
	defer func() { p.l.c.free(b) }()
	for {
		p.state.Store(working)
		asked := p.takeAsked()
		read, ended := p.drain(&b)
		if ended {
			p.leave()
		}
		for _, a := range asked {
			close(a)
		}
		if ended {
			return
		}
		if read && p.brisk() {
			continue
		}
		p.l.c.arm(p)
		if p.state.CompareAndSwap(working, resting) {
			return
		}
	}
}

// Between two reads of a pipe that never rests a little time passes: to wake up for each line of a program that writes
// them one by one costs both sides more than the line.
const (
	briskAfter = 4 // reads in a row with less than briskPause between them
	briskPause = time.Millisecond
)

// brisk waits a moment where the pipe is such a one, and says so.
func (p *pipe) brisk() bool {
	if now := time.Now(); now.Sub(p.read) < 2*briskPause {
		p.row++
		p.read = now
	} else {
		p.row, p.read = 0, now
	}
	if p.row < briskAfter {
		return false
	}
	<-time.After(briskPause)
	p.read = time.Now()
	return true
}

// drain reads until there is nothing; ended says that there never will be. A pipe that is to be closed is read dry
// first, but no further than what it held: its writer may never stop.
func (p *pipe) drain(b **buffers) (read, ended bool) {
	if p.hot {
		p.l.c.enlarge(b)
	}
	for last := pipeLarge; last > 0; {
		closing := p.closing.Load()
		n, err := unix.Read(p.fd, (*b).in)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return read, closing
		case err != nil || n == 0:
			return read, true
		}
		read = true
		if closing {
			last -= n
		}
		p.l.write(p, (*b).in[:n], (*b).out)
		p.hot = n >= smallIn
		if n == len((*b).in) {
			p.l.c.enlarge(b)
		}
		if n >= pipeUsual/2 && !p.grown {
			p.grown = true
			p.l.c.grow(p.fd)
		}
	}
	return read, true
}

// leave ends the pipe: a line that had begun is one.
func (p *pipe) leave() {
	p.l.write(p, nil, nil)
	p.l.c.leave(p)
	p.mu.Lock()
	p.closed = true
	asked := p.asked
	p.asked = nil
	p.mu.Unlock()
	_ = unix.Close(p.fd)
	p.l.left(p)
	close(p.gone)
	for _, a := range asked {
		close(a)
	}
}

// ask gives what is closed when the pipe has been read dry after now.
func (p *pipe) ask() <-chan struct{} {
	done := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		close(done)
		return done
	}
	p.asked = append(p.asked, done)
	p.wake()
	return done
}

func (p *pipe) takeAsked() []chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// close has the pipe's goroutine end it; nobody else may close a descriptor that is being read.
func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closing.Store(true)
		p.wake()
	}
}

package logs

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Collector waits for all pipes of all logs at once. A thousand quiet services cost it a small struct each: no
// goroutine, no buffer, no thread.
type Collector struct {
	poll   *os.File // an epoll descriptor, which the runtime's own poller waits for
	raw    syscall.RawConn
	packer *packer
	ended  chan struct{}

	mu    sync.Mutex
	pipes map[int32]*pipe
	last  int32

	large atomic.Int32 // large buffers that are lent
	wide  atomic.Int32 // pipes that were made large
}

// NewCollector starts waiting.
func NewCollector() (*Collector, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, fmt.Errorf("wait for logs: %w", err)
	}
	c := &Collector{poll: os.NewFile(uintptr(fd), "epoll"), packer: newPacker(), ended: make(chan struct{}), pipes: map[int32]*pipe{}}
	if c.raw, err = c.poll.SyscallConn(); err != nil {
		_ = c.poll.Close()
		return nil, fmt.Errorf("wait for logs: %w", err)
	}
	go c.wait()
	return c, nil
}

// Close stops waiting. Close the logs first: what comes after isn't read.
func (c *Collector) Close() error {
	c.packer.close()
	err := c.poll.Close()
	<-c.ended
	return err
}

// wait wakes the pipes in which something is. The inner descriptor is asked until it has nothing, so that the next
// event is an edge for the outer one.
func (c *Collector) wait() {
	defer close(c.ended)
	events := make([]unix.EpollEvent, 64)
	var ready []*pipe
	for {
		n := 0
		err := c.raw.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events, 0)
			return n > 0
		})
		if err != nil {
			return
		}
		c.mu.Lock()
		for _, e := range events[:n] {
			if p := c.pipes[e.Fd]; p != nil {
				ready = append(ready, p)
			}
		}
		c.mu.Unlock()
		for _, p := range ready {
			p.wake()
		}
		clear(ready)
		ready = ready[:0]
	}
}

// newPipe makes a pipe: the end to read from, and the one that a child gets.
func newPipe(name string) (r int, w *os.File, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return -1, nil, err
	}
	return ends[0], os.NewFile(uintptr(ends[1]), name), nil
}

// join waits for a pipe. Its reading end doesn't block; the child's does, as programs expect.
func (c *Collector) join(p *pipe) error {
	if err := unix.SetNonblock(p.fd, true); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	p.id = c.last
	if err := c.control(unix.EPOLL_CTL_ADD, p.fd, p.event()); err != nil {
		return err
	}
	c.pipes[p.id] = p
	return nil
}

// event is what a pipe waits for: one event, so that a pipe that is being read makes none.
func (p *pipe) event() *unix.EpollEvent {
	return &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: p.id}
}

// arm waits for a pipe again. What is in it already is an event.
func (c *Collector) arm(p *pipe) {
	_ = c.control(unix.EPOLL_CTL_MOD, p.fd, p.event()) // the collector may be closed
}

// leave forgets a pipe; its descriptor is closed by the caller afterwards.
func (c *Collector) leave(p *pipe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pipes, p.id)
	_ = c.control(unix.EPOLL_CTL_DEL, p.fd, nil) // the collector may be closed
	if p.grown {
		c.wide.Add(-1)
	}
}

func (c *Collector) control(op, fd int, e *unix.EpollEvent) error {
	var failed error
	if err := c.raw.Control(func(poll uintptr) { failed = unix.EpollCtl(int(poll), op, fd, e) }); err != nil {
		return err
	}
	return failed
}

package logs

import (
	"sync"

	"golang.org/x/sys/unix"
)

const (
	smallIn  = 2 << 10
	smallOut = 4 << 10
	largeIn  = 256 << 10
	largeOut = 384 << 10

	pipeUsual = 64 << 10 // what a pipe holds unless told otherwise: pipe(7)
	pipeLarge = 1 << 20

	// Bounds for the whole process. Who comes later goes on with small ones, at a fifth of the speed.
	mostLarge = 8
	// The kernel allows a user without capabilities 16,384 pages in pipes (pipe-user-pages-soft), and the user of a
	// container's root is the host's root: 16 large pipes take a quarter of that.
	mostWide = 16
)

// buffers are for one read and the stamped lines made of it.
type buffers struct {
	in, out []byte
	large   bool
}

var smallPool, largePool sync.Pool

func borrow(pool *sync.Pool, in, out int) *buffers {
	if b, ok := pool.Get().(*buffers); ok {
		return b
	}
	return &buffers{in: make([]byte, in), out: make([]byte, 0, out), large: in == largeIn}
}

func (c *Collector) small() *buffers { return borrow(&smallPool, smallIn, smallOut) }

// enlarge exchanges small buffers for large ones, if there are any to be had.
func (c *Collector) enlarge(b **buffers) {
	if (*b).large {
		return
	}
	if c.large.Add(1) > mostLarge {
		c.large.Add(-1)
		return
	}
	smallPool.Put(*b)
	*b = borrow(&largePool, largeIn, largeOut)
}

func (c *Collector) free(b *buffers) {
	if b.large {
		c.large.Add(-1)
		largePool.Put(b)
		return
	}
	smallPool.Put(b)
}

// grow gives a busy pipe more room in the kernel: its writer and its reader take turns less often.
func (c *Collector) grow(fd int) {
	if c.wide.Add(1) <= mostWide {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, pipeLarge) // where the user has used up the allowance it stays as it is
	}
}

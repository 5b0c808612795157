package lease

import (
	"errors"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// keep looks whether a lease that is held still is what others find.
func (c *claim) keep() time.Duration {
	err := c.lock.StillAt(c.k.o.Volume, c.name())
	switch {
	case err == nil && !c.notes:
		c.misses = 0
		return c.pace()
	case err == nil:
		return c.renew()
	case !errors.Is(err, fsx.ErrVanished):
		c.blind(err)
		return c.pace()
	}
	return c.follow()
}

// pace is how long a holder may look away.
func (c *claim) pace() time.Duration {
	if c.notes {
		return renewal
	}
	return watch
}

// renew lets the note's number grow, unless it has become somebody else's: this container slept too long.
func (c *claim) renew() time.Duration {
	text, err := c.text()
	if n, whole := read(text); err == nil && whole && n.Boot != c.k.boot && !n.Released {
		c.lose(n)
		return watch
	}
	if err := c.sign(false); err != nil {
		c.k.warn(c.slot+": its lease can't be renewed, and another container may take it: "+err.Error(), "make room on the volume")
	}
	return renewal
}

// follow takes the file that stands where this container's stood, so that nobody else does. Who has it by name has the
// lease, by whatever way it came to that: two must not run the slot.
func (c *claim) follow() time.Duration {
	l, err := c.open()
	if err != nil {
		c.blind(err)
		return c.pace()
	}
	free := l.Try()
	text, err := l.Text()
	in, ierr := l.Info()
	n, whole := read(text)
	theirs := err == nil && ierr == nil && whole && n.Boot != c.k.boot && !n.Released
	held := errors.Is(free, fsx.ErrLocked)
	switch {
	case held && theirs && n.File == in.Ino, c.notes && theirs:
		_ = l.Unlock()
		c.lose(n)
		return watch
	case held, free != nil && !lockless(free):
		_ = l.Unlock()
		if c.misses++; c.misses > 1 { // once may be somebody who looked whether it was free
			c.k.warn(c.slot+": its lease's file was replaced, and somebody who left no name holds the new one; it goes on", "leave "+Dir+" alone")
		}
		return retry
	}
	c.misses = 0
	c.close()
	c.lock = l
	_ = c.sign(false)
	c.k.warn(c.slot+": its lease's file was removed or replaced; it holds the new one", "leave "+Dir+" alone")
	return c.pace()
}

// blind tells that it can't be looked after the lease; what is held is held.
func (c *claim) blind(err error) {
	c.k.warn(c.slot+": look after its lease: "+err.Error(), "leave "+Dir+" to the app's user")
}

// lose gives the lease up to whom a note names.
func (c *claim) lose(n note) {
	c.why = n.holder()
	c.close()
	close(c.lost)
}

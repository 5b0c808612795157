package lease

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// A claim is one slot's lease, wanted or held. But for gone, held and lost it is the keeper's goroutine's.
type claim struct {
	k    *Keeper
	slot string
	told func(why string)
	held chan struct{} // closed when it is had
	lost chan struct{} // closed when it is somebody else's
	gone atomic.Bool   // nobody wants it any more

	has  bool
	over bool
	why  string    // what told was told last; of a lost one, why; set before lost is closed
	next time.Time // when it is looked at again

	lock    *fsx.Lock // its file, open; locked while it is held, where there are locks
	notes   bool      // the note is what counts: others may not see the lock
	misses  int       // how often the file that was put in its place couldn't be had
	since   time.Time
	count   uint64
	file    uint64    // the new file that is being left to a holder
	until   time.Time // until when it is
	seen    string    // the note that is being watched
	seenAt  time.Time // since when it stands still
	written time.Time // when this claim's own note was written, and is still to be read back; zero: it needn't be
}

// A Lease is held until it is released, or lost.
type Lease struct{ c *claim }

// Lost is closed when somebody else has the lease.
func (l *Lease) Lost() <-chan struct{} { return l.c.lost }

// Why says who, once it is lost.
func (l *Lease) Why() string { return l.c.why }

// Release gives the lease back. It doesn't wait.
func (l *Lease) Release() {
	l.c.gone.Store(true)
	l.c.k.poke()
}

// name is the file's, below the volume.
func (c *claim) name() string { return path.Join(Dir, c.slot) }

// idle says that nothing is left to look at: it does without its file, or has lost it.
func (c *claim) idle() bool { return c.has && c.lock == nil }

// step looks once, and says when to look again.
func (c *claim) step(now time.Time) time.Duration {
	c.k.arrive()
	switch {
	case !c.has:
		return c.want(now)
	case c.lock != nil:
		return c.keep()
	}
	return watch
}

// say tells who waits what for.
func (c *claim) say(why string) {
	if c.why != why {
		c.why = why
		c.told(why)
	}
}

// want tries to get the lease. What can be seen without taking the lock is: two that try at the same moment would take
// each other for a holder.
func (c *claim) want(now time.Time) time.Duration {
	for range 3 { // what is replaced while it is looked at is looked at again
		if c.lock == nil {
			l, err := c.open()
			if errors.Is(err, fsx.ErrVanished) {
				continue
			}
			if err != nil {
				c.without(err)
				return watch
			}
			c.lock, c.notes, c.file = l, c.k.o.unshared(l), 0
		}
		if c.lock.StillAt(c.k.o.Volume, c.name()) != nil {
			c.close()
			continue
		}
		text, err := c.text()
		in, ierr := c.lock.Info()
		if err = errors.Join(err, ierr); err != nil {
			c.without(err)
			return watch
		}
		n, whole := read(text)
		known := whole && n.File == in.Ino
		if c.notes && c.believed(now, text, n, whole) || !c.notes && !known && c.file == in.Ino && now.Before(c.until) {
			return retry
		}
		err = c.lock.Try()
		switch {
		case lockless(err):
			c.notes = true
			if c.believed(now, text, n, whole) {
				return retry
			}
		case errors.Is(err, fsx.ErrLocked):
			return c.refused()
		case err != nil:
			c.without(err)
			return watch
		}
		if c.lock.StillAt(c.k.o.Volume, c.name()) != nil {
			c.close()
			continue
		}
		return c.claim(now, known, in.Ino)
	}
	c.say(newFile + " (" + c.name() + ") is replaced again and again")
	return retry
}

// lockless says that a file system has no locks, or none of this kind.
func lockless(err error) bool {
	for _, e := range []error{unix.ENOSYS, unix.EOPNOTSUPP, unix.ENOLCK, unix.EINVAL, unix.EBADF} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// refused tells who has the lock.
func (c *claim) refused() time.Duration {
	c.written = time.Time{}
	who, ours := c.holder()
	if ours {
		return retry / 20 // an earlier claim of this very container is about to let it go
	}
	if strings.HasPrefix(who, somebody) && c.misses < 2 { // perhaps one who only looks whether it is free
		c.misses++
		return retry / 20
	}
	c.say(who)
	return retry
}

// claim is want with the file's lock in the hand; known says that it isn't new.
func (c *claim) claim(now time.Time, known bool, file uint64) time.Duration {
	switch {
	case c.notes && !c.written.IsZero(): // and is still there
		if now.Sub(c.written) < retry {
			return retry
		}
		c.had()
		return renewal
	case c.notes:
		c.since, c.written = now, now
		if err := c.sign(false); err != nil {
			c.without(err)
			return watch
		}
		return retry
	case known, c.file == file, c.k.alone(): // known to be new, too: it has been left to a holder
		c.take(now)
		return watch
	}
	c.file, c.until = file, now.Add(settle)
	_ = c.lock.Give()
	c.say(fmt.Sprintf("%s is new, and another container is on this volume, which may have it: it is left to that one for %s", newFile, settle))
	return retry
}

// believed says, where the note counts, that it is another's who is alive. A holder is dead when its note stands still,
// and who has signed has the lease when its note is still there a while later.
func (c *claim) believed(now time.Time, text string, n note, whole bool) bool {
	if !whole || n.Boot == c.k.boot || n.Released {
		if !whole {
			c.written = time.Time{}
		}
		return false
	}
	if c.seen != text || !c.written.IsZero() {
		c.seen, c.seenAt, c.written = text, now, time.Time{}
	}
	if now.Sub(c.seenAt) >= stale {
		return false
	}
	_ = c.lock.Give()
	c.say(n.holder() + "; this file system may not share locks, so the note is watched until it stands still")
	return true
}

// take makes it this container's: the lock is held.
func (c *claim) take(now time.Time) {
	c.since = now
	_ = c.sign(false) // only words for those who wait: a full disk must not keep a service from starting
	c.had()
}

func (c *claim) had() {
	c.has, c.seen, c.written, c.misses = true, "", time.Time{}, 0
	close(c.held)
}

// without lets the slot run without a lease: only the disk is to blame.
func (c *claim) without(err error) {
	c.k.warn(fmt.Sprintf("%s: it runs without its lease, so another container on this volume may run it too: %v", c.slot, err),
		"make room on the volume, or let the app's user write "+Dir)
	c.close()
	c.had()
}

// holder says who holds the lock that can't be had, and whether that is this container by another claim.
func (c *claim) holder() (who string, ours bool) {
	text, err := c.lock.Text()
	n, whole := read(text)
	switch {
	case err != nil || !whole:
		return somebody + c.name() + ") who left no name", false
	case n.Released:
		return somebody + c.name() + ") who left no name; container " + name(n.Container) + " gave it back", false
	}
	return n.holder(), n.Boot == c.k.boot
}

// text reads the note. Where it counts the file is opened anew: network file systems look at what others wrote then.
func (c *claim) text() (string, error) {
	if c.notes {
		return c.k.o.Volume.LockHolder(c.name()), nil
	}
	return c.lock.Text()
}

// sign writes the note. Where it counts that is done through another opening, whose end has network file systems send it.
func (c *claim) sign(released bool) error {
	l := c.lock
	if c.notes {
		var err error
		if l, err = c.open(); err != nil {
			return err
		}
		defer func() { _ = l.Unlock() }()
	}
	in, err := l.Info()
	if err != nil {
		return err
	}
	c.count++
	return l.Note(note{
		Container: c.k.o.Container, Boot: c.k.boot, Since: c.since.UTC().Format(time.RFC3339), File: in.Ino, Count: c.count, Released: released,
	}.text())
}

// release gives back what is held and forgets the claim. The note says so where it is still this container's.
func (c *claim) release() {
	if c.over {
		return
	}
	c.over = true
	if c.lock == nil {
		return
	}
	if text, err := c.text(); err == nil && (c.has || !c.written.IsZero()) {
		if n, whole := read(text); whole && n.Boot == c.k.boot {
			_ = c.sign(true)
		}
	}
	c.close()
}

func (c *claim) close() {
	if c.lock != nil {
		_ = c.lock.Give() // a child that is just being forked has the descriptor too, and would hold the lock until it executes
		_ = c.lock.Unlock()
		c.lock = nil
	}
}

// The modes. Nobody but berth's own directory's owner gets there at all (0700); which user that is changes with PUID,
// and the files of the one before must do for the next.
const (
	modeTop   = 0o700
	modeDir   = 0o777
	modeLease = 0o666
)

// open opens the file, and makes it and its directory where they aren't there.
func (c *claim) open() (*fsx.Lock, error) {
	v, a := c.k.o.Volume, c.k.o.Attr
	a.Mode = modeLease
	l, err := v.OpenLock(c.name(), a)
	if !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	for _, dir := range []struct {
		name string
		mode uint32
	}{{path.Dir(Dir), modeTop}, {Dir, modeDir}} {
		a.Mode = dir.mode
		if err := v.Mkdir(dir.name, a); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	a.Mode = modeLease
	return v.OpenLock(c.name(), a)
}

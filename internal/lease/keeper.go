package lease

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// Dir is where the leases' files lie, below the volume.
const Dir = ".berth/leases"

// Who waits looks often: nothing tells of a lock that has gone but a thread that waits for it, one for each slot, which
// could not see that the file was replaced and could not be called off. A holder has little to look for and lets PID 1
// sleep. It doesn't ask whether it has the volume to itself: for a moment it would seem not to be there (flock(2)).
const (
	retry   = time.Second      // how often who waits looks
	watch   = 10 * time.Second // how often a holder looks whether its file is still the one that others find
	renewal = 3 * time.Second  // how often a holder renews its note where notes are what counts
	stale   = 10 * time.Second // how long a note stands still before its holder is dead
	settle  = 15 * time.Second // how long a new file is left to a holder who has lost its own
)

// Options say on which volume and with whose rights.
type Options struct {
	Volume *fsx.Dir // must stay open until the keeper is closed
	Attr   fsx.Attr // of files and directories that are made; the mode is the lease's own
	Rights Rights   // the app user's

	Container string // the name that is left for others; empty: the host name
	Tell      func(text, hint string)

	unshared func(l *fsx.Lock) bool // tests': locks don't reach the others here
}

// Rights are a user's on the disk: Do runs fn with them.
type Rights interface{ Do(fn func() error) error }

// A Keeper takes and keeps the leases of one container. Its methods may be called from any goroutine.
type Keeper struct {
	o    Options
	boot string
	wake chan struct{}
	quit chan struct{}
	end  sync.Once
	done chan struct{}

	mu     sync.Mutex
	claims []*claim
	closed bool
	works  bool // the goroutine runs

	// The goroutine's:
	top    *fsx.Lock       // shared with the other containers on this volume
	shared bool            // it is
	warned map[string]bool // what has been told
}

// New makes a keeper. It does nothing until a lease is asked for.
func New(o Options) *Keeper {
	if o.Container == "" {
		o.Container, _ = os.Hostname()
	}
	if o.unshared == nil {
		o.unshared = func(l *fsx.Lock) bool { return !l.Local() }
	}
	return &Keeper{
		o: o, boot: fmt.Sprintf("%08x", rand.Uint32()), wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		warned: map[string]bool{},
	}
}

// ErrClosed says that the keeper was closed.
var ErrClosed = errors.New("the leases are closed")

// Take waits until a slot's lease is had, or ctx ends. Meanwhile told hears who holds it, each time that it is somebody
// else or held otherwise. Where a lease can't be had because of the disk, the slot goes without, and that is told.
func (k *Keeper) Take(ctx context.Context, slot string, told func(why string)) (*Lease, error) {
	c := &claim{k: k, slot: slot, told: told, held: make(chan struct{}), lost: make(chan struct{})}
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil, ErrClosed
	}
	k.claims = append(k.claims, c)
	if !k.works {
		k.works = true
		go k.work()
	}
	k.mu.Unlock()
	k.poke()
	select {
	case <-c.held:
		return &Lease{c}, nil
	case <-ctx.Done():
		(&Lease{c}).Release()
		return nil, ctx.Err()
	case <-k.done:
		return nil, ErrClosed
	}
}

// poke has the goroutine look now.
func (k *Keeper) poke() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Close gives all leases back and ends the keeper, or leaves that to the kernel when ctx ends: the disk hangs.
func (k *Keeper) Close(ctx context.Context) error {
	k.mu.Lock()
	k.closed = true
	works := k.works
	k.mu.Unlock()
	k.end.Do(func() { close(k.quit) })
	if !works {
		return nil
	}
	select {
	case <-k.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work is the one goroutine that touches the disk.
func (k *Keeper) work() {
	defer close(k.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-k.quit:
			k.leave()
			return
		case <-k.wake:
		case <-timer.C:
		}
		if next := k.look(); next > 0 {
			timer.Reset(next)
		} else {
			timer.Stop()
		}
	}
}

// look sees to the claims whose time has come, and gives the time until the next one's; 0 for never. Those that are
// nearly due go along, so that all claims soon share their wake-ups.
func (k *Keeper) look() time.Duration {
	k.mu.Lock()
	all := append([]*claim(nil), k.claims...)
	k.mu.Unlock()
	now := time.Now()
	ran := false
	err := k.o.Rights.Do(func() error {
		ran = true
		for _, c := range all {
			if c.gone.Load() {
				c.release()
			} else if !c.next.After(now.Add(retry / 2)) {
				c.next = now.Add(c.step(now))
			}
		}
		return nil
	})
	if !ran {
		k.powerless(all, now, err)
	}
	var soonest time.Time
	k.mu.Lock()
	defer k.mu.Unlock()
	kept := k.claims[:0]
	for _, c := range k.claims {
		if c.over {
			continue
		}
		kept = append(kept, c)
		if c.idle() {
			continue
		}
		if soonest.IsZero() || c.next.Before(soonest) {
			soonest = c.next
		}
	}
	clear(k.claims[len(kept):])
	k.claims = kept
	if soonest.IsZero() {
		return 0
	}
	return max(time.Millisecond, time.Until(soonest))
}

// powerless sees to the claims where the app's rights can't be had: what is wanted goes without, what is held stays held.
func (k *Keeper) powerless(all []*claim, now time.Time, err error) {
	for _, c := range all {
		switch {
		case c.gone.Load():
			c.over = true
			c.close()
		case !c.has:
			c.without(err)
		}
		c.next = now.Add(c.pace())
	}
}

// leave gives everything back.
func (k *Keeper) leave() {
	k.mu.Lock()
	all := k.claims
	k.claims = nil
	k.mu.Unlock()
	_ = k.o.Rights.Do(func() error {
		for _, c := range all {
			c.release()
		}
		return nil
	})
	if k.top != nil {
		_ = k.top.Unlock()
	}
}

// alone says that no other container has leases on this volume. That it can't be known counts as no. Two that ask at the
// same moment may both be told yes or no: a lock is let go before it is had otherwise (flock(2)).
func (k *Keeper) alone() bool {
	if !k.shared {
		return false
	}
	alone := k.top.Try() == nil
	k.shared = k.top.Share() == nil
	return alone
}

// arrive lets the others know that there is one more. Somebody who has the volume's top to itself is one more whom this
// container isn't alone with; it tries again.
func (k *Keeper) arrive() {
	if k.top == nil {
		top, err := k.o.Volume.OpenSelf()
		if err != nil {
			return
		}
		k.top = top
	}
	if !k.shared {
		k.shared = k.top.Share() == nil
	}
}

// warn tells something once.
func (k *Keeper) warn(text, hint string) {
	if !k.warned[text] {
		k.warned[text] = true
		k.o.Tell(text, hint)
	}
}

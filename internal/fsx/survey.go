package fsx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A Survey looks at the owner of everything below a directory, with several threads, and hands what is amiss to a visitor.
// It follows no link and crosses no mount. A directory is opened once, by its way from the top, and is what it turns out to
// be: a name that is swapped meanwhile leads to another directory of the tree or nowhere. Its entries are looked at by their
// names in that open directory; one that is to be changed is pinned first, or lies where nobody but root can swap it (see
// [Stray.Own]).
//
// Memory is bounded whatever the tree is: a buffer a thread, a queue of directories of at most maxQueue bytes, and while the
// queue is full one thread at a time that goes on into the depth by itself, at most maxDepth levels. Time isn't: ctx is for
// that.
type Survey struct {
	UID, GID uint32 // whom everything should belong to

	Top     bool // the directory itself is looked at, too
	Depth   int  // how many levels of directories are read; 0: all
	Threads int  // at most; small trees are done by the caller's alone, and more than processors work only where they wait: see waits
	Hand    bool // what is amiss will be handed over: not in a plan
	Alone   bool // nothing else in this process has to go on meanwhile: see worker.call

	// Pace is told of every few entries that were looked at, and may wait; an error ends the survey. It may be nil.
	Pace func(ctx context.Context, entries int) error

	// Amiss is called for each entry that belongs to somebody else, and for what can't be looked into, from several
	// goroutines at once. An entry of a directory comes before the directory. An error ends the survey.
	Amiss func(*Stray) error

	looked atomic.Int64
}

// Looked gives the number of entries that were looked at so far; it may be asked while the survey runs.
func (s *Survey) Looked() int64 { return s.looked.Load() }

const (
	surveyBuffer = 64 << 10 // bytes of names that a thread reads at once
	nestedBuffer = 8 << 10  // the same where it goes into the depth by itself
	maxQueue     = 2 << 20  // bytes of names of directories that wait
	maxOpenPath  = 4000     // bytes of a path that are opened at once; the kernel takes 4095

	// How much is looked at before other threads help: a thread costs as much as some dozens of entries.
	helpAfter     = 1000
	helpAfterTime = 10 * time.Millisecond
)

// Survey runs a survey of the directory, to its end or that of ctx. With [ErrTaken] it has left a directory root's that it was not to.
func (d *Dir) Survey(ctx context.Context, s *Survey) error {
	if d.empty {
		return nil
	}
	v := &surveyor{s: s, ctx: ctx, top: d.fd, words: d.path, begun: time.Now()}
	var err error
	if v.home, err = mountOf(d.fd); err != nil {
		return fail("survey", d.path, err)
	}
	kind := fileSystem(d.fd)
	v.trusty = sealable(kind) && s.Hand && s.UID != 0 && os.Geteuid() == 0
	v.raw = s.Alone && s.Threads > 1 && quick(kind)
	v.change.L = &v.mu
	v.processors = runtime.GOMAXPROCS(0)
	v.asked, v.worked = v.begun, worked()
	defer context.AfterFunc(ctx, v.halt)()
	v.queue, v.workers = []job{{}}, 1
	v.run()
	v.helpers.Wait()
	v.restore()
	if v.panicked != nil {
		panic(v.panicked)
	}
	switch {
	case ctx.Err() == nil:
		return v.err
	case errors.Is(v.err, ErrTaken):
		return fmt.Errorf("%w; %w", context.Cause(ctx), v.err)
	}
	return context.Cause(ctx)
}

// surveyor is what the threads of a survey share.
type surveyor struct {
	s      *Survey
	ctx    context.Context //nolint:containedctx // it lives exactly as long as the call to Survey
	top    int
	home   mount
	words  string
	begun  time.Time
	trusty bool // names can be kept from being swapped here, see seal
	raw    bool // see worker.call

	processors int

	stop atomic.Bool // look no further

	mu       sync.Mutex
	change   sync.Cond // a directory came or went, or all is done
	queue    []job     // the last is next
	bytes    int       // of their paths
	busy     int       // directories that are being looked at
	deep     bool      // a thread is on its way into the depth
	workers  int
	idle     int // of them wait for a directory
	helpers  sync.WaitGroup
	more     func() // gives the processors back
	wanted   int    // see waits
	asked    time.Time
	worked   time.Duration
	err      error
	panicked any
}

// A job is a directory that waits to be looked into.
type job struct {
	path  string // below the top
	depth int    // of its entries; those of the top have 0
	above Owner  // of the directory that it lies in
}

func (j job) size() int { return len(j.path) + 64 }

// An Owner is whose a directory was when its entries were looked at, and its mode.
type Owner struct{ UID, GID, Perm uint32 }

// run looks into directories until there are no more.
func (v *surveyor) run() {
	defer v.caught()
	w := &worker{v: v, uid: v.s.UID, gid: v.s.GID, buf: make([]byte, surveyBuffer), path: make([]byte, 0, 256)}
	w.stray.w = w
	defer w.alike.settle()
	for {
		j, ok := v.next()
		if !ok {
			return
		}
		err := w.directory(j, w.buf)
		v.done(err)
	}
}

// caught takes a panic to whoever called Survey.
func (v *surveyor) caught() {
	if p := recover(); p != nil {
		v.mu.Lock()
		if v.panicked == nil {
			v.panicked = p
		}
		v.mu.Unlock()
		v.halt()
	}
}

// halt has every thread stop where it is.
func (v *surveyor) halt() {
	v.stop.Store(true)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.change.Broadcast()
}

// halted says whether it is to stop: that of ctx may come before its AfterFunc does.
func (v *surveyor) halted() bool { return v.stop.Load() || v.ctx.Err() != nil }

func (v *surveyor) next() (job, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(v.queue) == 0 && v.busy > 0 && !v.stop.Load() {
		v.idle++
		v.change.Wait()
		v.idle--
	}
	last := len(v.queue) - 1
	if last < 0 || v.stop.Load() {
		v.change.Broadcast()
		return job{}, false
	}
	j := v.queue[last]
	v.queue[last] = job{}
	v.queue = v.queue[:last]
	if v.bytes >= maxQueue { // somebody may wait for room
		v.change.Broadcast()
	}
	v.bytes -= j.size()
	v.busy++
	if last > 0 {
		v.help()
	}
	return j, true
}

func (v *surveyor) done(err error) {
	v.mu.Lock()
	v.busy--
	switch {
	case errors.Is(err, ErrTaken):
		v.err = errors.Join(v.err, err)
	case v.err == nil && !errors.Is(err, errHalted):
		v.err = err
	}
	if v.busy == 0 && len(v.queue) == 0 {
		v.change.Broadcast()
	}
	v.mu.Unlock()
	if err != nil {
		v.halt()
	}
}

// push has a directory wait for a thread. Where too many wait already the caller goes there itself: alone, so that open
// descriptors and buffers stay bounded. It always comes to an end, and so does who waits for it here.
func (v *surveyor) push(w *worker, j job) (queued bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for !w.nested && v.bytes >= maxQueue && v.deep && !v.stop.Load() {
		v.change.Wait()
	}
	if v.bytes >= maxQueue {
		if !w.nested {
			v.deep = true
		}
		return false
	}
	v.queue = append(v.queue, j)
	v.bytes += j.size()
	if !v.help() {
		v.change.Signal()
	}
	return true
}

// surface says that a thread is back from the depth.
func (v *surveyor) surface() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.deep = false
	v.change.Broadcast()
}

// openPath opens what lies at a path below the top, following nothing.
func (v *surveyor) openPath(path string, flags int) (int, error) {
	dir := v.top
	if path == "" {
		path = "."
	}
	for len(path) > maxOpenPath {
		end := maxOpenPath
		for end > 0 && path[end] != '/' {
			end--
		}
		next, err := open(dir, path[:end], pinFlags|unix.O_DIRECTORY)
		if dir != v.top {
			_ = unix.Close(dir)
		}
		if err != nil {
			return -1, err
		}
		dir, path = next, path[end+1:]
	}
	fd, err := open(dir, path, flags)
	if dir != v.top {
		_ = unix.Close(dir)
	}
	return fd, err
}

package fsx

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// An Actor does file work with another user's rights: on one thread of its own, whose file system uid, gid, groups and
// capabilities alone are changed. The rest of the process stays what it is. (syscall.Setuid and its kin change every
// thread; golang.org/x/sys/unix's are the bare calls, which change the one that calls.)
//
// The first Actor of a process makes it undumpable, as any change of credentials does (prctl(2), PR_SET_DUMPABLE): /proc/<pid>
// belongs to root from then on.
type Actor struct {
	through bool // the process is that user already
	tid     int
	calls   chan call
	quit    func()
	stop    chan struct{}
	done    chan struct{}
}

type call struct {
	fn  func() error
	out chan outcome
}

type outcome struct {
	err      error
	panicked bool
	value    any
	exited   bool
}

// NewActor makes an Actor for a user. A process that is this user already needs none: its Actor calls straight through.
// Any other needs CAP_SETUID and CAP_SETGID.
func NewActor(uid, gid uint32, groups []uint32) (*Actor, error) {
	a := &Actor{calls: make(chan call), stop: make(chan struct{}), done: make(chan struct{})}
	a.quit = sync.OnceFunc(func() { close(a.stop) })
	if uint32(os.Geteuid()) == uid {
		a.through = true
		return a, nil
	}
	started := make(chan error, 1)
	go a.thread(started, nil, func() error { return become(uid, gid, groups) })
	if err := <-started; err != nil {
		return nil, fmt.Errorf("act as uid %d, gid %d: %w", uid, gid, err)
	}
	return a, nil
}

// thread is the actor's goroutine. It never unlocks its thread, so the runtime ends the thread with it and no other
// goroutine ever runs with these rights.
func (a *Actor) thread(started chan<- error, held chan<- struct{}, prepare func() error) {
	runtime.LockOSThread()
	if held != nil {
		close(held)
	}
	if unix.Gettid() == unix.Getpid() {
		// The main thread can't end, and /proc/<pid> shows it as the process: leave it as it is. While this goroutine
		// sits on it, another one must get another thread.
		held := make(chan struct{})
		go a.thread(started, held, prepare)
		<-held
		runtime.UnlockOSThread()
		return
	}
	defer close(a.done)
	a.tid = unix.Gettid()
	err := prepare()
	started <- err
	if err != nil {
		return
	}
	for {
		select {
		case c := <-a.calls:
			c.run()
		case <-a.stop:
			return
		}
	}
}

// run calls fn. A panic is caught for the caller; a runtime.Goexit (a failed test) can't be, and ends this thread too.
func (c call) run() {
	o := outcome{exited: true}
	defer func() {
		if o.exited {
			if v := recover(); v != nil {
				o = outcome{panicked: true, value: v}
			}
		}
		c.out <- o
	}()
	o.err = c.fn()
	o.exited = false
}

// Do runs fn on the actor's thread and waits: every call of this package inside has the user's rights, and files it makes are
// the user's. A panic in fn reaches the caller. Goroutines that fn starts have the process's rights, not the user's.
// After Close: fs.ErrClosed.
func (a *Actor) Do(fn func() error) error {
	select {
	case <-a.stop:
		return fmt.Errorf("act as the app's user: %w", fs.ErrClosed)
	default:
	}
	if a.through || unix.Gettid() == a.tid { // the latter: Do inside Do
		return fn()
	}
	c := call{fn: fn, out: make(chan outcome, 1)}
	select {
	case a.calls <- c:
	case <-a.done:
		return fmt.Errorf("act as the app's user: %w", fs.ErrClosed)
	}
	o := <-c.out
	if o.panicked {
		panic(o.value)
	}
	if o.exited {
		runtime.Goexit()
	}
	return o.err
}

// Close ends the actor's thread, after what it is doing.
func (a *Actor) Close() error {
	a.quit()
	if !a.through && unix.Gettid() != a.tid {
		<-a.done
	}
	return nil
}

// become changes the calling thread, groups first: the uid is the right to change them. Each is read back, as setfsuid
// and setfsgid report nothing.
func become(uid, gid uint32, groups []uint32) error {
	list := make([]int, len(groups))
	for i, g := range groups {
		list[i] = int(g)
	}
	if err := unix.Setgroups(list); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := unix.Setfsgid(int(gid)); err != nil {
		return fmt.Errorf("set file system gid: %w", err)
	}
	if err := unix.Setfsuid(int(uid)); err != nil {
		return fmt.Errorf("set file system uid: %w", err)
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&head, &none[0]); err != nil {
		return fmt.Errorf("give capabilities up: %w", err)
	}
	return became(uid, gid, list)
}

func became(uid, gid uint32, groups []int) error {
	if got, err := fsuid(); err != nil || got != uid {
		return fmt.Errorf("set file system uid: %w", unix.EPERM)
	}
	if got, err := fsgid(); err != nil || got != gid {
		return fmt.Errorf("set file system gid: %w", unix.EPERM)
	}
	got, err := unix.Getgroups()
	if err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(groups))
	if !slices.Equal(got, want) {
		return fmt.Errorf("set groups: %w", unix.EPERM)
	}
	if overridesAccess() {
		return fmt.Errorf("give capabilities up: %w", unix.EPERM)
	}
	return nil
}

package s6run

import (
	"context"
	"sync"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// An Action does one half of a oneshot and gives its code. When ctx ends it comes to an end in good order; when what Killed
// gives is closed, at once.
type Action func(ctx context.Context) (code int, err error)

type killedKey struct{}

// Killed gives the channel that is closed when an action's time is up for good; nil outside of one.
func Killed(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(killedKey{}).(chan struct{})
	return c
}

// Oneshot makes a Slot's Start of what is done to bring it up, and of what is done to take it down; nil does nothing. It is
// ready when up gave 0, and failed otherwise: down is then not run. Timeouts of 0 are none.
func Oneshot(up, down Action, timeoutUp, timeoutDown time.Duration) func(ctx context.Context, run int) (supervise.Process, error) {
	return func(context.Context, int) (supervise.Process, error) {
		o := &oneshot{ready: make(chan struct{}), done: make(chan struct{}), told: make(chan struct{}), killed: make(chan struct{})}
		go o.live(up, down, timeoutUp, timeoutDown)
		return o, nil
	}
}

// A oneshot is a process that is none.
type oneshot struct {
	ready, done  chan struct{}
	told, killed chan struct{}
	tell, kill   sync.Once
	exit         supervise.Exit // before done is closed
}

func (o *oneshot) live(up, down Action, timeoutUp, timeoutDown time.Duration) {
	defer close(o.done)
	if code := o.act(up, timeoutUp, o.told); code != 0 {
		o.exit.Code = code
		return
	}
	close(o.ready)
	select {
	case <-o.told:
	case <-o.killed:
		return
	}
	o.exit.Code = o.act(down, timeoutDown, nil)
}

// act does one half, bounded; early ends it before.
func (o *oneshot) act(f Action, limit time.Duration, early <-chan struct{}) int {
	if f == nil {
		return 0
	}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), killedKey{}, o.killed))
	defer cancel()
	if limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	go func() {
		select {
		case <-early:
		case <-o.killed:
		case <-ctx.Done():
		}
		cancel()
	}()
	code, err := f(ctx)
	if code == 0 && err != nil {
		code = 1
	}
	return code
}

// Pid is none.
func (o *oneshot) Pid() int { return 0 }

// Done is closed when it is down again, or failed.
func (o *oneshot) Done() <-chan struct{} { return o.done }

// Exit is up's if it failed, else down's.
func (o *oneshot) Exit() supervise.Exit { return o.exit }

// Ready is closed when up has ended well.
func (o *oneshot) Ready() <-chan struct{} { return o.ready }

// ReadyFailed is never: one that fails ends.
func (o *oneshot) ReadyFailed() <-chan error { return nil }

// Signal has it go down, or stops bringing it up.
func (o *oneshot) Signal(syscall.Signal) error {
	o.tell.Do(func() { close(o.told) })
	return nil
}

// KillGroup ends it at once.
func (o *oneshot) KillGroup() error {
	o.kill.Do(func() { close(o.killed) })
	return nil
}

// Program makes an Action of a program: TERM and CONT for its group when its context ends, KILL a while later or when its time is up
// for good.
func (r *Room) Program(command func() (*proc.Command, error)) Action {
	return func(ctx context.Context) (int, error) {
		c, err := command()
		if err != nil {
			return 0, err
		}
		c.Session = c.Session || !c.Group
		p, err := r.o.Table.StartContext(ctx, c)
		if err != nil {
			return codeOf(err), err
		}
		r.track(p, true)
		defer r.track(p, false)
		select {
		case <-p.Done():
			return p.Status().ExitCode(), nil
		case <-ctx.Done():
		}
		_ = p.SignalGroup(syscall.SIGTERM)
		_ = p.SignalGroup(syscall.SIGCONT)
		t := time.NewTimer(termTime)
		defer t.Stop()
		select {
		case <-p.Done():
		case <-Killed(ctx):
		case <-t.C:
		}
		_ = p.SignalGroup(syscall.SIGKILL)
		if code := p.Status().ExitCode(); code != 0 {
			return code, context.Cause(ctx)
		}
		return 0, nil // it made it after all
	}
}

// termTime is how long a oneshot's program may take to end of TERM.
const termTime = 3 * time.Second

// codeOf gives the code of a program that could not be started.
func codeOf(err error) int {
	if e, ok := err.(*proc.StartError); ok { //nolint:errorlint // proc gives no other
		return e.Code()
	}
	return 1
}

// track notes what runs for a oneshot.
func (r *Room) track(p *proc.Process, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if on {
		r.running[p] = true
	} else {
		delete(r.running, p)
	}
}

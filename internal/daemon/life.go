package daemon

import (
	"context"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// life is what lasts from the first signal to the last child.
type life struct {
	o      *Options
	table  *proc.Table
	cancel context.CancelCauseFunc
	budget time.Duration

	mu       sync.Mutex
	main     *proc.Process
	starting bool             // main is being started: what isn't meant to end the boot is main's
	early    []syscall.Signal // what came meanwhile
	stopping bool
	stop     chan struct{} // closed when the container is to stop
	deadline time.Time     // when what is left is killed; set when stop is closed or main has ended
	alone    bool          // main became a service: what would have ended it ends the container
	ended    syscall.Signal
	critical *supervise.Failure

	started  time.Time
	world    *boot.World // what the boot found; open for as long as there are services
	roster   fleet.Roster
	redirect *spec.Redirect
	services services
	healing  *healing
	halt     bool // the plugin asked for the stop
	asked    bool // a signal asked for the stop: TERM, or what would have ended main where there is none
}

// Run boots, runs main and gives the code that the container ends with. The error says why main did not run.
func Run(ctx context.Context, o Options) (int, error) {
	signals := o.Signals
	if signals == nil {
		signals = Catch()
	}
	defer signals.Release()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := &life{o: &o, table: proc.NewTable(), cancel: cancel, budget: stopTimeout(&o), stop: make(chan struct{}), started: time.Now()}
	l.services.server = &server{}
	l.settle()
	quit, pumped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(pumped)
		l.pump(signals, quit)
	}()
	defer func() {
		close(quit)
		<-pumped
	}()
	code, err := l.run(ctx)
	l.bringDownServices()
	l.sweep()
	if l.services.plugin != nil && (err == nil || l.halted(err)) {
		code, err = l.services.plugin.Code(code), nil
	}
	l.closeServices(l.inOrder(code, err))
	return code, err
}

// inOrder says whether nothing went wrong with the container that ends so.
func (l *life) inOrder(code int, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return err == nil && (code == 0 || l.asked)
}

// settle makes sure that orphans come to this process.
func (l *life) settle() {
	if os.Getpid() == 1 {
		return
	}
	if l.o.Develop == "" {
		l.o.warn("", "not PID 1: an init of the engine or a shared pid namespace is in front; only berth's own descendants are reaped and stopped")
	}
	if err := proc.BecomeSubreaper(); err != nil {
		l.o.warn("", "%v: orphans go to another process", err)
	}
}

// run prepares, starts the services and main, and waits for main's end.
func (l *life) run(ctx context.Context) (int, error) {
	command, err := l.prepare(ctx)
	if err != nil {
		return 0, err
	}
	if err := l.serve(command); err != nil {
		return 0, err
	}
	if l.o.Plugin != nil {
		if command, err = l.hold(ctx); err != nil {
			return 0, err
		}
	}
	if command == nil {
		return l.wait(ctx)
	}
	if answersAsApp(command) {
		l.bind() // what it asks first, it asks here
	}
	main, err := l.start(ctx, command)
	if err != nil {
		return 0, err
	}
	l.beside()
	select {
	case <-main.Done():
		l.leave(main)
	case <-l.stop:
	}
	l.end(main)
	if l.critical != nil {
		return l.critical.Code, nil
	}
	return main.Status().ExitCode(), nil
}

// wait is run where main became a service: the container goes on until it is told to end.
func (l *life) wait(ctx context.Context) (int, error) {
	if l.redirect != nil {
		crumb(l, l.redirect)
	}
	l.mu.Lock()
	l.alone = true
	l.mu.Unlock()
	l.beside()
	select {
	case <-l.stop:
	case <-ctx.Done(): // it came before anybody noted that there is no main
		l.mu.Lock()
		if stopped, ok := context.Cause(ctx).(*Stopped); ok { //nolint:errorlint // the very value that heard made, never wrapped
			l.ended, l.asked = stopped.Signal, true
		}
		l.begin()
		l.mu.Unlock()
	}
	l.bringDownServices()
	if l.critical != nil {
		return l.critical.Code, nil
	}
	return 128 + int(l.ended), nil
}

// beside begins what goes on beside main.
func (l *life) beside() {
	if l.o.Plugin == nil { // otherwise it has begun already
		l.heal()
		go l.listen()
	}
	go l.shrinkAtRest()
}

// leave tells the plugin of main's end, unless the container was told to stop.
func (l *life) leave(main *proc.Process) {
	l.mu.Lock()
	asked := l.stopping
	l.mu.Unlock()
	if l.o.Plugin != nil && !asked {
		l.o.Plugin.Ended(main.Status().ExitCode())
	}
}

// end ends main, if it hasn't ended, and the services, at the same time and within one budget.
func (l *life) end(main *proc.Process) {
	l.mu.Lock()
	l.begin()
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.bringDownServices()
	}()
	select {
	case <-main.Done():
	default:
		l.bringDown(main)
	}
	<-done
}

// prepare runs the preparation, but does not wait for one that hangs in the kernel when berth is told to stop: what that
// one still does, it does alone.
func (l *life) prepare(ctx context.Context) (*proc.Command, error) {
	type result struct {
		booted
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := l.boot(ctx)
		done <- result{b, err}
	}()
	take := func(r result) (*proc.Command, error) {
		if r.err != nil {
			return nil, r.err
		}
		l.world, l.roster, l.redirect = r.world, r.roster, r.redirect
		return r.command, nil
	}
	select {
	case r := <-done:
		c, err := take(r)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return c, err
	case <-ctx.Done():
	}
	patience := time.NewTimer(min(l.budget, 2*time.Second))
	defer patience.Stop()
	select {
	case r := <-done:
		_, _ = take(r)
	case <-patience.C: // a mount that hangs: the kernel ends the thread with the process
	}
	return nil, context.Cause(ctx)
}

// start starts main. A stop that comes meanwhile reaches it.
func (l *life) start(ctx context.Context, command *proc.Command) (*proc.Process, error) {
	l.mu.Lock()
	l.starting = true
	l.mu.Unlock()
	main, err := l.table.StartContext(ctx, command)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.main = main
	if stopped, ok := context.Cause(ctx).(*Stopped); ok { //nolint:errorlint // the very value that heard made, never wrapped
		if stopped.Signal == syscall.SIGTERM && !stopped.mains {
			l.begin()
		}
		_ = main.Signal(stopped.Signal)
	}
	for _, sig := range l.early {
		_ = main.Signal(sig)
	}
	return main, nil
}

// pump is the one reader of signals: it reaps and passes on until quit.
func (l *life) pump(s *Signals, quit <-chan struct{}) {
	stops := l.table.Stops()
	for {
		select {
		case <-s.child:
			l.table.Reap()
		case <-s.broken:
		case sig := <-s.passed:
			if sig, ok := sig.(syscall.Signal); ok {
				l.heard(sig)
			}
		case stop := <-stops:
			l.stopped(stop)
		case <-quit:
			return
		}
	}
}

// heard passes a signal to main; TERM begins the stop as well. Before main is there, what would end a program ends
// the boot.
func (l *life) heard(sig syscall.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sig, how := l.means(sig)
	switch {
	case how == Nothing:
	case how == Passes && l.main != nil:
		_ = l.main.Signal(sig)
	default:
		l.act(sig, how)
	}
}

// act does what a signal says that is for the container; l.mu is held.
func (l *life) act(sig syscall.Signal, how Hearing) {
	l.asked = l.asked || sig == syscall.SIGTERM || l.alone && endsBoot(sig)
	switch {
	case l.alone && endsBoot(sig):
		if l.ended == 0 {
			l.ended = sig
		}
		l.begin()
	case l.main == nil && endsBoot(sig):
		l.cancel(&Stopped{Signal: sig, mains: how == Passes})
	case l.main == nil && l.starting:
		l.early = append(l.early, sig)
	case l.main == nil:
	case sig == syscall.SIGTERM && !l.stopping:
		l.begin()
	default:
		_ = l.main.Signal(sig) // it may have ended a moment ago
	}
}

// begin starts the stop's budget; l.mu is held.
func (l *life) begin() {
	if !l.stopping {
		l.stopping = true
		l.deadline = time.Now().Add(l.budget)
		close(l.stop)
	}
}

// shrink gives back what the boot needed: PID 1 idles for months in little memory.
func shrink() {
	debug.SetGCPercent(20)
	debug.FreeOSMemory()
	proc.ReturnProgram()
}

// note tells what PID 1 does.
func (l *life) note(level boot.Level, text string) { l.o.tell(boot.Note{Level: level, Text: text}) }

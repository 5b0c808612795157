package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/supervise"
)

const (
	keptEvents = 2048                   // lines of history that a reader may be behind
	lastLines  = time.Second            // what the logs and the outlet get to write what they hold, at the end
	lastWords  = 200 * time.Millisecond // what clients of the socket get to hear the end
)

// services is what runs beside main: the fleet, its stdout, the control socket.
type services struct {
	fleet  *fleet.Fleet
	plugin Plugin // set once it has begun
	stdout *logs.Outlet
	ring   *api.Ring
	server *server
	down   sync.Once

	numbers sync.Mutex
	number  uint64 // of the last event
}

// add writes an event down, with the next number. Some are the supervisor's, some are the container's.
func (s *services) add(e api.Event) {
	s.numbers.Lock()
	defer s.numbers.Unlock()
	s.number += 1 + e.Lost
	e.Seq, e.Lost = s.number, 0
	s.ring.Add(e)
}

// serve begins the services that the spec has. Where it has none there is only the socket, which says so.
func (l *life) serve(main *proc.Command) error {
	l.services.ring = api.NewRing(keptEvents)
	if len(l.world.Spec.Services) == 0 {
		return nil
	}
	format := logs.Prefixed
	alone := main == nil && !l.o.JSON && l.o.Plugin == nil
	switch {
	case l.o.JSON:
		format = logs.JSON
	case alone:
		format = logs.Plain
	}
	s := &l.services
	s.stdout = logs.NewOutlet(logs.Descriptor(1), 0, format)
	f, err := fleet.New(fleet.Options{
		World: l.world, Source: source(l.world), Table: l.table, Program: l.program,
		StopTimeout: l.budget, Sink: sink{l}, Stdout: s.stdout,
		Quiet: main != nil && main.Terminal || l.o.Plugin != nil && takesTerminal(), Alone: alone, Tell: l.o.tell,
	})
	if err != nil {
		return boot.Fail(125, err, "")
	}
	l.mu.Lock()
	s.fleet = f
	l.mu.Unlock()
	if err := f.Begin(&l.roster); err != nil {
		return err
	}
	go l.watchCritical(f.Supervisor())
	return nil
}

// program finds the program that a service's first word means: the app's own name means the app behind the shim.
func (l *life) program(name string, env []string, as *proc.Credential) (string, error) {
	child := boot.World{Environ: env}
	path, _ := child.Lookup("PATH")
	r := router{
		main: l.world.Spec.Main, command: expand(l.world.Spec.Main.Command, child.Lookup), path: path, as: as, itself: shim.Itself,
		lenient: l.o.Develop != "",
	}
	if len(r.command) > 0 && name == r.command[0] {
		return r.search().Own()
	}
	return r.search().Find(name)
}

// shrinkAtRest gives back what the start needed, once it is over: a thousand services need several times what they hold
// afterwards, and a main that ends at once doesn't wait for pages that were given back too soon.
func (l *life) shrinkAtRest() {
	const calm, most = 500 * time.Millisecond, 240
	for range most {
		_, event := l.services.ring.After(0, 0)
		select {
		case <-l.stop:
			return
		case <-time.After(calm):
		}
		select {
		case <-event:
		default:
			shrink()
			return
		}
	}
	shrink()
}

// watchCritical ends the container when a service fails without which it makes no sense.
func (l *life) watchCritical(s *supervise.Supervisor) {
	f, ok := <-s.Critical()
	if !ok {
		return
	}
	l.o.tell(boot.Note{Level: boot.Warning, Text: "service " + f.Slot + " has failed, and the container ends with it: " + f.Why})
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopping {
		l.critical = &f
		l.begin()
	}
}

// bringDownServices stops what runs beside main, in order, within the stop's budget. Whoever calls it waits for the end.
func (l *life) bringDownServices() { l.services.down.Do(l.bringThemDown) }

func (l *life) bringThemDown() {
	l.mu.Lock()
	l.begin()
	f, p, deadline := l.services.fleet, l.services.plugin, l.deadline
	l.mu.Unlock()
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	var both sync.WaitGroup
	stop := func(shutdown func(context.Context) error) {
		both.Go(func() {
			if err := shutdown(ctx); err != nil {
				l.o.warn("", "stop services: %v", err)
			}
		})
	}
	if f != nil {
		stop(f.Shutdown)
	}
	if p != nil {
		stop(p.Shutdown)
	}
	both.Wait()
}

// closeServices gives back what is left of them: nothing runs any more.
func (l *life) closeServices(inOrder bool) {
	s := &l.services
	ctx, cancel := context.WithTimeout(context.Background(), lastLines)
	defer cancel()
	if s.fleet != nil {
		_ = s.fleet.Close(ctx) // a volume that hangs has been told of
	}
	if s.plugin != nil {
		_ = s.plugin.Close(ctx)
	}
	if s.stdout != nil {
		_ = s.stdout.Close(ctx)
	}
	s.server.close()
	l.healing.close(ctx, inOrder)
	if l.world != nil {
		_ = bounded(ctx, l.world.Close)
	}
}

// bounded does what may hang, on a volume, until ctx ends; what hangs goes with the process.
func bounded(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A sink has every transition of a slot written down, and tells people of those that they want to know.
type sink struct{ l *life }

// Event takes one event.
func (s sink) Event(e supervise.Event) {
	s.l.services.add(event(e))
	tell := func(level boot.Level, text, hint string) {
		s.l.o.tell(boot.Note{Level: level, Text: e.Slot + ": " + text, Hint: hint})
	}
	switch {
	case e.From == e.To:
	case e.To == supervise.Standby:
		tell(boot.Info, "standby: "+e.Why, "")
	case e.From == supervise.Standby && e.To == supervise.Waiting:
		tell(boot.Info, e.Why, "")
	case e.To == supervise.Failed:
		tell(boot.Warning, "failed: "+e.Why, "berth status "+e.Slot+", berth logs "+e.Slot)
	case e.To == supervise.Holding, e.To == supervise.Done && e.Exit != nil, e.To == supervise.Killing:
		tell(boot.Info, e.Why+": "+string(e.To), "")
	}
}

package fleet

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/lease"
	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/profile"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// Options say whose services they are and what they are run by.
type Options struct {
	World  *boot.World    // what the boot found; it must stay open until Close
	Source environ.Source // of what the services' environment is made
	Table  *proc.Table

	// Program finds the program that a command's first word means, with the children's PATH.
	Program func(name string, env []string, as *proc.Credential) (string, error)

	StopTimeout time.Duration
	Sink        supervise.Sink
	Stdout      *logs.Outlet    // where lines go beside their files; nil: nowhere
	Quiet       bool            // lines go to stdout only where they can't go to files: main owns the terminal
	Alone       bool            // nobody else speaks on stdout
	Tell        func(boot.Note) // must not be nil
}

// A Fleet is the services of one container. Its methods may be called from any goroutine.
type Fleet struct {
	o     Options
	spec  *spec.Spec
	env   []string // every service's, before its own
	sup   *supervise.Supervisor
	logs  *logs.Collector
	write logs.Rights // the log files' own: a volume that hangs there must not stop what else is done as the app
	set   *profile.Set
	null  *os.File

	watching logs.Rights   // the watch's own, likewise
	keeps    *lease.Keeper // of the slots that take a lease; nil: none does

	quit    context.Context //nolint:containedctx // ends what runs beside the supervisor: the watch, the rotation
	stop    context.CancelFunc
	running sync.WaitGroup

	exempt map[string]bool // per-profile services that another container runs; Begin sets it

	changes sync.Mutex        // one change of the set of profiles at a time; never held over file work
	left    map[string]bool   // profiles that were unregistered and whose directories may still be there
	leaving map[string]*leave // those whose slots are being taken away

	mu     sync.Mutex
	slots  map[string]*slot
	spoke  map[string]bool
	closed bool
}

// A slot is what the fleet knows of one: the service, whose it is, its log.
type slot struct {
	name    string
	service spec.Service
	profile string // empty where it isn't of one
	log     *logs.Log
	place   logs.Place
	env     []string // the fleet's mu guards it
	cred    *proc.Credential
	err     error // why it can't be started at all

	last *proc.Process // of the last run; the fleet's mu guards it
}

// New makes a fleet without slots.
func New(o Options) (*Fleet, error) {
	f := &Fleet{
		o: o, spec: o.World.Spec, env: environ.Child(o.Source),
		slots: map[string]*slot{}, spoke: map[string]bool{}, left: map[string]bool{}, leaving: map[string]*leave{},
	}
	var err error
	if f.null, err = proc.Nothing(); err != nil {
		return nil, err
	}
	if f.logs, err = logs.NewCollector(); err != nil {
		return nil, errors.Join(err, f.null.Close())
	}
	if f.write, err = rights(o.World); err != nil {
		return nil, errors.Join(err, f.logs.Close(), f.null.Close())
	}
	f.watching = f.write
	if p := f.spec.Profiles; p != nil && o.World.Volume != nil {
		f.set = profile.On(o.World.Volume, p)
		if f.watching, err = rights(o.World); err != nil {
			return nil, errors.Join(err, f.logs.Close(), f.null.Close())
		}
	}
	if err := f.keeper(); err != nil {
		return nil, errors.Join(err, f.logs.Close(), f.null.Close())
	}
	f.quit, f.stop = context.WithCancel(context.Background())
	f.sup = supervise.New(supervise.Options{
		Starter: f, Prober: f, Leaser: f, Sink: o.Sink, StopTimeout: o.StopTimeout,
	})
	return f, nil
}

// Supervisor gives who keeps the slots.
func (f *Fleet) Supervisor() *supervise.Supervisor { return f.sup }

// Begin gives every service its slot, and every profile its own, and starts what is wanted. The roster is what the boot's
// look at the profiles gave.
func (f *Fleet) Begin(r *Roster) error {
	f.exempt = r.Exempt
	var all []supervise.Service
	for _, name := range names(f.spec) {
		switch {
		case !f.spec.Services[name].PerProfile:
			all = append(all, f.add(name, "", true))
		case !f.exempt[name]:
			for _, p := range r.Found {
				all = append(all, f.add(name, p.Name, p.Up))
			}
		}
	}
	if err := f.sup.Add("", all...); err != nil {
		return boot.Fail(125, err, supervise.HintFor(err))
	}
	f.log(r.lines)
	if f.set != nil && len(f.instances()) > 0 {
		f.running.Go(f.watch)
	}
	if f.rotates() {
		f.running.Go(f.rotate)
	}
	return nil
}

// Shutdown stops everything, in order, within the time that a stop may take or until ctx ends, and writes what the logs
// still hold.
func (f *Fleet) Shutdown(ctx context.Context) error {
	f.stop()
	return f.sup.Shutdown(ctx)
}

// Close gives back what the fleet holds. Shutdown comes before it. Lines that are in the pipes are written until ctx ends.
func (f *Fleet) Close(ctx context.Context) error {
	f.stop()
	if f.keeps != nil {
		_ = f.keeps.Close(ctx) // a volume that hangs: the leases go with the process
	}
	f.mu.Lock()
	f.closed = true
	all := make([]*logs.Log, 0, len(f.slots))
	for _, s := range f.slots {
		if s.log != nil {
			all = append(all, s.log)
		}
	}
	f.mu.Unlock()
	var errs []error
	for _, l := range all {
		errs = append(errs, l.Close(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return err // a file system that hangs: what is left goes with the process
	}
	done := make(chan struct{})
	go func() {
		f.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return errors.Join(f.logs.Close(), f.null.Close())
}

// log tells what the boot found of each profile, and writes it down on the volume.
func (f *Fleet) log(lines []profile.Line) {
	if len(lines) == 0 {
		return
	}
	for _, l := range lines {
		f.o.Tell(boot.Note{Level: boot.Info, Text: l.Reconcile()})
	}
	if f.o.World.ReadOnly {
		return
	}
	f.running.Go(func() {
		err := f.o.World.AsApp(func() error { return profile.AppendLog(f.o.World.Volume, lines...) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a volume without a directory for logs has none
			f.warn("make room on the volume, or mend its logs; the profiles are not affected", err.Error())
		}
	})
}

// find gives a slot.
func (f *Fleet) find(name string) *slot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.slots[name]
}

// warn tells that something about a slot is degraded.
func (f *Fleet) warn(hint, text string) {
	f.o.Tell(boot.Note{Level: boot.Warning, Text: text, Hint: hint})
}

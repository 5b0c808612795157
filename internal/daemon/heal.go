package daemon

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/volume"
)

// A healing looks at who owns what on the volume while the container runs: behind the start where the boot left that to it,
// at the times that the spec says, and when it is asked. It looks once at a time, and a look that is asked for takes the
// place of one that nobody waits for.
type healing struct {
	l   *life
	ctx context.Context //nolint:containedctx // ends with the container
	top uint32          // whose the volume's top was when the boot was over

	mu      sync.Mutex
	cancel  context.CancelFunc // of the look that nobody waits for
	looking chan struct{}      // closed when the look that runs has ended; nil while none runs
	asked   bool               // somebody waits for it
	owed    bool               // the look behind the start has not come to its end
	begun   bool               // a look was begun, and none has come to its end since
	failed  bool               // one of those was not only cut off
	told    string             // refusals of the last look that nobody waited for

	own sync.WaitGroup
}

// errSuperseded ends a look that nobody waits for because somebody asks for one.
var errSuperseded = errors.New("another look takes its place")

// heals says whether there is anything to hand over here.
func heals(w *boot.World) bool {
	return w != nil && w.Volume != nil && !w.ReadOnly && w.EUID == 0 && w.Identity.UID != 0
}

// heal begins what is to be looked at behind the start.
func (l *life) heal() {
	if !heals(l.world) || l.o.Develop != "" {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	look := l.world.Look
	h := &healing{l: l, ctx: ctx, top: l.world.Identity.UID, owed: look != nil && look.When == boot.Behind}
	if in, err := l.world.Volume.Info(); err == nil {
		h.top = in.UID
	}
	l.mu.Lock()
	l.healing = h
	l.mu.Unlock()
	h.own.Go(func() {
		<-l.stop
		cancel()
	})
	h.own.Go(h.keep)
}

// keep looks behind the start, and then whenever it is due.
func (h *healing) keep() {
	w := h.l.world
	for h.owes() && h.unasked("behind the start") {
		h.idle()
	}
	due := w.Spec.Volume.Own.Schedule
	if due == nil {
		return
	}
	for {
		next := due.Next(time.Now())
		if next.IsZero() {
			return
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-timer.C:
			h.unasked("as scheduled")
		case <-h.ctx.Done():
			timer.Stop()
			return
		}
	}
}

func (h *healing) owes() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owed
}

// idle waits until nobody looks.
func (h *healing) idle() {
	h.mu.Lock()
	looking := h.looking
	h.mu.Unlock()
	if looking == nil {
		return
	}
	select {
	case <-looking:
	case <-h.ctx.Done():
	}
}

// unasked looks at the rate that the spec says, and reports whether a look that was asked for took its place.
func (h *healing) unasked(when string) (superseded bool) {
	ctx, cancel := context.WithCancelCause(h.ctx)
	defer cancel(nil)
	over, err := h.take(false, func() { cancel(errSuperseded) })
	if err != nil {
		return true
	}
	defer over()
	var refusals []boot.Note
	done, err := h.look(ctx, &volume.Tour{}, func(n boot.Note) {
		switch n.Level {
		case boot.Progress:
		case boot.Refusal:
			refusals = append(refusals, n)
		default:
			h.l.o.tell(n)
		}
	})
	switch {
	case ctx.Err() != nil:
		return errors.Is(context.Cause(ctx), errSuperseded)
	case err != nil:
		h.l.o.warn(boot.HintFor(err), "look at who owns what, %s: %v", when, err)
		return false
	}
	told := fmt.Sprint(refusals)
	if told != h.told { // what can't be changed need not be said each hour
		for _, n := range refusals {
			h.l.o.tell(n)
		}
	}
	h.told = told
	h.event(when, done, "")
	return false
}

// take makes this look the one that runs; over ends that.
func (h *healing) take(asked bool, cancel context.CancelFunc) (over func(), err error) {
	for {
		h.mu.Lock()
		if h.looking == nil {
			looking := make(chan struct{})
			h.looking, h.asked, h.cancel = looking, asked, cancel
			h.mu.Unlock()
			return func() {
				h.mu.Lock()
				h.looking = nil
				h.mu.Unlock()
				close(looking)
			}, nil
		}
		if h.asked || !asked {
			h.mu.Unlock()
			return nil, api.Errorf(api.Conflict, "wait for it; `berth events` tells of its end", "heal the volume: it is being looked at already")
		}
		looking := h.looking
		h.cancel()
		h.mu.Unlock()
		select {
		case <-looking:
		case <-h.ctx.Done():
			return nil, api.Errorf(api.Stopping, "", "heal the volume: the container is being stopped")
		}
	}
}

// look looks at everything, and gives back the memory that it took.
func (h *healing) look(ctx context.Context, t *volume.Tour, tell func(boot.Note)) (api.Healed, error) {
	w, err := h.world()
	if err != nil {
		return api.Healed{}, err
	}
	defer func() { _ = w.Close() }()
	defer debug.FreeOSMemory()
	r := boot.NewBoot(w, tell)
	began := time.Now()
	h.mu.Lock()
	h.begun = true
	h.mu.Unlock()
	err = r.Phases(ctx, t.Phases()...)
	h.mu.Lock()
	if err == nil {
		h.owed, h.begun, h.failed = false, false, false
	} else if ctx.Err() == nil || errors.Is(err, fsx.ErrTaken) {
		h.failed = true
	}
	h.mu.Unlock()
	if err != nil {
		return api.Healed{}, err
	}
	if t.Forgot != nil {
		tell(boot.Note{Level: boot.Warning, Text: t.Forgot.Error(), Hint: "make room on the volume, or mend its .berth; the look itself is done"})
	}
	return healed(r, t, began), nil
}

// world gives what a look sees of the world: the same volume, with a thread of its own that acts as the app. A volume that
// hangs then holds up nothing else.
func (h *healing) world() (*boot.World, error) {
	w := h.l.world
	in, err := w.Volume.Info()
	if err == nil && in.UID != w.Identity.UID && in.UID != h.top && in.UID != 0 {
		err = boot.Failf(1, "one user owns a volume: stop the other container, or give both the same user",
			"volume %q belongs to %d:%d by now: another container may have taken it", w.Path, in.UID, in.GID)
	}
	if err != nil {
		return nil, err
	}
	mine := &boot.World{
		Spec: w.Spec, Environ: w.Environ, EUID: w.EUID, EGID: w.EGID, Groups: w.Groups, Root: w.Root, Identity: w.Identity, Path: w.Path, Volume: w.Volume,
	}
	a, err := fsx.NewActor(w.Identity.UID, w.Identity.GID, w.Identity.Groups)
	if err != nil {
		return nil, err
	}
	mine.Actor = a
	mine.OnClose(a.Close)
	return mine, nil
}

// healed sums a look up.
func healed(r *boot.Run, t *volume.Tour, began time.Time) api.Healed {
	done := api.Healed{Looked: t.Entries, Changed: r.Total(), Seconds: time.Since(began).Seconds()}
	for _, s := range r.Steps() {
		done.Steps = append(done.Steps, api.HealStep{Target: s.Target, Verb: s.Verb, Before: s.Before, After: s.After, Count: s.Count})
	}
	for _, n := range r.Notes() {
		if n.Level == boot.Refusal || n.Level == boot.Warning {
			done.Notes = append(done.Notes, api.HealNote{Level: string(n.Level), Text: n.Text, Hint: n.Hint})
		}
	}
	return done
}

// Heal looks at everything because somebody asks.
func (h *healing) Heal(ctx context.Context, who api.Peer, a api.HealAction, tell func(api.HealLine)) (api.Healed, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	over, err := h.take(true, cancel)
	if err != nil {
		return api.Healed{}, err
	}
	defer over()
	done, err := h.look(ctx, &volume.Tour{Full: a.Full}, func(n boot.Note) {
		switch {
		case n.Level != boot.Progress:
			if n.Level == boot.Changed {
				h.l.o.tell(n)
			}
		case n.Bar != nil && !n.Bar.End:
			tell(api.HealLine{Looked: n.Bar.Done, Total: n.Bar.Total, AtMost: n.Bar.AtMost, Rate: n.Bar.Rate})
		}
	})
	if err != nil {
		if h.ctx.Err() != nil {
			err = api.Errorf(api.Stopping, "", "heal the volume: the container is being stopped")
		}
		return api.Healed{}, err
	}
	h.event("", done, who.String())
	return done, nil
}

// event writes down what came of a look.
func (h *healing) event(when string, done api.Healed, who string) {
	if when != "" {
		when += ": "
	}
	why := fmt.Sprintf("%s%d entries looked at in %.1f s, %d healed", when, done.Looked, done.Seconds, done.Changed)
	if n := len(done.Notes); n > 0 {
		why += "; " + done.Notes[0].Text
		if n > 1 {
			why += fmt.Sprintf(" (and %d more lines)", n-1)
		}
	}
	h.l.services.add(api.Event{Time: time.Now().UTC(), To: "healed", Why: why, Who: who})
}

// close waits for the looks to stop. In order says that nothing went wrong with the container: then a look that was cut off is
// no sign that the next boot has to wait for one; else it is, even one behind the start that was about to begin.
func (h *healing) close(ctx context.Context, inOrder bool) {
	if h == nil {
		return
	}
	_ = bounded(ctx, func() error {
		h.own.Wait()
		h.mu.Lock()
		looking := h.looking
		h.mu.Unlock()
		if looking != nil {
			<-looking
		}
		h.mu.Lock()
		undone, failed := h.owed || h.begun, h.failed
		h.mu.Unlock()
		if !undone {
			return nil
		}
		w, err := h.world()
		if err != nil {
			return err
		}
		defer func() { _ = w.Close() }()
		if !inOrder || failed {
			return volume.LeftUndone(w)
		}
		return volume.CutOff(w)
	})
}

// HealVolume looks at everything without a berth that runs: in a container that only this word was started in, or one whose
// PID 1 is another. Who the app is is only found out: the accounts stay as they are.
func HealVolume(ctx context.Context, o Options, full bool) (api.Healed, error) {
	own := o.Spec.Volume.Own
	if len(own.Trees)+len(own.Files)+len(o.Spec.Volume.Modes) == 0 {
		return api.Healed{}, boot.Failf(1, "volume.own in berth.yaml lists what belongs to the app's user", "heal the volume: the spec lists nothing")
	}
	w, err := world(&o)
	if err != nil {
		return api.Healed{}, err
	}
	defer func() { _ = w.Close() }()
	if err := whoseVolume(ctx, w); err != nil {
		return api.Healed{}, err
	}
	r := boot.NewBoot(w, func(n boot.Note) {
		if n.Level == boot.Progress { // the rest is in the sum
			o.tell(n)
		}
	})
	t, began := &volume.Tour{Full: full, Alone: true}, time.Now()
	if err := r.Phases(ctx, append([]boot.Phase{actor(), volume.Take()}, t.Phases()...)...); err != nil {
		return api.Healed{}, err
	}
	if w.ReadOnly {
		return api.Healed{}, boot.Failf(1, "mount it writable", "heal the volume: %q is mounted read-only", w.Path)
	}
	return healed(r, t, began), nil
}

// whoseVolume finds the volume and whose it is to be, and changes nothing.
func whoseVolume(ctx context.Context, w *boot.World) error {
	defer fsx.Freeze()()
	if err := boot.NewPlan(w).Phases(ctx, rootfs.Guard(), volume.Directory(), rootfs.Identity()); err != nil {
		return err
	}
	if w.Volume != nil {
		if _, err := w.Volume.Info(); err == nil && heals(w) {
			return nil
		}
	}
	return boot.Failf(1, "mount the volume, and start it as root", "heal the volume: there is nothing here that berth could hand over")
}

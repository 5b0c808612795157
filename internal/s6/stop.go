package s6

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
)

// finishShare is the part of a stop's budget that is kept for cont-finish.d, where there is any: a service that doesn't end
// must not take the time of what cleans up.
const finishShare = 3

// Shutdown stops the services in their order, then runs cont-finish.d, all within ctx.
func (p *plugin) Shutdown(ctx context.Context) error {
	services := ctx
	if end, ok := ctx.Deadline(); ok && len(p.image.ContFinish) > 0 {
		var cancel context.CancelFunc
		services, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/finishShare))
		defer cancel()
	}
	err := p.room.Shutdown(services)
	p.contFinish(ctx)
	p.logger.finish()
	return err
}

// Processes gives what runs now that the plug-in stops itself.
func (p *plugin) Processes() []*proc.Process {
	p.mu.Lock()
	all := slices.Collect(maps.Keys(p.running))
	p.mu.Unlock()
	if p.room != nil {
		all = append(all, p.room.Processes()...)
	}
	return all
}

// Grace is how long what is left at the end gets: S6_KILL_GRACETIME is the most, and nobody waits for nothing.
func (p *plugin) Grace() time.Duration { return max(p.settings.KillGrace, atOnce) }

// atOnce is what a grace of 0 is: the daemon takes 0 for none of its own.
const atOnce = time.Millisecond

// Close gives back what is held.
func (p *plugin) Close(ctx context.Context) error {
	return errors.Join(p.room.Close(ctx), p.logger.close(ctx))
}

// syncDisks writes out what file systems hold, for S6_SYNC_DISKS.
func syncDisks() { unix.Sync() }

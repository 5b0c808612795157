package daemon

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/logs"
)

// batch is how many lines travel together at most.
const batch = 256

// Logs hands out the lines of slots: of several in the order of their times, and while it follows as they come.
func (c control) Logs(ctx context.Context, q api.LogsQuery, emit func(...api.LogLine) error) error {
	slots := q.Slots
	all := len(slots) == 0
	if all && c.fleet != nil {
		for _, s := range c.fleet.Supervisor().Status() {
			slots = append(slots, s.Name)
		}
	}
	ask := logs.Query{Lines: q.Lines, Since: q.Since, Follow: q.Follow}
	if q.Lines == 0 {
		ask.Lines = logs.All
	}
	places := map[string]logs.Place{}
	for _, name := range slots {
		if c.foreign(name) {
			return api.Errorf(api.Absent, "ask the engine (docker logs), or read the directory that its logger writes", "read the log of %s: berth doesn't keep it: what it says goes straight to the container's stdout or to its own logger", name)
		}
		if c.fleet == nil {
			return unknown(name)
		}
		p, err := c.fleet.Lines(ctx, name)
		switch {
		case errors.Is(err, fleet.ErrNoFiles) && all:
			continue
		case errors.Is(err, fleet.ErrNoFiles):
			return api.Errorf(api.Absent, "give the service log: {dir: logs/"+name+"}, or ask the engine: docker logs", "read the log of %s: %w", name, err)
		case err != nil:
			return unknown(name)
		}
		places[name] = p
	}
	if q.Follow {
		return follow(ctx, places, ask, emit)
	}
	return merge(ctx, places, ask, emit)
}

// foreign says whether a slot is the plugin's.
func (c control) foreign(name string) bool {
	all := c.supervisors()
	return c.plugin != nil && keeper(all, name) == len(all)-1
}

// spoken gives the lines of a place. A slot that has never spoken has no files yet, which is no error: its first line may
// still come.
func spoken(ctx context.Context, place logs.Place, ask logs.Query) iter.Seq2[logs.Line, error] {
	return func(yield func(logs.Line, error) bool) {
		for {
			silent := false
			for l, err := range place.Lines(ctx, ask) {
				if silent = errors.Is(err, fs.ErrNotExist); silent {
					break
				}
				if !yield(l, err) {
					return
				}
			}
			if !silent || !ask.Follow {
				return
			}
			select {
			case <-time.After(logs.DefaultPoll):
			case <-ctx.Done():
				return
			}
		}
	}
}

// merge hands out what is there, the oldest line of all first.
func merge(ctx context.Context, places map[string]logs.Place, ask logs.Query, emit func(...api.LogLine) error) error {
	type head struct {
		slot string
		next func() (logs.Line, error, bool)
		line api.LogLine
	}
	var heads []*head
	advance := func(h *head) (bool, error) {
		l, err, ok := h.next()
		if ok && err == nil {
			h.line = api.NewLogLine(h.slot, l.Time, append([]byte(nil), l.Text...))
		}
		return ok, err
	}
	for slot, place := range places {
		next, stop := iter.Pull2(spoken(ctx, place, ask))
		defer stop()
		h := &head{slot: slot, next: next}
		ok, err := advance(h)
		if err != nil {
			return err
		}
		if ok {
			heads = append(heads, h)
		}
	}
	lines := make([]api.LogLine, 0, batch)
	for len(heads) > 0 {
		first := 0
		for i, h := range heads {
			if d := h.line.Time.Compare(heads[first].line.Time); d < 0 || d == 0 && h.slot < heads[first].slot {
				first = i
			}
		}
		h := heads[first]
		lines = append(lines, h.line)
		ok, err := advance(h)
		if err != nil {
			return err
		}
		if !ok {
			heads = append(heads[:first], heads[first+1:]...)
		}
		if len(lines) == batch {
			if err := emit(lines...); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	return emit(lines...)
}

// follow hands out the lines of each slot as they come. Only one at a time emits.
func follow(ctx context.Context, places map[string]logs.Place, ask logs.Query, emit func(...api.LogLine) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var one sync.Mutex
	var all sync.WaitGroup
	for slot, place := range places {
		all.Go(func() {
			for l, err := range spoken(ctx, place, ask) {
				if err == nil {
					one.Lock()
					err = emit(api.NewLogLine(slot, l.Time, append([]byte(nil), l.Text...)))
					one.Unlock()
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

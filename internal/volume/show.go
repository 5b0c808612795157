package volume

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

// show tells how far a long look is, until it is stopped.
func (h *healer) show() (stop func()) {
	h.began = time.Now()
	total, atMost := h.expect()
	return h.r.Watch(h.seen, total, atMost, "Looking at who owns what in %s", boot.Word(h.w.Path))
}

// expect gives how many entries there will be: as many as at the last look, or at most as many as the file system holds.
func (h *healer) expect() (n int64, atMost bool) {
	if l := boot.RecallLook(h.w); l.Entries > 0 {
		return l.Entries, false
	}
	var st unix.Statfs_t
	if unix.Statfs(h.w.Path, &st) != nil || st.Files <= st.Ffree {
		return 0, false
	}
	return int64(st.Files - st.Ffree), true
}

// paced gives a pace of so many entries a second. What was missed while others had the processor is not caught up with.
func paced(rate int) func(context.Context, int) error {
	var due time.Time
	return func(ctx context.Context, n int) error {
		now := time.Now()
		if due.Before(now) {
			due = now
		}
		due = due.Add(time.Duration(n) * time.Second / time.Duration(rate))
		if wait := due.Sub(now); wait > time.Millisecond {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
}

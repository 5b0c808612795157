package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const (
	lockName    = "lock"
	lockTimeout = 60 * time.Second
	lockEnv     = "BERTH_LOCK_TIMEOUT"
)

// takeLock takes the volume's boot lock, so that of two containers that start on one volume each sees what the other
// has finished: without it each would generate a key of its own. A file system without locks is a degraded boot, not a
// failed one; so is a .berth that the app's user made something else of, which hurts nobody but the app.
func takeLock(ctx context.Context, r *boot.Run) error {
	w := r.World
	dir, err := ledgerDir(w)
	if err != nil {
		return lockRefused(r, boot.LedgerDir, err)
	}
	defer func() { _ = dir.Close() }()
	if err := ownLock(w, dir); err != nil {
		return lockRefused(r, boot.LedgerDir+"/"+lockName, err)
	}
	limit := timeout(r)
	once, cancel := context.WithCancel(ctx)
	cancel() // a lock that is free is taken in the first try
	l, err := lock(once, w, dir)
	if errors.Is(err, fsx.ErrLocked) && ctx.Err() == nil {
		r.Progress("waiting up to %s for the lock of %s: %s", limit, boot.Word(w.Path), holder(dir))
		var wait context.Context
		wait, cancel = context.WithTimeout(ctx, limit)
		l, err = lock(wait, w, dir)
		cancel()
	}
	switch {
	case ctx.Err() != nil:
		if l != nil {
			_ = l.Unlock()
		}
		return context.Cause(ctx)
	case errors.Is(err, fsx.ErrLocked):
		return boot.Failf(codeBerth, "wait for that container's boot, or stop it; "+lockEnv+"=5m waits longer",
			"volume %q: another boot holds its lock, and did for %s: %s", w.Path, limit, holder(dir))
	case err != nil:
		return lockRefused(r, boot.LedgerDir+"/"+lockName, err)
	}
	w.Lock = l
	w.OnClose(w.Unlock)
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	// Only words for those who wait: a full disk must not keep the boot from going on.
	_ = l.Note(fmt.Sprintf("container %s, boot of %s\n", host, time.Now().UTC().Format(time.RFC3339)))
	return nil
}

func lock(ctx context.Context, w *boot.World, dir *fsx.Dir) (l *fsx.Lock, err error) {
	err = w.AsApp(func() error {
		l, err = dir.Lock(ctx, lockName, attr(w, 0o600))
		return err
	})
	return l, err
}

// lockRefused goes on without the lock where only it is to blame.
func lockRefused(r *boot.Run, name string, err error) error {
	if errors.Is(err, fsx.ErrFrozen) {
		return err
	}
	r.Refuse("lock", name, err)
	return nil
}

// holder tells who holds the lock. The app's user may write there what it likes.
func holder(dir *fsx.Dir) string {
	note := dir.LockHolder(lockName)
	if note == "" {
		return "it left no name"
	}
	return boot.Word(note[:min(len(note), 200)])
}

// ledgerDir opens berth's own directory on the volume, made as the app's user, and clears what a killed boot left in it.
func ledgerDir(w *boot.World) (*fsx.Dir, error) {
	err := w.AsApp(func() error { return w.Volume.Mkdir(boot.LedgerDir, attr(w, 0o700)) })
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	var e *fsx.Entry
	var dir *fsx.Dir
	err = asNeeded(w, func() error {
		if e, err = w.Volume.Look(boot.LedgerDir); err != nil {
			return err
		}
		if dir, err = e.Dir(); err != nil {
			_ = e.Close()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	// After a change of uid it still belongs to the old one. Where the file system forbids to change that (cifs), the app may well use
	// it: that shows below.
	if w.EUID == 0 && w.Identity.UID != 0 && e.Info().UID != w.Identity.UID {
		if err := e.Chown(w.Identity.UID, w.Identity.GID); err != nil && !errors.Is(err, syscall.EPERM) {
			_ = dir.Close()
			return nil, err
		}
	}
	err = w.AsApp(func() error {
		left, err := dir.Leftovers()
		for _, name := range left {
			_ = dir.Sweep(name)
		}
		return err
	})
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return dir, nil
}

// ownLock hands the lock's file over after a change of uid.
func ownLock(w *boot.World, dir *fsx.Dir) error {
	var e *fsx.Entry
	err := asNeeded(w, func() (err error) {
		e, err = dir.Look(lockName)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if in := e.Info(); w.EUID != 0 || w.Identity.UID == 0 || in.Kind != fsx.Regular || in.UID == w.Identity.UID {
		return nil
	}
	if err := ownFile(w, e); !errors.Is(err, syscall.EPERM) {
		return err
	}
	return nil
}

// timeout reads BERTH_LOCK_TIMEOUT: a duration, or whole seconds.
func timeout(r *boot.Run) time.Duration {
	text, ok := r.World.Lookup(lockEnv)
	if !ok || text == "" {
		return lockTimeout
	}
	d, err := time.ParseDuration(text)
	if seconds, nerr := strconv.ParseUint(text, 10, 31); nerr == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		r.Warn("write it like 90s or 5m", "%s=%q is no duration: %s it is", lockEnv, text, lockTimeout)
		return lockTimeout
	}
	return d
}

package fsx

import (
	"context"
	"errors"
	"maps"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRemoveAll(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d, other := temp(t), temp(t)
		write(t, other.Path()+"/kept", "kept")
		write(t, mkdir(t, d.Path()+"/a/b/c")+"/file", "x")
		ok(t, os.Symlink(other.Path(), d.Path()+"/a/away"), os.Symlink("/nowhere", d.Path()+"/a/b/dangling"), unix.Mkfifo(d.Path()+"/a/fifo", 0o600))
		ok(t, d.RemoveAll(t.Context(), "a"), d.RemoveAll(t.Context(), "a"), d.RemoveAll(t.Context(), "never/there"))
		if left := snapshot(t, d.Path()); len(left) != 1 || text(t, other.Path()+"/kept") != "kept" {
			t.Errorf("left are %v", left)
		}
		ok(t, os.Symlink(other.Path(), d.Path()+"/link"))
		wants(t, d.RemoveAll(t.Context(), "link/kept"), ErrSymlink)
		wants(t, d.RemoveAll(t.Context(), "../x"), ErrName)
		wants(t, d.RemoveAll(t.Context(), "."), ErrName)
		ok(t, d.RemoveAll(t.Context(), "link"))
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("told to")
		cancel(why)
		wants(t, d.RemoveAll(ctx, "a"), why)
	})
}

func TestRemoveAllCrossesNoMount(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		d, err := Open(dir)
		ok(t, err)
		defer func() { _ = d.Close() }()
		mkdir(t, dir+"/a/mnt")
		ok(t, unix.Mount("tmpfs", dir+"/a/mnt", "tmpfs", 0, "size=64k"))
		write(t, dir+"/a/mnt/kept", "kept")
		wants(t, d.RemoveAll(t.Context(), "a"), ErrMount)
		if text(t, dir+"/a/mnt/kept") != "kept" {
			t.Error("a mount was emptied")
		}
	})
}

func TestRemoveAllIsBoundedOnADeepTree(t *testing.T) {
	d := temp(t)
	mkdir(t, d.Path()+"/a"+strings.Repeat("/d", maxDepth+10))
	wants(t, d.RemoveAll(t.Context(), "a"), ErrTooDeep)
}

// Whoever owns the tree swaps its directories with links to somebody else's while they are removed.
func TestAttackRemoveAll(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d, victim := temp(t), temp(t)
		write(t, mkdir(t, victim.Path()+"/b")+"/file", "kept")
		before := snapshot(t, victim.Path())
		ok(t, os.Symlink(victim.Path(), d.Path()+"/link"))
		var stop atomic.Bool
		var all sync.WaitGroup
		all.Go(func() {
			for !stop.Load() {
				_ = unix.Renameat2(unix.AT_FDCWD, d.Path()+"/a", unix.AT_FDCWD, d.Path()+"/link", unix.RENAME_EXCHANGE)
			}
		})
		for range 300 {
			_ = os.MkdirAll(d.Path()+"/a/b", 0o755)
			_ = os.WriteFile(d.Path()+"/a/mine", nil, 0o600)
			_ = d.RemoveAll(t.Context(), "a/b")
			_ = os.Remove(victim.Path() + "/mine") // the attacker's own link led there
		}
		stop.Store(true)
		all.Wait()
		_ = os.Remove(victim.Path() + "/mine")
		if now := snapshot(t, victim.Path()); !maps.Equal(before, now) {
			t.Errorf("before %v, after %v", before, now)
		}
	})
}

package fsx

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLock(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		l, err := d.Lock(t.Context(), "lock", Attr{})
		ok(t, err, l.Note("a long note of the first holder"), l.Note("boot 7, pid 1"))
		if perm(t, d.Path()+"/lock") != 0o600 {
			t.Errorf("mode is %o", perm(t, d.Path()+"/lock"))
		}
		if got := d.LockHolder("lock"); got != "boot 7, pid 1" {
			t.Errorf("the holder is %q", got)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = d.Lock(ended, "lock", Attr{})
		wants(t, err, ErrLocked)
		if !strings.Contains(err.Error(), "boot 7, pid 1") {
			t.Errorf("%v doesn't name the holder", err)
		}
		waits := make(chan error, 1)
		go func() {
			l, err := d.Lock(t.Context(), "lock", Attr{})
			if err == nil {
				err = l.Unlock()
			}
			waits <- err
		}()
		select {
		case err := <-waits:
			t.Fatalf("it didn't wait: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		ok(t, l.Unlock(), l.Unlock(), <-waits)
		l, err = d.Lock(ended, "lock", Attr{})
		ok(t, err, l.Unlock()) // free: no wait, so no need for time
	})
}

func TestWhatIsNoLockFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/victim", "untouched")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/dir")
	ok(t, os.Symlink("../victim", in+"/link"), unix.Mkfifo(in+"/fifo", 0o600))
	bothWays(t, func(t *testing.T) {
		d := opened(t, in)
		for name, want := range map[string]error{
			"link": ErrSymlink, "fifo": ErrKind, "dir": ErrKind, "none/lock": unix.ENOENT, "../lock": ErrName, ".": ErrName,
		} {
			_, err := d.Lock(t.Context(), name, Attr{})
			wants(t, err, want)
			if strings.Count(err.Error(), "lock "+d.Path()) != 1 {
				t.Errorf("odd words: %v", err)
			}
			if got := d.LockHolder(name); got != "" {
				t.Errorf("%s is held by %q", name, got)
			}
		}
		if text(t, dir+"/victim") != "untouched" {
			t.Error("the file outside was changed")
		}
	})
}

// Who removes the lock's file while it is held must not make two holders that both think the file is theirs.
func TestALockIsOnTheFileThatOthersFind(t *testing.T) {
	d := temp(t)
	l, err := d.Lock(t.Context(), "lock", Attr{})
	ok(t, err)
	got := make(chan *Lock, 1)
	go func() {
		l, err := d.Lock(t.Context(), "lock", Attr{})
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	ok(t, os.Rename(d.Path()+"/lock", d.Path()+"/gone"))
	second := <-got // finds no file and makes one
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Lock(ended, "lock", Attr{})
	wants(t, err, ErrLocked)
	ok(t, second.Unlock(), l.Unlock())
}

func TestOneHolderAtATime(t *testing.T) {
	d := temp(t)
	var held atomic.Bool // the race detector doesn't know flock
	var n atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				l, err := d.Lock(t.Context(), "lock", Attr{})
				if err != nil {
					t.Error(err)
					return
				}
				if held.Swap(true) {
					t.Error("two hold it")
				}
				n.Add(1)
				held.Store(false)
				if err := l.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n.Load() != 40 {
		t.Errorf("%d turns", n.Load())
	}
}

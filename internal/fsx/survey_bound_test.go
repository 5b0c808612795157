package fsx

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// entries makes n names in a directory as fast as it can be done: hard links of one file, or directories.
func entries(t *testing.T, dir string, n int, directories bool) {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	ok(t, err)
	defer func() { ok(t, unix.Close(fd)) }()
	prefix := strings.Repeat("a-name-of-usual-length-", 2)
	from := ""
	for i := range n {
		name := prefix + strconv.Itoa(i)
		switch {
		case directories:
			err = unix.Mkdirat(fd, name, 0o755)
		case i%30000 == 0: // a file has at most some ten thousand names
			from = name
			var f int
			if f, err = unix.Openat(fd, name, unix.O_CREAT|unix.O_CLOEXEC, 0o644); err == nil {
				err = unix.Close(f)
			}
		default:
			err = unix.Linkat(fd, from, fd, name, 0)
		}
		ok(t, err)
	}
}

// roomy gives a directory where a hundred thousand names cost no disk.
func roomy(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "fsx")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// peak runs f and gives by how much the memory that Go holds grew at most.
func peak(f func()) uint64 {
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	runtime.GC()
	base := held()
	var most atomic.Uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			if now := held(); now > base && now-base > most.Load() {
				most.Store(now - base)
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	f()
	close(stop)
	watch.Wait()
	return most.Load()
}

// One directory may hold a million entries, files or directories, and belong to an attacker: the names are never all in
// memory; some ten thousand show it. The queue of directories is as long as it may be, and then a thread goes into the depth by itself.
func TestASurveyIsBoundedOnAWideDirectory(t *testing.T) {
	for _, c := range []struct {
		about       string
		directories bool
	}{
		{"of files", false},
		{"of directories", true},
	} {
		t.Run(c.about, func(t *testing.T) {
			const n = 40_000
			d := opened(t, roomy(t))
			entries(t, d.Path(), n, c.directories)
			before := openFiles(t)
			var told atomic.Int64
			s := &Survey{UID: nobodys, Threads: 4, Amiss: func(*Stray) error { told.Add(1); return nil }}
			grown := peak(func() { ok(t, d.Survey(t.Context(), s)) })
			if told.Load() != n || s.Looked() != n {
				t.Errorf("it told of %d and looked at %d of %d", told.Load(), s.Looked(), n)
			}
			if grown > 12<<20 {
				t.Errorf("it took %d KiB", grown>>10)
			}
			if after := openFiles(t); after != before {
				t.Errorf("%d descriptors are open, %d were before", after, before)
			}
		})
	}
}

// An attacker nests wide directories in wide directories, each full: only one thread follows it into the depth.
func TestASurveyIsBoundedOnATreeThatIsWideAndDeep(t *testing.T) {
	top := roomy(t)
	dir := top
	const levels, wide = 16, 2000
	for range levels {
		entries(t, dir, wide, true)
		dir += "/" + strings.Repeat("a-name-of-usual-length-", 2) + "0"
	}
	d := opened(t, top)
	before := openFiles(t)
	var most, n atomic.Int64
	s := &Survey{UID: nobodys, Threads: 8, Amiss: func(*Stray) error {
		if n.Add(1)%512 == 0 {
			if now := int64(openFiles(t)); now > most.Load() {
				most.Store(now)
			}
		}
		return nil
	}}
	grown := peak(func() { ok(t, d.Survey(t.Context(), s)) })
	if n.Load() != levels*wide {
		t.Errorf("it told of %d, not of %d", n.Load(), levels*wide)
	}
	if grown > 12<<20 || most.Load()-int64(before) > 300 {
		t.Errorf("it took %d KiB and %d descriptors", grown>>10, most.Load()-int64(before))
	}
}

// The deepest trees have paths that no single call takes.
func TestASurveyIsBoundedOnADeepTree(t *testing.T) {
	for _, name := range []string{"d", strings.Repeat("long", 60)} {
		t.Run(fmt.Sprint(len(name), " letters"), func(t *testing.T) {
			const deep = 400
			d := temp(t)
			fd, err := unix.Open(d.Path(), pinFlags, 0)
			ok(t, err)
			for range deep {
				ok(t, unix.Mkdirat(fd, name, 0o755))
				next, err := unix.Openat(fd, name, pinFlags, 0)
				ok(t, err, unix.Close(fd))
				fd = next
			}
			ok(t, unix.Close(fd))
			mkdir(t, d.Path()+"/sibling/x")
			bothWays(t, func(t *testing.T) {
				before := openFiles(t)
				all := strays(t, d, &Survey{Threads: 4})
				tooDeep := 0
				for _, skip := range all {
					if skip != nil {
						wants(t, skip, ErrTooDeep)
						tooDeep++
					}
				}
				if _, there := all["sibling/x"]; !there || len(all) != maxDepth+2 || tooDeep != 1 {
					t.Errorf("%d told, %d too deep, the sibling: %v", len(all), tooDeep, there)
				}
				if after := openFiles(t); after != before {
					t.Errorf("%d descriptors are open, %d were before", after, before)
				}
			})
		})
	}
}

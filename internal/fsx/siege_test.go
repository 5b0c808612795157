package fsx

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// A siege is a tree that is handed over while its former user swaps what it can, with its own rights alone: names with links
// to the outside, and with a hard link of a file outside that was planted while the kernel still allowed it.
type siege struct {
	*arena
	former *Actor
	theirs map[uint64]bool // inodes of what is outside, whatever name leads there by now
	swaps  [][2]string
	done   atomic.Int64
}

func newSiege(t *testing.T, swaps ...[2]string) *siege {
	t.Helper()
	needsRoot(t)
	s := &siege{arena: newArena(t), theirs: map[uint64]bool{}, swaps: swaps}
	ok(t, os.Link(s.dir+"/outside/f", s.in+"/d/h"), os.Symlink("../../outside/f", s.in+"/d/l"), unix.Mkfifo(s.in+"/d/p", 0o644))
	ok(t, os.Link(s.dir+"/outside/sub/f", s.in+"/d/sub/h"))
	var err error
	s.former, err = NewActor(1000, 1000, nil)
	ok(t, err)
	t.Cleanup(func() { _ = s.former.Close() })
	for _, p := range []string{"", "/f", "/sub", "/sub/f"} {
		var st unix.Stat_t
		ok(t, unix.Lstat(s.dir+"/outside"+p, &st))
		s.theirs[st.Ino] = true
	}
	return s
}

// give makes everything the n-th owner's again: root's, the former user's, or root's where the former user's group may write.
func (s *siege) give(n int) {
	uid, gid, mode := 0, 0, uint32(0o755)
	switch n % 3 {
	case 1:
		uid, gid = 1000, 1000
	case 2:
		gid, mode = 1000, 0o775
	}
	for _, name := range []string{"", "/d", "/d/f", "/d/sub", "/d/sub/f", "/f"} {
		fd, err := unix.Open(s.in+name, pinFlags, 0)
		if err != nil {
			continue
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && !s.theirs[st.Ino] {
			_ = unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH)
			if st.Mode&unix.S_IFMT == unix.S_IFDIR {
				_ = chmodPin(fd, mode)
			}
		}
		_ = unix.Close(fd)
	}
}

func (s *siege) swap() {
	_ = s.former.Do(func() error {
		for _, w := range s.swaps { // below the handle, as the test's own directory keeps others out
			if unix.Renameat2(s.d.fd, w[0], s.d.fd, w[1], unix.RENAME_EXCHANGE) == nil {
				s.done.Add(1)
			}
		}
		return nil
	})
}

func swapsOf() map[string][][2]string {
	return map[string][][2]string{
		"files":       {{"d/f", "d/h"}, {"d/f", "d/l"}, {"d/sub/f", "d/sub/h"}},
		"a file":      {{"d/f", "d/h"}, {"d/sub/f", "d/sub/h"}},
		"directories": {{"d", "d2"}, {"d/sub", "d/l"}},
		"both":        {{"d/f", "d/h"}, {"d/f", "d/p"}, {"d", "d2"}, {"d/sub/f", "d/sub/h"}},
	}
}

// atOnce has directories count as rested at once, while f runs.
func atOnce(rest bool, f func()) {
	if rest {
		restful = 0
		defer func() { restful = restfulTime }()
	}
	f()
}

// The worst moment is the one between the look and the change.
func TestAttackAtTheWorstMoment(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		for _, rest := range []bool{false, true} {
			for about, swaps := range swapsOf() {
				t.Run(fmt.Sprint(about, ", rested at once: ", rest), func(t *testing.T) {
					s := newSiege(t, swaps...)
					atOnce(rest, func() {
						for n := range 30 {
							s.give(n)
							_, refused, err := handOverWhile(context.Background(), s.d, 1, s.swap)
							for _, why := range refused {
								if !IsRefusal(why) {
									t.Errorf("not on the list of allowed outcomes: %v", why)
								}
							}
							ok(t, err)
							s.give(1)
							s.swap() // names are elsewhere next time
						}
					})
					s.untouched(t)
					if s.done.Load() == 0 {
						t.Error("the attacker could swap nothing")
					}
				})
			}
		}
	})
}

func TestAttackTheSeal(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		for _, rest := range []bool{false, true} {
			for about, swaps := range swapsOf() {
				t.Run(fmt.Sprint(about, ", rested at once: ", rest), func(t *testing.T) {
					s := newSiege(t, swaps...)
					n := 0
					atOnce(rest, func() {
						under(t, func() error {
							n++
							s.give(n)
							var meanwhile func() // each is asked about, or what is alike is not
							if n/3%2 == 0 {
								meanwhile = func() {}
							}
							_, refused, err := handOverWhile(context.Background(), s.d, 2, meanwhile)
							for _, why := range refused {
								if !IsRefusal(why) {
									return why
								}
							}
							return err
						}, s.swap)
					})
					s.untouched(t)
					if s.done.Load() == 0 {
						t.Error("the attacker could swap nothing")
					}
				})
			}
		}
	})
}

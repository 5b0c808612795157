package s6run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// TestSubscribersThatDontRead asks that nobody who listens can hold a slot up.
func TestSubscribersThatDontRead(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": sleeps})
	ok(t, os.WriteFile(g.top+"/victim", []byte("untouched"), 0o644))
	e := listen(t, at)
	name := func(s string) string { return at + "/event/ftrig1:@4000000068c9a9ae0b7c1b5c:" + s }
	ok(t,
		unix.Mkfifo(name("vanish"), 0o600),
		unix.Mkfifo(at+"/event/other", 0o600),
		os.WriteFile(name("file"), []byte("untouched"), 0o600),
		os.Symlink(g.top+"/victim", name("link")),
		os.Mkdir(name("dir"), 0o755),
		unix.Mkfifo(name("full"), 0o600),
	)
	full, err := os.OpenFile(name("full"), os.O_RDWR|unix.O_NONBLOCK, 0)
	ok(t, err)
	defer func() { _ = full.Close() }()
	for err == nil {
		_, err = unix.Write(int(full.Fd()), make([]byte, 4096))
	}
	g.begin()
	ok(t, e.hears("su"))
	letters(t, at, "d")
	ok(t, e.hears("sudD"))
	for f, there := range map[string]bool{name("vanish"): false, at + "/event/other": true, name("full"): true, name("file"): true, name("link"): true, name("dir"): true} {
		if _, err := os.Lstat(f); (err == nil) != there {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
	}
	for _, f := range []string{g.top + "/victim", name("file")} {
		if data, _ := os.ReadFile(f); string(data) != "untouched" {
			t.Errorf("%s holds %q", f, data)
		}
	}
}

// TestSkeletonsThatAreNone asks what is made of a directory whose skeleton is something else.
func TestSkeletonsThatAreNone(t *testing.T) {
	g := newRig(t)
	ok(t, os.WriteFile(g.top+"/victim", []byte("untouched"), 0o644), os.Mkdir(g.top+"/outside", 0o755))
	for name, spoil := range map[string]func(at string) error{
		"control is a file": func(at string) error { return os.WriteFile(at+"/supervise/control", nil, 0o644) },
		"control is a link": func(at string) error { return os.Symlink(g.top+"/never", at+"/supervise/control") },
		"lock is a FIFO":    func(at string) error { return unix.Mkfifo(at+"/supervise/lock", 0o644) },
		"lock is a link":    func(at string) error { return os.Symlink(g.top+"/victim", at+"/supervise/lock") },
		"supervise is a link": func(at string) error {
			return errors.Join(os.Remove(at+"/supervise"), os.Symlink(g.top+"/outside", at+"/supervise"))
		},
		"event is a link":  func(at string) error { return os.Symlink(g.top+"/outside", at+"/event") },
		"event is a file":  func(at string) error { return os.WriteFile(at+"/event", nil, 0o644) },
		"status is a FIFO": func(at string) error { return unix.Mkfifo(at+"/supervise/status", 0o644) },
		"status is a link": func(at string) error { return os.Symlink(g.top+"/victim", at+"/supervise/status") },
		"run is a FIFO":    func(at string) error { return errors.Join(os.Remove(at+"/run"), unix.Mkfifo(at+"/run", 0o755)) },
		"run is a directory": func(at string) error {
			return errors.Join(os.Remove(at+"/run"), os.Mkdir(at+"/run", 0o755))
		},
		"down-signal is a FIFO": func(at string) error { return unix.Mkfifo(at+"/down-signal", 0o755) },
		"tally is a link":       func(at string) error { return os.Symlink(g.top+"/victim", at+"/supervise/death_tally") },
	} {
		at := lay(t, g.top+"/making", files{"run": sleeps, "supervise/": ""})
		ok(t, spoil(at), os.Rename(at, g.at(name)))
	}
	g.dir("good", files{"run": sleeps})
	g.begin()
	g.is("good", supervise.Ready)
	for _, name := range []string{"control is a file", "control is a link", "lock is a FIFO", "lock is a link", "supervise is a link", "event is a link", "event is a file"} {
		if strings.Contains(g.slots(), name) || g.told(name) == 0 {
			t.Errorf("%s: it is a slot, or nobody says why not", name)
		}
	}
	for _, name := range []string{"status is a FIFO", "status is a link", "down-signal is a FIFO", "tally is a link"} {
		g.is(name, supervise.Ready)
		letters(t, g.at(name), "d")
		g.is(name, supervise.Down)
	}
	g.is("run is a FIFO", supervise.Holding, supervise.Starting, supervise.Waiting)
	g.is("run is a directory", supervise.Holding, supervise.Starting, supervise.Waiting)
	g.end()
	if data, _ := os.ReadFile(g.top + "/victim"); string(data) != "untouched" {
		t.Errorf("the victim holds %q", data)
	}
	if list, _ := os.ReadDir(g.top + "/outside"); len(list) != 0 {
		t.Errorf("outside are %v", list)
	}
}

// TestSkeletonsThatAreSwapped runs a service while its owner swaps all that we reach for.
func TestSkeletonsThatAreSwapped(t *testing.T) {
	g := newRig(t)
	ok(t, os.Mkdir(g.top+"/outside", 0o755), os.WriteFile(g.top+"/outside/status", []byte("untouched"), 0o644), unix.Mkfifo(g.top+"/outside/control", 0o600))
	ok(t, unix.Mkfifo(g.top+"/outside/ftrig1:@4000000068c9a9ae0b7c1b5c:abcdef", 0o600))
	heard, err := os.OpenFile(g.top+"/outside/ftrig1:@4000000068c9a9ae0b7c1b5c:abcdef", os.O_RDWR|unix.O_NONBLOCK, 0)
	ok(t, err)
	defer func() { _ = heard.Close() }()
	at := g.dir("web", files{"run": sleeps, "other/": ""})
	ok(t, os.Symlink(g.top+"/outside", at+"/link"), os.Symlink(g.top+"/outside/status", at+"/file"), unix.Mkfifo(at+"/fifo", 0o600))
	g.begin()
	g.is("web", supervise.Ready)
	var stop atomic.Bool
	var all sync.WaitGroup
	for _, pair := range [][2]string{{"supervise", "link"}, {"event", "link"}, {"supervise", "other"}, {"down", "file"}, {"finish", "fifo"}} {
		all.Go(func() {
			for !stop.Load() {
				_ = unix.Renameat2(unix.AT_FDCWD, at+"/"+pair[0], unix.AT_FDCWD, at+"/"+pair[1], unix.RENAME_EXCHANGE)
			}
		})
	}
	s := g.room.find("web")
	for begun := time.Now(); time.Since(begun) < 300*time.Millisecond; {
		s.change(func(*s6dir.Status) {}, "u")
		s.mu.Lock()
		s.tally(s6dir.Death{}, 100)
		s.mu.Unlock()
		s.mark()
		s.unmark()
	}
	for _, c := range "durkdu" {
		s.letter(byte(c))
	}
	stop.Store(true)
	all.Wait()
	s.letter('u')
	g.is("web", supervise.Ready)
	data, err := os.ReadFile(g.top + "/outside/status")
	ok(t, err)
	if string(data) != "untouched" {
		t.Errorf("outside holds %q", data)
	}
	var buf [8]byte
	_ = heard.SetReadDeadline(noTime)
	if n, _ := heard.Read(buf[:]); n > 0 {
		t.Errorf("outside was told %q", buf[:n])
	}
	if list, _ := os.ReadDir(g.top + "/outside"); len(list) != 3 {
		t.Errorf("outside are %v", list)
	}
}

// TestTheScanDirectoryIsSwapped looks while a user gives names to other directories and links.
func TestTheScanDirectoryIsSwapped(t *testing.T) {
	g := newRig(t)
	secret := lay(t, g.top+"/secret", files{"run": sleeps})
	for i := range 4 {
		g.dir(fmt.Sprint("s", i), files{"run": sleeps, "down": ""})
	}
	ok(t, os.Symlink(secret, g.top+"/link"))
	if os.Geteuid() == 0 {
		ok(t, os.Lchown(g.top+"/link", 4242, 4242))
	}
	g.begin()
	var stop atomic.Bool
	var all sync.WaitGroup
	for _, name := range []string{"s0", "s1", "link"} {
		all.Go(func() {
			for !stop.Load() {
				other := g.at("s2")
				if name == "link" {
					_ = unix.Renameat2(unix.AT_FDCWD, g.top+"/link", unix.AT_FDCWD, g.at("s3"), unix.RENAME_EXCHANGE)
					continue
				}
				_ = unix.Renameat2(unix.AT_FDCWD, g.at(name), unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
			}
		})
	}
	for range 30 {
		g.room.look(true, true)
	}
	stop.Store(true)
	all.Wait()
	if os.Geteuid() == 0 {
		if list, _ := os.ReadDir(secret); len(list) != 1 {
			t.Errorf("in root's directory are %v", list)
		}
	}
}

// TestAFloodOfLetters asks that who may write to one control FIFO doesn't keep the others waiting.
func TestAFloodOfLetters(t *testing.T) {
	g := newRig(t)
	loud, quiet := g.dir("loud", files{"run": sleeps}), g.dir("quiet", files{"run": sleeps})
	g.begin()
	var stop atomic.Bool
	var all sync.WaitGroup
	all.Go(func() {
		for !stop.Load() {
			_ = s6dir.Send(loud+"/"+s6dir.Control, strings.Repeat("uy\xff", 500))
		}
	})
	for range 5 {
		letters(t, quiet, "d")
		g.is("quiet", supervise.Down)
		letters(t, quiet, "u")
		g.is("quiet", supervise.Ready)
	}
	stop.Store(true)
	all.Wait()
}

// TestTwoRoomsDontShareADirectory asks the lock.
func TestTwoRoomsDontShareADirectory(t *testing.T) {
	g, h := newRig(t), newRig(t)
	at := g.dir("web", files{"run": sleeps})
	g.begin()
	ok(t, os.Symlink(at, h.at("web")))
	h.begin()
	if h.slots() != "" || h.told("somebody else does") != 1 {
		t.Errorf("the slots are %q, told %+v", h.slots(), h.everything())
	}
	g.end()
	h.scanctl("a")
	h.is("web", supervise.Ready)
}

// TestAFullDiskCostsTheStatusOnly fills the file system that the skeletons lie on.
func TestAFullDiskCostsTheStatusOnly(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	if err := unix.Mount("none", g.scan, "tmpfs", 0, "mode=0755,size=256k"); err != nil {
		t.Skipf("needs to mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(g.scan, unix.MNT_DETACH) })
	at := lay(t, g.at("web"), files{"run": sleeps})
	g.begin()
	g.is("web", supervise.Ready)
	f, err := os.Create(g.at("fill"))
	ok(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	_ = f.Close()
	letters(t, at, "d")
	g.is("web", supervise.Down)
	letters(t, at, "u")
	g.is("web", supervise.Ready)
	until(t, says("it is told"), func() bool { return g.told("no space left") > 0 })
	ok(t, os.Remove(g.at("fill")))
	letters(t, at, "d")
	until(t, says("the status is true again"), func() bool { s := status(t, at); return s.Pid == 0 && s.Ready })
	if list, _ := os.ReadDir(at + "/supervise"); len(list) > 4 {
		t.Errorf("left behind: %v", list)
	}
}

package fsx

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func actor(t *testing.T, uid, gid uint32, groups ...uint32) *Actor {
	t.Helper()
	a, err := NewActor(uid, gid, groups)
	ok(t, err)
	t.Cleanup(func() { ok(t, a.Close()) })
	return a
}

// shared is a directory that other users can get to: t.TempDir is root's alone.
func shared(t *testing.T) *Dir {
	t.Helper()
	d := temp(t)
	ok(t, os.Chmod(d.Path(), 0o755))
	return d
}

func TestAnActorHasTheUsersRightsAndNoMore(t *testing.T) {
	needsRoot(t)
	d := shared(t)
	const uid, gid, group = 4321, 1234, 777
	a := actor(t, uid, gid, group)
	ok(
		t, d.Mkdir("own", Attr{UID: uid, GID: gid, Mode: 0o700, Owner: true}), d.Mkdir("root", Attr{Mode: 0o755}),
		d.Mkdir("closed", Attr{Mode: 0o700}), d.Create("closed/f", []byte("secret"), Attr{Mode: 0o644}),
		d.Mkdir("group", Attr{UID: 0, GID: group, Mode: 0o770, Owner: true}), d.Create("f", []byte("x"), Attr{Mode: 0o600}),
	)
	own := Attr{UID: uid, GID: gid, Mode: 0o640, Owner: true}
	at := func(name string) *Dir {
		s, err := d.Sub(name)
		ok(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	rootDir, ownDir := at("root"), at("own")
	chown := func() error {
		e, err := d.Look("own")
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		return e.Chown(0, Keep)
	}
	for _, c := range []struct {
		name string
		try  func() error
		want error
	}{
		{"make a file in its own directory", func() error { return d.Create("own/f", []byte("x"), own) }, nil},
		{"make a file without naming an owner", func() error { return d.Create("own/g", []byte("x"), Attr{Mode: 0o600}) }, nil},
		{"make a directory", func() error { return d.Mkdir("own/d", Attr{Mode: 0o755}) }, nil},
		{"replace its file", func() error { return d.Replace("own/f", []byte("y"), own) }, nil},
		{"use a group it is in", func() error { return d.Create("group/f", nil, Attr{Mode: 0o600}) }, nil},
		{"write to root's directory", func() error { return d.Create("root/f", nil, own) }, unix.EACCES},
		{"replace in root's directory", func() error { return d.Replace("root/f", nil, own) }, unix.EACCES},
		{"look into a closed directory", func() error { _, _, err := d.Read("closed/f", 10); return err }, unix.EACCES},
		{"read root's file", func() error { _, _, err := d.Read("f", 10); return err }, unix.EACCES},
		{"give its directory away", chown, unix.EPERM},
		{"make a file that is root's", func() error { return d.Create("own/r", nil, Attr{Mode: 0o600, Owner: true}) }, unix.EPERM},
		{"find root's directory writable", rootDir.Writable, unix.EACCES},
		{"find its own writable", ownDir.Writable, nil},
		{"find root's directory writable by its bits", func() (err error) { without(faccessat2, func() { err = rootDir.Writable() }); return err }, unix.EACCES},
		{"find its own writable by its bits", func() (err error) { without(faccessat2, func() { err = ownDir.Writable() }); return err }, nil},
	} {
		t.Run(c.name, func(t *testing.T) { wants(t, a.Do(c.try), c.want) })
	}
	for name, want := range map[string][2]uint32{"f": {uid, gid}, "g": {uid, gid}, "d": {uid, gid}} {
		if got := owner(t, d.Path()+"/own/"+name); got != want {
			t.Errorf("%s belongs to %v", name, got)
		}
	}
	if got := strings.Join(listed(t, d.Path()+"/own"), " "); got != "d f g" {
		t.Errorf("its directory holds %s", got)
	}
	ok(t, rootDir.Writable()) // the rest of the process is still root
	if got := owner(t, d.Path()+"/group/f"); got != [2]uint32{uid, gid} {
		t.Errorf("the group's file belongs to %v", got)
	}
}

func TestAnActorsThreadAloneChanges(t *testing.T) {
	needsRoot(t)
	a := actor(t, 4321, 1234, 777, 778)
	ok(t, a.Do(func() error {
		uid, err := fsuid()
		gid, gerr := fsgid()
		groups, lerr := unix.Getgroups()
		slices.Sort(groups)
		if uid != 4321 || gid != 1234 || !slices.Equal(groups, []int{777, 778}) || overridesAccess() {
			t.Errorf("uid %d, gid %d, groups %v", uid, gid, groups)
		}
		if unix.Gettid() == unix.Getpid() {
			t.Error("it is the main thread")
		}
		return errors.Join(err, gerr, lerr)
	}))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 200 {
				if uid, err := fsuid(); uid != 0 || err != nil {
					t.Errorf("another goroutine runs as %d, %v", uid, err)
				}
			}
		})
	}
	all.Wait()
}

func TestAnActorOfTheProcessesOwnUserCallsThrough(t *testing.T) {
	a := actor(t, uint32(os.Geteuid()), uint32(os.Getegid()))
	mine := errors.New("mine")
	wants(t, a.Do(func() error { return mine }), mine)
	ok(t, a.Close())
	wants(t, a.Do(func() error { return nil }), fs.ErrClosed)
}

func TestAnActorThatCannotBe(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may become anybody")
	}
	_, err := NewActor(uint32(os.Geteuid())+1, 1, nil)
	wants(t, err, unix.EPERM)
}

// anybody makes an actor that has a thread of its own as root, and calls through otherwise.
func anybody(t *testing.T) *Actor {
	if os.Geteuid() == 0 {
		return actor(t, 4321, 1234)
	}
	return actor(t, uint32(os.Geteuid()), uint32(os.Getegid()))
}

func TestAPanicReachesTheCaller(t *testing.T) {
	a := anybody(t)
	func() {
		defer func() {
			if v := recover(); v != (crash{}) {
				t.Errorf("recovered %v", v)
			}
		}()
		_ = a.Do(func() error { panic(crash{}) })
		t.Error("the panic was lost")
	}()
	ran := false
	ok(t, a.Do(func() error { ran = true; return nil })) // and the actor lives on
	if !ran {
		t.Error("it does nothing any more")
	}
}

func TestGoexitReachesTheCaller(t *testing.T) {
	a := anybody(t)
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		_ = a.Do(func() error { goexit(); return nil })
		returned = true
	}()
	<-ended
	if returned {
		t.Error("the caller went on")
	}
}

func TestDoInsideDo(t *testing.T) {
	a := anybody(t)
	mine := errors.New("mine")
	wants(t, a.Do(func() error { return a.Do(func() error { return mine }) }), mine)
}

func TestCloseEnds(t *testing.T) {
	a := anybody(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				if err := a.Do(func() error { return nil }); err != nil {
					wants(t, err, fs.ErrClosed)
					return
				}
			}
		})
	}
	ok(t, a.Do(func() error { return nil }), a.Close(), a.Close())
	all.Wait()
	b := anybody(t)
	ok(t, b.Do(b.Close))
	wants(t, b.Do(func() error { return nil }), fs.ErrClosed)
}

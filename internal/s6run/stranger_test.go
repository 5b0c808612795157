package s6run

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// TestALeaseOnAProgramHoldsNobodyElseUp has the owner of a directory take a lease on what is run there, which the kernel lets
// each start of it wait for.
func TestALeaseOnAProgramHoldsNobodyElseUp(t *testing.T) {
	g := newRig(t)
	held := g.dir("held", files{"run": sleeps, "down": ""})
	g.dir("free", files{"run": sleeps, "down": ""})
	if os.Geteuid() == 0 {
		ok(t, os.Lchown(held, 4242, 4343), os.Lchown(held+"/run", 4242, 4343))
	}
	g.begin()
	f, err := os.Open(held + "/run")
	ok(t, err)
	defer func() { _ = f.Close() }()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("needs leases: %v", err)
	}
	letters(t, held, "u")
	until(t, says("the kernel asks for the lease"), func() bool {
		kind, err := unix.FcntlInt(f.Fd(), unix.F_GETLEASE, 0)
		return err == nil && kind != unix.F_WRLCK
	})
	for range 10 {
		letters(t, g.at("free"), "u")
		g.is("free", supervise.Ready)
		letters(t, g.at("free"), "d")
		g.is("free", supervise.Down)
	}
	g.is("held", supervise.Starting)
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	ok(t, err)
	g.is("held", supervise.Ready)
}

// TestAsWhomAProgramIsRun asks of each way that may lead to a program.
func TestAsWhomAProgramIsRun(t *testing.T) {
	needsRoot(t)
	theirs := func(path string) error { return os.Lchown(path, 4242, 4343) }
	for name, c := range map[string]struct {
		lay         func(top, at string) error // at has run and finish, root's; top has bin/x, and theirs/x which is a user's directory
		run, finish string
	}{
		"root's alone":                     {func(string, string) error { return nil }, "root", "root"},
		"the directory is theirs":          {func(_, at string) error { return theirs(at) }, "4242:4343", "4242:4343"},
		"the directory is in root's group": {func(_, at string) error { return os.Lchown(at, 4242, 0) }, "4242:4242", "4242:4242"},
		"the group may write it":           {func(_, at string) error { return os.Chmod(at, 0o775) }, "!AT", "!AT"},
		"others may write it":              {func(_, at string) error { return os.Chmod(at, 0o757) }, "!AT", "!AT"},
		"it is sticky":                     {func(_, at string) error { return os.Chmod(at, 0o777|os.ModeSticky) }, "!AT", "!AT"},
		"theirs, and open":                 {func(_, at string) error { return first(theirs(at), os.Chmod(at, 0o777)) }, "4242:4343", "4242:4343"},
		"run is theirs":                    {func(_, at string) error { return theirs(at + "/run") }, "4242:4343", "root"},
		"finish is theirs":                 {func(_, at string) error { return theirs(at + "/finish") }, "root", "4242:4343"},
		"the group may write run":          {func(_, at string) error { return os.Chmod(at+"/run", 0o775) }, "!AT/run", "root"},
		"others may write finish":          {func(_, at string) error { return os.Chmod(at+"/finish", 0o757) }, "root", "!AT/finish"},
		"a link to root's":                 {link("TOP/bin/x"), "root", "root"},
		"a link up to root's":              {link("../bin/./x"), "root", "root"},
		"a link to theirs":                 {link("TOP/theirs/x"), "4242:4343", "root"},
		"a link up to theirs":              {link("../theirs/x"), "4242:4343", "root"},
		"a link that is theirs":            {func(top, at string) error { return first(link("TOP/bin/x")(top, at), theirs(at+"/run")) }, "4242:4343", "root"},
		"by theirs to root's":              {link("TOP/theirs/../bin/x"), "4242:4343", "root"},
		"by a link of theirs to root's":    {link("TOP/theirs/back"), "4242:4343", "root"},
		"by a directory that is open":      {link("TOP/open/x"), "!TOP/open", "root"},
		"by a directory of a group":        {link("TOP/group/x"), "!TOP/group", "root"},
		"to a program that is open":        {link("TOP/bin/open"), "!TOP/bin/open", "root"},
		"by a sticky one to root's":        {link("TOP/sticky/x"), "root", "root"},
		"by a sticky one to theirs":        {link("TOP/sticky/y"), "4242:4343", "root"},
		"by a sticky one to nothing":       {link("TOP/sticky/z"), "!no such file", "root"},
		"to nothing":                       {link("TOP/bin/z"), "root", "root"},
		"in a circle":                      {link("run"), "!too many", "root"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			at := lay(t, g.top+"/web", files{"run": sleeps, "finish": sleeps})
			for _, dir := range []string{"bin", "theirs", "open", "group", "sticky"} {
				lay(t, g.top+"/"+dir, files{"x/run": sleeps})
				ok(t, os.Rename(g.top+"/"+dir+"/x/run", g.top+"/"+dir+"/y"), os.Remove(g.top+"/"+dir+"/x"), os.Rename(g.top+"/"+dir+"/y", g.top+"/"+dir+"/x"))
			}
			ok(t, os.WriteFile(g.top+"/bin/open", nil, 0o755), os.Chmod(g.top+"/bin/open", 0o777), os.WriteFile(g.top+"/sticky/y", nil, 0o755), theirs(g.top+"/sticky/y"))
			ok(t, os.Symlink("../bin/x", g.top+"/theirs/back"), theirs(g.top+"/theirs"), os.Chmod(g.top+"/open", 0o777), os.Chmod(g.top+"/group", 0o775), os.Chmod(g.top+"/sticky", 0o777|os.ModeSticky))
			ok(t, c.lay(g.top, at))
			s := &slot{room: &Room{}, name: "web", dynamic: true, dir: opened(t, at), path: at}
			for program, want := range map[string]string{"run": c.run, "finish": c.finish} {
				want = strings.NewReplacer("TOP", g.top, "AT", at).Replace(want)
				as, err := s.as(program)
				switch {
				case err != nil:
					if text, refused := strings.CutPrefix(want, "!"); !refused || !strings.Contains(err.Error(), text) {
						t.Errorf("%s: %v, want %q", program, err, want)
					}
				case as == nil && want != "root", as != nil && want != fmt.Sprintf("%d:%d", as.UID, as.GID):
					t.Errorf("%s runs as %+v, want %q", program, as, want)
				}
			}
		})
	}
}

// link makes run a link.
func link(to string) func(top, at string) error {
	return func(top, at string) error {
		return first(os.Remove(at+"/run"), os.Symlink(strings.Replace(to, "TOP", top, 1), at+"/run"))
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestAsWhomIsAskedAtEachStart changes owners and rights after a directory was taken up.
func TestAsWhomIsAskedAtEachStart(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	tells := func(name string) string { return "#!/bin/sh\nid -u >>$TOP/" + name + "\npwd >>$TOP/" + name + "\n" }
	at := g.dir("web", files{"run": tells("run") + "exec sleep 1000\n", "finish": tells("finish"), "log/run": tells("log") + "exec cat\n", "log/down": ""})
	for _, f := range []string{"run", "finish", "log"} {
		ok(t, os.WriteFile(g.top+"/"+f, nil, 0o666), os.Chmod(g.top+"/"+f, 0o666))
	}
	g.o.As = func(uid, gid uint32) (*proc.Credential, error) { return &proc.Credential{UID: uid, GID: gid}, nil }
	g.begin()
	g.has("run", "0\n"+at+"\n")
	g.has("log", "0\n"+at+"/log\n")
	ok(t, os.Lchown(at+"/finish", 4242, 4343))
	letters(t, at, "d")
	g.is("web", supervise.Down)
	g.has("finish", "4242\n"+at+"\n")
	ok(t, os.Lchown(at, 4242, 4343))
	letters(t, at, "u")
	letters(t, at+"/log", "k")
	g.has("run", "0\n"+at+"\n4242\n"+at+"\n")
	g.has("log", "0\n"+at+"/log\n4242\n"+at+"/log\n") // a logger is never more than its service
	t.Log("and one that others may write isn't run any more")
	ok(t, os.Lchown(at, 0, 0), os.Chmod(at+"/run", 0o775))
	letters(t, at, "k")
	if s := g.is("web", supervise.Holding); !strings.Contains(s.Why, "others may write "+at+"/run") || !strings.Contains(s.Why, "chmod go-w") {
		t.Errorf("it says %q", s.Why)
	}
}

// TestAnImagesProgramIsForkedInFrontOnlyWhereItIsRootsAlone asks which starts may be waited for under the table's lock.
func TestAnImagesProgramIsForkedInFrontOnlyWhereItIsRootsAlone(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	ok(t, os.Mkdir(g.top+"/theirs", 0o755), os.WriteFile(g.top+"/theirs/sh", []byte(sleeps), 0o755), os.Lchown(g.top+"/theirs", 4242, 4343), os.Symlink("theirs", g.top+"/by"))
	for run, want := range map[string]bool{
		sleeps:                        true,
		"\x7fELF":                     true,
		"#!" + g.top + "/theirs/sh\n": false,
		"#!" + g.top + "/by/sh -e\n":  false,
		"-> /bin/sh":                  true,
		"-> " + g.top + "/theirs/sh":  false,
		"-> " + g.top + "/nowhere":    false,
	} {
		at := lay(t, t.TempDir(), files{"run": run})
		if to, ok := strings.CutPrefix(run, "-> "); ok {
			if err := first(os.Remove(at+"/run"), os.Symlink(to, at+"/run")); err != nil {
				t.Fatal(err)
			}
		}
		s := &slot{room: &Room{null: nowhere(t), o: Options{Env: func() []string { return nil }}}, dir: opened(t, at), path: at}
		c, err := s.command("run")
		ok(t, err)
		if c.OnVolume == want {
			t.Errorf("%q: by the child stage %v", run, c.OnVolume)
		}
		s.dynamic = true
		if c, err := s.command("run"); err != nil || !c.OnVolume {
			t.Errorf("%q: a client's is forked in front, or %v", run, err)
		}
	}
}

func TestOnlyOneTimerIsSetALife(t *testing.T) {
	g := newRig(t)
	g.dir("web", files{"run": "#!/bin/sh\ntrap '' TERM\necho >$TOP/up\nwhile :; do sleep 1000; done\n", "timeout-kill": "3600000"})
	g.begin()
	g.has("up", "\n")
	s := g.room.find("web")
	l := s.running()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 10000 {
		ok(t, l.stop())
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if more := int64(after.HeapObjects) - int64(before.HeapObjects); more > 5000 {
		t.Errorf("%d objects are kept", more)
	}
	letters(t, s.path, "Ok")
	g.is("web", supervise.Down, supervise.Done)
}

// TestAFloodInSmallDrops asks that letters are paced however they are written.
func TestAFloodInSmallDrops(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": sleeps, "down": ""})
	g.begin()
	f, err := os.OpenFile(at+"/"+s6dir.Control, os.O_WRONLY, 0)
	ok(t, err)
	defer func() { _ = f.Close() }()
	begun := time.Now()
	const rounds, some = 60, 128
	for range rounds {
		_, err := f.WriteString(strings.Repeat("zt", some/2))
		ok(t, err)
		until(t, says("it is read"), func() bool { n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ); return err == nil && n == 0 })
	}
	if took, least := time.Since(begun), (rounds*some/256-2)*10*time.Millisecond; took < least {
		t.Errorf("%d letters took %v, want %v at least", rounds*some, took, least)
	}
}

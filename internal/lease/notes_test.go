package lease

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Where locks reach nobody else the note is the lease: as long as its number grows, nobody takes it; once it stands still it
// is had, by one.
func TestTheNoteIsTheLease(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a := g.box("a")
		held := a.wants("web")
		g.after(3*time.Second, "the first has it", held.has)
		a.letGo()
		b, c := g.box("b"), g.box("c")
		second, third := b.wants("web"), c.wants("web")
		for range 1000 {
			if g.pass(100 * time.Millisecond); second.has() || third.has() || held.lost() {
				t.Fatal("somebody else has it")
			}
		}
		second.waits("this file system may not share locks")
		if !strings.HasPrefix(second.whys[0], "container a (boot "+a.boot+") holds its lease since ") || len(second.whys) != 1 {
			t.Errorf("it is told %q", second.whys)
		}
		a.kill()
		took := g.after(stale+5*time.Second, "one of the others has it", func() bool { return second.has() || third.has() })
		if took < stale-renewal {
			t.Errorf("the note was believed for %v only", took)
		}
		g.pass(time.Minute)
		if second.has() == third.has() {
			t.Errorf("b has it: %v, c: %v", second.has(), third.has())
		}
	})
}

func TestANoteThatIsGivenBackIsHadSoon(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a := g.box("a")
		held := a.wants("web")
		g.after(3*time.Second, "the first has it", held.has)
		a.letGo()
		second := g.box("b").wants("web")
		second.waits("container a")
		held.mustHave().Release()
		g.after(3*time.Second, "the second has it", second.has)
	})
}

// A holder that slept for longer than its note is believed finds another's name there, and has lost its lease.
func TestASleeperFindsAnothersNote(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a, b := g.box("a"), g.box("b")
		held := a.wants("web")
		g.after(3*time.Second, "the first has it", held.has)
		a.letGo()
		second := b.wants("web")
		wake := a.sleep()
		g.after(stale+5*time.Second, "the second has it", second.has)
		b.letGo()
		wake()
		g.after(2*renewal, "the sleeper has lost it", held.lost)
		if why := held.lease.Why(); !strings.Contains(why, "container b") {
			t.Errorf("to %q", why)
		}
		if g.pass(time.Minute); second.lost() {
			t.Error("and so has the other")
		}
	})
}

// Two that sign at once both read what stands there in the end: the one whose name it is has the lease.
func TestTwoThatSignAtOnce(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a, b := g.box("a"), g.box("b")
		first := a.wants("web") // has signed, and waits for what comes of it
		a.letGo()
		text, err := os.ReadFile(g.at("web"))
		ok(t, err)
		g.put(strings.Replace(string(text), a.boot, b.boot, 1))
		if g.pass(5 * time.Second); first.has() {
			t.Error("it has what bears another's name")
		}
		first.waits("boot " + b.boot)
	})
}

// Who scribbles over a note takes nothing from its holder, and gets no second one.
func TestScribbles(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a := g.box("a")
		held := a.wants("web")
		g.after(3*time.Second, "the first has it", held.has)
		for _, text := range []string{"", "nonsense", "\x00\xff", strings.Repeat("x", 1<<16)} {
			g.put(text)
			if g.pass(2 * renewal); held.lost() {
				t.Fatalf("%.20q takes it away", text)
			}
			if now, err := os.ReadFile(g.at("web")); err != nil || !strings.Contains(string(now), a.boot) {
				t.Errorf("after %.20q the note says %q, %v", text, now, err)
			}
		}
	})
}

func TestErrorsOfFileSystemsWithoutLocks(t *testing.T) {
	for err, want := range map[error]bool{unix.ENOLCK: true, unix.ENOSYS: true, unix.EOPNOTSUPP: true, unix.EIO: false, unix.EACCES: false} {
		if lockless(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
}

// A look that failed once must not let the note stand still for as long as a dead holder's.
func TestANoteIsRenewedSoonAfterAnError(t *testing.T) {
	virtual(t, func(g *rig) {
		g.notes = true
		a := g.box("a")
		held := a.wants("web")
		g.after(3*time.Second, "it has it", held.has)
		count := func() uint64 {
			text, err := os.ReadFile(g.at("web"))
			ok(t, err)
			n, _ := read(string(text))
			return n.Count
		}
		leases := g.dir + "/" + Dir
		ok(t, os.Rename(leases, g.dir+"/aside"), os.Symlink(g.dir+"/aside", leases))
		g.pass(renewal + time.Second)
		if said := a.says(); !strings.Contains(said, "look after its lease") {
			t.Fatalf("it says %q", said)
		}
		ok(t, os.Remove(leases), os.Rename(g.dir+"/aside", leases))
		was := count()
		g.after(renewal, "it is renewed", func() bool { return count() > was })
	})
}

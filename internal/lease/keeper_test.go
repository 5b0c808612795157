package lease

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The one container of a volume must not notice that there are leases.
func TestWhoIsAloneWaitsForNothing(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		began := time.Now()
		for i := range 50 {
			a.wants(fmt.Sprintf("web-%d", i)).mustHave()
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		if said := a.says(); said != "" {
			t.Errorf("it says %q", said)
		}
		text, err := os.ReadFile(g.at("web-7"))
		ok(t, err)
		if n, whole := read(string(text)); !whole || n.Container != "a" || n.Boot != a.boot || n.Released {
			t.Errorf("the note says %s", text)
		}
	})
}

// The second container says who holds what since when, each slot has one holder, and what is given back or left by a
// killed holder is had within two seconds.
func TestTheSecondWaitsAndTakesOver(t *testing.T) {
	for name, end := range map[string]func(b *box, l *Lease){
		"given back":                  func(_ *box, l *Lease) { l.Release() },
		"the container ended":         func(b *box, _ *Lease) { b.stop() },
		"the container was killed -9": func(b *box, _ *Lease) { b.kill() },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(g *rig) {
				a, b := g.box("a"), g.box("b")
				first := a.wants("web").mustHave()
				since := time.Now().UTC().Format(time.RFC3339)
				second := b.wants("web")
				g.pass(time.Hour)
				second.waits("container a (boot " + a.boot + ") holds its lease since " + since)
				if n := len(second.whys); n != 1 {
					t.Errorf("it was told %d times: %q", n, second.whys)
				}
				end(a, first)
				g.after(2*time.Second, "the second has it", second.has)
				if g.pass(time.Minute); second.lost() || b.says() != "" {
					t.Error("it was lost, or something was told")
				}
				text, err := os.ReadFile(g.at("web"))
				if n, whole := read(string(text)); err != nil || !whole || n.Container != "b" || n.Released {
					t.Errorf("the note says %s, %v", text, err)
				}
			})
		})
	}
}

// Of many that wait one takes over, and the others wait on.
func TestOneOfManyTakesOver(t *testing.T) {
	virtual(t, func(g *rig) {
		holder := g.box("first").wants("web").mustHave()
		var waiting []*wish
		for i := range 8 {
			waiting = append(waiting, g.box(fmt.Sprint(i)).wants("web"))
		}
		holder.Release()
		for left := len(waiting); left > 0; left-- {
			have := func() (all []*wish) {
				for _, w := range waiting {
					if w.has() {
						all = append(all, w)
					}
				}
				return all
			}
			g.after(2*time.Second, "somebody has it", func() bool { return len(have()) > 0 })
			if g.pass(10 * time.Second); len(have()) != 1 {
				t.Fatalf("%d have it", len(have()))
			}
			last := have()[0]
			last.mustHave().Release()
			last.mu.Lock()
			last.lease = nil
			last.mu.Unlock()
		}
	})
}

// A slot that is stopped and started again in one container must not wait for itself.
func TestTheSameContainerTakesItAgain(t *testing.T) {
	virtual(t, func(g *rig) {
		a, b := g.box("a"), g.box("b")
		for range 20 {
			a.wants("web").mustHave().Release()
			again := a.wants("web")
			g.after(retry/2, "it has it again", again.has)
			if len(again.whys) > 0 {
				t.Errorf("it waited: %q", again.whys)
			}
			again.mustHave().Release()
		}
		waits := b.wants("web")
		g.after(2*time.Second, "the other has it", waits.has)
	})
}

func TestAWishThatEndsHoldsNothing(t *testing.T) {
	virtual(t, func(g *rig) {
		a, b := g.box("a"), g.box("b")
		held := a.wants("web").mustHave()
		w := b.wants("web")
		w.waits("container a")
		w.quit()
		synctest.Wait()
		if !errors.Is(w.err, context.Canceled) {
			t.Errorf("it ended with %v", w.err)
		}
		held.Release()
		g.pass(time.Minute)
		if who, held := Held(a.o.Volume, "web"); held {
			t.Errorf("%s", who)
		}
		b.stop()
		if _, err := b.Take(context.Background(), "web", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed keeper gives %v", err)
		}
	})
}

// A file system that hangs holds up neither who asks nor the end.
func TestADiskThatHangs(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		wake := a.sleep()
		w := a.wants("web")
		if g.pass(time.Hour); w.has() {
			t.Fatal("it has it")
		}
		w.quit()
		synctest.Wait()
		if !errors.Is(w.err, context.Canceled) {
			t.Errorf("the wish ended with %v", w.err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := a.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the end ended with %v", err)
		}
		wake()
		a.stop()
	})
}

func TestWhoHoldsIt(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		look := func(want string) {
			t.Helper()
			who, held := Held(a.o.Volume, "web")
			if held != (want != "") || !strings.Contains(who, want) {
				t.Errorf("it is held: %v, by %q, want %q", held, who, want)
			}
		}
		look("")
		l := a.wants("web").mustHave()
		look("container a (boot " + a.boot + ")")
		l.Release()
		g.pass(time.Second)
		look("")
		if entries, err := os.ReadDir(g.dir + "/" + Dir); err != nil || len(entries) != 1 {
			t.Errorf("a look leaves %v, %v", entries, err)
		}
	})
}

// PID 1 is to sleep while nothing happens: who holds leases looks six times a minute, however many they are.
func TestAHolderSleeps(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		for i := range 20 {
			a.wants(fmt.Sprintf("web-%d", i)).mustHave()
		}
		count := func() int {
			a.looks() // forget
			g.pass(10 * time.Minute)
			return a.looks()
		}
		if n := count(); n > 62 {
			t.Errorf("it looked %d times in ten minutes", n)
		}
		g.box("b").wants("web-7")
		if n := count(); n > 62 {
			t.Errorf("with another it looked %d times in ten minutes", n)
		}
	})
}

// Two that come to an empty volume at the same moment: neither can know that the other isn't one that has lost its file.
// One of them has each lease in the end, and never both.
func TestTwoThatComeTogether(t *testing.T) {
	virtual(t, func(g *rig) {
		a, b := g.box("a"), g.box("b")
		a.wants("here").mustHave()
		b.wants("there")
		one, two := a.wants("web"), b.wants("web")
		one.waits("another container is on this volume, which may have it: it is left to that one for 15s")
		took := g.after(settle+2*time.Second, "one has it", func() bool { return one.has() || two.has() })
		if took < settle-time.Second {
			t.Errorf("it was left to the other for %v", took)
		}
		g.pass(time.Minute)
		if one.has() == two.has() {
			t.Errorf("a has it: %v, b: %v", one.has(), two.has())
		}
	})
}

// What is said is read again by those who show it to people, and a stranger's name is no part of a command.
func TestWhatIsSaidIsRead(t *testing.T) {
	for why, want := range map[string]struct {
		container string
		is        bool
	}{
		note{Container: "4f5e6d7c8b9a", Boot: "b"}.holder():                                   {"4f5e6d7c8b9a", true},
		note{Container: "web-1.example_x", Boot: "b", Since: "2026-11-26T00:00:00Z"}.holder(): {"web-1.example_x", true},
		note{Container: "x;reboot", Boot: "b"}.holder():                                       {"", true},
		note{Container: "--rm", Boot: "b"}.holder():                                           {"", true},
		note{Container: "$(id)", Boot: "b"}.holder():                                          {"", true},
		note{Container: "a b", Boot: "b"}.holder():                                            {"", true},
		note{Boot: "b"}.holder():                                                              {"", true},
		somebody + ".berth/leases/web) who left no name":                                      {"", true},
		newFile + " is new, and another container is on this volume":                          {"", false},
		"asks for its lease":                                                                  {"", false},
		"":                                                                                    {"", false},
	} {
		if container, is := Elsewhere(why); container != want.container || is != want.is {
			t.Errorf("%q is read as %q, %v", why, container, is)
		}
	}
}

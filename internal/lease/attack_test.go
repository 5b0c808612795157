package lease

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// The files go (rm -rf of a directory that looks like nobody's) while a container holds leases on them: the holder takes
// the new ones, and no other container gets one meanwhile, whether it waited already or comes then.
func TestFilesThatGoMakeNoSecondHolder(t *testing.T) {
	for name, remove := range map[string]func(g *rig) error{
		"the file":          func(g *rig) error { return os.Remove(g.at("web")) },
		"the file, renamed": func(g *rig) error { return os.Rename(g.at("web"), g.dir+"/elsewhere") },
		"all leases":        func(g *rig) error { return os.RemoveAll(g.dir + "/" + Dir) },
		"all of berth's":    func(g *rig) error { return os.RemoveAll(g.dir + "/" + filepath.Dir(Dir)) },
		"a copy is laid over it": func(g *rig) error {
			text, err := os.ReadFile(g.at("web"))
			ok(g.t, err, os.WriteFile(g.at("copy"), text, 0o666))
			return os.Rename(g.at("copy"), g.at("web"))
		},
		"an empty file is laid over it": func(g *rig) error {
			ok(g.t, os.WriteFile(g.at("new"), nil, 0o666))
			return os.Rename(g.at("new"), g.at("web"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(g *rig) {
				a, b := g.box("a"), g.box("b")
				held := a.wants("web")
				held.mustHave()
				waits := b.wants("web")
				others := []*wish{waits}
				somebody := func() bool {
					for _, w := range others {
						if w.has() {
							return true
						}
					}
					return false
				}
				for range 3 {
					g.pass(777 * time.Millisecond)
					ok(g.t, remove(g))
					others = append(others, g.box("c").wants("web"))
					for range 330 {
						if g.pass(50 * time.Millisecond); somebody() || held.lost() {
							g.t.Fatalf("the holder lost it: %v", held.lost())
						}
					}
					waits.waits("container a")
				}
				if said := a.says(); strings.Count(said, "its lease's file was removed or replaced") != 1 {
					t.Errorf("the holder's people are told %q", said)
				}
				held.mustHave().Release()
				g.after(2*time.Second, "another has it", somebody)
			})
		})
	}
}

// A holder whose processes stood still (docker pause) while its file went can't take the new one. The one that has it by
// then is right, and the sleeper gives way when it wakes.
func TestASleeperWhoseFileWentGivesWay(t *testing.T) {
	virtual(t, func(g *rig) {
		a, b := g.box("a"), g.box("b")
		held := a.wants("web")
		held.mustHave()
		waits := b.wants("web")
		wake := a.sleep()
		g.pass(time.Minute)
		waits.waits("container a") // it sleeps, and holds it
		ok(t, os.Remove(g.at("web")))
		took := g.after(2*settle, "the second has it", waits.has)
		if took < settle {
			t.Errorf("it was left to the sleeper for %v only", took)
		}
		wake()
		g.after(2*watch, "the sleeper gives way", held.lost)
		if why := held.lease.Why(); !strings.Contains(why, "container b (boot "+b.boot+")") {
			t.Errorf("it gives way to %q", why)
		}
		held.lease.Release()
		again := a.wants("web")
		again.waits("container b")
		if waits.lost() {
			t.Error("and the one that took it lost it")
		}
	})
}

// The app's user holds the lock itself: nobody hangs, the words say what is seen, and it is had when that is over.
func TestSomebodyHoldsTheFile(t *testing.T) {
	for note, want := range map[string]string{
		"":           "somebody holds its lease (.berth/leases/web) who left no name",
		"nonsense":   "who left no name",
		"{}":         "who left no name",
		`{"boot":1}`: "who left no name",
		`{"boot":"b","container":"a","since":"yesterday"}`:                       "container a (boot b) holds its lease since an unknown time",
		`{"boot":"b","container":"x y\nberth: all is well\u001b[2J","since":""}`: `container "x y\nberth: all is well\x1b[2J" (boot b)`,
		`{"boot":"b","container":"` + strings.Repeat("z", 900) + `"}`:            "container " + strings.Repeat("z", maxName) + " (boot b)",
		`{"boot":"b","container":"a","released":true}`:                           "who left no name; container a gave it back",
		strings.Repeat("{", 1<<16):                                               "who left no name",
	} {
		virtual(t, func(g *rig) {
			g.put(note)
			f, err := os.Open(g.at("web"))
			ok(t, err, unix.Flock(int(f.Fd()), unix.LOCK_EX))
			w := g.box("a").wants("web")
			g.pass(time.Minute)
			w.waits(want)
			if why := w.whys[0]; strings.ContainsAny(why, "\n\x1b") || len(why) > 300 {
				t.Errorf("it says %q", why)
			}
			ok(t, f.Close())
			g.after(2*time.Second, "it has it", w.has)
		})
	}
}

// Somebody puts another file in the place of a held one and locks it: no name, no right.
func TestAHolderYieldsToNobodyWithoutAName(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		held := a.wants("web")
		held.mustHave()
		ok(t, os.Remove(g.at("web")))
		g.put("mine, ha ha")
		f, err := os.Open(g.at("web"))
		ok(t, err, unix.Flock(int(f.Fd()), unix.LOCK_EX))
		g.pass(time.Minute)
		if held.lost() {
			t.Fatal("the lease is lost")
		}
		if said := a.says(); said != "web: its lease's file was replaced, and somebody who left no name holds the new one; it goes on" {
			t.Errorf("it says %q", said)
		}
		ok(t, f.Close())
		g.pass(2 * watch)
		if _, is := Held(a.o.Volume, "web"); !is {
			t.Error("it doesn't hold the new file once that is free")
		}
	})
}

// What stands where a lease should costs the slot its lease, not its start; nothing outside is touched, and each is told once.
func TestWhatIsNoLease(t *testing.T) {
	for name, make := range map[string]func(g *rig) error{
		"a link":            func(g *rig) error { return os.Symlink(g.dir+"/victim", g.at("web")) },
		"a link to nothing": func(g *rig) error { return os.Symlink(g.dir+"/none", g.at("web")) },
		"a FIFO":            func(g *rig) error { return unix.Mkfifo(g.at("web"), 0o666) },
		"a directory":       func(g *rig) error { return os.Mkdir(g.at("web"), 0o777) },
		"a link for a directory": func(g *rig) error {
			ok(g.t, os.Remove(filepath.Dir(g.at("web"))))
			return os.Symlink(g.dir, filepath.Dir(g.at("web")))
		},
		"a file for a directory": func(g *rig) error {
			ok(g.t, os.Remove(filepath.Dir(g.at("web"))))
			return os.WriteFile(filepath.Dir(g.at("web")), nil, 0o666)
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(g *rig) {
				ok(t, os.WriteFile(g.dir+"/victim", []byte("untouched"), 0o600), os.MkdirAll(filepath.Dir(g.at("web")), 0o700), make(g))
				a := g.box("a")
				w := a.wants("web")
				w.mustHave()
				g.pass(time.Hour)
				if said := a.says(); strings.Count(said, "web: it runs without its lease") != 1 || strings.Contains(said, "\n") {
					t.Errorf("it says %q", said)
				}
				w.mustHave().Release()
				a.wants("web").mustHave()
				text, err := os.ReadFile(g.dir + "/victim")
				if err != nil || string(text) != "untouched" {
					t.Errorf("what is outside holds %q, %v", text, err)
				}
				if _, err := os.Lstat(g.dir + "/none"); err == nil {
					t.Error("a file was made through a link")
				}
				if _, held := Held(a.o.Volume, "web"); held {
					t.Error("what is no lease is held")
				}
			})
		})
	}
}

// The same comes while it is held: what is held is held.
func TestAHeldLeaseWhosePlaceIsSpoilt(t *testing.T) {
	for name, spoil := range map[string]func(g *rig) error{
		"by a link": func(g *rig) error { return os.Symlink(g.dir+"/victim", g.at("web")) },
		"by a FIFO": func(g *rig) error { return unix.Mkfifo(g.at("web"), 0o666) },
		"by a link for a directory": func(g *rig) error {
			ok(g.t, os.Remove(filepath.Dir(g.at("web"))))
			return os.Symlink(g.dir, filepath.Dir(g.at("web")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(g *rig) {
				a := g.box("a")
				held := a.wants("web")
				held.mustHave()
				ok(t, os.Remove(g.at("web")), spoil(g))
				g.pass(time.Hour)
				if said := a.says(); held.lost() || strings.Count(said, "look after its lease") != 1 {
					t.Errorf("lost: %v; it says %q", held.lost(), said)
				}
			})
		})
	}
}

// The app's rights can't be had: nobody waits for what can't come, what is held stays held, and it works when they come back.
func TestNoRights(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		held, soon := a.wants("web"), a.wants("soon")
		held.mustHave()
		set := func(err error) {
			a.door.mu.Lock()
			defer a.door.mu.Unlock()
			a.door.bars = err
		}
		set(errors.New("no such thread"))
		a.wants("new").mustHave()
		if said := a.says(); !strings.HasPrefix(said, "new: it runs without its lease") || !strings.HasSuffix(said, ": no such thread") {
			t.Errorf("it says %q", said)
		}
		soon.mustHave().Release()
		g.pass(time.Minute)
		b := g.box("b")
		b.wants("web").waits("container a")
		b.wants("soon").mustHave()
		set(nil)
		g.pass(time.Minute)
		if held.lost() {
			t.Error("it lost what it held")
		}
		newest := a.wants("newest")
		g.after(settle+retry, "it has it, with its lease", newest.has)
		if said := a.says(); said != "" {
			t.Errorf("it says %q", said)
		}
	})
}

// A full disk or one that can't be written: the file that is there does, and without one the slot goes without.
func TestADiskThatTakesNothing(t *testing.T) {
	virtual(t, func(g *rig) {
		a := g.box("a")
		a.wants("old").mustHave().Release()
		g.pass(time.Second)
		defer fsx.Freeze()()
		b := g.box("b")
		b.wants("old").mustHave()
		if said := b.says(); said != "" {
			t.Errorf("it says %q", said)
		}
		waits := a.wants("old")
		g.pass(time.Second)
		waits.waits("who left no name; container a gave it back")
		b.wants("new").mustHave()
		if said := b.says(); !strings.HasPrefix(said, "new: it runs without its lease") {
			t.Errorf("it says %q", said)
		}
	})
}

// The file goes while its holder is alone and looks away, and the next container comes before that one has looked: it
// leaves the new file to the holder for as long as that takes.
func TestAFileThatWentBeforeAnotherCame(t *testing.T) {
	for _, late := range []time.Duration{0, time.Second, watch - time.Second, watch + time.Second, time.Hour} {
		virtual(t, func(g *rig) {
			a := g.box("a")
			held := a.wants("web")
			held.mustHave()
			g.pass(time.Hour + 3*time.Second) // somewhere between two looks
			b := g.box("b")
			b.wants("other")
			g.pass(late)
			ok(t, os.Remove(g.at("web")))
			waits := b.wants("web")
			for range 10 * 60 {
				if g.pass(100 * time.Millisecond); waits.has() || held.lost() {
					t.Fatalf("%v after it came, another has it: %v", late, waits.has())
				}
			}
			waits.waits("container a")
		})
	}
}

// The app locks the volume's top, by which containers know of each other: a slot whose file is there starts at once all
// the same, and one whose file is new a moment later.
func TestSomebodyLocksTheVolume(t *testing.T) {
	for _, how := range []int{unix.LOCK_EX, unix.LOCK_SH} {
		virtual(t, func(g *rig) {
			a := g.box("a")
			a.wants("web").mustHave()
			a.stop()
			f, err := os.Open(g.dir)
			ok(t, err, unix.Flock(int(f.Fd()), how))
			b := g.box("b")
			b.wants("web").mustHave()
			w := b.wants("new")
			g.after(settle+retry, "it has the new one", w.has)
			ok(t, f.Close())
			g.pass(time.Second)
			b.wants("newer").mustHave()
		})
	}
}

// A note of a gigabyte costs no more than one of a line, whether it is waited behind, taken over, held or watched.
func TestANoteWithoutAnEnd(t *testing.T) {
	for _, notes := range []bool{false, true} {
		virtual(t, func(g *rig) {
			g.notes = notes
			g.put(`{"boot":"b","container":"a","since":"` + strings.Repeat("z", 1<<16))
			grow := func() { ok(t, os.Truncate(g.at("web"), 1<<30)) }
			grow()
			a := g.box("a")
			held := a.wants("web")
			g.after(stale, "it has it", held.has)
			grow()
			waits := g.box("b").wants("web")
			for range 10 {
				g.pass(time.Second)
				grow()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			g.pass(10 * time.Second)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
				t.Errorf("ten seconds cost %d bytes", grown)
			}
			if held.lost() || !notes && waits.has() {
				t.Errorf("with notes: %v, the first lost it: %v, the other has it: %v", notes, held.lost(), waits.has())
			}
		})
	}
}

package s6log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// opened gives a logdir in this process, and what it says.
func opened(t *testing.T, words ...string) (*logdir, *strings.Builder) {
	t.Helper()
	dir := t.TempDir() + "/d"
	s, err := parse(append(words, dir))
	ok(t, err)
	var said strings.Builder
	l := newLogger(&chain.Call{Name: "s6-log", Stderr: &said, Stdout: &said, Env: os.Environ()}, flags{verbosity: 1}, s)
	d := s.dirs[0]
	ok(t, d.open(l))
	t.Cleanup(d.close)
	return d, &said
}

// put has lines written, as of a moment.
func (d *logdir) put(now time.Time, lines string) {
	d.pending = append(d.pending, lines...)
	d.turn(now)
	d.fill()
	d.write(now)
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	ok(t, err)
	var names []string
	for _, e := range list {
		name := e.Name()
		if isArchive(name) {
			name = "archive" + name[s6dir.TextSize:]
		}
		names = append(names, name)
	}
	return names
}

// TestLinesGoOnWhileAnArchiveCantBeMade: none is lost or kept back, and it is made when it can be.
func TestLinesGoOnWhileAnArchiveCantBeMade(t *testing.T) {
	now := time.Now()
	later := func() time.Time { now = now.Add(time.Minute); return now }
	block := numbered(50, 100) // more than is asked for
	for _, c := range []struct {
		name string
		hold func(d *logdir) // makes the archive impossible
		free func(d *logdir)
		says string
	}{
		{"it can't be renamed", func(d *logdir) {
			ok(t, os.MkdirAll(d.path+"/previous/x", 0o755))
		}, func(d *logdir) { ok(t, os.RemoveAll(d.path+"/previous")) }, "unable to rename"},
		{"there is no new file", func(d *logdir) {
			ok(t, os.Rename(d.path+"/current", d.path+"/previous"), os.Mkdir(d.path+"/current", 0o755))
			d.stage = renamed
		}, func(d *logdir) { ok(t, os.Remove(d.path+"/current")) }, "unable to open"},
		{"the archive can't have its name", func(d *logdir) {
			ok(t, os.Rename(d.path+"/current", d.path+"/aside"), os.Mkdir(d.path+"/previous", 0o755), os.WriteFile(d.path+"/current", nil, 0o600))
			d.stage = ready
		}, func(d *logdir) { ok(t, os.Remove(d.path+"/previous"), os.Rename(d.path+"/aside", d.path+"/previous")) }, "unable to archive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, said := opened(t, "s4096", "l0", "r50")
			c.hold(d)
			for range 3 {
				d.put(later(), block)
				if len(d.pending) > 0 {
					t.Fatalf("%d bytes are kept back", len(d.pending))
				}
			}
			if d.stage == quiet || strings.Count(said.String(), c.says) < 3 {
				t.Errorf("it is at %d, and says %q", d.stage, said.String())
			}
			c.free(d)
			d.put(later(), "the last line\n")
			d.finish()
			if d.stage != quiet {
				t.Errorf("it is at %d", d.stage)
			}
			if got := content(t, d.path); got != strings.Repeat(block, 3)+"the last line\n" && c.name != "the archive can't have its name" {
				t.Errorf("there are %d bytes: %q", len(got), entries(t, d.path))
			}
			if slices.Contains(entries(t, d.path), previous) {
				t.Error("previous is left")
			}
		})
	}
}

// TestAnArchiveThatCantBeMadeAtTheEndIsLeft, and the next logger makes it.
func TestAnArchiveThatCantBeMadeAtTheEndIsLeft(t *testing.T) {
	d, said := opened(t, "s4096", "l0")
	ok(t, os.MkdirAll(d.path+"/previous/x", 0o755))
	d.l.ended = true
	d.put(time.Now(), numbered(50, 100))
	if d.l.busy() || !strings.Contains(said.String(), "the next logger finishes what was begun") {
		t.Errorf("it goes on: %s", said.String())
	}
	d.finish()
	d.close()
	ok(t, os.RemoveAll(d.path+"/previous"))
	d.l.dirs, d.l.ended = nil, false
	next := newLogdir(d.path, &rules{count: 3, size: smallest})
	ok(t, next.open(d.l))
	next.put(time.Now(), "a\n")
	if got := content(t, d.path); got != numbered(50, 100)+"a\n" {
		t.Errorf("%d bytes are there: %q", len(got), entries(t, d.path))
	}
}

// TestATornLineIsGoneOnWith: after a write that was cut short no archive is made within the line.
func TestATornLineIsGoneOnWith(t *testing.T) {
	d, _ := opened(t, "s4096", "l0")
	d.put(time.Now(), numbered(40, 100))
	ok(t, os.Truncate(d.path+"/current", 0))
	d.size, d.torn = 4096, true // as if a line had been cut where the archive is full
	d.put(time.Now(), "the rest\nthe next\n")
	d.finish()
	data, err := os.ReadFile(d.path + "/current")
	ok(t, err)
	if string(data) != "the next\n" || content(t, d.path) != "the rest\nthe next\n" {
		t.Errorf("%q is in the file, %q in all", data, content(t, d.path))
	}
}

func TestLabelsFollowOneAnother(t *testing.T) {
	d, _ := opened(t, "n1000", "s4096", "l0")
	for range 300 { // faster than some clocks go
		d.put(time.Now(), numbered(41, 100))
	}
	if got := content(t, d.path); got != strings.Repeat(numbered(41, 100), 300) {
		t.Error("archives aren't in order")
	}
	for _, c := range []struct{ s, want s6dir.Stamp }{
		{s6dir.Stamp{Sec: 5, Nano: 7}, s6dir.Stamp{Sec: 5, Nano: 8}},
		{s6dir.Stamp{Sec: 5, Nano: 999999999}, s6dir.Stamp{Sec: 6}},
	} {
		if got := after(c.s); got != c.want || !before(c.s, got) || before(got, c.s) {
			t.Errorf("after %v comes %v", c.s, got)
		}
	}
}

// TestALabelOfNobodysClockCountsForNothing: an archive's name from a far future doesn't push all others there.
func TestALabelOfNobodysClockCountsForNothing(t *testing.T) {
	d, _ := opened(t, "n9", "s4096", "l0")
	ok(t, os.WriteFile(d.path+"/@7fffffffffffffff00000000.s", nil, 0o600))
	d.put(time.Now(), numbered(41, 100))
	list, err := filepath.Glob(d.path + "/@4*.s")
	if err != nil || len(list) != 1 {
		t.Errorf("%v: %q", err, entries(t, d.path))
	}
}

// TestANameIsntTakenTwice, on file systems that can't look while they rename as well: there it is linked.
func TestANameIsntTakenTwice(t *testing.T) {
	d, _ := opened(t)
	for _, name := range []string{"a", "b"} {
		ok(t, os.WriteFile(d.path+"/"+name, []byte(name), 0o600))
	}
	if err := d.rename("a", "b"); !errors.Is(err, unix.EEXIST) {
		t.Errorf("it gives %v", err)
	}
	ok(t, d.rename("a", "c"))
	if data, err := os.ReadFile(d.path + "/c"); err != nil || string(data) != "a" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestWhatIsAnArchive(t *testing.T) {
	const label = "@400000006b07ead708a04741"
	for name, want := range map[string]bool{
		label + ".s": true, label + ".u": true, "@400000006B07EAD708A04741.s": true,
		label + ".S": false, label: false, label + ".ss": false, label + "1.s": false, label[:24] + ".s": false, label[:24] + "g.s": false,
		"x" + label[1:] + ".s": false, label + "_s": false, "": false, "@": false, "current": false,
	} {
		if isArchive(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// TestLinesDontDependOnThePieces that they come in, whatever the limit.
func TestLinesDontDependOnThePieces(t *testing.T) {
	input := strings.Repeat("0123456789", 20) + "\n\nshort\n" + strings.Repeat("x", 48) + "\n" + strings.Repeat("y", 97) + "\nz\n"
	for _, limit := range []int{0, 48, 97, 8192} {
		var want strings.Builder
		for line := range strings.Lines(input) {
			line = strings.TrimSuffix(line, "\n")
			for limit > 0 && len(line) > limit {
				want.WriteString(line[:limit] + "\n")
				line = line[limit:]
			}
			want.WriteString(line + "\n")
		}
		for piece := 1; piece <= len(input); piece++ {
			s, err := parse([]string{"1"})
			ok(t, err)
			l := &logger{script: s, f: flags{limit: limit}}
			for rest := input; rest != ""; {
				n := min(piece, len(rest))
				had := len(l.held)
				l.held = append(l.held, rest[:n]...)
				l.take(had)
				rest = rest[n:]
			}
			if string(l.lines) != want.String() {
				t.Fatalf("limit %d, pieces of %d: %q", limit, piece, l.lines)
			}
		}
	}
}

// TestModesFollowTheUmask as the real one's do, of the first file and of later ones.
func TestModesFollowTheUmask(t *testing.T) {
	bin := t.TempDir()
	ok(t, os.Symlink(oursPath(t), bin+"/s6-log"))
	for _, umask := range []string{"077", "002", "027"} {
		var got []string
		for _, path := range []string{realPath(t), bin + "/s6-log"} {
			dir := t.TempDir()
			p := begin(t, "/bin/sh", dir, &scene{args: []string{
				"-c", fmt.Sprintf("umask %s; exec %s s4096 l0 ./d =./x", umask, path),
			}, argv0: "sh"})
			_, err := p.in.WriteString(numbered(1, 5000))
			ok(t, err)
			p.taken()
			archived("d", 1)(p)
			ok(t, p.in.Close())
			p.end()
			got = append(got, p.files())
		}
		if got[0] != got[1] {
			t.Errorf("umask %s: the real one:\n%s\nours:\n%s", umask, cut(got[0]), cut(got[1]))
		}
	}
}

func TestAnOutletEndsWithItsWriter(t *testing.T) {
	r, w, err := os.Pipe()
	ok(t, err, r.Close())
	woken := make(chan bool, 9)
	o := newOutlet(w, func() { woken <- true })
	o.give([]byte("a\n"))
	<-woken
	if n, dead := o.pending(); n != 0 || dead == nil {
		t.Errorf("%d bytes, %v", n, dead)
	}
	o.give([]byte("b\n")) // for nobody
	if n, _ := o.pending(); n != 0 {
		t.Errorf("%d bytes", n)
	}
	ok(t, w.Close())
}

func TestAStatusFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.WriteFile(dir+"/secret", []byte("secret"), 0o600), os.Symlink("secret", dir+"/x.new"))
	got := ours(t, scene{args: []string{"=" + dir + "/x"}, steps: []any{"a\n"}})
	says(t, got, "warning: unable to write status file "+dir+"/x: Too many levels of symbolic links")
	if data, err := os.ReadFile(dir + "/secret"); err != nil || string(data) != "secret" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestTheUmaskIsAskedFor(t *testing.T) {
	had := unix.Umask(0o027)
	got := umask()
	if now := unix.Umask(had); got != 0o027 || now != 0o027 {
		t.Errorf("it is %o, and %o afterwards", got, now)
	}
}

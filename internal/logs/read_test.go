package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// encoder makes packed files for tests.
var encoder = sync.OnceValues(func() (*zstd.Encoder, error) { return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) })

// lay puts files into the rig's directory: all but the last are archives, each second one packed; the last is current.
func (g *rig) lay(files [][]string) {
	g.t.Helper()
	ok(g.t, os.RemoveAll(g.path("")), os.MkdirAll(g.path(""), 0o755))
	z, err := encoder()
	ok(g.t, err)
	for i, lines := range files {
		data := []byte{}
		if len(lines) > 0 {
			data = []byte(stampText + strings.Join(lines, "\n"+stampText) + "\n")
		}
		name := archiveName(uint64(i+1), birthday.Add(time.Duration(i)*time.Hour))
		switch {
		case i == len(files)-1:
			name = currentName
		case i%2 == 1:
			name, data = name+packedEnd, z.EncodeAll(data, nil)
		}
		ok(g.t, os.WriteFile(g.path(name), data, 0o644))
	}
}

func TestTheLastLinesAreTheLastLines(t *testing.T) {
	g := newRig(t)
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"", "x", "some words", strings.Repeat("long ", 8_000)})
		files := rapid.SliceOfN(rapid.SliceOfN(line, 0, 8), 1, 6).Draw(t, "files")
		n := rapid.IntRange(-1, 30).Draw(t, "n")
		g.lay(files)
		want := slices.Concat(files...)
		if n >= 0 {
			want = want[max(len(want)-n, 0):]
		}
		if got := g.lines(Query{Lines: n}); !slices.Equal(got, want) {
			t.Fatalf("the last %d of %d: got %.300q, want %.300q", n, len(slices.Concat(files...)), got, want)
		}
	})
}

func TestALineThatIsntEndedIsTheLastLine(t *testing.T) {
	g := newRig(t)
	g.lay([][]string{{"a"}, {"b"}})
	ok(t, os.WriteFile(g.path("current"), []byte(stampText+"b\n"+stampText+"torn"), 0o644))
	for n, want := range [][]string{{}, {"torn"}, {"b", "torn"}, {"a", "b", "torn"}, {"a", "b", "torn"}} {
		equal(t, fmt.Sprint("the last ", n), g.lines(Query{Lines: n}), append([]string{}, want...))
	}
}

func TestLinesSinceATime(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep = 200, 100
	l := g.open(o)
	w := pipeOf(t, l)
	for i := range 60 {
		g.say(l, w, fmt.Sprintf("line %d\n", i+1))
		g.pass(time.Minute)
	}
	for _, c := range []struct {
		name  string
		since time.Duration
		lines int
		want  []string
	}{
		{"the beginning", 0, All, numbered(1, 60)},
		{"half an hour on", 30 * time.Minute, All, numbered(32, 60)}, // whole seconds are written: 03.123 is after 03
		{"half an hour on, the last five", 30 * time.Minute, 5, numbered(56, 60)},
		{"near the end, the last fifty", 57 * time.Minute, 50, numbered(59, 60)},
		{"the future", time.Hour * 10, All, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := Query{Lines: c.lines, Since: birthday.Add(c.since)}
			if c.since == 0 {
				q.Since = birthday.Truncate(time.Second)
			}
			equal(t, "lines", g.lines(q), c.want)
		})
	}
}

// following reads along, and gives the lines that came so far.
type following struct {
	lines chan string
	stop  context.CancelFunc
	end   chan error
}

func follow(t *testing.T, p Place, q Query) *following {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	f := &following{lines: make(chan string, 1<<17), stop: stop, end: make(chan error, 1)}
	q.Follow, q.Poll = true, time.Millisecond
	gone := make(chan struct{})
	t.Cleanup(func() {
		stop()
		<-gone
	})
	go func() {
		defer close(gone)
		var last error
		for l, err := range p.Lines(ctx, q) {
			if err != nil {
				last = err
				continue
			}
			f.lines <- string(l.Text)
		}
		f.end <- last
	}()
	return f
}

// want waits for lines, in order.
func (f *following) want(t *testing.T, want ...string) {
	t.Helper()
	for i, line := range want {
		select {
		case got := <-f.lines:
			if got != line {
				t.Fatalf("line %d: got %q, want %q", i, got, line)
			}
		case err := <-f.end:
			t.Fatalf("line %d: it ended: %v", i, err)
		case <-time.After(20 * time.Second):
			t.Fatalf("line %d: %q never came", i, line)
		}
	}
}

// ends stops the reading, which must have nothing more to give.
func (f *following) ends(t *testing.T) {
	t.Helper()
	f.stop()
	ok(t, <-f.end)
	if len(f.lines) > 0 {
		t.Errorf("there also came %q", <-f.lines)
	}
}

func TestFollowingCrossesRotations(t *testing.T) {
	for _, pack := range []bool{false, true} {
		t.Run(fmt.Sprintf("packed: %v", pack), func(t *testing.T) {
			g := newRig(t)
			o := g.options()
			o.Size, o.Keep, o.Pack = 2000, 1000, pack
			l := g.open(o)
			w := pipeOf(t, l)
			lines := numbered(1, 4000)
			g.say(l, w, joined(lines[:100]))
			f := follow(t, g.place(), Query{Lines: 10})
			f.want(t, lines[90:100]...)
			for i := 100; i < len(lines); i += 10 + i%300 {
				g.say(l, w, joined(lines[i:min(i+10+i%300, len(lines))]))
			}
			f.want(t, lines[100:]...)
			f.ends(t)
		})
	}
}

func TestFollowingWaitsForALogThatIsntThereYet(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	var looks atomic.Int64
	p := g.place()
	p.Rights = rights(func(fn func() error) error { looks.Add(1); return fn() })
	f := follow(t, p, Query{Lines: All})
	l := g.open(g.options())
	w := pipeOf(t, l)
	g.say(l, w, "first\n")
	f.want(t, "first")
	ok(t, os.RemoveAll(g.path("")))
	seen := looks.Load()
	soon(t, "the reader to see that it is gone", func() bool { return looks.Load() > seen+10 })
	g.pass(2 * lookEvery)
	g.say(l, w, "in a new directory\n")
	f.want(t, "in a new directory")
	f.ends(t)
	if _, err := g.place().view(); err != nil {
		t.Fatal(err)
	}
	ok(t, os.RemoveAll(g.path("")))
	for _, err := range g.place().Lines(t.Context(), Query{Lines: All}) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want %v", err, fs.ErrNotExist)
		}
	}
}

func TestFollowingSaysWhatWasRemovedBeforeItCouldBeRead(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep = 100, 2
	l := g.open(o)
	w := pipeOf(t, l)
	g.say(l, w, "first\n")
	var was, is view
	was, err := g.place().view()
	ok(t, err)
	defer was.close()
	for i := range 20 {
		g.say(l, w, fmt.Sprintf("%d %s\n", i, strings.Repeat("x", 60)))
	}
	is, err = g.place().view()
	ok(t, err)
	defer is.close()
	var got []string
	r := &reader{place: g.place(), q: Query{Poll: time.Millisecond}, yield: func(l Line, _ error) bool {
		got = append(got, strings.TrimRight(string(l.Text), " x"))
		return true
	}}
	r.between(t.Context(), &was, &is)
	equal(t, "lines", got, []string{"berth: 17 archives were removed before they could be read", "17", "18"})
}

func TestALineIsWaitedForUntilItIsWhole(t *testing.T) {
	g := newRig(t)
	g.lay([][]string{{"a"}})
	f := follow(t, g.place(), Query{Lines: 1})
	f.want(t, "a")
	file, err := os.OpenFile(g.path("current"), os.O_APPEND|os.O_WRONLY, 0)
	ok(t, err)
	st, err := file.Stat()
	ok(t, err)
	_, err = file.WriteString(stampText + "torn by a full di")
	ok(t, err)
	soon(t, "the reader to see half a line", func() bool { return len(f.lines) == 0 })
	ok(t, file.Truncate(st.Size())) // its writer takes it back
	_, err = file.WriteString(stampText + "who")
	ok(t, err)
	_, err = file.WriteString("le\n")
	ok(t, err, file.Close())
	select {
	case got := <-f.lines:
		// The reader may not have looked between the two: then nothing of the torn line is there either.
		equal(t, "line", got, "whole")
	case <-time.After(20 * time.Second):
		t.Fatal("it never came")
	}
	f.ends(t)
}

type rightsFunc func(func() error) error

func (r rightsFunc) Do(f func() error) error { return r(f) }

// A line that was taken back may have been replaced before the next look, by a shorter one, a longer one, or one as long.
func TestALineInThePlaceOfATornOneIsReadWhole(t *testing.T) {
	const torn = stampText + "torn by a full di"
	for _, text := range []string{"who", "torn by a full disk that is full no more", "as long as it is.", "torn by a full d"} {
		g := newRig(t)
		g.lay([][]string{{"a"}})
		v, err := g.place().view()
		ok(t, err)
		defer v.close()
		before, err := os.ReadFile(g.path("current"))
		ok(t, err)
		looks := 0
		var got []string
		ctx, cancel := context.WithCancel(t.Context())
		r := &reader{place: g.place(), q: Query{Follow: true, Poll: time.Millisecond}, yield: func(l Line, _ error) bool {
			got = append(got, string(l.Text))
			return len(got) < 2
		}}
		r.place.Rights = rightsFunc(func(f func() error) error { // each look asks whether the file still has its name
			switch looks++; looks {
			case 1:
				ok(t, os.WriteFile(g.path("current"), []byte(string(before)+torn), 0o644))
			case 2, 3:
			case 4:
				ok(t, os.Truncate(g.path("current"), int64(len(before))), os.WriteFile(g.path("current"), []byte(string(before)+stampText+text+"\n"), 0o644))
			case 100:
				cancel()
			}
			return f()
		})
		r.fresh()
		_, err = r.current(ctx, &v, 0)
		ok(t, err)
		equal(t, "lines", got, []string{"a", text})
		cancel()
	}
}

func TestAReaderMayStopAtAnyLine(t *testing.T) {
	g := newRig(t)
	g.lay([][]string{numbered(1, 5), numbered(6, 10), numbered(11, 15)})
	before := openFiles(t)
	for stop := 1; stop <= 15; stop++ {
		n := 0
		for _, err := range g.place().Lines(t.Context(), Query{Lines: All, Follow: true}) {
			ok(t, err)
			if n++; n == stop {
				break
			}
		}
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}

func TestWhatCantBeReadIsToldAndTheRestIsRead(t *testing.T) {
	g := newRig(t)
	g.lay([][]string{{"a"}, {"packed"}, {"b"}, {"c"}})
	packed := archiveName(2, birthday.Add(time.Hour)) + packedEnd
	ok(t, os.WriteFile(g.path(packed), []byte("no zstd"), 0o644))
	got := g.lines(Query{Lines: All})
	if len(got) != 4 || !strings.HasPrefix(got[1], "berth: an archive can't be read: ") {
		t.Fatalf("lines %q", got)
	}
	equal(t, "the rest", []string{got[0], got[2], got[3]}, []string{"a", "b", "c"})
	for _, kind := range []string{"link", "FIFO"} {
		ok(t, os.Remove(g.path(currentName)))
		if kind == "link" {
			ok(t, os.Symlink("/etc/passwd", g.path(currentName)))
		} else {
			ok(t, unix.Mkfifo(g.path(currentName), 0o644))
		}
		for _, err := range g.place().Lines(t.Context(), Query{Lines: All}) {
			if !fsx.IsRefusal(err) {
				t.Errorf("a %s: got %v, want a refusal", kind, err)
			}
		}
	}
}

func TestNobodyIsReadWhatTheAppsUserCouldntRead(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	g.lay([][]string{{"secret"}, {"secret"}, {"open"}})
	for _, name := range g.files()[:2] {
		ok(t, os.Chmod(g.path(name), 0o600))
	}
	p := g.place()
	p.Rights = g.asAnotherUser()
	got := linesOf(t, p, Query{Lines: All})
	if len(got) != 3 || !strings.Contains(got[0], "permission denied") || !strings.Contains(got[1], "permission denied") || got[2] != "open" {
		t.Errorf("lines %q", got)
	}
}

func TestAnArchiveThatUnpacksToVeryMuchCostsLittleMemory(t *testing.T) {
	g := newRig(t)
	g.lay([][]string{{}, {}, {"end"}})
	var bomb bytes.Buffer
	z, err := zstd.NewWriter(&bomb)
	ok(t, err)
	block := make([]byte, 1<<20)
	for range 64 { // one line of 64 MiB
		_, err := z.Write(block)
		ok(t, err)
	}
	ok(t, z.Close(), os.WriteFile(g.path(archiveName(2, birthday.Add(time.Hour))+packedEnd), bomb.Bytes(), 0o644))
	longest := 0
	for l, err := range g.place().Lines(t.Context(), Query{Lines: All}) {
		ok(t, err)
		longest = max(longest, len(l.Text))
	}
	if longest > longestRead+100 {
		t.Errorf("a line of %d bytes was held", longest)
	}
	// A window that would need a gigabyte is refused.
	head := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00}
	ok(t, os.WriteFile(g.path(archiveName(2, birthday.Add(time.Hour))+packedEnd), head, 0o644))
	got := g.lines(Query{Lines: All})
	if len(got) != 2 || !strings.Contains(got[0], "can't be read") {
		t.Errorf("lines %q", got)
	}
}

package logs

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func count(names []string, end string) (n int) {
	for _, name := range names {
		if strings.HasSuffix(name, end) {
			n++
		}
	}
	return n
}

func TestArchivesButTheYoungestArePacked(t *testing.T) {
	g := newRig(t)
	o := g.options()
	o.Size, o.Keep, o.Pack = 1000, 6, true
	l := g.open(o)
	w := pipeOf(t, l)
	lines := numbered(1, 300)
	g.say(l, w, joined(lines))
	soon(t, "the packing", func() bool { return count(g.files(), ".zst") == 5 && len(g.files()) == 7 })
	names := g.files()
	equal(t, "files", []int{len(names), count(names, ".log")}, []int{7, 1})
	got := g.lines(Query{Lines: All})
	equal(t, "lines", got, lines[len(lines)-len(got):])
	// The packed ones are pruned as others are.
	lines = append(lines, numbered(301, 600)...)
	g.say(l, w, joined(lines[300:]))
	soon(t, "the packing", func() bool { return count(g.files(), ".zst") == 5 && len(g.files()) == 7 })
	got = g.lines(Query{Lines: All})
	equal(t, "lines", got, lines[len(lines)-len(got):])
}

func TestAPackedArchiveKeepsModeAndBytes(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	noise := make([]byte, 700_000)
	for i := range noise {
		noise[i] = byte(rand.N(256))
	}
	name := "000001-20261125T194703Z.log"
	ok(t, os.WriteFile(g.path(name), noise, 0o640), os.WriteFile(g.path("000002-20261125T194703Z.log"), nil, 0o640), os.Chmod(g.path(name), 0o640))
	more, err := g.place().packOne(t.Context())
	ok(t, err)
	if !more {
		t.Fatal("nothing was packed")
	}
	equal(t, "files", g.files(), []string{name + ".zst", "000002-20261125T194703Z.log"})
	z, err := zstd.NewReader(nil)
	ok(t, err)
	defer z.Close()
	got, err := z.DecodeAll([]byte(g.text(name+".zst")), nil)
	ok(t, err)
	if !bytes.Equal(got, noise) {
		t.Error("other bytes came out")
	}
	st, err := os.Stat(g.path(name + ".zst"))
	ok(t, err)
	equal(t, "mode", st.Mode().String(), "-rw-r-----")
	more, err = g.place().packOne(t.Context())
	ok(t, err)
	if more {
		t.Error("the youngest was packed")
	}
}

func TestWhatACrashLeftBetweenPackingAndRemovingIsOneArchive(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	name := "000001-20261125T194703Z.log"
	ok(t, os.WriteFile(g.path(name), []byte(stampText+"once\n"), 0o644), os.WriteFile(g.path("000002-20261125T194703Z.log"), nil, 0o644))
	_, err := g.place().packOne(t.Context())
	ok(t, err, os.WriteFile(g.path(name), []byte(stampText+"once\n"), 0o644))
	equal(t, "lines", g.lines(Query{Lines: All}), []string{"once"})
	_, err = g.place().packOne(t.Context())
	ok(t, err)
	equal(t, "files", g.files(), []string{name + ".zst", "000002-20261125T194703Z.log"})
}

func TestAnInterruptedPackingLeavesTheArchive(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	names := []string{"000001-20261125T194703Z.log", "000002-20261125T194703Z.log"}
	for _, name := range names {
		ok(t, os.WriteFile(g.path(name), []byte("x\n"), 0o644))
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := g.place().packOne(ctx); err == nil {
		t.Error("packed after its end")
	}
	equal(t, "files", g.files(), names)
}

func TestAPackingThatFailsIsNotTriedAtOnceAgain(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755))
	tries := make(chan struct{}, 100)
	p := g.place()
	p.Rights = &refusing{tries}
	g.c.packer.want(p)
	<-tries
	soon(t, "the end of the packing", func() bool {
		g.c.packer.mu.Lock()
		defer g.c.packer.mu.Unlock()
		return !g.c.packer.running
	})
	equal(t, "more tries", len(tries), 0)
}

type refusing struct{ tries chan struct{} }

func (r *refusing) Do(func() error) error {
	r.tries <- struct{}{}
	return fs.ErrPermission
}

func TestWhatAKillLeftOfAPackingIsSwept(t *testing.T) {
	g := newRig(t)
	ok(t, os.MkdirAll(g.path(""), 0o755), os.WriteFile(g.path(".berth-0123456789abcdef"), []byte("half"), 0o600))
	l := g.open(g.options())
	g.say(l, pipeOf(t, l), "x\n")
	if slices.Contains(g.files(), ".berth-0123456789abcdef") {
		t.Error("it is still there")
	}
}

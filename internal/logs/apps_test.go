package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// app gives files to rotate above 500 bytes, and an app that writes a hundred lines at a time to app.log.
func (g *rig) app(t *testing.T, keep int, pack bool) (Files, func(round int)) {
	t.Helper()
	ok(t, os.RemoveAll(g.top+"/app"), os.Mkdir(g.top+"/app", 0o755))
	file, err := os.OpenFile(g.top+"/app/app.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	ok(t, err)
	t.Cleanup(func() { _ = file.Close() })
	f := Files{Place: Place{Dir: g.dir, Path: "app"}, Patterns: []string{"*.log"}, Size: 500, Keep: keep, Pack: pack}
	return f, func(round int) {
		_, err := file.WriteString(joined(numbered(round*100+1, round*100+100)))
		ok(t, err)
	}
}

// unpacked gives what a file holds, packed or not.
func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	ok(t, err)
	if strings.HasSuffix(name, packedEnd) {
		z, err := zstd.NewReader(bytes.NewReader(data))
		ok(t, err)
		defer z.Close()
		data, err = io.ReadAll(z)
		ok(t, err)
	}
	return data
}

// copies gives all lines of the app's file and of its copies, the oldest first.
func (g *rig) copies(t *testing.T) (lines []string) {
	t.Helper()
	var all []byte
	for n := 9; n >= 0; n-- {
		for _, end := range []string{"", packedEnd} {
			at := fmt.Sprintf("%s/app/app.log.%d%s", g.top, n, end)
			if n == 0 {
				at = g.top + "/app/app.log"
			}
			if _, err := os.Lstat(at); err == nil && (n > 0 || end == "") {
				all = append(all, unpacked(t, at)...)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(all), "\n"), "\n")
}

func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func TestFilesThatAnAppWritesAreRotatedUnderItsFeet(t *testing.T) {
	for _, pack := range []bool{false, true} {
		t.Run(fmt.Sprintf("packed: %v", pack), func(t *testing.T) {
			g := newRig(t)
			f, write := g.app(t, 3, pack)
			var before unix.Stat_t
			ok(t, unix.Stat(g.top+"/app/app.log", &before))
			for round := range 5 {
				write(round)
				n, err := f.Rotate(t.Context())
				ok(t, err)
				equal(t, "rotated", n, 1)
			}
			end := ""
			if pack {
				end = packedEnd
			}
			equal(t, "files", listed(t, g.top+"/app"), []string{"app.log", "app.log.1" + end, "app.log.2" + end, "app.log.3" + end})
			equal(t, "lines", g.copies(t), numbered(201, 500))
			var after, one unix.Stat_t
			ok(t, unix.Stat(g.top+"/app/app.log", &after), unix.Stat(g.top+"/app/app.log.1"+end, &one))
			if after.Ino != before.Ino || after.Mode != before.Mode || after.Size != 0 || one.Mode != before.Mode {
				t.Errorf("%+v became %+v with %+v", before, after, one)
			}
			n, err := f.Rotate(t.Context())
			ok(t, err)
			equal(t, "rotated when small", n, 0)
		})
	}
}

func TestFilesKeepTheirOwner(t *testing.T) {
	needsRoot(t)
	g := newRig(t)
	f, write := g.app(t, 2, false)
	f.Place.Rights = g.asAnotherUser()
	ok(t, os.Chown(g.top+"/app", 4242, 4242), os.Chown(g.top+"/app/app.log", 4242, 4242))
	write(0)
	n, err := f.Rotate(t.Context())
	ok(t, err)
	equal(t, "rotated", n, 1)
	for _, name := range []string{"app.log", "app.log.1"} {
		var st unix.Stat_t
		ok(t, unix.Stat(g.top+"/app/"+name, &st))
		if st.Uid != 4242 || st.Gid != 4242 {
			t.Errorf("%s belongs to %d:%d", name, st.Uid, st.Gid)
		}
	}
	// Another user's file is not ours to rotate, and is told.
	ok(t, os.WriteFile(g.top+"/app/root.log", make([]byte, 2000), 0o600))
	write(1)
	n, err = f.Rotate(t.Context())
	equal(t, "rotated", n, 1)
	if !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), "rotate root.log: ") {
		t.Errorf("got %v", err)
	}
}

func TestNoCopyIsKeptWhereNoneIsWanted(t *testing.T) {
	g := newRig(t)
	f, write := g.app(t, 0, false)
	write(0)
	_, err := f.Rotate(t.Context())
	ok(t, err)
	equal(t, "files", listed(t, g.top+"/app"), []string{"app.log"})
	equal(t, "lines", g.copies(t), []string(nil))
}

func TestAHoleIsNeitherCountedNorCopied(t *testing.T) {
	g := newRig(t)
	f, _ := g.app(t, 3, false)
	file, err := os.Create(g.top + "/app/own.log") // not for appending: its writer keeps a place of its own
	ok(t, err)
	defer func() { ok(t, file.Close()) }()
	block := joined(numbered(1, 20_000))
	f.Size = 100_000
	_, err = io.WriteString(file, block)
	ok(t, err)
	n, err := f.Rotate(t.Context())
	ok(t, err)
	equal(t, "rotated", n, 1)
	_, err = io.WriteString(file, "a little more\n")
	ok(t, err)
	if st, err := file.Stat(); err != nil || st.Size() < 100_000 {
		t.Skipf("needs a file system with holes: %v", err)
	}
	n, err = f.Rotate(t.Context())
	ok(t, err)
	equal(t, "rotated for a hole", n, 0)
	_, err = io.WriteString(file, block)
	ok(t, err)
	n, err = f.Rotate(t.Context())
	ok(t, err)
	equal(t, "rotated", n, 1)
	data := unpacked(t, g.top+"/app/own.log.1")
	text := strings.TrimLeft(string(data), "\x00")
	if len(data)-len(text) > 64<<10 || text != "a little more\n"+block {
		t.Errorf("a copy of %d bytes, %d of them zeros", len(data), len(data)-len(text))
	}
}

func TestPatterns(t *testing.T) {
	g := newRig(t)
	outside := t.TempDir()
	big := make([]byte, 2000)
	for _, name := range []string{
		"a/x.log", "a/y.log", "a/x.txt", "b/x.log", "b/deep/x.log", "top.log", "a/.hidden.log", "a/x.log.1", "a/x.log.12.zst", "a/odd.1", "c.d/x.log",
	} {
		ok(t, os.MkdirAll(filepath.Dir(g.top+"/app/"+name), 0o755), os.WriteFile(g.top+"/app/"+name, big, 0o644))
	}
	ok(t, os.WriteFile(outside+"/x.log", big, 0o644), os.Symlink(outside, g.top+"/app/link"),
		os.Symlink(outside+"/x.log", g.top+"/app/a/link.log"), unix.Mkfifo(g.top+"/app/a/fifo.log", 0o644), os.Mkdir(g.top+"/app/a/dir.log", 0o755))
	for _, c := range []struct {
		pattern string
		want    []string
	}{
		{"*.log", []string{"top.log"}},
		{"*/*.log", []string{"a/x.log", "a/y.log", "b/x.log", "c.d/x.log"}},
		{"a/?.log", []string{"a/x.log", "a/y.log"}},
		{"a/*", []string{"a/x.log", "a/x.txt", "a/y.log"}},
		{"a/.*", []string{"a/.hidden.log"}},
		{"*/deep/*", []string{"b/deep/x.log"}},
		{"[ab]/x*", []string{"a/x.log", "a/x.txt", "b/x.log"}},
		{"a//x.log", []string{"a/x.log"}},
		{"none/*", nil},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			got, err := Files{Place: Place{Dir: g.dir, Path: "app"}}.match(c.pattern)
			ok(t, err)
			equal(t, "files", got, c.want)
		})
	}
	for _, bad := range []string{"", "/etc/*", "[", "a/[", "../*"} {
		got, err := Files{Place: Place{Dir: g.dir, Path: "app"}}.match(bad)
		if len(got) > 0 || err == nil && bad != "../*" || err != nil && !errors.Is(err, path.ErrBadPattern) {
			t.Errorf("%q gave %q, %v", bad, got, err)
		}
	}
	got, err := Files{Place: Place{Dir: g.dir, Path: "nowhere"}}.match("*")
	ok(t, err)
	equal(t, "an app that hasn't begun", got, []string(nil))
}

func TestOneFileThatCantBeRotatedDoesntKeepTheOthers(t *testing.T) {
	g := newRig(t)
	f, write := g.app(t, 2, false)
	write(0)
	ok(t, os.WriteFile(g.top+"/app/linked.log", make([]byte, 2000), 0o644), os.Link(g.top+"/app/linked.log", g.top+"/snapshot"))
	f.Patterns = []string{"[", "linked.log", "app.log"}
	n, err := f.Rotate(t.Context())
	equal(t, "rotated", n, 1)
	if !errors.Is(err, fsx.ErrHardlink) || !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("got %v", err)
	}
	if st, err := os.Stat(g.top + "/snapshot"); err != nil || st.Size() != 2000 {
		t.Errorf("the snapshot: %v, %v", st, err)
	}
}

func TestAnAppThatWritesOnLosesAtMostWhatItWroteInAMoment(t *testing.T) {
	g := newRig(t)
	f, _ := g.app(t, 9, false)
	file, err := os.OpenFile(g.top+"/app/app.log", os.O_APPEND|os.O_WRONLY, 0)
	ok(t, err)
	written := 0
	done := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
			}
			written++
			if _, err := fmt.Fprintf(file, "line %d\n", written); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	rotated := 0
	soon(t, "three rotations", func() bool {
		n, err := f.Rotate(t.Context())
		ok(t, err)
		rotated += n
		return rotated >= 3
	})
	close(quit)
	<-done
	ok(t, file.Close())
	// What is written between the end of a copy and the cut is lost, however long that takes on a busy machine, and nothing else is:
	// one gap a rotation, with nothing but its borders torn.
	want, gaps, torn := 1, 0, 0
	for _, line := range g.copies(t) {
		n := 0
		if _, err := fmt.Sscanf(line, "line %d", &n); err != nil || n < want || line != fmt.Sprintf("line %d", n) {
			torn++
			continue
		}
		if n > want {
			gaps++
		}
		want = n + 1
	}
	if gaps > rotated || torn > 2*rotated {
		t.Errorf("%d gaps, %d torn lines after %d rotations; %d of %d is the last", gaps, torn, rotated, want-1, written)
	}
	for n := 1; n <= rotated; n++ {
		if st, err := os.Stat(fmt.Sprintf("%s/app/app.log.%d", g.top, n)); err != nil || st.Size() <= f.Size {
			t.Errorf("copy %d: %v, %v", n, st, err)
		}
	}
}

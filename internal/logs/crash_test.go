package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// crashAt runs f and has it die at its k-th change of the disk; alive says that there were fewer.
func crashAt(k int, f func()) (alive bool) {
	type crash struct{}
	n := 0
	remove := fsx.OnChange(func(string, string) {
		if n++; n == k {
			panic(crash{})
		}
	})
	defer remove()
	defer func() {
		if v := recover(); v != nil {
			if _, ours := v.(crash); !ours {
				panic(v)
			}
		}
	}()
	f()
	return true
}

// write writes lines one by one, as a log does, and says how many are surely in the files.
func (s *shelf) write(lines []string, written *int) error {
	if err := s.open(birthday); err != nil {
		return err
	}
	for _, line := range lines {
		text := []byte(stampText + line + "\n")
		if s.size > 0 && s.size+int64(len(text)) > s.o.Size {
			if err := s.rotate(birthday); err != nil {
				return err
			}
		}
		if _, err := s.append(text); err != nil {
			return err
		}
		*written++
	}
	return nil
}

func TestACrashAtAnyChangeLosesAndTearsNoLine(t *testing.T) {
	for k, more := 1, true; more; k++ {
		g := newRig(t)
		o := g.options()
		o.Size, o.Keep = 200, 1000
		o = o.filled()
		lines := numbered(1, 30)
		written := 0
		s := &shelf{o: &o}
		more = !crashAt(k, func() { ok(t, s.write(lines, &written)) })
		s.close()
		// The next boot goes on with the lines that weren't written.
		s = &shelf{o: &o}
		was := written
		ok(t, s.write(lines[was:], &written))
		s.close()
		got := g.lines(Query{Lines: All})
		if !slices.Equal(got, lines) {
			t.Fatalf("a crash at change %d, after %d lines: got %q", k, was, got)
		}
		for _, name := range g.files() {
			if name != currentName && !strings.HasSuffix(name, ".log") {
				t.Errorf("a crash at change %d left %s", k, name)
			}
		}
		if k == 1000 {
			t.Fatal("it never came to its end")
		}
	}
}

func TestACrashAtAnyChangeOfAPackingLosesAndDoublesNoLine(t *testing.T) {
	for k, more := 1, true; more; k++ {
		g := newRig(t)
		lines := numbered(1, 40)
		g.lay([][]string{lines[:10], {}, lines[10:20], lines[20:30], lines[30:]})
		more = !crashAt(k, func() {
			for range 3 {
				_, err := g.place().packOne(t.Context())
				ok(t, err)
			}
		})
		equal(t, fmt.Sprint("after a crash at change ", k), g.lines(Query{Lines: All}), lines)
		for range 3 {
			_, err := g.place().packOne(t.Context())
			ok(t, err)
		}
		l := g.c.Open(g.options())
		w, err := l.Pipe("stdout", nil)
		ok(t, err)
		g.say(l, w, "next\n")
		ok(t, w.Close(), l.Close(t.Context()))
		equal(t, fmt.Sprint("after the boot that follows a crash at change ", k), g.lines(Query{Lines: All}), append(slices.Clone(lines), "next"))
		if left := slices.ContainsFunc(g.files(), fsx.IsTemp); left || count(g.files(), ".zst") != 4 {
			t.Errorf("a crash at change %d left %q", k, g.files())
		}
	}
}

func TestACrashAtAnyChangeOfARotationByCopyLosesNoLine(t *testing.T) {
	for _, pack := range []bool{false, true} {
		for k, more := 1, true; more; k++ {
			g := newRig(t)
			f, written := g.app(t, 9, pack)
			more = !crashAt(k, func() {
				for round := range 2 {
					written(round)
					_, err := f.Rotate(t.Context())
					ok(t, err)
				}
			})
			all := g.copies(t)
			seen := map[string]bool{}
			for _, line := range all {
				seen[line] = true
			}
			last := len(seen)
			for _, line := range numbered(1, last) {
				if !seen[line] {
					t.Fatalf("a crash at change %d lost %q of %d lines", k, line, last)
				}
			}
		}
	}
}

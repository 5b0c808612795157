package fsx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// nobodys is a number that owns nothing in these trees: everything is amiss.
const nobodys = 3_999_999_999

// strays surveys a directory and gives what was amiss, by path, with why it was skipped.
func strays(t testing.TB, d *Dir, s *Survey) map[string]error {
	t.Helper()
	var mu sync.Mutex
	all := map[string]error{}
	s.UID = nobodys
	s.Amiss = func(x *Stray) error {
		mu.Lock()
		defer mu.Unlock()
		if _, twice := all[x.Path()]; twice {
			t.Errorf("%q is told twice", x.Path())
		}
		all[x.Path()] = x.Skip
		return nil
	}
	if err := d.Survey(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return all
}

func paths(all map[string]error) []string {
	var list []string
	for p := range all {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

func TestSurvey(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		mkdir(t, dir+"/outside/x")
		in := mkdir(t, dir+"/in")
		mkdir(t, in+"/a/b/c")
		write(t, in+"/a/f", "")
		write(t, in+"/a/b/\nodd name", "")
		ok(t, os.Symlink("../outside", in+"/out"), os.Symlink(".", in+"/a/self"), unix.Mkfifo(in+"/a/fifo", 0o600))
		d := opened(t, in)
		before := openFiles(t)
		below := []string{"a", "a/b", "a/b/\nodd name", "a/b/c", "a/f", "a/fifo", "a/self", "out"}
		for _, c := range []struct {
			about string
			s     *Survey
			want  []string
		}{
			{"everything below", &Survey{}, below},
			{"the top, too", &Survey{Top: true}, append([]string{""}, below...)},
			{"one level", &Survey{Depth: 1}, []string{"a", "out"}},
			{"two levels", &Survey{Depth: 2, Top: true}, []string{"", "a", "a/b", "a/f", "a/fifo", "a/self", "out"}},
			{"several threads", &Survey{Threads: 8}, below},
		} {
			got := strays(t, d, c.s)
			if !slices.Equal(paths(got), c.want) {
				t.Errorf("%s: %q, want %q", c.about, paths(got), c.want)
			}
			for p, skip := range got {
				if skip != nil {
					t.Errorf("%s: %q is skipped: %v", c.about, p, skip)
				}
			}
			if n := c.s.Looked(); n != int64(len(c.want)) && c.s.Top {
				t.Errorf("%s: looked at %d, want %d", c.about, n, len(c.want))
			}
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

// What is right costs a look and no word.
func TestASurveyTellsOnlyWhatDiffers(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	mkdir(t, d.Path()+"/a/b")
	write(t, d.Path()+"/a/f", "")
	write(t, d.Path()+"/a/b/g", "")
	ok(t, os.Lchown(d.Path()+"/a/f", 7, 0), os.Lchown(d.Path()+"/a/b", 0, 7))
	var got []string
	s := &Survey{Top: true, Amiss: func(s *Stray) error {
		got = append(got, fmt.Sprint(s.Path(), " ", s.Info.UID, " ", s.Info.GID, " ", s.Info.Kind))
		return nil
	}}
	ok(t, d.Survey(t.Context(), s))
	slices.Sort(got)
	if want := []string{"a/b 0 7 directory", "a/f 7 0 file"}; !slices.Equal(got, want) || s.Looked() != 5 {
		t.Errorf("%q of %d, want %q of 5", got, s.Looked(), want)
	}
}

// An entry comes before its directory: as long as that is root's, nobody else can swap what is in it.
func TestASurveyComesToADirectoryLast(t *testing.T) {
	d := temp(t)
	for _, name := range []string{"a/f", "a/b/f", "a/b/g", "c/f"} {
		mkdir(t, filepath.Dir(d.Path()+"/"+name))
		write(t, d.Path()+"/"+name, "")
	}
	var order []string
	ok(t, d.Survey(t.Context(), &Survey{UID: nobodys, Top: true, Amiss: func(s *Stray) error {
		order = append(order, s.Path())
		return nil
	}}))
	at := func(p string) int { return slices.Index(order, p) }
	for _, f := range []string{"a/f", "a/b/f", "a/b/g", "c/f"} {
		if at(f) < 0 || at(f) > at(filepath.Dir(f)) {
			t.Errorf("%s comes behind its directory: %q", f, order)
		}
	}
}

func TestASurveyEndsWhenItIsTold(t *testing.T) {
	d := temp(t)
	for i := range 40 {
		mkdir(t, fmt.Sprintf("%s/d%02d", d.Path(), i))
		for j := range 40 {
			write(t, fmt.Sprintf("%s/d%02d/f%02d", d.Path(), i, j), "")
		}
	}
	before := openFiles(t)
	mine, cause := errors.New("mine"), errors.New("cause")
	for _, threads := range []int{1, 8} {
		for _, c := range []struct {
			name string
			make func(cancel context.CancelCauseFunc) *Survey
			want error
		}{
			{"by an error", func(context.CancelCauseFunc) *Survey {
				return &Survey{Amiss: func(*Stray) error { return mine }}
			}, mine},
			{"by its context", func(cancel context.CancelCauseFunc) *Survey {
				return &Survey{Amiss: func(*Stray) error { cancel(cause); return nil }}
			}, cause},
			{"by its pace", func(context.CancelCauseFunc) *Survey {
				return &Survey{Amiss: func(*Stray) error { return nil }, Pace: func(context.Context, int) error { return mine }}
			}, mine},
			{"by its pace that was stopped", func(cancel context.CancelCauseFunc) *Survey {
				return &Survey{Amiss: func(*Stray) error { return nil }, Pace: func(ctx context.Context, _ int) error { cancel(cause); return ctx.Err() }}
			}, cause},
		} {
			t.Run(fmt.Sprint(c.name, " with ", threads, " threads"), func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				s := c.make(cancel)
				s.UID, s.Threads = nobodys, threads
				wants(t, d.Survey(ctx, s), c.want)
				if s.Looked() >= 1640 {
					t.Errorf("it looked at %d entries all the same", s.Looked())
				}
			})
		}
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

// A crash test dies in a change; the panic comes to who called, whatever thread it happened on.
func TestAPanicInASurveyReachesItsCaller(t *testing.T) {
	d := temp(t)
	for i := range 50 {
		mkdir(t, fmt.Sprintf("%s/d%02d", d.Path(), i))
		for j := range 50 {
			write(t, fmt.Sprintf("%s/d%02d/f%02d", d.Path(), i, j), "")
		}
	}
	for _, at := range []int64{1, 1500, 2500} {
		var n int64
		var mu sync.Mutex
		func() {
			defer func() {
				if p := recover(); p != "dead" {
					t.Errorf("at %d: recovered %v", at, p)
				}
			}()
			_ = d.Survey(t.Context(), &Survey{UID: nobodys, Threads: 8, Amiss: func(*Stray) error {
				mu.Lock()
				defer mu.Unlock()
				if n++; n == at {
					panic("dead")
				}
				return nil
			}})
		}()
	}
}

func TestAnUnreadableDirectoryIsToldBySurvey(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs a user: root reads everything")
	}
	d := temp(t)
	mkdir(t, d.Path()+"/closed/x")
	mkdir(t, d.Path()+"/opened/x")
	ok(t, os.Chmod(d.Path()+"/closed", 0), os.Chmod(d.Path()+"/opened", 0))
	t.Cleanup(func() { _ = os.Chmod(d.Path()+"/closed", 0o700) })
	told := map[string][]error{}
	ok(t, d.Survey(t.Context(), &Survey{UID: nobodys, Amiss: func(s *Stray) error {
		told[s.Path()] = append(told[s.Path()], s.Skip)
		if s.Path() == "opened" { // as handing it over may make it readable
			return os.Chmod(d.Path()+"/opened", 0o700)
		}
		return nil
	}}))
	if len(told["opened/x"]) != 1 {
		t.Errorf("what became readable gives %v", told)
	}
	if c := told["closed"]; len(c) != 2 || c[0] != nil || !errors.Is(c[1], unix.EACCES) {
		t.Errorf("what stays closed gives %v", c)
	}
}

// Law: a survey sees what the standard library sees, on any tree, with any number of threads.
func TestLawSurvey(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "fsx")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		for _, p := range rapid.SliceOfN(rapid.StringMatching(`[abc](/[abc]){0,4}`), 0, 20).Draw(rt, "paths") {
			if os.MkdirAll(filepath.Dir(dir+"/"+p), 0o755) != nil {
				continue // a file stands in the way
			}
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				_ = os.MkdirAll(dir+"/"+p, 0o755)
			case 1:
				_ = os.Symlink("/", dir+"/"+p)
			case 2:
				_ = unix.Mkfifo(dir+"/"+p, 0o600)
			default:
				if f, err := os.OpenFile(dir+"/"+p, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
					_ = f.Close()
				}
			}
		}
		want := []string{}
		_ = filepath.WalkDir(dir, func(p string, _ fs.DirEntry, _ error) error {
			want = append(want, strings.TrimPrefix(strings.TrimPrefix(p, dir), "/"))
			return nil
		})
		slices.Sort(want)
		d, err := Open(dir)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		got := strays(t, d, &Survey{Top: true, Threads: rapid.IntRange(1, 4).Draw(rt, "threads")})
		if !slices.Equal(paths(got), want) {
			rt.Fatalf("saw %q, want %q", paths(got), want)
		}
	})
}

// The processors that a survey takes for a cold disk it gives back, and no thread of its own stays.
func TestASurveyLeavesNoThreads(t *testing.T) {
	d := temp(t)
	for i := range 60 {
		mkdir(t, fmt.Sprintf("%s/d%02d", d.Path(), i))
		for j := range 60 {
			write(t, fmt.Sprintf("%s/d%02d/f%02d", d.Path(), i, j), "")
		}
	}
	before, goroutines := runtime.GOMAXPROCS(0), runtime.NumGoroutine()
	most := 0
	var mu sync.Mutex
	ok(t, d.Survey(t.Context(), &Survey{UID: nobodys, Threads: 13, Amiss: func(*Stray) error {
		<-time.After(time.Millisecond / 2) // the disk
		mu.Lock()
		defer mu.Unlock()
		most = max(most, runtime.GOMAXPROCS(0))
		return nil
	}}))
	if after := runtime.GOMAXPROCS(0); after != before || most != max(13, before) {
		t.Errorf("processors: %d before, %d at most, %d after", before, most, after)
	}
	// What it started ends a moment after it has said that it is done.
	end := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > goroutines && time.Now().Before(end) {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > goroutines {
		t.Errorf("%d goroutines were there, %d are", goroutines, after)
	}
}

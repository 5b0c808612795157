package fsx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestWalk(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		mkdir(t, dir+"/outside/x")
		in := mkdir(t, dir+"/in")
		mkdir(t, in+"/a/b/c")
		mkdir(t, in+"/skipped/x")
		write(t, in+"/a/f", "")
		write(t, in+"/a/b/\nodd name", "")
		ok(t, os.Symlink("../outside", in+"/out"), os.Symlink(".", in+"/a/self"), unix.Mkfifo(in+"/a/fifo", 0o600))
		before := openFiles(t)
		seen := map[string]Kind{}
		order := []string{}
		d := opened(t, in)
		ok(t, d.Walk(t.Context(), func(f Found) error {
			if _, twice := seen[f.Path]; twice || f.Skip != nil {
				t.Errorf("%q twice or skipped: %v", f.Path, f.Skip)
			}
			seen[f.Path] = f.Info.Kind
			order = append(order, f.Path)
			if f.Path == "skipped" {
				return fs.SkipDir
			}
			return nil
		}))
		want := map[string]Kind{
			"a": Directory, "a/b": Directory, "a/b/c": Directory, "skipped": Directory, "a/f": Regular, "a/b/\nodd name": Regular,
			"out": Symlink, "a/self": Symlink, "a/fifo": FIFO,
		}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("saw %v, want %v", seen, want)
		}
		at := map[string]int{}
		for i, p := range order {
			at[p] = i
			if parent := filepath.Dir(p); parent != "." && (at[parent] >= i || at[parent] == 0 && order[0] != parent) {
				t.Errorf("%q comes before its directory", p)
			}
		}
		if after := openFiles(t); after != before+1 {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

func TestAWalkEndsWhenItIsTold(t *testing.T) {
	d := temp(t)
	mkdir(t, d.Path()+"/a/b/c")
	write(t, d.Path()+"/a/f", "")
	before := openFiles(t)
	mine, cause := errors.New("mine"), errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	for _, c := range []struct {
		name  string
		visit func() error
		want  error
	}{
		{"by an error", func() error { return mine }, mine},
		{"by fs.SkipAll", func() error { return fs.SkipAll }, nil},
		{"by its context", func() error { cancel(cause); return nil }, cause},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			err := d.Walk(ctx, func(Found) error { n++; return c.visit() })
			wants(t, err, c.want)
			if n != 1 {
				t.Errorf("%d visits", n)
			}
		})
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

func TestAWalkIsBoundedOnADeepTree(t *testing.T) {
	const deep = 600
	d := temp(t)
	fd, err := unix.Open(d.Path(), pinFlags, 0)
	ok(t, err)
	for range deep { // far longer than any path may be
		ok(t, unix.Mkdirat(fd, "d", 0o755))
		next, err := unix.Openat(fd, "d", pinFlags, 0)
		ok(t, err, unix.Close(fd))
		fd = next
	}
	ok(t, unix.Close(fd))
	mkdir(t, d.Path()+"/sibling/x")
	before := openFiles(t)
	most, n, tooDeep := 0, 0, 0
	sibling := false
	ok(t, d.Walk(t.Context(), func(f Found) error {
		n++
		sibling = sibling || f.Path == "sibling/x"
		if f.Skip != nil {
			wants(t, f.Skip, ErrTooDeep)
			tooDeep++
			most = max(most, openFiles(t))
		}
		return nil
	}))
	if n != maxDepth+2 || tooDeep != 1 || !sibling {
		t.Errorf("%d visits, %d too deep, the sibling seen: %v", n, tooDeep, sibling)
	}
	if most > before+maxDepth+5 {
		t.Errorf("%d descriptors were open", most-before)
	}
}

func TestAnUnreadableDirectoryIsToldAndHealed(t *testing.T) {
	d := temp(t)
	mkdir(t, d.Path()+"/closed/x")
	mkdir(t, d.Path()+"/healed/x")
	ok(t, os.Chmod(d.Path()+"/closed", 0), os.Chmod(d.Path()+"/healed", 0))
	t.Cleanup(func() { _ = os.Chmod(d.Path()+"/closed", 0o700) })
	told := map[string]error{}
	ok(t, d.Walk(t.Context(), func(f Found) error {
		told[f.Path] = f.Skip
		if f.Path == "healed" {
			return f.Chmod(0o700)
		}
		return nil
	}))
	if _, seen := told["healed/x"]; !seen || told["healed"] != nil {
		t.Errorf("the healed directory gives %v", told)
	}
	if os.Geteuid() == 0 {
		if told["closed"] != nil {
			t.Errorf("root can't read it: %v", told["closed"])
		}
		return
	}
	wants(t, told["closed"], unix.EACCES)
}

func TestFoundChangesOnlyWhatItSaw(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/victim", "")
		for _, c := range []struct {
			name string
			swap func(path string) error
			want error
		}{
			{"it is as it was", func(string) error { return nil }, nil},
			{"it is gone", os.Remove, ErrVanished},
			{"it is a link now", func(p string) error { return errors.Join(os.Remove(p), os.Symlink(dir+"/victim", p)) }, ErrVanished},
			{"it is a hard link of another file now", func(p string) error { return errors.Join(os.Remove(p), os.Link(dir+"/victim", p)) }, ErrVanished},
			{"it has another mode now", func(p string) error { return os.Chmod(p, 0o640) }, ErrVanished},
			{"it has another name now", func(p string) error { return os.Link(p, dir+"/second") }, ErrVanished},
		} {
			t.Run(c.name, func(t *testing.T) {
				in := filepath.Join(t.TempDir(), "in")
				mkdir(t, in)
				write(t, in+"/f", "")
				d := opened(t, in)
				ok(t, d.Walk(t.Context(), func(f Found) error {
					ok(t, c.swap(in+"/f"))
					wants(t, f.Chmod(0o600), c.want)
					wants(t, f.Chown(uint32(os.Geteuid()), uint32(os.Getegid())), c.want)
					wants(t, f.Chmod(0o604), c.want) // after changes of our own it is still what we saw
					return nil
				}))
				if perm(t, dir+"/victim") != 0o644 {
					t.Error("the file outside was changed")
				}
				if c.want == nil && perm(t, in+"/f") != 0o604 {
					t.Errorf("the mode is %o", perm(t, in+"/f"))
				}
			})
			_ = os.Remove(dir + "/second")
		}
	})
}

func TestFoundPin(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "text")
	var kept *Entry
	ok(t, d.Walk(t.Context(), func(f Found) error {
		e, err := f.Pin()
		ok(t, err, e.StillAt())
		kept = e
		ok(t, os.Rename(d.Path()+"/f", d.Path()+"/g"))
		_, err = f.Pin()
		wants(t, err, ErrVanished)
		write(t, d.Path()+"/f", "another")
		_, err = f.Pin()
		wants(t, err, ErrVanished)
		return fs.SkipAll
	}))
	ok(t, kept.Chmod(0o600), kept.Close())
	if perm(t, d.Path()+"/g") != 0o600 || perm(t, d.Path()+"/f") != 0o644 {
		t.Error("the pin changed another file")
	}
}

// Law: a walk sees what the standard library sees, on any tree, and healing is done once and for all.
func TestLawWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "fsx")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		for _, p := range rapid.SliceOfN(rapid.StringMatching(`[abc](/[abc]){0,4}`), 0, 12).Draw(t, "paths") {
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			parent := filepath.Dir(dir + "/" + p)
			if os.MkdirAll(parent, 0o755) != nil {
				continue // a file stands in the way
			}
			switch kind {
			case 0:
				_ = os.MkdirAll(dir+"/"+p, 0o755)
			case 1:
				_ = os.Symlink("/", dir+"/"+p)
			case 2:
				_ = unix.Mkfifo(dir+"/"+p, 0o600)
			default:
				if f, err := os.OpenFile(dir+"/"+p, os.O_CREATE|os.O_EXCL, fs.FileMode(rapid.IntRange(0o600, 0o777).Draw(t, "mode"))); err == nil {
					_ = f.Close()
				}
			}
		}
		want := map[string]bool{}
		_ = filepath.WalkDir(dir, func(p string, _ fs.DirEntry, _ error) error {
			if p != dir {
				want[strings.TrimPrefix(p, dir+"/")] = true
			}
			return nil
		})
		d, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		heal := func() (seen map[string]bool, changed int) {
			seen = map[string]bool{}
			err := d.Walk(context.Background(), func(f Found) error {
				seen[f.Path] = true
				if f.Info.Kind == Regular && f.Info.Perm != 0o640 {
					changed++
					return f.Chmod(0o640)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return seen, changed
		}
		if seen, _ := heal(); fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Fatalf("saw %v, want %v", seen, want)
		}
		if _, changed := heal(); changed != 0 {
			t.Fatalf("a second walk changed %d", changed)
		}
	})
}

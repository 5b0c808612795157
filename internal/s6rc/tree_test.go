package s6rc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// A path leads where it leads for a program whose root is the image.
func TestFind(t *testing.T) {
	chain := ""
	for i := range 45 {
		chain += fmt.Sprintf("-- chain/%d -> %d --\n", i, i+1)
	}
	g := newRig(t, chain+
		"-- a/b/file --\n-- a/b/up -> .. --\n-- a/abs -> /a/b --\n-- a/out -> ../../../../etc/passwd --\n-- etc/passwd --\n"+
		"-- a/self -> self --\n-- a/one -> two --\n-- a/two -> one --\n-- a/dangling -> nowhere/x --\n-- a/slash -> /a//b/./ --\n"+
		"-- a/file -> b/file --\n-- a/root -> / --\n-- a/fifo fifo --\n-- a/through -> file/x --\n-- a/deep -> abs/up/abs/up/abs/file --\n")
	for _, c := range []struct {
		path string
		real string // what it leads to
		err  error
	}{
		{path: "/", real: "/"},
		{path: "", real: "/"},
		{path: "/..", real: "/"},
		{path: "/a", real: "/a"},
		{path: "/a/b/file", real: "/a/b/file"},
		{path: "/a/b/../b/./file", real: "/a/b/file"},
		{path: "/a/b/up", real: "/a"},
		{path: "/a/b/up/b", real: "/a/b"},
		{path: "/a/abs", real: "/a/b"},
		{path: "/a/abs/..", real: "/a"}, // not the link's own parent
		{path: "/a/abs/../..", real: "/"},
		{path: "/a/slash/file", real: "/a/b/file"},
		{path: "/a/file", real: "/a/b/file"},
		{path: "/a/root/a/root/a/abs/file", real: "/a/b/file"},
		{path: "/a/deep", real: "/a/b/file"},
		{path: "/a/out", real: "/etc/passwd"},
		{path: "/../../etc/passwd", real: "/etc/passwd"},
		{path: "/a/fifo", real: "/a/fifo"},
		{path: "/chain/5", err: fs.ErrNotExist}, // forty links, and the last one leads to nothing
		{path: "/chain/4", err: errSteps},
		{path: "/a/self", err: errSteps},
		{path: "/a/one", err: errSteps},
		{path: "/a/dangling", err: fs.ErrNotExist},
		{path: "/nothing", err: fs.ErrNotExist},
		{path: "/a/b/file/x", err: fsx.ErrKind},
		{path: "/a/through", err: fsx.ErrKind},
		{path: "/a/fifo/x", err: fsx.ErrKind},
		{path: "/a/" + strings.Repeat("x", 300), err: unix.ENAMETOOLONG},
		{path: "/a/nul\x00", err: fsx.ErrName},
	} {
		t.Run(c.path[:min(len(c.path), 40)], func(t *testing.T) {
			s, err := tree{g.root}.find(c.path)
			if !errors.Is(err, c.err) {
				t.Fatalf("%v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			defer s.in.close()
			if got := strings.TrimSuffix(join(s.in.real, s.base), "/"); got != strings.TrimSuffix(c.real, "/") {
				t.Errorf("it leads to %s, want %s", got, c.real)
			}
			in, err := tree{g.root}.look(c.path)
			if err != nil || s.base != "" && in.Kind != s.info.Kind {
				t.Errorf("a look says %v, %v", in.Kind, err)
			}
		})
	}
}

// However often it is followed, nothing stays open.
func TestFindLeavesNothingOpen(t *testing.T) {
	g := newRig(t, "-- a/b/c/file --\n-- a/link -> /a/b/c --\n-- a/self -> self --\n-- s/type -> ../a/b/c/file --\n-- s/data -> ../a/b --\n")
	count := func() int {
		items, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("needs /proc: %v", err)
		}
		return len(items)
	}
	tr := tree{g.root}
	before := count()
	for range 50 {
		for _, path := range []string{"/a/b/c/file", "/a/link/file", "/a/link/../c", "/a/self", "/a/b/c/file/x", "/nothing", "/a/b/nothing/x", "/"} {
			_, _ = tr.look(path)
			if f, err := tr.open(path); err == nil {
				_, _ = f.read("file", 10)
				_, _, _ = f.head("file", 10)
				_, _ = f.look("link")
				if sub, err := f.sub("b"); err == nil {
					sub.close()
				}
				if sub, err := f.sub("link"); err == nil {
					sub.close()
				}
				f.close()
			}
		}
		i := g.read()
		_ = i
	}
	if after := count(); after > before+3 { // others of this process come and go
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}

func TestReadInAFolder(t *testing.T) {
	g := newRig(t, "-- a/file --\ntext\n-- a/link -> file --\n-- a/abs -> /b/file --\n-- b/file --\nelsewhere\n-- a/fifo fifo --\n-- a/dir dir --\n-- a/todir -> dir --\n-- a/top -> / --\n")
	f, err := tree{g.root}.open("/a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	for _, c := range []struct {
		name, text string
		max        int64
		err        error
	}{
		{"file", "text", 10, nil},
		{"link", "text", 10, nil},
		{"abs", "elsewhere", 10, nil},
		{"file", "", 3, fsx.ErrTooBig},
		{"abs", "", 3, fsx.ErrTooBig},
		{"fifo", "", 10, fsx.ErrKind},
		{"dir", "", 10, fsx.ErrKind},
		{"todir", "", 10, fsx.ErrKind},
		{"top", "", 10, fsx.ErrKind},
		{"nothing", "", 10, fs.ErrNotExist},
	} {
		data, err := f.read(c.name, c.max)
		if !errors.Is(err, c.err) || string(data) != c.text {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, data, err, c.text, c.err)
		}
		if c.err == nil || errors.Is(c.err, fsx.ErrTooBig) {
			if head, in, err := f.head(c.name, 3); err != nil || len(head) != 3 || in.Kind != fsx.Regular {
				t.Errorf("the head of %s: %q, %v", c.name, head, err)
			}
		}
	}
	for name, want := range map[string]error{"dir": nil, "todir": nil, "top": nil, "file": fsx.ErrKind, "link": fsx.ErrKind, "fifo": fsx.ErrKind, "nothing": fs.ErrNotExist} {
		sub, err := f.sub(name)
		if !errors.Is(err, want) {
			t.Errorf("the directory %s: %v, want %v", name, err, want)
		}
		if err == nil {
			if sub.path != "/a/"+name {
				t.Errorf("%s is called %s", name, sub.path)
			}
			sub.close()
		}
	}
}

// What is mounted into an image counts like its own.
func TestMountsAreCrossed(t *testing.T) {
	root, err := fsx.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if _, err := os.Stat("/proc/version"); err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	f, err := tree{root}.open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if data, err := f.read("version", 4096); err != nil || !strings.Contains(string(data), "Linux") {
		t.Errorf("%q, %v", data, err)
	}
}

// The app's user swaps what is in its service directory while root reads it: no read waits, and none leaves the directory.
func TestReadRunDirUnderAttack(t *testing.T) {
	g := newRig(t, "-- secret --\n77\n-- s/run --\n#!/bin/sh\n")
	at := filepath.Join(g.at, "s")
	names := []string{"notification-fd", "timeout-kill", "max-death-tally", "data", "log"}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			name := filepath.Join(at, names[n%len(names)])
			_ = os.RemoveAll(name)
			switch n / len(names) % 4 {
			case 0:
				_ = os.Symlink("../secret", name)
			case 1:
				_ = unix.Mkfifo(name, 0o600)
			case 2:
				_ = os.WriteFile(name, []byte("5"), 0o600)
			case 3:
				_ = os.Mkdir(name, 0o700)
			}
		}
	}()
	d, err := fsx.Open(at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for range 300 {
		run, _ := ReadRunDir(d)
		if run.NotificationFD == 77 || run.TimeoutKill.Milliseconds() == 77 || run.MaxDeathTally == 77 {
			t.Error("a link was followed")
		}
		if run.Run.Path == "" {
			t.Error("run is lost")
		}
	}
	close(stop)
	<-done
}

package s6rc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// Trees are written as literals: "-- PATH --" begins a file, whose text follows. Instead of a text a path may have
// "-> TARGET" (a link), "fifo", "dir", "size N" (a file with a hole of N bytes) or a mode behind it. What is run is executable.
func lay(t testing.TB, root, text string) {
	t.Helper()
	for part := range strings.SplitSeq("\n"+text, "\n-- ") {
		head, body, ok := strings.Cut(part, " --\n")
		if !ok {
			if head, ok = strings.CutSuffix(strings.TrimRight(part, "\n"), " --"); !ok {
				continue
			}
		}
		name, how, _ := strings.Cut(head, " ")
		layOne(t, filepath.Join(root, name), how, body)
	}
}

func layOne(t testing.TB, at, how, body string) {
	t.Helper()
	if _, err := fsx.MakeAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if target, link := strings.CutPrefix(how, "-> "); link {
		err = os.Symlink(target, at)
	} else if size, hole := strings.CutPrefix(how, "size "); hole {
		n, _ := strconv.ParseInt(size, 10, 64)
		if err = os.WriteFile(at, nil, 0o644); err == nil {
			err = os.Truncate(at, n)
		}
	} else if how == "fifo" {
		err = unix.Mkfifo(at, 0o644)
	} else if how == "dir" {
		_, err = fsx.MakeAll(at, 0o755)
	} else {
		mode := int64(0o644)
		switch base, dir := filepath.Base(at), filepath.Base(filepath.Dir(at)); {
		case how != "":
			mode, _ = strconv.ParseInt(how, 8, 32)
		case base == "run", base == "finish", base == "check", strings.HasPrefix(dir, "cont-"), dir == "bin", dir == "scripts":
			mode = 0o755
		}
		if err = os.WriteFile(at, []byte(body), 0o600); err == nil {
			err = os.Chmod(at, os.FileMode(mode))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A rig is an image in a directory of the test's.
type rig struct {
	t    testing.TB
	at   string
	root *fsx.Dir
}

func newRig(t testing.TB, tree string) *rig {
	t.Helper()
	g := &rig{t: t, at: t.TempDir()}
	if err := os.Chmod(g.at, 0o755); err != nil {
		t.Fatal(err)
	}
	lay(t, g.at, tree)
	d, err := fsx.Open(g.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	g.root = d
	return g
}

// env is a container's environment.
func env(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

func ours(name string) bool {
	return slices.Contains([]string{"sh", "bash", "with-contenv", "execlineb", "echo", "foreground", "s6-setuidgid"}, name)
}

func (g *rig) read(vars ...string) *Image {
	g.t.Helper()
	thaw := fsx.Freeze() // reading changes nothing
	defer thaw()
	s, _ := ReadSettings(env(vars...))
	return Read(g.root, s, ours)
}

func (i *Image) service(t testing.TB, name string) Service {
	t.Helper()
	for _, s := range i.Services {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no service %s", name)
	return Service{}
}

// said gives complaints as lines: "! " in front of what is fatal.
func said(all []Complaint) []string {
	var out []string
	for _, c := range all {
		line := c.String()
		if c.Hint != "" {
			line += " | " + c.Hint
		}
		if c.Fatal {
			line = "! " + line
		}
		out = append(out, line)
	}
	return out
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// levels gives the order as one line.
func levels(i *Image) string {
	var out []string
	for _, l := range i.Levels {
		out = append(out, strings.Join(l, " "))
	}
	return strings.Join(out, " | ")
}

// d is a definition as a part of a tree: its type, then KEY=TEXT for files.
func d(name, kind string, files ...string) string {
	at := "etc/s6-overlay/s6-rc.d/" + name
	out := "-- " + at + "/type --\n" + kind + "\n"
	switch kind {
	case "longrun":
		files = append([]string{"run=#!/bin/sh\n"}, files...)
	case "oneshot":
		files = append([]string{"up=echo\n"}, files...)
	}
	for _, f := range files {
		key, text, _ := strings.Cut(f, "=")
		out += "-- " + at + "/" + key + " --\n" + text + "\n"
	}
	return out
}

// in puts names into the bundle user.
func in(names ...string) string {
	out := "-- etc/s6-overlay/s6-rc.d/user/type --\nbundle\n"
	for _, n := range names {
		out += "-- etc/s6-overlay/s6-rc.d/user/contents.d/" + n + " --\n"
	}
	return out
}

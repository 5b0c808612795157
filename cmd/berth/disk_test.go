package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// lays KIND PATH [TARGET]: puts a thing at a path: fifo, link, dir, file, or the mode of what is there.
func lays(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: lays fifo|link|dir|mode|chown path [argument]")
	}
	path := ts.MkAbs(args[1])
	var err error
	switch args[0] {
	case "fifo":
		err = unix.Mkfifo(path, 0o644)
	case "link":
		err = os.Symlink(args[2], path)
	case "dir":
		err = os.MkdirAll(path, 0o755)
	case "gone":
		err = os.Remove(path)
	case "mode":
		mode, bad := strconv.ParseUint(args[2], 8, 32)
		ts.Check(bad)
		err = unix.Chmod(path, uint32(mode))
	case "chown":
		id := number(ts, args[2])
		err = os.Lchown(path, id, id)
	default:
		ts.Fatalf("lays: unknown kind %s", args[0])
	}
	ts.Check(err)
}

// taken is the key of the snapshots of a session.
type taken string

// snapshot NAME TREE [EXCEPT]: remembers a tree with owners, modes, sizes and change times, less what lies at or below EXCEPT.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: snapshot name tree [except...]")
	}
	text := look(ts, ts.MkAbs(args[1]), args[2:])
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("TMPDIR"), string(taken(args[0]))+".snapshot"), []byte(text), 0o600))
}

// unchanged NAME TREE [EXCEPT]: the tree is as it was at the snapshot.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] unchanged name tree [except...]")
	}
	before, err := os.ReadFile(filepath.Join(ts.Getenv("TMPDIR"), string(taken(args[0]))+".snapshot"))
	ts.Check(err)
	d := cmp.Diff(strings.Split(string(before), "\n"), strings.Split(look(ts, ts.MkAbs(args[1]), args[2:]), "\n"))
	if (d == "") == neg {
		ts.Fatalf("changes of %s since %s:\n%s", args[1], args[0], d)
	}
}

func look(ts *testscript.TestScript, tree string, except []string) string {
	var lines []string
	err := filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		for _, e := range except {
			if path == ts.MkAbs(e) {
				if info, err := os.Lstat(path); err == nil && info.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
		}
		var st syscall.Stat_t
		if err := syscall.Lstat(path, &st); err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s %o %d:%d %d links %d ctime %d.%09d", path, st.Mode, st.Uid, st.Gid, st.Size, st.Nlink, st.Ctim.Sec, st.Ctim.Nsec))
		return nil
	})
	ts.Check(err)
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// owner UID PATH...: each path belongs to that uid.
func owner(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: owner uid path...")
	}
	for _, path := range args[1:] {
		var st syscall.Stat_t
		ts.Check(syscall.Lstat(ts.MkAbs(path), &st))
		if want := number(ts, args[0]); int(st.Uid) != want {
			ts.Fatalf("%s belongs to %d, want %d", path, st.Uid, want)
		}
	}
}

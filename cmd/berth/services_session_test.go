package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of sessions in which services run: they look into a jail that is up.

// into gives the command that runs a program in the jail of a started command: in its namespaces and its root directory,
// with the image's PATH. The jail's PID 1 may be a moment away still; it is none if the command has ended.
func into(ts *testscript.TestScript, name string, args []string) []string {
	pid := started(ts, name).Process.Pid
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	inner := strings.TrimSpace(string(data))
	if inner == "" {
		return nil
	}
	return append([]string{"nsenter", "-t", inner, "-m", "-n", "-p", "-r", "-w", "--", "env", "-i", "PATH=/app/bin:/usr/bin:/bin", "HOME=/"}, args...)
}

// said gives what a started command has written.
func said(ts *testscript.TestScript, name string) string {
	out, _ := os.ReadFile(ts.MkAbs(name + ".out"))
	errs, _ := os.ReadFile(ts.MkAbs(name + ".err"))
	return string(out) + string(errs)
}

// inside NAME N COMMAND: runs a command as root in the jail of a started one; it must end with exactly N.
func inside(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: inside name N command [args]")
	}
	words := into(ts, args[0], args[2:])
	if words == nil {
		ts.Fatalf("%s has ended; it said\n%s", args[0], said(ts, args[0]))
	}
	code(ts, false, append([]string{args[1]}, words...))
}

// within NAME OTHER COMMAND: starts a command, by the name of OTHER, in the jail of a started one.
func within(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: within name other command [args]")
	}
	words := into(ts, args[0], args[2:])
	if words == nil {
		ts.Fatalf("%s has ended; it said\n%s", args[0], said(ts, args[0]))
	}
	start(ts, false, append([]string{args[1]}, words...))
}

// shows NAME PATTERN COMMAND: runs a command in the jail of a started one until what it says matches.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: shows name pattern command [args]")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last []byte
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		words := into(ts, args[0], args[2:])
		if words == nil {
			continue
		}
		last, _ = exec.Command(words[0], words[1:]...).CombinedOutput() // its code is not what is asked
		if pattern.Match(last) {
			return
		}
	}
	ts.Fatalf("%s never said %q; it says\n%s\n%s said\n%s", strings.Join(args[2:], " "), args[1], bytes.TrimSpace(last), args[0], said(ts, args[0]))
}

// unread NAME COMMAND: start with a stdout and a stderr that nobody reads, until `reads NAME`.
func unread(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: unread name command [args]")
	}
	for _, kind := range []string{".out", ".err"} {
		// A FIFO that is open at both ends here: it takes 64 KiB and then no more.
		path := ts.MkAbs(args[0] + kind)
		lays(ts, false, []string{"fifo", path})
		end, err := os.OpenFile(path, os.O_RDWR, 0)
		ts.Check(err)
		ts.Defer(func() { _ = end.Close() })
	}
	start(ts, neg, args)
	for _, kind := range []string{".out", ".err"} {
		path := ts.MkAbs(args[0] + kind)
		ts.Check(os.Rename(path, path+".fifo"))
		ts.Check(os.WriteFile(path, nil, 0o600))
	}
}

// reads NAME: the reader of an unread command comes back; what it reads goes to NAME.out and NAME.err.
func reads(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: reads name")
	}
	for _, kind := range []string{".out", ".err"} {
		path := ts.MkAbs(args[0] + kind)
		from, err := os.OpenFile(path+".fifo", os.O_RDWR, 0)
		ts.Check(err)
		to, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		ts.Check(err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(to, from)
		}()
		ts.Defer(func() {
			_ = from.Close()
			<-done
			_ = to.Close()
		})
	}
}

// spec FILE [FILE...]: makes the files, one after the other, the spec of the session's image.
func spec(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: spec file...")
	}
	var all []byte
	for _, name := range args {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		all = append(all, data...)
	}
	path := ts.MkAbs("root/etc/berth/berth.yaml")
	ts.Check(os.WriteFile(path, all, 0o600))
	ts.Check(os.Chmod(path, 0o644))
}

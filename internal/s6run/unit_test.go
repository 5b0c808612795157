package s6run

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
)

func opened(t *testing.T, path string) *fsx.Dir {
	t.Helper()
	d, err := fsx.Open(path)
	ok(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestInterpreters(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh\n":                    "/bin/sh",
		"#!/bin/sh":                      "/bin/sh",
		"#! /bin/sh -e\necho\n":          "/bin/sh|-e",
		"#!\t/bin/sh\t-e -x  \n":         "/bin/sh|-e -x",
		"#!/command/with-contenv bash\n": "/command/with-contenv|bash",
		"#!/usr/bin/env -S sh -e\n":      "/usr/bin/env|-S sh -e",
		"#!relative\n":                   "relative",
		"#!\n":                           "!its first line names no interpreter",
		"#!  \n":                         "!its first line names no interpreter",
		"":                               "!it is no script with an interpreter",
		"echo\n":                         "!it is no script with an interpreter",
		"\x7fELF\x02":                    "!it is no script with an interpreter",
		"\ufeff#!/bin/sh\n":              "!it is no script with an interpreter",
		"#!/" + strings.Repeat("x", 300): "!it is no script with an interpreter",
		"#!/" + strings.Repeat("x", 200) + "\n" + strings.Repeat("y", 300): "/" + strings.Repeat("x", 200),
	} {
		dir := t.TempDir()
		ok(t, os.WriteFile(dir+"/run", []byte(text), 0o755))
		words, err := interpreter(opened(t, dir), "run")
		got := strings.Join(words, "|")
		if err != nil {
			got = "!" + err.Error()
		}
		if got != want {
			t.Errorf("%.20q gives %q, want %q", text, got, want)
		}
	}
	dir := t.TempDir()
	ok(t, os.Symlink("/bin/sh", dir+"/run"), unix.Mkfifo(dir+"/fifo", 0o755))
	if _, err := interpreter(opened(t, dir), "run"); !errors.Is(err, fsx.ErrSymlink) {
		t.Errorf("a link: %v", err)
	}
	if _, err := interpreter(opened(t, dir), "fifo"); !errors.Is(err, fsx.ErrKind) {
		t.Errorf("a FIFO: %v", err)
	}
}

func TestNamesOfSlots(t *testing.T) {
	for name, good := range map[string]bool{
		"web": true, "a b": true, "ü": true, "gateway-P_1.2": true, "-x": true, strings.Repeat("x", 251): true,
		strings.Repeat("x", 252): false, "a\nb": false, "a\x1bb": false, "a\x00": false, "\xff": false, "\u0085": false, "a\x7f": false,
	} {
		if err := named(name); (err == nil) != good {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}

func TestHowARunEndedIsWrittenAsWaitGivesIt(t *testing.T) {
	for _, st := range []proc.Status{{}, {Code: 1}, {Code: 125}, {Code: 255}, {Signal: 9}, {Signal: 15}, {Signal: 6, Core: true}, {Signal: 64}} {
		w := syscall.WaitStatus(waitStatus(st))
		switch {
		case st.Signal == 0 && (!w.Exited() || w.ExitStatus() != st.Code):
			t.Errorf("%v is %#x", st, w)
		case st.Signal != 0 && (!w.Signaled() || w.Signal() != st.Signal || w.CoreDump() != st.Core):
			t.Errorf("%v is %#x", st, w)
		}
	}
}

func TestTheTallyIsBounded(t *testing.T) {
	g := newRig(t)
	at := g.dir("web", files{"run": sleeps, "down": ""})
	g.begin()
	s, file := g.room.find("web"), at+"/supervise/death_tally"
	add := func(most int, codes ...byte) string {
		for _, c := range codes {
			s.mu.Lock()
			s.tally(s6dir.Death{Code: c}, most)
			s.mu.Unlock()
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err.Error()
		}
		got := ""
		for _, d := range s6dir.ParseDeaths(data) {
			got += fmt.Sprint(d.Code, " ")
		}
		return got
	}
	if got := add(0, 1); !strings.Contains(got, "no such file") {
		t.Errorf("none is wanted: %q", got)
	}
	if got := add(3, 1, 2, 3, 4, 5); got != "3 4 5 " {
		t.Errorf("three are kept: %q", got)
	}
	if got := add(2, 6); got != "5 6 " {
		t.Errorf("then two: %q", got)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	ok(t, err)
	_, err = f.WriteString("torn")
	ok(t, err, f.Close())
	if got := add(100, 7); got != "5 6 7 " {
		t.Errorf("a torn one goes on: %q", got)
	}
	ok(t, os.WriteFile(file, make([]byte, s6dir.MaxDeaths*s6dir.DeathSize+1), 0o644))
	if got := add(100, 8); got != "8 " {
		t.Errorf("a monster begins anew: %q", got)
	}
	ok(t, os.WriteFile(file, nil, 0o644)) // as s6-svdt-clear does
	if got := add(100, 9); got != "9 " {
		t.Errorf("an empty one: %q", got)
	}
}

func TestAPipeOutlivesItsReaders(t *testing.T) {
	p, err := newPipe()
	ok(t, err)
	defer p.close()
	_, err = p.w.WriteString("kept")
	ok(t, err)
	p.finish()
	p.finish()
	buf := make([]byte, 16)
	n, err := p.r.Read(buf)
	ok(t, err)
	if string(buf[:n]) != "kept" {
		t.Errorf("read %q", buf[:n])
	}
	if n, err := p.r.Read(buf); n != 0 || err == nil {
		t.Errorf("it doesn't end: %d %v", n, err)
	}
}

func TestPipesHaveNames(t *testing.T) {
	r, err := New(Options{Table: children})
	ok(t, err)
	defer func() { ok(t, r.Shutdown(t.Context()), r.Close(t.Context())) }()
	none, err := r.pipe("")
	ok(t, err)
	a, err := r.pipe("a")
	ok(t, err)
	again, err := r.pipe("a")
	ok(t, err)
	b, err := r.pipe("b")
	ok(t, err)
	if none != nil || a != again || a == b {
		t.Error("a name is a pipe")
	}
	r.drop(a)
	if other, err := r.pipe("a"); err != nil || other == a {
		t.Error("one that was dropped is there")
	}
	r.drop(nil)
}

func TestLinesAreBounded(t *testing.T) {
	g := newRig(t).begin()
	for i := range 3 * maxSaid {
		g.room.warn("", fmt.Sprint("line ", i/2))
	}
	if n := len(g.everything()); n != maxSaid {
		t.Errorf("%d lines were told", n)
	}
}

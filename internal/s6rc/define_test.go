package s6rc

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWhatALongrunSays(t *testing.T) {
	i := newRig(t, in("a")+d("a", "longrun",
		"finish=#!/usr/bin/with-contenv bash\n", "notification-fd=3", "lock-fd=4", "timeout-up=1000", "timeout-down=2000\n", "timeout-kill=3000", "timeout-finish=0",
		"down-signal=QUIT", "reload-signal=10", "max-death-tally=7", "flag-essential=", "flag-newpidns=", "flag-timeout-killpg=", "nosetsid=",
		"data/check=#!/bin/sh\n", "env/A=1", "dependencies=base")).read()
	same(t, "complaints", said(i.Complaints), nil)
	a := i.service(t, "a")
	const at = "/etc/s6-overlay/s6-rc.d/a/"
	want := RunDir{
		Run:            Program{Path: at + "run", Executable: true, Shebang: []string{"/bin/sh"}},
		Finish:         Program{Path: at + "finish", Executable: true, Shebang: []string{"/usr/bin/with-contenv", "bash"}},
		Check:          Program{Path: at + "data/check", Executable: true, Shebang: []string{"/bin/sh"}},
		NotificationFD: 3, LockFD: 4, TimeoutKill: 3 * time.Second, DownSignal: unix.SIGQUIT, ReloadSignal: unix.SIGUSR1, MaxDeathTally: 7,
		NoSetsid: true, NewPIDNS: true, KillGroup: true, Data: true, Env: true,
	}
	if !reflect.DeepEqual(*a.Run, want) {
		t.Errorf("a is\n%+v\nwant\n%+v", *a.Run, want)
	}
	if a.TimeoutUp != time.Second || a.TimeoutDown != 2*time.Second || !a.Essential || a.From != UserBundle || !a.Wanted || a.Level != 2 {
		t.Errorf("a is %+v", a)
	}
}

func TestWhatALongrunDoesNotSay(t *testing.T) {
	a := newRig(t, in("a")+"-- etc/s6-overlay/s6-rc.d/a/type --\nlongrun"+"\n-- etc/s6-overlay/s6-rc.d/a/run --\n\x7fELF\n").read().service(t, "a")
	want := RunDir{
		Run:            Program{Path: "/etc/s6-overlay/s6-rc.d/a/run", Executable: true},
		NotificationFD: -1, LockFD: -1, TimeoutFinish: 5 * time.Second, DownSignal: unix.SIGTERM, ReloadSignal: unix.SIGHUP, MaxDeathTally: 100,
	}
	if !reflect.DeepEqual(*a.Run, want) {
		t.Errorf("a is\n%+v\nwant\n%+v", *a.Run, want)
	}
}

// A wrong value is told of, and the one that counts otherwise counts.
func TestWrongValues(t *testing.T) {
	const at = "/etc/s6-overlay/s6-rc.d/a/"
	for _, c := range []struct{ file, text, says string }{
		{
			"notification-fd",
			"three",
			`"three" is no number of a descriptor from 1 to 1023; left out | write the number of a descriptor, 3 usually`,
		},
		{
			"notification-fd",
			"0",
			`"0" is no number of a descriptor from 1 to 1023; left out | write the number of a descriptor, 3 usually`,
		},
		{
			"notification-fd",
			"",
			`"" is no number of a descriptor from 1 to 1023; left out | write the number of a descriptor, 3 usually`,
		},
		{
			"lock-fd",
			"-1",
			`"-1" is no number of a descriptor from 1 to 1023; left out | write the number of a descriptor, 3 usually`,
		},
		{
			"timeout-kill",
			"5s",
			`"5s" is no number of milliseconds up to 4294967295; left out | write milliseconds, 0 for no limit`,
		},
		{
			"timeout-finish",
			"4294967296",
			`"4294967296" is no number of milliseconds up to 4294967295; left out | write milliseconds, 0 for no limit`,
		},
		{"down-signal", "SIGTREM", `"SIGTREM" is no signal; SIGTERM is sent | did you mean SIGTERM?`},
		{
			"down-signal",
			"65",
			`"65" is no signal; SIGTERM is sent | write a name like SIGTERM or a number from 1 to 64`,
		},
		{
			"reload-signal",
			"0",
			`"0" is no signal; SIGHUP is sent | write a name like SIGTERM or a number from 1 to 64`,
		},
		{
			"max-death-tally",
			"5000",
			`5000 is more than can be remembered; 4096 deaths are | write a number from 0 to 4096`,
		},
		{
			"max-death-tally",
			"many",
			`"many" is no number; 100 deaths are remembered | write a number from 0 to 4096`,
		},
	} {
		t.Run(c.file+" "+c.text, func(t *testing.T) {
			i := newRig(t, in("a")+d("a", "longrun", c.file+"="+c.text)).read()
			same(t, "complaints", said(i.Complaints), []string{at + c.file + ": " + c.says})
		})
	}
}

func TestSignals(t *testing.T) {
	for text, want := range map[string]unix.Signal{
		"TERM\n": unix.SIGTERM, "SIGQUIT": unix.SIGQUIT, "sigusr1": unix.SIGUSR1, " 9 ": unix.SIGKILL, "64": 64, "winch": unix.SIGWINCH,
	} {
		if s, ok := signal(text); !ok || s != want {
			t.Errorf("%q is %v, %v", text, s, ok)
		}
	}
	for _, text := range []string{"", "0", "65", "SIG", "-1", "TERM QUIT", "\x00"} {
		if s, ok := signal(text); ok {
			t.Errorf("%q is %v", text, s)
		}
	}
	if a, b := SignalName(unix.SIGTERM), SignalName(40); a != "SIGTERM" || b != "40" {
		t.Errorf("they are named %s and %s", a, b)
	}
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct{ name, up, argv string }{
		{"one path", "/etc/s6-overlay/scripts/init", "/etc/s6-overlay/scripts/init"},
		{"nothing", "", ""},
		{"a comment", "# nothing\n", ""},
		{"quotes", "echo \"a b\" c\\ d\n", "echo|a b|c d"},
		{"lines", "foreground { echo a }\necho b\n", "foreground| echo| a||echo|b"},
		{"carriage returns and a byte order mark", "\ufeffecho a\r\n\r\n", "echo|a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newRig(t, in("a")+d("a", "oneshot", "up="+c.up, "down="+c.up)+"-- etc/s6-overlay/scripts/init 0755 --\n").read().service(t, "a")
			if got := strings.Join(s.UpArgv, "|"); got != c.argv || strings.Join(s.DownArgv, "|") != c.argv || s.Broken != "" {
				t.Errorf("up is %q, down %q, want %q; broken: %s", got, s.DownArgv, c.argv, s.Broken)
			}
			if strings.ContainsAny(s.Up, "\r\ufeff") || (s.Up == "") != (c.argv == "") {
				t.Errorf("the text is %q", s.Up)
			}
		})
	}
}

// What has no effect is listed, with the reason.
func TestIgnored(t *testing.T) {
	i := newRig(t, in("a", "b", "c", ".hidden")+d("a", "longrun", "up=", "down=", "log/run=#!/bin/sh\n", ".keep=", "README=", "flag-recommended=", "contents=b")+
		d("b", "oneshot", "run=", "notification-fd=3", "dependencies=base")+d("c", "bundle", "up=", "contents=a")+d("alone", "oneshot")+
		"-- etc/s6-overlay/s6-rc.d/b/dependencies.d dir --\n-- etc/s6-overlay/s6-rc.d/note.txt --\n-- etc/s6-overlay/s6-rc.d/.git/x --\n"+
		"-- etc/s6-overlay/user-bundles.d/other/type --\nbundle\n-- etc/services.d/.s6-svscan/finish --\n-- etc/services.d/old/run --\n#!/bin/sh\n-- etc/services.d/old/type --\nlongrun\n"+
		"-- etc/cont-init.d/.x --\n-- etc/cont-init.d/dir dir --\n-- etc/fix-attrs.d/dir dir --\n-- etc/fix-attrs.d/.x --\n").read()
	var got []string
	for _, g := range i.Ignored {
		got = append(got, strings.TrimPrefix(g.Path, "/etc/")+": "+g.Why)
	}
	const s = "s6-overlay/s6-rc.d/"
	same(t, "ignored", got, []string{
		"cont-init.d/.x: its name starts with a dot",
		"cont-init.d/dir: a directory can't be run",
		"fix-attrs.d/.x: its name starts with a dot",
		"fix-attrs.d/dir: a directory has no lines",
		s + ".git: its name starts with a dot",
		s + "a/.keep: its name starts with a dot",
		s + "a/README: documentation",
		s + "a/contents: only a bundle has it, and this is a longrun",
		s + "a/down: s6-rc doesn't look at it: take the name out of the bundle instead",
		s + "a/flag-recommended: it marks what a default bundle takes in, and s6-overlay has none",
		s + "a/log: s6-rc has loggers by producer-for and consumer-for only",
		s + "a/up: only a oneshot has it, and this is a longrun",
		s + "alone: alone is in no bundle that a boot starts, and nothing that is in one needs it; to start it: touch /etc/s6-overlay/s6-rc.d/user/contents.d/alone",
		s + "b/dependencies: there is a directory dependencies.d, which counts",
		s + "b/notification-fd: only a longrun has it, and this is a oneshot",
		s + "b/run: only a longrun has it, and this is a oneshot",
		s + "c/up: only a oneshot has it, and this is a bundle",
		s + "note.txt: a definition is a directory, and this is a file",
		s + "user/contents.d/.hidden: its name starts with a dot",
		"s6-overlay/user-bundles.d/other: only the bundles user and user2 are looked for here",
		"services.d/.s6-svscan: its name starts with a dot",
		"services.d/old/type: services.d has no such file; the definitions of s6-rc.d have",
	})
}

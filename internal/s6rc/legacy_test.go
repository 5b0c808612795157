package s6rc

import (
	"strings"
	"testing"
)

func TestServicesOf2x(t *testing.T) {
	i := newRig(t, "-- etc/services.d/web/run --\n#!/usr/bin/with-contenv sh\n-- etc/services.d/web/finish --\n#!/bin/sh\n-- etc/services.d/web/log/run --\n#!/bin/sh\n"+
		"-- etc/services.d/web/log/notification-fd --\n3\n-- etc/services.d/web/own.conf --\n-- etc/services.d/off/run --\n#!/bin/sh\n-- etc/services.d/off/down --\n"+
		"-- etc/services.d/norun/finish --\n#!/bin/sh\n-- etc/services.d/nolog/run --\n#!/bin/sh\n-- etc/services.d/nolog/log dir --\n"+
		"-- etc/services.d/note --\n-- etc/services.d/logless/run --\n#!/bin/sh\n-- etc/services.d/logless/log fifo --\n-- etc/services.d/logless/notifcation-fd --\n3\n").read()
	same(t, "complaints", said(i.Complaints), []string{
		"/etc/services.d/logless/log: it is a FIFO, and a directory is needed | make it a directory",
		"/etc/services.d/logless/notifcation-fd: no file of s6's has this name; copied, and without effect | did you mean notification-fd?",
		"/etc/services.d/nolog/log: it has no run, so nothing reads what the service writes | add a file run, or remove the directory",
		"/etc/services.d/norun: it has no file run, so it isn't started | add an executable file run, or remove the directory",
	})
	var names []string
	for _, l := range i.Legacy {
		names = append(names, l.Name+": "+strings.Join(append(l.Run.settings(), l.Broken), ", "))
	}
	same(t, "services", names, []string{
		"logless: ", "nolog: has a logger, ", "norun: has a finish, there is no file run", "off: not started by itself (down), ", "web: has a finish, has a logger, ",
	})
	if web := i.Legacy[4]; web.Run.Log.NotificationFD != 3 || web.Run.Log.Run.Path != "/etc/services.d/web/log/run" || web.Dir != "/etc/services.d/web" {
		t.Errorf("web is %+v", web)
	}
}

// Scripts are run in the order of the bytes of their names, as the C locale has it.
func TestScriptsOf2x(t *testing.T) {
	i := newRig(t, "-- etc/cont-init.d/10-b --\n#!/bin/sh\n-- etc/cont-init.d/015-x --\n#!/bin/sh\n-- etc/cont-init.d/01-a --\n#!/usr/bin/with-contenv bash\n-- etc/cont-init.d/Z --\n#!/bin/sh\n"+
		"-- etc/cont-init.d/a -> /opt/a --\n-- opt/a 0755 --\n#!/bin/sh\n-- etc/cont-init.d/é --\n#!/bin/sh\n-- etc/cont-init.d/no 0644 --\n#!/bin/sh\n"+
		"-- etc/cont-init.d/gone -> nowhere --\n-- etc/cont-init.d/pipe fifo --\n-- etc/cont-finish.d/z --\n#!/bin/sh\r\n").read()
	var names []string
	for _, p := range i.ContInit {
		name := strings.TrimPrefix(p.Path, "/etc/cont-init.d/")
		if !p.Executable {
			name += " (no)"
		}
		names = append(names, name)
	}
	same(t, "scripts", names, []string{"01-a", "015-x", "10-b", "Z", "a", "no (no)", "é"})
	if got := i.ContInit[0].Shebang; strings.Join(got, "|") != "/usr/bin/with-contenv|bash" {
		t.Errorf("the interpreter is %q", got)
	}
	same(t, "complaints", said(i.Complaints), []string{
		"/etc/cont-finish.d/z: its first line ends with a carriage return, so that the kernel looks for \"/bin/sh\\r\" and finds nothing; a copy without carriage returns is run | " + crHint + "/etc/cont-finish.d/z",
		"/etc/cont-init.d/gone: it leads to nothing; left out | a link whose target isn't there? ls -l /etc/cont-init.d/gone",
		"/etc/cont-init.d/no: it is not executable, so it can't be started (126) | chmod +x /etc/cont-init.d/no",
		"/etc/cont-init.d/pipe: it is a FIFO, and a file is needed; left out | make it a regular file",
	})
	if len(i.ContFinish) != 1 || !i.ContFinish[0].Dirty || !i.ContFinish[0].Executable {
		t.Errorf("at the end: %+v", i.ContFinish)
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"nothing to do", "a\nb\n", "a\nb\n"},
		{"carriage returns at the ends of lines", "#!/bin/sh\r\necho a\r\n", "#!/bin/sh\necho a\n"},
		{"one at the end of the file", "a\r", "a"},
		{"one within a line stays", "a\rb\n", "a\rb\n"},
		{"a byte order mark", "\ufeff#!/bin/sh\n", "#!/bin/sh\n"},
		{"a byte order mark elsewhere stays", "a\ufeff", "a\ufeff"},
	} {
		if got := string(Clean([]byte(c.text))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFixAttrs(t *testing.T) {
	i := newRig(t, "-- etc/fix-attrs.d/01 --\n# PATH recurse account fmode dmode\n/var/log/a* true nobody,32768:32768 0644 2755\r\n/x\tfalse  abc 600 700\n/y false 1000:1001 0600 0700\n"+
		"-- etc/fix-attrs.d/02 --\n/x maybe abc 600 700\nx true abc 600 700\n/x true abc 600\n/x true abc,1 600 700\n/x true abc 999 700\n/x true abc 600 17777\n/[x true abc 600 700\n/x true ,4294967295:1 600 700\n").read()
	want := []FixAttr{
		{
			File:    "/etc/fix-attrs.d/01",
			Line:    2,
			Path:    "/var/log/a*",
			Recurse: true,
			User:    "nobody",
			UID:     32768,
			GID:     32768,
			Numbers: true,
			FMode:   0o644,
			DMode:   0o2755,
		},
		{File: "/etc/fix-attrs.d/01", Line: 3, Path: "/x", User: "abc", FMode: 0o600, DMode: 0o700},
		{
			File:    "/etc/fix-attrs.d/01",
			Line:    4,
			Path:    "/y",
			UID:     1000,
			GID:     1001,
			Numbers: true,
			FMode:   0o600,
			DMode:   0o700,
		},
	}
	if len(i.FixAttrs) != len(want) {
		t.Fatalf("they are %+v", i.FixAttrs)
	}
	for n := range want {
		if i.FixAttrs[n] != want[n] {
			t.Errorf("%d is %+v, want %+v", n, i.FixAttrs[n], want[n])
		}
	}
	const form = " | a line is: PATH true|false ACCOUNT[,UID:GID] FILEMODE DIRECTORYMODE"
	same(t, "complaints", said(i.Complaints), []string{
		"/etc/fix-attrs.d/01: its lines end with a carriage return; read without them | " + crHint + "/etc/fix-attrs.d/01",
		`/etc/fix-attrs.d/02:1: "maybe" is neither true nor false; left out` + form,
		`/etc/fix-attrs.d/02:2: "x" is no absolute path; left out` + form,
		`/etc/fix-attrs.d/02:3: it has 4 words and not five; left out` + form,
		`/etc/fix-attrs.d/02:4: "1" is no UID:GID; left out` + form,
		`/etc/fix-attrs.d/02:5: "999" is no mode; left out | write octal digits, like 0644`,
		`/etc/fix-attrs.d/02:6: "17777" is no mode; left out | write octal digits, like 0755`,
		`/etc/fix-attrs.d/02:7: "/[x" is no pattern; left out | close each [ with a ], or write \[`,
		`/etc/fix-attrs.d/02:8: "4294967295:1" is no UID:GID; left out` + form,
	})
}

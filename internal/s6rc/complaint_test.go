package s6rc

import (
	"strings"
	"testing"
)

const crHint = "save it with the line ends of Unix: sed -i 's/\\r$//' "

// What is wrong with definitions, and whether it ends the container.
func TestComplaints(t *testing.T) {
	const s = "/etc/s6-overlay/s6-rc.d/"
	for _, c := range []struct {
		name, tree string
		says       []string
	}{
		{
			"all is well",
			in("a", "b") + d("a", "longrun", "finish=#!/bin/sh\n", "data/check=#!/bin/sh\n", "env/A=1") + d("b", "oneshot", "down=echo b"),
			nil,
		},
		{
			"no type",
			in("a") + "-- etc/s6-overlay/s6-rc.d/a/run --\n#!/bin/sh\n",
			[]string{"! " + s + "a: it has no file type | echo longrun > " + s + "a/type"},
		},
		{
			"no type, and a command line",
			in("a") + "-- etc/s6-overlay/s6-rc.d/a/up --\n",
			[]string{"! " + s + "a: it has no file type | echo oneshot > " + s + "a/type"},
		},
		{
			"no type, and contents",
			in("a") + "-- etc/s6-overlay/s6-rc.d/a/contents.d/b --\n" + d("b", "oneshot"),
			[]string{"! " + s + "a: it has no file type | echo bundle > " + s + "a/type"},
		},
		{
			"a type that is none",
			in("a") + d("a", "long-run", "run=#!/bin/sh\n"),
			[]string{"! " + s + "a/type: \"long-run\" is no type | did you mean longrun?"},
		},
		{
			"a type with a carriage return",
			in("a") + d("a", "longrun\r", "run=#!/bin/sh\n"),
			[]string{s + "a/type: its lines end with a carriage return; read without them | " + crHint + s + "a/type"},
		},
		{
			"a type with a byte order mark",
			in("a") + d("a", "\ufefflongrun", "run=#!/bin/sh\n"),
			[]string{s + "a/type: it starts with a byte order mark; read without it | save it without one: sed -i '1s/^\\xEF\\xBB\\xBF//' " + s + "a/type"},
		},
		{
			"a longrun without run",
			in("a") + "-- etc/s6-overlay/s6-rc.d/a/type --\nlongrun\n",
			[]string{"! " + s + "a: a longrun needs a file run, and there is none | add an executable file run, or make it a oneshot"},
		},
		{
			"a oneshot without up",
			in("a") + "-- etc/s6-overlay/s6-rc.d/a/type --\noneshot\n",
			[]string{"! " + s + "a: a oneshot needs a file up, and there is none | add a file up with a command line; an empty one does nothing and succeeds"},
		},
		{
			"what no boot starts ends nothing", "-- etc/s6-overlay/s6-rc.d/a/type --\nlongrun\n",
			[]string{s + "a: a longrun needs a file run, and there is none (no boot starts it, so this ends nothing) | add an executable file run, or make it a oneshot"},
		},
		{
			"a run that isn't executable", strings.Replace(in("a")+d("a", "longrun"), "a/run --", "a/run 0644 --", 1),
			[]string{s + "a/run: it is not executable, so it can't be started (126) | chmod +x " + s + "a/run"},
		},
		{
			"an unknown dependency",
			in("a") + d("a", "oneshot", "dependencies.d/redsi=") + d("redis", "oneshot"),
			[]string{"! " + s + "a/dependencies.d/redsi: a depends on \"redsi\", which nothing defines | did you mean redis?"},
		},
		{
			"an unknown dependency like nothing",
			in("a") + d("a", "oneshot", "dependencies=postgresql"),
			[]string{"! " + s + "a/dependencies:1: a depends on \"postgresql\", which nothing defines | define it in " + s + "postgresql, or remove the line"},
		},
		{
			"a dependency on a service of services.d",
			in("a") + d("a", "oneshot", "dependencies.d/old=") + "-- etc/services.d/old/run --\n#!/bin/sh\n",
			[]string{"! " + s + "a/dependencies.d/old: a depends on \"old\", which nothing defines | old is of services.d: use legacy-services, which starts all of those"},
		},
		{
			"a bundle with an unknown name",
			in("a", "wep") + d("web", "oneshot") + d("a", "bundle", "contents=web"),
			[]string{"! " + s + "user/contents.d/wep: user holds \"wep\", which nothing defines | did you mean web?"},
		},
		{
			"a name with a slash in a list",
			in("a") + d("a", "oneshot", "dependencies=b/c\n# a comment\n\n  base  "),
			[]string{s + "a/dependencies:1: \"b/c\": a name can't have a slash; left out | write the name of the service alone, one in a line"},
		},
		{
			"a reserved name",
			in("s6rc-x") + d("s6rc-x", "oneshot"),
			[]string{"! " + s + "s6rc-x: names that start with s6rc- are s6-rc's own | rename the directory"},
		},
		{
			"a name with a line end",
			in("a\nb") + d("a\nb", "oneshot"),
			[]string{"! /etc/s6-overlay/s6-rc.d/a\nb: a name can't have control characters | rename the directory"},
		},
		{
			"a service that needs itself",
			in("a") + d("a", "oneshot", "dependencies.d/a="),
			[]string{"! " + s + "a/dependencies.d/a: each of these needs the next one first: a → a | remove one of them: rm " + s + "a/dependencies.d/a"},
		},
		{
			"three that need one another", in("a") + d("a", "oneshot", "dependencies.d/b=") + d("b", "longrun", "dependencies=\nc") + d("c", "oneshot", "dependencies.d/a="),
			[]string{"! " + s + "a/dependencies.d/b: each of these needs the next one first: a → b → c → a | remove one of them: rm " + s + "a/dependencies.d/b"},
		},
		{
			"a service that needs the bundle that it is in", in("a", "b") + d("a", "oneshot", "dependencies.d/user=") + d("b", "oneshot"),
			[]string{"! " + s + "a/dependencies.d/user: each of these needs the next one first: a → user (a bundle) → a | remove one of them: rm " + s + "a/dependencies.d/user"},
		},
		{
			"bundles that hold one another", in("a") + d("a", "bundle", "contents.d/b=") + d("b", "bundle", "contents.d/a="),
			[]string{"! " + s + "a/contents.d/b: each of these needs the next one first: a → b (a bundle) → a (a bundle) | remove one of them: rm " + s + "a/contents.d/b"},
		},
		{
			"a circle that no boot starts", in() + d("a", "oneshot", "dependencies.d/b=") + d("b", "oneshot", "dependencies.d/a="),
			[]string{s + "a/dependencies.d/b: each of these needs the next one first: a → b → a (no boot starts it, so this ends nothing) | remove one of them: rm " + s + "a/dependencies.d/b"},
		},
		{
			"a bundle that depends",
			in("a") + d("a", "bundle", "dependencies.d/b=") + d("b", "oneshot"),
			[]string{s + "a/dependencies.d: a bundle can't depend on anything; left out | give them to what is in the bundle"},
		},
		{
			"a misspelt file",
			in("a") + d("a", "longrun", "notification_fd=3"),
			[]string{s + "a/notification_fd: no file of s6's has this name; without effect | did you mean notification-fd?"},
		},
		{
			"an unknown command",
			in("a") + d("a", "oneshot", "up=foregroud { echo a } echo b"),
			[]string{s + "a/up: there is no command \"foregroud\" | did you mean foreground?"},
		},
		{
			"a program that isn't there",
			in("a") + d("a", "oneshot", "up=/opt/init"),
			[]string{s + "a/up: there is no program \"/opt/init\" | is it in the image? ls -l /opt/init"},
		},
		{
			"a program that isn't executable",
			in("a") + d("a", "oneshot", "up=/opt/init") + "-- opt/init --\n#!/bin/sh\n",
			[]string{s + "a/up: \"/opt/init\" is not executable | chmod +x /opt/init"},
		},
		{
			"a program with a carriage return",
			in("a") + d("a", "oneshot", "up=/bin/init") + "-- bin/init --\n#!/bin/sh\r\n",
			[]string{"/bin/init: its first line ends with a carriage return: the kernel will not find the interpreter, and say that the script isn't there; " + s + "a/up starts it | " + crHint + "/bin/init"},
		},
		{"a program on the path", in("a") + d("a", "oneshot", "up=init") + "-- bin/init --\n#!/bin/sh\n", nil},
		{
			"a program by a relative path",
			in("a") + d("a", "oneshot", "up=bin/init"),
			[]string{s + "a/up: \"bin/init\" is no absolute path, and where it is looked for isn't certain | write the whole path of the program"},
		},
		{
			"a command line that ends in a block",
			in("a") + d("a", "oneshot", "up=echo a\nforeground { echo b"),
			[]string{"! " + s + "a/up:2: it is no command line of execline's: this { is never closed | close each block with a } that stands by itself"},
		},
		{
			"a shell script instead of a command line",
			in("a") + d("a", "oneshot", "up=#!/bin/sh\necho a"),
			[]string{s + "a/up: its #! line has no effect: the file is one command line of execline's, no script | put the script elsewhere, and its path alone into this file"},
		},
		{
			"a script of execline's instead of a command line",
			in("a") + d("a", "oneshot", "up=#!/command/execlineb -P\necho a"),
			nil,
		},
		{
			"two definitions of one name",
			in("a") + d("a", "oneshot") + "-- package/admin/s6-overlay-3/etc/s6-rc/sources/a/type --\noneshot\n",
			[]string{"/package/admin/s6-overlay-3/etc/s6-rc/sources/a: a is defined in " + s + "a already; left out | remove one of the two, or give it another name"},
		},
		{
			"a user that is no bundle",
			"-- etc/s6-overlay/s6-rc.d/user/type --\noneshot\n",
			[]string{s + "user/type: user is a bundle, whatever this says (\"oneshot\") | echo bundle > " + s + "user/type"},
		},
		{
			"an interpreter that isn't there",
			in("a") + d("a", "longrun", "run=#!/usr/bin/python3 -u\n"),
			[]string{s + "a/run: its interpreter \"/usr/bin/python3\" isn't there | is it in the image? ls -l /usr/bin/python3"},
		},
		{
			"an interpreter without a path",
			in("a") + d("a", "longrun", "run=#!python3\n"),
			[]string{s + "a/run: its interpreter \"python3\" is no absolute path | name it with its whole path, or by #!/usr/bin/env python3"},
		},
		{
			"a #! line of nothing",
			in("a") + d("a", "longrun", "run=#!\n"),
			[]string{s + "a/run: its #! line names no interpreter | name an interpreter: #!/bin/sh"},
		},
		{
			"a script without a #! line",
			in("a") + d("a", "longrun", "run=exec sleep 1\n"),
			[]string{s + "a/run: it has no #! line, and the kernel can't tell what runs it | begin it with a line like #!/bin/sh"},
		},
		{
			"a carriage return in a #! line",
			in("a") + d("a", "longrun", "run=#!/bin/sh -e\r\n"),
			[]string{s + "a/run: its first line ends with a carriage return, so that the kernel looks for \"/bin/sh\\r\" and finds nothing; a copy without carriage returns is run | " + crHint + s + "a/run"},
		},
		{
			"a byte order mark in front of a #! line",
			in("a") + d("a", "longrun", "run=\ufeff#!/bin/sh -e\n"),
			[]string{s + "a/run: it starts with a byte order mark, so that the kernel finds no interpreter; a copy without it is run | save it without one: sed -i '1s/^\\xEF\\xBB\\xBF//' " + s + "a/run"},
		},
		{
			"a carriage return in a contents file",
			in("a") + d("a", "bundle", "contents=b\r\n") + d("b", "oneshot"),
			[]string{s + "a/contents: its lines end with a carriage return; read without them | " + crHint + s + "a/contents"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := newRig(t, c.tree).read()
			same(t, "complaints", said(i.Complaints), c.says)
			for _, c := range i.Fatal() {
				if c.Hint == "" {
					t.Errorf("%s: no hint", c)
				}
			}
		})
	}
}

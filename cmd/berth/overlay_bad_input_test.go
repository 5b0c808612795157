package main

import (
	"strings"
	"testing"
)

// What an image may have wrong: it is said, and where something can still be meant the boot goes on.
func TestABadImageIsToldOf(t *testing.T) {
	const d = "s6-overlay/s6-rc.d/"
	const bom = "\ufeff"
	oneshot := func(name, up string, more ...string) map[string]string {
		return with(with(sleeper(oldBundle), d+name+"/type", "oneshot\n", d+name+"/up", up, oldBundle+"/contents.d/"+name, ""), more...)
	}
	for name, c := range map[string]struct {
		files map[string]string
		code  int
		says  []string // in any order
		not   []string
	}{
		"a service directory without run":             {with(sleeper(oldBundle), d+"hollow/type", "longrun\n", oldBundle+"/contents.d/hollow", ""), 1, []string{"hollow", "run"}, nil},
		"a legacy service directory without run":      {with(sleeper(oldBundle), "services.d/hollow/finish", "#!/bin/sh\n"), 5, []string{"hollow", "main runs", "sleeper runs"}, nil},
		"a cycle":                                     {with(oneshot("a", "", d+"a/dependencies.d/b", ""), d+"b/type", "oneshot\n", d+"b/up", "", d+"b/dependencies.d/a", ""), 1, []string{"each of these needs the next one first: a → b → a"}, nil},
		"an unknown dependency":                       {oneshot("a", "", d+"a/dependencies.d/nobody", ""), 1, []string{"nobody", "a/dependencies.d"}, nil},
		"no type":                                     {with(sleeper(oldBundle), d+"odd/run", "#!/bin/sh\n", oldBundle+"/contents.d/odd", ""), 1, []string{"odd", "type"}, nil},
		"a wrong type":                                {with(oneshot("odd", ""), d+"odd/type", "logrun\n"), 1, []string{"odd/type", "logrun"}, nil},
		"CRLF in a type":                              {with(sleeper(oldBundle), d+"sleeper/type", "longrun\r\n"), 5, []string{"sleeper/type", "sleeper runs"}, nil},
		"a BOM in a type":                             {with(sleeper(oldBundle), d+"sleeper/type", bom+"longrun\n"), 5, []string{"sleeper/type", "sleeper runs"}, nil},
		"CRLF in a script":                            {with(sleeper(oldBundle), d+"sleeper/run", "#!/bin/sh\r\necho sleeper runs\r\necho >&3\r\nexec sleep 1000\r\n"), 5, []string{"sleeper/run", "sleeper runs\n"}, nil},
		"a BOM in a script":                           {with(sleeper(oldBundle), d+"sleeper/run", bom+"#!/bin/sh\necho sleeper runs\necho >&3\nexec sleep 1000\n"), 5, []string{"sleeper/run", "sleeper runs"}, nil},
		"CRLF in an init script":                      {with(sleeper(oldBundle), "cont-init.d/02-dos", "#!/bin/sh\r\necho dos runs\r\n"), 5, []string{"02-dos", "dos runs\n"}, nil},
		"CRLF and a BOM in an up file":                {oneshot("dos", bom+"/bin/echo dos comes up\r\n"), 5, []string{"dos/up", "dos comes up\n"}, []string{"up\r"}},
		"CRLF in a dependency file":                   {oneshot("a", "/bin/echo a comes up\n", d+"a/dependencies", "sleeper\r\n"), 5, []string{"a comes up"}, nil},
		"an up file with an unknown command":          {oneshot("a", "no-such-command x\n", d+"b/type", "oneshot\n", d+"b/up", "/bin/echo b comes up\n", d+"b/dependencies.d/a", "", oldBundle+"/contents.d/b", ""), 5, []string{"no-such-command", "main runs"}, []string{"b comes up"}},
		"an up file that is no command line":          {oneshot("a", "if { echo x\n"), 1, []string{"a/up", "{"}, []string{"\nx\n"}},
		"a name with a slash":                         {oneshot("a", "", d+"a/dependencies", "b/c\n"), 5, []string{"b/c", "slash", "main runs"}, nil},
		"a name that leads out":                       {oneshot("a", "", d+"a/dependencies", "../../passwd\n"), 5, []string{"../../passwd", "slash", "main runs"}, nil},
		"a reserved name":                             {oneshot("s6rc-own", ""), 1, []string{"s6rc-own"}, nil},
		"an init script that nobody may execute":      {with(sleeper(oldBundle), "cont-init.d/README", "not a script\n"), 5, []string{"README", "main runs"}, nil},
		"a producer without a consumer":               {with(sleeper(oldBundle), d+"sleeper/producer-for", "nobody\n"), 1, []string{"nobody"}, nil},
		"what nobody wants may be as wrong as it is":  {with(sleeper(oldBundle), d+"odd/type", "logrun\n"), 5, []string{"main runs"}, nil},
		"a setting that isn't a number":               {with(sleeper(oldBundle), d+"sleeper/timeout-kill", "soon\n"), 5, []string{"timeout-kill", "main runs"}, nil},
		"a notification descriptor that is no number": {with(sleeper(oldBundle), d+"sleeper/notification-fd", "x\n", d+"sleeper/run", "#!/bin/sh\necho sleeper runs\nexec sleep 1000\n"), 5, []string{"notification-fd", "main runs"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, code := caged{run: "mode=0755", files: c.files, command: five}.boot(t)
			if code != c.code {
				t.Errorf("ended with %d, want %d", code, c.code)
			}
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("%q is missing", part)
				}
			}
			if c.code == 1 {
				c.not = append(c.not, "main runs")
			}
			for _, part := range c.not {
				if strings.Contains(said, part) {
					t.Errorf("%q must not be there", part)
				}
			}
			if t.Failed() {
				t.Logf("it said\n%s", said)
			}
		})
	}
}

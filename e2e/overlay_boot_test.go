package e2e

import (
	"slices"
	"strings"
	"testing"
)

// An overlayCase is a way in which the image is started.
type overlayCase struct {
	options  []string
	user     bool // root has no part in it
	init     bool // PID 1 is the engine's
	readOnly bool
}

func overlayCases() map[string]overlayCase {
	return map[string]overlayCase{
		"as root":                 {},
		"as an arbitrary user":    {options: []string{"--user", "10000:10000"}, user: true},
		"beside the engine's own": {options: []string{"--init"}, init: true},
		// The engine's own way to mount /run is noexec.
		"read-only": {options: []string{"--read-only", "--tmpfs", "/run"}, readOnly: true},
	}
}

func TestOverlay_TheImageRunsUnmodified(t *testing.T) {
	needs(t, overlay)
	for name, o := range overlayCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Whoever waits for the whole of a grace time is killed by the engine, whose own is shorter.
			c := boots(t, append(o.options, longBudget, "-e", "S6_KILL_GRACETIME=300000", "-e", "S6_SERVICES_GRACETIME=300000")...)
			o.booted(t, c)
			o.states(t, c)
			o.logged(t, c)
			o.environment(t, c)
			o.manager(t, c)
			o.changed(t, c)
			c.stopped(t, 0)
			stoppedInOrder(t, c)
		})
	}
}

// booted checks what the boot did, and in which order.
func (o overlayCase) booted(t *testing.T, c *container) {
	t.Helper()
	// Who declares no readiness is up once it is executed, so what its script notes may come later than main.
	for _, last := range []string{"start crasher again", "finish flapper again", "start quitter", "start web example", "start legacy legacy umask=0027", "start notified", "start keeper", "start stubborn"} {
		c.noted(t, last)
	}
	story := c.story(t)
	comm := "s6-svscan"
	if o.init {
		comm = strings.TrimSpace(c.sh(t, "cat /proc/1/comm"))
	}
	inOrder(t, story, "hook", "cont-init 01 hook=hooked site=example", "cont-init 015 comm="+comm+" basedir=there", "cont-init 02", "cont-init 03",
		"up init-prepare init-prepare", "up init-settings", "answered forty two",
		"start database database data=hello hook=hooked init=from init/with newline taken=unset", "ready database blue", "up init-migrate",
		"start api", "ready api", "up late", "main runs")
	inOrder(t, story, "ready api", "start web example")
	inOrder(t, story, "cont-init 03", "start legacy legacy umask=0027")
	inOrder(t, story, "up init-prepare init-prepare", "svc-umask 0027")
	inOrder(t, story, "up init-prepare init-prepare", "start collector")
	who := "runs api 10000:10000 10000 10001"
	if o.user {
		who = "runs api 10000:10000 10000"
	}
	for _, note := range []string{who, "printer env PATH", "start keeper", "start notified", "start stubborn", "finish giver 3 0 giver"} {
		if !slices.Contains(story, note) {
			t.Errorf("nobody noted %q in:\n%s", note, strings.Join(story, "\n"))
		}
	}
	if hooked := slices.Contains(story, "up hooked"); hooked != (!o.user && !o.readOnly) {
		t.Errorf("the service that the hook added: %v", hooked)
	}
	for _, note := range []string{"start downed", "start spare", "start fatal", "not answered"} {
		if slices.Contains(story, note) {
			t.Errorf("%q: nobody wanted it", note)
		}
	}
	for word, n := range map[string]int{"start giver": 1, "start flapper": 2, "finish flapper": 1, "start database": 1} {
		if got := len(linesWith(strings.Join(story, "\n"), word)); got != n {
			t.Errorf("%q was noted %d times, want %d", word, got, n)
		}
	}
	// The leader's group is not killed behind a service that has a finish: it is told of the group.
	if found := linesWith(strings.Join(story, "\n"), "finish crasher"); len(found) != 1 ||
		!strings.HasPrefix(found[0], "finish crasher 256 9 crasher pgid=") || !strings.HasSuffix(found[0], " left=1") {
		t.Errorf("crasher's finish noted %q", found)
	}
	noTrace(t, docker(t, "logs", c.id))
	hasNot(t, docker(t, "logs", c.id).err, "still the program of s6-overlay")
}

// states checks what s6-svstat says, as the app's user.
func (o overlayCase) states(t *testing.T, c *container) {
	t.Helper()
	for _, slot := range []string{
		"database", "api", "web", "stubborn", "quitter", "crasher", "producer", "collector", "printer", "svc-umask", "keeper",
		"worker-1", "worker-2", "worker-3", "worker-4", "legacy", "notified",
	} {
		c.awaitStatus(t, slot, "up (pid ")
	}
	has(t, c.status(t, "database"), ", ready ")
	has(t, c.status(t, "notified"), ", ready ")
	hasNot(t, c.status(t, "web"), ", ready ")
	c.awaitStatus(t, "giver", "down (exitcode 3) ")
	c.awaitStatus(t, "flapper", "down (exitcode 1) ")
	c.awaitStatus(t, "downed", "down (")
	c.awaitStatus(t, "spare", "down (")
	if r := c.exec(t, "/command/s6-svstat", "/run/service/nobody"); r.code == 0 {
		t.Errorf("s6-svstat of a slot that isn't there: %s", r.all())
	}
	up := strings.Fields(c.sh(t, "/command/s6-rc -a list"))
	for _, name := range []string{"database", "init-migrate", "init-prepare", "late", "collector", "worker-4"} {
		if !slices.Contains(up, name) {
			t.Errorf("s6-rc -a list has no %s: %v", name, up)
		}
	}
	if slices.Contains(up, "spare") {
		t.Errorf("s6-rc -a list has spare: %v", up)
	}
}

// logged checks the two loggers' files.
func (o overlayCase) logged(t *testing.T, c *container) {
	t.Helper()
	logs := strings.TrimSpace(c.exec(t, "/command/with-contenv", "printenv", "LOGS").out)
	eventually(t, "the pipeline has written lines", func() bool {
		return c.exec(t, "grep", "-q", "line [0-9]* 9$", logs+"/lines/current").code == 0
	})
	before := c.sh(t, "/command/s6-svstat -o pid /run/service/producer")
	c.sh(t, "/command/s6-svc -wr -T 10000 -t /run/service/producer")
	after := c.sh(t, "/command/s6-svstat -o pid /run/service/producer")
	if before == after {
		t.Errorf("the producer is still %s", before)
	}
	eventually(t, "the next run's lines are there", func() bool {
		return c.exec(t, "grep", "-q", "line "+after+" 3$", logs+"/lines/current").code == 0
	})
	if !o.user {
		same(t, "the owner of the log", c.sh(t, "stat -c %U "+logs+"/lines/current"), "nobody")
	}
	eventually(t, "the legacy service's logger has stamped lines", func() bool {
		return c.exec(t, "grep", "-qE", `^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{9}  spoken [0-9]+$`, logs+"/legacy/current").code == 0
	})
}

// environment checks who sees what.
func (o overlayCase) environment(t *testing.T, c *container) {
	t.Helper()
	same(t, "with-contenv", c.sh(t, `/command/with-contenv sh -c 'echo "$SITE,$FROM_HOOK,$FROM_INIT,$FROM_INIT_LINE,${TAKEN_AWAY-unset}"'`),
		"example,hooked,from init,with newline,unset")
	same(t, "printcontenv", c.sh(t, "/command/printcontenv FROM_INIT_LINE"), "with newline")
	if r := c.exec(t, "/command/printcontenv", "NO_SUCH_VARIABLE"); r.code != 1 || r.out != "" {
		t.Errorf("printcontenv of nothing: code %d, %q", r.code, r.all())
	}
	same(t, "fix-attrs", c.sh(t, "cd /data/attrs; stat -c '%a %U' . one deep deep/two other | tr '\\n' ','"), map[bool]string{
		true: "750 app,640 app,750 app,640 app,750 app,", false: "777 root,666 root,777 root,666 root,777 root,",
	}[!o.user && !o.readOnly])
	has(t, c.sh(t, "readlink -f /init /command/s6-svc; head -c 11 /usr/bin/with-contenv"), "/usr/bin/berth\n/usr/bin/berth\n#!/bin/bash")
}

// manager lets the app's user register and unregister slots.
func (o overlayCase) manager(t *testing.T, c *container) {
	t.Helper()
	var env []string
	if o.init {
		env = []string{"-e", "BESIDE_INIT=1"}
	}
	r := docker(t, append(append([]string{"exec", "--user", "10000:10000"}, env...), c.id, "python3", "/usr/local/lib/slots.py", "cycle", "gateway")...)
	if r.code != 0 {
		t.Errorf("the client failed with %d: %s\n%s", r.code, r.all(), docker(t, "logs", c.id).all())
		return
	}
	same(t, "the client's steps", r.out, "registered gateway\nup as 10000\nagain True\ndown\ngone\n")
}

// changed checks s6-rc's own orders, and control by whom a service belongs to.
func (o overlayCase) changed(t *testing.T, c *container) {
	t.Helper()
	c.sh(t, "/command/s6-rc -u change spare")
	c.noted(t, "start spare")
	c.awaitStatus(t, "spare", "up (pid ")
	c.sh(t, "/command/s6-rc -d change spare")
	c.awaitStatus(t, "spare", "down (")
	for _, words := range []string{"-u change nobody", "-x"} {
		if r := c.exec(t, append([]string{"/command/s6-rc"}, strings.Fields(words)...)...); r.code == 0 {
			t.Errorf("s6-rc %s: code 0: %s", words, r.all())
		}
	}
	// The boot gave the app's user the control FIFOs, so it may restart what runs as root.
	first := c.status(t, "keeper")
	must(t, "exec", "--user", "10000:10000", c.id, "/command/s6-svc", "-t", "/run/service/keeper")
	eventually(t, "keeper runs anew", func() bool {
		again := c.status(t, "keeper")
		return strings.HasPrefix(again, "up (pid ") && pidIn(again) != pidIn(first)
	})
}

// pidIn gives the pid in a line of s6-svstat's.
func pidIn(status string) string {
	_, rest, _ := strings.Cut(status, "(pid ")
	pid, _, _ := strings.Cut(rest, ")")
	return pid
}

// stoppedInOrder checks what the stop did.
func stoppedInOrder(t *testing.T, c *container) {
	t.Helper()
	story := c.story(t)
	inOrder(t, story, "main runs", "down late", "finish web 256 15 web", "down init-migrate", "down init-prepare", "cont-finish 10 init=from init", "cont-finish 20")
	inOrder(t, story, "main runs", "quitter got QUIT", "cont-finish 10 init=from init")
	inOrder(t, story, "main runs", "finish legacy 256 15 legacy", "cont-finish 10 init=from init")
}

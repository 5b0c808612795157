package e2e

import (
	"strings"
	"testing"
)

func TestOverlay_TheCodeOfTheCommandIsTheContainers(t *testing.T) {
	needs(t, overlay)
	for name, c := range map[string]struct {
		code    int
		command []string
	}{
		"its own":           {7, []string{"sh", "-c", "exit 7"}},
		"success":           {0, []string{"true"}},
		"not there":         {127, []string{"/no/such/program"}},
		"no such word":      {127, []string{"no-such-program"}},
		"not executable":    {126, []string{"/etc/passwd"}},
		"killed":            {137, []string{"sh", "-c", "kill -KILL $$"}},
		"ended by TERM":     {143, []string{"sh", "-c", "kill -TERM $$"}},
		"a wrapper's":       {9, []string{"with-contenv", "sh", "-c", `[ "$FROM_INIT $FROM_HOOK $SITE" = "from init hooked example" ] && exit 9`}},
		"by execline":       {6, []string{"execlineb", "-P", "-c", `with-contenv importas -i site SITE ifelse { test ${site} = example } { exit 6 } exit 1`}},
		"as the app's user": {4, []string{"s6-setuidgid", "app", "sh", "-c", `[ "$(id -u) $(id -G)" = "10000 10000 10001" ] && exit 4`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A profile with little in it: what the end of a command does is the same.
			r := runs(t, c.code, append([]string{"-e", "S6_RUNTIME_PROFILE=small", overlay}, c.command...)...)
			noTrace(t, r)
			inOrder(t, notes(r.err), "hook", "cont-init of the profile", "up only", "down only", "cont-finish of the profile")
			hasNot(t, r.err, "start database", "cont-finish 20")
		})
	}
}

func TestOverlay_TheCommandHasTheTerminalItsDirectoryAndTheEnvironment(t *testing.T) {
	needs(t, overlay)
	x := onTerminal(t, overlay, "sh", "-c", `echo "at $(tput cols 2>/dev/null || stty size | cut -d' ' -f2) $(tty) $(pwd)"; echo main-"is"-ready "$SITE $FROM_HOOK $FROM_INIT ${PATH%%:*}"; exec sleep 1000`)
	x.expect(t, "at 80 /dev/pts/0 /data")
	x.expect(t, "main-is-ready example hooked from init /command")
	x.types(t, "\x03")
	if code := x.ends(t); code != 130 {
		t.Errorf("Ctrl-C ended the container with %d, want 130:\n%s", code, x.shown())
	}
	for keep, want := range map[string]string{"0": "from init", "1": "mine"} { // a script wrote FROM_INIT, which with-contenv gives or leaves
		r := runFed(t, "typed\n", "-i", "-e", "S6_KEEP_ENV="+keep, overlay, "sh", "-c", `cat; FROM_INIT=mine with-contenv sh -c 'echo "$FROM_INIT"'`)
		if r.code != 0 || r.out != "typed\n"+want+"\n" {
			t.Errorf("with S6_KEEP_ENV=%s: code %d, %q: %s", keep, r.code, r.out, r.err)
		}
	}
}

func TestOverlay_SettingsAreHonoured(t *testing.T) {
	needs(t, overlay)
	for name, c := range map[string]struct {
		options []string
		command []string
		code    int
		out     string // what is on stdout
		noted   string // what is in the story
		not     string // what isn't
		err     string // what is on stderr
	}{
		"a failed cont-init ends the container": {
			options: []string{"-e", "S6_BEHAVIOUR_IF_STAGE2_FAILS=2"}, command: []string{"note", "main"}, code: 1, noted: "cont-init 02", not: "main",
		},
		"a failed cont-init is told of": {
			options: []string{"-e", "S6_BEHAVIOUR_IF_STAGE2_FAILS=1"}, command: []string{"true"}, noted: "cont-init 03", err: "02-fails",
		},
		"words before the command": {
			options: []string{"-e", "S6_CMD_ARG0=echo said by"}, command: []string{"it"}, out: "said by it\n",
		},
		"a hook that isn't there": {
			options: []string{"-e", "S6_STAGE2_HOOK=/no/such/hook"}, command: []string{"true"}, noted: "up late", not: "hook", err: "/no/such/hook",
		},
		"a finish script's time is over": {
			options: []string{"-e", "S6_KILL_FINISH_MAXTIME=3000", "-e", "SLOW_FINISH=1", longBudget}, command: []string{"sh", "-c", "exit 3"}, code: 3, noted: "cont-finish 20",
		},
		"legacy services are waited for": {
			options: []string{"-e", "S6_CMD_WAIT_FOR_SERVICES=1"}, command: []string{"s6-svstat", "-o", "ready", "/run/service/notified"}, out: "true\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runs(t, c.code, append(append(c.options, overlay), c.command...)...)
			story := strings.Join(notes(r.err), "\n")
			if c.out != "" {
				same(t, "stdout", r.out, c.out)
			}
			has(t, "\n"+story+"\n", "\n"+c.noted)
			if c.not != "" {
				hasNot(t, "\n"+story+"\n", "\n"+c.not+"\n")
			}
			has(t, r.err, c.err)
			noTrace(t, r)
		})
	}
}

func TestOverlay_SignalsGoWhereTheSettingSays(t *testing.T) {
	needs(t, overlay)
	const main = `trap 'note main got USR1' USR1; trap 'note main got TERM; exit 9' TERM; note main runs; echo main-is-up; while :; do sleep 0.05; done`
	c := start(t, "-e", "S6_CMD_RECEIVE_SIGNALS=1", longBudget, overlay, "sh", "-c", main)
	c.awaitUp(t)
	must(t, "kill", "-s", "USR1", c.id)
	c.noted(t, "main got USR1")
	c.stopped(t, 9)
	inOrder(t, c.story(t), "main got TERM", "down init-prepare")
}

func TestOverlay_AServiceEndsTheContainerWithItsCode(t *testing.T) {
	needs(t, overlay)
	t.Run("its finish calls halt", func(t *testing.T) {
		t.Parallel()
		c := boots(t, longBudget)
		_ = c.exec(t, "/command/s6-rc", "-u", "change", "fatal") // the container may end before it does
		if code := c.ends(t); code != 5 {
			t.Errorf("the container ended with %d, want the service's 5:\n%s", code, docker(t, "logs", c.id).all())
		}
		inOrder(t, c.story(t), "start fatal", "down init-prepare", "cont-finish 20")
	})
	t.Run("from docker exec", func(t *testing.T) {
		t.Parallel()
		c := boots(t, longBudget)
		same(t, "the code that is there", c.sh(t, "cat /run/s6-linux-init-container-results/exitcode"), "0")
		_ = c.exec(t, "sh", "-c", "echo 42 >/run/s6-linux-init-container-results/exitcode; exec /run/s6/basedir/bin/halt")
		if code := c.ends(t); code != 42 {
			t.Errorf("the container ended with %d, want 42:\n%s", code, docker(t, "logs", c.id).all())
		}
	})
}

func TestOverlay_ARestartForgetsWhatTheLastOneLeft(t *testing.T) {
	needs(t, overlay)
	c := boots(t, longBudget)
	must(t, "exec", "--user", "10000:10000", c.id, "python3", "/usr/local/lib/slots.py", "add", "extra", "down")
	c.sh(t, "printf stale >/run/s6/container_environment/STALE; echo 7 >/run/s6-linux-init-container-results/exitcode")
	must(t, "kill", "-s", "KILL", c.id) // the hard way: nothing is tidied up
	c.ends(t)
	must(t, "start", c.id)
	c.awaitUp(t)
	same(t, "a value of the last boot", c.sh(t, `/command/with-contenv sh -c 'echo "${STALE-none} $FROM_HOOK"'`), "none hooked")
	same(t, "slots of the last boot", c.sh(t, "ls /run/service | grep -c extra || :"), "0")
	c.awaitStatus(t, "web", "up (pid ")
	r := docker(t, "exec", "--user", "10000:10000", c.id, "python3", "/usr/local/lib/slots.py", "cycle", "extra")
	same(t, "the client's steps", r.all(), "registered extra\nup as 10000\nagain True\ndown\ngone\n")
	c.stopped(t, 0)
	stoppedInOrder(t, c)
}

func TestOverlay_ExplainSaysHowTheImageIsRead(t *testing.T) {
	needs(t, overlay)
	r := runs(t, 0, "--entrypoint", "berth", overlay, "s6", "explain")
	for _, name := range []string{"database", "init-migrate", "worker-4", "legacy", "downed", "late", "lined", "01-environment", "10-first", "01-data", "S6_STAGE2_HOOK"} {
		has(t, r.out, name)
	}
	has(t, r.out, "/etc/s6-overlay/s6-rc.d/database", "/etc/services.d/legacy")
	if at := strings.Index(r.out, "init-prepare"); at < 0 || at > strings.Index(r.out, "init-migrate") {
		t.Errorf("init-prepare comes before init-migrate:\n%s", r.out)
	}
	has(t, runs(t, 0, "--entrypoint", "berth", hermes, "s6", "explain").out, "off")
}

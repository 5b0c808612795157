package main

import (
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A service that says when it runs, as a bundle's only member. The bundle lies where newer images have it, or where older ones do.
func sleeper(bundle string) map[string]string {
	return map[string]string{
		bundle + "/type":                                 "bundle\n",
		bundle + "/contents.d/sleeper":                   "",
		"s6-overlay/s6-rc.d/sleeper/type":                "longrun\n",
		"s6-overlay/s6-rc.d/sleeper/dependencies.d/base": "",
		"s6-overlay/s6-rc.d/sleeper/notification-fd":     "3\n",
		"s6-overlay/s6-rc.d/sleeper/run":                 "#!/bin/sh\necho sleeper runs\necho >&3\nexec sleep 1000\n",
		"cont-init.d/01-first":                           "#!/command/with-contenv sh\necho \"init runs as $(id -u)\"\n",
	}
}

const (
	newBundle = "s6-overlay/user-bundles.d/user"
	oldBundle = "s6-overlay/s6-rc.d/user"
)

// five is a main that ends with a code of its own.
var five = []string{"sh", "-c", "echo main runs; exit 5"}

// What s6-overlay itself does with each of these is an end without the command, or none at all, in six cases.
func TestUnderEveryConstraintTheCommandRuns(t *testing.T) {
	const (
		plain  = "--reuid=1000 --regid=1000 --clear-groups --inh-caps=-all"
		sealed = plain + " --no-new-privs --bounding-set=-all"
		group  = "--reuid=1000 --regid=0 --clear-groups --inh-caps=-all --no-new-privs --bounding-set=-all"
	)
	for name, c := range map[string]caged{
		"1 root":                   {run: "mode=0755"},
		"2 not PID 1":              {run: "mode=0755", guest: true},
		"3 a user, /run is root's": {run: "mode=0755", as: plain},
		"4 a user who gains nothing, /run is root's":        {run: "mode=0755", as: sealed},
		"5 a user whose /run it is":                         {run: "mode=0755,uid=1000", as: sealed},
		"6 a user, /run is everybody's":                     {run: "mode=1777", as: sealed},
		"7 a user, /run is everybody's and not sticky":      {run: "mode=0777", as: sealed, vars: "S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES=1"},
		"8 a user of root's group, who may write /run":      {run: "mode=0775", as: group},
		"9 nothing on /run may be executed":                 {run: "mode=0755,noexec"},
		"10 the same, and the root is said to be so":        {run: "mode=0755,noexec", vars: "S6_READ_ONLY_ROOT=1"},
		"11 the same for a user":                            {run: "mode=1777,noexec", as: sealed, vars: "S6_READ_ONLY_ROOT=1"},
		"12 a read-only root":                               {run: "mode=0755", readOnly: true, files: sleeper(newBundle)},
		"12 a read-only root that is said to be so":         {run: "mode=0755", readOnly: true, files: sleeper(newBundle), vars: "S6_READ_ONLY_ROOT=1"},
		"13 a read-only root without a /run":                {readOnly: true, files: sleeper(newBundle)},
		"14 a read-only root with the bundle of older ones": {run: "mode=0755", readOnly: true},
		"17 nothing on /run may be executed, and the script has the line ends of DOS": {
			run:   "mode=0755,noexec",
			files: with(sleeper(oldBundle), "s6-overlay/s6-rc.d/sleeper/run", "#!/bin/sh\r\necho sleeper runs\r\necho >&3\r\nexec sleep 1000\r\n"),
		},
		"15 root, /run is everybody's and not sticky": {run: "mode=0777"},
		"16 root, /run is somebody else's":            {run: "mode=0755,uid=1000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.files == nil {
				c.files = sleeper(oldBundle)
			}
			c.command = five
			said, code := c.boot(t)
			user := 0
			if c.as != "" {
				user = 1000
			}
			if code != 5 || !inTurn(said, fmt.Sprintf("init runs as %d\n", user), "sleeper runs\n", "main runs\n") {
				t.Errorf("ended with %d, want 5 after the init script, the service and main; it said\n%s", code, said)
			}
		})
	}
}

// inTurn says whether a text holds parts one after the other.
func inTurn(text string, parts ...string) bool {
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}

// with gives files, and more of them.
func with(files map[string]string, more ...string) map[string]string {
	all := maps.Clone(files)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// termOnce sends TERM to PID 1 of the jail once it has said something.
func termOnce(text string) func(int, *lines) {
	return func(pid int, out *lines) {
		if !out.await(text) {
			return // the test sees that it is missing
		}
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if first, err := strconv.Atoi(strings.TrimSpace(string(children))); err == nil {
			_ = syscall.Kill(first, syscall.SIGTERM)
		}
	}
}

// Each of these leaves s6-overlay as it is for ever: without the command, or without an end.
func TestWhatHangsElsewhereEndsWithAVerdict(t *testing.T) {
	stay := []string{"sh", "-c", "echo main runs; exec sleep 1000"}
	never := with(sleeper(oldBundle), "s6-overlay/s6-rc.d/sleeper/run", "#!/bin/sh\necho sleeper runs\nexec sleep 1000\n")
	deaf := with(sleeper(oldBundle), "s6-overlay/s6-rc.d/sleeper/run", "#!/bin/sh\ntrap '' TERM\necho sleeper runs\necho >&3\nwhile :; do sleep 1000; done\n")
	for name, c := range map[string]struct {
		caged
		code int
		says []string
		main bool
	}{
		"1 a bundle names what isn't there": {
			caged{files: with(sleeper(oldBundle), oldBundle+"/contents.d/nobody", ""), command: stay}, 1, []string{"nobody", "berth: "}, false,
		},
		"2 a read-only root with the bundle of older images": {caged{files: sleeper(oldBundle), readOnly: true, command: five}, 5, []string{"sleeper runs", "main runs"}, true},
		"3 a service that ignores TERM and has no time-out": {
			caged{files: deaf, command: stay, signal: termOnce("main runs"), vars: "BERTH_STOP_TIMEOUT=500ms"}, 0, []string{"sleeper"}, true,
		},
		"4 a service that never becomes ready, with a bound": {
			caged{files: never, command: five, vars: "S6_CMD_WAIT_FOR_SERVICES_MAXTIME=3000"}, 5, []string{"sleeper runs", "main runs"}, true,
		},
		"4 the same, fatal": {
			caged{files: never, command: five, vars: "S6_CMD_WAIT_FOR_SERVICES_MAXTIME=3000 S6_BEHAVIOUR_IF_STAGE2_FAILS=2"}, 2, []string{"sleeper"}, false,
		},
		"5 TERM while a service isn't ready yet": {
			caged{files: never, command: stay, signal: termOnce("sleeper runs"), vars: "S6_CMD_WAIT_FOR_SERVICES_MAXTIME=0 S6_KILL_GRACETIME=300000"}, 143, []string{"sleeper"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run = "mode=0755"
			said, code := c.boot(t)
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("%q is missing", part)
				}
			}
			if code != c.code || strings.Contains(said, "main runs") != c.main {
				t.Errorf("ended with %d, want %d; main runs: want %v", code, c.code, c.main)
			}
			if t.Failed() {
				t.Logf("it said\n%s", said)
			}
		})
	}
}

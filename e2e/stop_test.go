package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestA13_StopReachesMainAndItsCodeIsKept(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "chown 10000:10000 .")
	// Not on stdout: an engine that is busy closes that before it has read all ("reading from a closed fifo" in its log).
	c := start(t, v.data(), hermes, "sh", "-c", `trap 'date +%s%N >/opt/data/ended; exit 7' TERM; echo main-is-up; while :; do sleep 0.05; done`)
	c.awaitUp(t)
	must(t, "stop", c.id)
	if code := c.code(t); code != 7 {
		t.Errorf("the container ended with %d, want main's own 7", code)
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(v.sh(t, "cat ended")), 10, 64)
	if err != nil {
		t.Fatalf("main did not see TERM: %v", err)
	}
	if took := c.finished(t).Sub(time.Unix(0, ns)); took > time.Second {
		t.Errorf("the container ended %v after main, want at most a second", took)
	}
}

func TestA13_AMainThatDrainsGetsItsTime(t *testing.T) {
	needs(t, hermes)
	c := start(t, "--stop-timeout", "15", hermes, "sh", "-c", `trap 'sleep 8; exit 9' TERM; echo main-is-up; while :; do sleep 0.1; done`)
	c.awaitUp(t)
	must(t, "stop", c.id)
	if code := c.code(t); code != 9 {
		t.Errorf("a main that needs 8 s to drain ended the container with %d, want its own 9", code)
	}
}

func TestA13_WhoIgnoresTermIsKilledBeforeTheEngineKills(t *testing.T) {
	needs(t, hermes)
	c := start(t, "-e", "BERTH_STOP_TIMEOUT=1s", hermes, "sh", "-c", `trap "" TERM; echo main-is-up; while :; do sleep 1000; done`)
	c.awaitUp(t)
	asked := time.Now()
	must(t, "stop", "-t", "25", c.id)
	if code := c.code(t); code != 137 {
		t.Errorf("the container ended with %d, want 137", code)
	}
	if took := time.Since(asked); took > 20*time.Second {
		t.Errorf("the stop took %v: it was the engine that killed", took)
	}
	has(t, docker(t, "logs", c.id).err, "berth: ")
}

func TestA13_TheStandInDrains(t *testing.T) {
	needs(t, hermes)
	c := start(t, "-e", "HERMES_GATEWAY_NO_SUPERVISE=1", hermes, "gateway", "run")
	eventually(t, "the gateway runs", func() bool {
		return c.exec(t, "grep", "-q", `"gateway_state":"running"`, "/opt/data/gateway_state.json").code == 0
	})
	must(t, "stop", c.id)
	if code := c.code(t); code != 0 {
		t.Errorf("a gateway that drained ended the container with %d, want 0:\n%s", code, docker(t, "logs", c.id).all())
	}
}

func TestWhatMainLeavesRunningGetsTermAndTheContainerEndsWithMainsCode(t *testing.T) {
	needs(t, hermes)
	r := runs(t, 4, hermes, "sh", "-c", `(trap 'echo left-got-term; exit 0' TERM; echo left-runs; while :; do sleep 0.05; done) & sleep 0.5; exit 4`)
	has(t, r.out, "left-runs", "left-got-term")
}

func TestA14_OrphansAreReaped(t *testing.T) {
	needs(t, hermes)
	c := start(t, withProbe(t), "probe", "orphans", "200")
	c.says(t, "orphaned")
	eventually(t, "no orphan is left, dead or alive", func() bool {
		for _, p := range c.processes(t) {
			if p.state == "Z" || p.name == "sleep" {
				return false
			}
		}
		return true
	})
	if !c.running(t) {
		t.Error("the container ended")
	}
}

func TestA14_AGrandchildsZombieIsReapedWhileAShellIsMain(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, hermes, "sh", "-c", `sh -c 'sleep 0.3 & exec true'; exec "$@"`, "-")
	eventually(t, "the orphan is gone", func() bool {
		for _, p := range c.processes(t) {
			if p.state == "Z" {
				return false
			}
		}
		return len(c.named(t, "sleep")) == 1
	})
}

func TestA15_SignalsAreForwarded(t *testing.T) {
	needs(t, hermes)
	c := start(t, withProbe(t), "probe", "signals")
	c.says(t, "ready")
	for _, s := range []struct {
		name   string
		number int
	}{{"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"USR1", 10}, {"USR2", 12}, {"WINCH", 28}} {
		must(t, "kill", "-s", s.name, c.id)
		c.says(t, fmt.Sprintf("signal %d\n", s.number))
	}
	if !c.running(t) {
		t.Fatal("a forwarded signal ended PID 1")
	}
	must(t, "kill", "-s", "TERM", c.id)
	if code := c.ends(t); code != 7 {
		t.Errorf("TERM ended the container with %d, want main's own 7", code)
	}
}

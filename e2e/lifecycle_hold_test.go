package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestA87_AGatewayThatFailsAtOnceIsHeldLongerEachTime(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	c := serving(t, v.data(), "-e", "HERMES_STANDIN_EXIT=1", hermes)
	spent := func() float64 { // seconds of a CPU that PID 1 and all its dead children have used
		ticks := 0
		for field := range strings.FieldsSeq(c.sh(t, `sed 's/.*) //' /proc/1/stat | cut -d' ' -f12-15`)) {
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			ticks += n
		}
		return float64(ticks) / 100
	}
	c.awaitSlot(t, "gateway-default", "holds", func(s slotState) bool { return s.State == "holding" })
	from, used := time.Now(), spent()
	s := c.awaitSlot(t, "gateway-default", "is failing and holds for long", func(s slotState) bool {
		return s.Verdict == "failing" && s.State == "holding" && len(c.starts(t, s.Name)) >= 6
	})
	used, took := spent()-used, time.Since(from)
	if share := used / took.Seconds(); share > 0.05 {
		t.Errorf("a gateway that fails at once takes %.1f %% of a CPU", 100*share)
	}
	if s.LastExit == nil || s.LastExit.Code != 1 || s.HoldUntil == nil || s.Desired != "up" {
		t.Errorf("the slot is %+v, want its last code, the end of the hold, and that it is wanted up", s)
	}
	runs := c.starts(t, "gateway-default")
	for i, least := range []time.Duration{0, 900 * time.Millisecond, 1800 * time.Millisecond, 3600 * time.Millisecond, 7200 * time.Millisecond} {
		if gap := runs[i+1].Sub(runs[i]); gap < least {
			t.Errorf("run %d came %v after the one before, want at least %v", i+2, gap, least)
		}
	}
	// The next waits 16 s and 32 s, less their tenth: at most eight in the first minute. One may have begun since the look.
	within := 0
	for _, at := range runs {
		if at.Sub(runs[0]) < time.Minute {
			within++
		}
	}
	if wait := s.HoldUntil.Sub(runs[len(runs)-1]); len(runs) == 6 && wait > 0 && wait < 14*time.Second || within > 8 {
		t.Errorf("%d runs, and the next hold is %v", within, wait)
	}
	if !c.running(t) {
		t.Error("a gateway that fails ended the container")
	}
	has(t, c.does(t, "gateway", "status"), "failing", "code 1")
	if r := c.exec(t, "berth", "ready"); r.code != 3 {
		t.Errorf("berth ready ended with %d, want 3:\n%s", r.code, r.all())
	}
	// It can be stopped in its hold, and told to start cuts one short.
	c.does(t, "gateway", "start")
	eventually(t, "another run at once", func() bool { return len(c.starts(t, "gateway-default")) > len(runs) })
	c.does(t, "gateway", "stop")
	c.wantsDown(t, "gateway-default")
}

// counted is a gateway of the tests' own: it counts its runs, and a script decides by their number n.
func counted(t *testing.T, script, more string) []string {
	t.Helper()
	return changed(t, fmt.Sprintf(`
  gateway:
    command: [sh, -c, 'echo x >> /spec/runs; n=$$(wc -l < /spec/runs); %s']
    profile-args: []
    %s
`, strings.ReplaceAll(strings.ReplaceAll(script, "$", "$$"), "'", "''"), more))
}

func TestA87_ARunThatLivedLongEnoughCountsFromAnew(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	spec := counted(t, `case $n in 3) sleep 1.5;; 6) exec sleep infinity;; esac; exit 1`, "restart: {stable: 1s}")
	c := serving(t, append(spec, v.data(), hermes)...)
	c.awaitSlot(t, "gateway-default", "is at its sixth run", func(s slotState) bool { return s.runs() && s.Restarts == 5 })
	// 1 short; 2 short; held; 3 long; 4 at once, short; 5 at once, short; held; 6.
	var holds []int
	run := 0
	for _, e := range c.events(t, "gateway-default") {
		switch e.To {
		case "starting":
			run++
		case "holding":
			holds = append(holds, run)
		}
	}
	same(t, "the runs that a hold came after", fmt.Sprint(holds), "[2 5]")
}

func TestA88_FinalCodesStayDownAndSayWhy(t *testing.T) {
	needs(t, hermes)
	for _, code := range []string{"0", "78"} {
		t.Run("code "+code, func(t *testing.T) {
			v := prepared(t, marked(map[string]string{"default": wantsRunning}))
			c := serving(t, v.data(), "-e", "HERMES_STANDIN_EXIT="+code, hermes)
			s := c.awaitSlot(t, "gateway-default", "is done", func(s slotState) bool { return s.State == "done" })
			if s.Restarts != 0 || s.LastExit == nil || strconv.Itoa(s.LastExit.Code) != code || s.Desired != "up" {
				t.Errorf("the slot is %+v, want one run that ended with %s", s, code)
			}
			has(t, s.Why, code, "final")
			has(t, c.does(t, "gateway", "status"), "final")
			// Something else that takes its time goes by, and nothing was started.
			c.does(t, "profile", "create", "other")
			c.does(t, "-p", "other", "gateway", "start")
			c.awaitSlot(t, "gateway-other", "is done", func(s slotState) bool { return s.State == "done" })
			if n := len(c.starts(t, "gateway-default")); n != 1 {
				t.Errorf("it had %d runs, want one", n)
			}
			// A person may ask for another run, and the container goes on.
			c.does(t, "gateway", "start")
			eventually(t, "another run", func() bool { return len(c.starts(t, "gateway-default")) == 2 })
			if !c.running(t) {
				t.Error("the container ended")
			}
		})
	}
}

func TestA88_AGatewayWithoutSettingsIsFinal(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	c.does(t, "profile", "create", "bare")
	v.sh(t, "rm profiles/bare/config.yaml")
	c.does(t, "-p", "bare", "gateway", "start")
	s := c.awaitSlot(t, "gateway-bare", "is done", func(s slotState) bool { return s.State == "done" })
	if s.LastExit == nil || s.LastExit.Code != 78 {
		t.Errorf("the slot is %+v, want code 78", s)
	}
	has(t, c.does(t, "-p", "bare", "gateway", "status"), "78")
}

func TestA88_AGatewayThatAsksForARestartGetsItAtOnce(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	c.does(t, "gateway", "start")
	s := c.awaitGateway(t, "default", 0)
	for range 3 {
		eventually(t, "it has run for a second, so that its end is no sudden one", func() bool {
			all := c.starts(t, "gateway-default")
			return time.Since(all[len(all)-1]) > 1200*time.Millisecond
		})
		c.sh(t, fmt.Sprintf("kill -USR1 %d", s.Pid))
		s = c.awaitGateway(t, "default", s.Pid)
	}
	if s.Restarts != 3 || s.LastExit == nil || s.LastExit.Code != 75 || s.Verdict != "" {
		t.Errorf("the slot is %+v, want three restarts by code 75", s)
	}
	for _, e := range c.events(t, "gateway-default") {
		if e.To == "holding" {
			t.Errorf("it was held: %+v", e)
		}
	}
}

func TestA88_AskingAgainAndAgainIsHeldLikeFailing(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	c := serving(t, v.data(), "-e", "HERMES_STANDIN_EXIT=75", hermes)
	c.awaitSlot(t, "gateway-default", "is failing", func(s slotState) bool { return s.Verdict == "failing" && s.State == "holding" })
}

package supervise

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheRuleOfADaemon(t *testing.T) {
	full := Restart{FinalCodes: []int{0, 78}, AtOnceCodes: []int{75}}
	policy := func(p Policy) Restart { return Restart{Policy: p, AtOnceCodes: []int{75}} }
	for _, c := range []struct {
		about string
		rule  Restart
		exit  Exit
		lived time.Duration
		short int
		on    trigger
		hold  time.Duration
		count int
	}{
		{"the first short run is followed at once", full, Exit{Code: 1}, time.Second, 0, onAgain, 0, 1},
		{"the second after a second", full, Exit{Code: 1}, time.Second, 1, onHold, time.Second, 2},
		{"the third after two", full, Exit{Code: 1}, time.Second, 2, onHold, 2 * time.Second, 3},
		{"the eighth is held by the cap", full, Exit{Code: 1}, time.Second, 7, onHold, time.Minute, 8},
		{"the ten thousandth as well", full, Exit{Code: 1}, 0, 9999, onHold, time.Minute, 10000},
		{"a run that lived a minute forgives", full, Exit{Code: 1}, time.Minute, 9, onAgain, 0, 0},
		{"one of 59 s doesn't", full, Exit{Code: 1}, 59 * time.Second, 9, onHold, time.Minute, 10},
		{"a code that is final stays down", full, Exit{Code: 78}, time.Second, 0, onFinish, 0, 0},
		{"a signal of that number is no code", full, Exit{Signal: syscall.Signal(78)}, time.Second, 0, onAgain, 0, 1},
		{"at once, and not counted", full, Exit{Code: 75}, time.Second, 4, onAgain, 0, 4},
		{"at once, but too fast to be free", full, Exit{Code: 75}, time.Second - 1, 4, onHold, 8 * time.Second, 5},
		{"at once after a long run forgives", full, Exit{Code: 75}, time.Hour, 4, onAgain, 0, 0},
		{"always restarts after success", policy(Always), Exit{}, time.Second, 0, onAgain, 0, 1},
		{"on-failure doesn't", policy(OnFailure), Exit{}, time.Second, 0, onFinish, 0, 0},
		{"on-failure restarts after a failure", policy(OnFailure), Exit{Code: 3}, time.Second, 0, onAgain, 0, 1},
		{"on-failure restarts after a signal", policy(OnFailure), Exit{Signal: 9}, time.Second, 0, onAgain, 0, 1},
		{"on-failure hears at-once codes", policy(OnFailure), Exit{Code: 75}, time.Second, 0, onAgain, 0, 0},
		{"never ends well after success", policy(Never), Exit{}, time.Second, 0, onFinish, 0, 0},
		{"never fails after a failure", policy(Never), Exit{Code: 3}, time.Hour, 0, onGiveUp, 0, 0},
		{"never doesn't hear at-once codes", policy(Never), Exit{Code: 75}, time.Hour, 0, onGiveUp, 0, 0},
		{"the limit is not reached", Restart{Limit: 3}, Exit{Code: 1}, 0, 1, onHold, time.Second, 2},
		{"the limit is reached", Restart{Limit: 3}, Exit{Code: 1}, 0, 2, onGiveUp, 0, 3},
		{"a limit of one", Restart{Limit: 1}, Exit{Code: 1}, 0, 0, onGiveUp, 0, 1},
		{"a cap of its own", Restart{HoldMax: 3 * time.Second}, Exit{Code: 1}, 0, 5, onHold, 3 * time.Second, 6},
		{"a bound of its own", Restart{Stable: time.Second}, Exit{Code: 1}, time.Second, 5, onAgain, 0, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			v := Service{Restart: c.rule}
			v.complete(&Options{StopTimeout: time.Second})
			got := v.judgeDaemon(c.exit, c.lived, c.short)
			if got.on != c.on || got.hold != c.hold || got.short != c.count || got.why == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheRuleOfATask(t *testing.T) {
	for _, c := range []struct {
		about string
		retry Retry
		exit  Exit
		tries int
		on    trigger
		hold  time.Duration
	}{
		{"success is done", Retry{}, Exit{}, 0, onFinish, 0},
		{"a final code is success", Retry{}, Exit{Code: 78}, 0, onFinish, 0},
		{"no retry", Retry{}, Exit{Code: 1}, 0, onGiveUp, 0},
		{"the first of two", Retry{Count: 2}, Exit{Code: 1}, 0, onAgain, 0},
		{"with a delay", Retry{Count: 2, Delay: time.Minute}, Exit{Code: 1}, 1, onHold, time.Minute},
		{"used up", Retry{Count: 2}, Exit{Signal: 9}, 2, onGiveUp, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			v := Service{Kind: Task, Retry: c.retry, Restart: Restart{FinalCodes: []int{78}}}
			if got := v.judgeTask(c.exit, c.tries); got.on != c.on || got.hold != c.hold || got.why == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheRuleOfARefusedStart(t *testing.T) {
	bad := errors.New("no such file")
	for _, c := range []struct {
		about string
		v     Service
		short int
		on    trigger
		hold  time.Duration
	}{
		{"is held even the first time", Service{}, 0, onHold, time.Second},
		{"and longer each time", Service{}, 4, onHold, 8 * time.Second},
		{"never means never", Service{Restart: Restart{Policy: Never}}, 0, onGiveUp, 0},
		{"a limit counts it", Service{Restart: Restart{Limit: 2}}, 1, onGiveUp, 0},
		{"a task without retries fails", Service{Kind: Task}, 0, onGiveUp, 0},
		{"a task with retries is held", Service{Kind: Task, Retry: Retry{Count: 1}}, 0, onHold, time.Second},
	} {
		t.Run(c.about, func(t *testing.T) {
			c.v.complete(&Options{StopTimeout: time.Second})
			if got := c.v.judgeRefusal(bad, c.short, 0); got.on != c.on || got.hold != c.hold {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestJitterStaysWithinATenth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Hour)).Draw(t, "d"))
		r := rapid.Float64Range(0, 1).Draw(t, "r")
		if got := jittered(d, r); got < d-d/10-1 || got > d+d/10+1 {
			t.Fatalf("%v became %v", d, got)
		}
	})
}

func TestTheHoldNeverShrinks(t *testing.T) {
	r := Restart{HoldMax: time.Minute}
	for n := 1; n < 200; n++ {
		if r.hold(n+1) < r.hold(n) || r.hold(n) > time.Minute {
			t.Fatalf("after %d: %v, then %v", n, r.hold(n), r.hold(n+1))
		}
	}
}

// hinted is an error that knows what to do about it.
type hinted struct{ hint string }

func (hinted) Error() string  { return "run /app: no such file" }
func (h hinted) Hint() string { return h.hint }

func TestAReasonSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("start web: %w", hinted{"check the path"}), "start web: run /app: no such file (check the path)"},
		{hinted{}, "run /app: no such file"},
		{errors.New("plain"), "plain"},
	} {
		v := Service{Restart: Restart{Policy: Never}}
		if got := v.judgeRefusal(c.err, 0, 0).why; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

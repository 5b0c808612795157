package spec

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryFeatureOfASlotHasItsKeys holds the language to what supervision can do: each feature is said by these keys,
// and each key has a line in the generated page.
func TestEveryFeatureOfASlotHasItsKeys(t *testing.T) {
	sections := strings.Split(string(Reference()), "\n#")
	for _, c := range []struct {
		feature, section string
		keys             []string
	}{
		{"a requirement and an order", "services.NAME", []string{"requires", "after"}},
		{"readiness, with a bound and a verdict", "services.NAME.ready", []string{"notify", "fd", "tcp", "http", "exec", "log", "file", "timeout", "on-timeout"}},
		{"health", "services.NAME.health", []string{"tcp", "http", "exec", "period", "timeout", "threshold", "action"}},
		{"tasks", "services.NAME", []string{"kind", "retry", "schedule"}},
		{"retries", "services.NAME.retry", []string{"count", "delay"}},
		{"schedules", "services.NAME.schedule", []string{"every", "cron"}},
		{"switches, by a variable or by its absence", "services.NAME", []string{"enabled", "if-set", "if-unset"}},
		{"restarts", "services.NAME.restart", []string{"policy", "final-codes", "at-once-codes", "hold-max", "stable", "limit"}},
		{"a failure that ends the container", "services.NAME", []string{"on-failure"}},
		{"stopping", "services.NAME.stop", []string{"signal", "timeout", "kill-group"}},
		{"reloading", "services.NAME.reload", []string{"signal", "command"}},
		{"limits", "services.NAME.limits", []string{"user", "umask", "nice", "oom-score-adj", "no-new-privs", "capabilities", "nofile", "nproc", "core", "memlock"}},
		{"instances", "services.NAME", []string{"per-profile", "profile-args"}},
		{"logs", "services.NAME.log", []string{"dir", "size", "keep", "stamp", "compress", "flood", "rotate"}},
		{"floods", "services.NAME.log.flood", []string{"policy", "lines"}},
		{"rights on the control socket", "control.allow[]", []string{"uid", "gid", "services", "may"}},
	} {
		t.Run(c.feature, func(t *testing.T) {
			i := slices.IndexFunc(sections, func(s string) bool {
				return strings.HasPrefix(strings.TrimLeft(s, "#"), " `"+c.section+"`\n")
			})
			if i < 0 {
				t.Fatalf("there is no section %s", c.section)
			}
			for _, key := range c.keys {
				if !strings.Contains(sections[i], "\n| `"+key+"` | ") {
					t.Errorf("%s has no line for %s", c.section, key)
				}
			}
		})
	}
}

func TestKindsHaveTheirKeys(t *testing.T) {
	for _, c := range []struct{ about, service, text string }{
		{"a service with a restart", "command: [x], restart: {limit: 3}", ""},
		{"a service with a retry", "command: [x], retry: {count: 3}", "services.web.retry: a service is kept running"},
		{"a service with a schedule", "command: [x], schedule: {every: 1h}", "services.web.schedule: a service is kept running"},
		{"a task with a retry and a schedule", "kind: task, command: [x], retry: {count: 3}, schedule: {every: 1h}", ""},
		{"a task with codes that count as success", "kind: task, command: [x], restart: {final-codes: [2]}", ""},
		{"a task with a restart policy", "kind: task, command: [x], restart: {policy: never}", "services.web.restart.policy: a task runs to its end"},
		{"a task with readiness", "kind: task, command: [x], ready: {fd: 3}", "services.web.ready: a task runs to its end"},
		{"a task with health", "kind: task, command: [x], health: {tcp: \"80\"}", "services.web.health: a task runs to its end"},
		{"a task that is told to reload", "kind: task, command: [x], reload: {signal: HUP}", "services.web.reload: a task runs to its end"},
		{"a task with an end, limits and a log", "kind: task, command: [x], stop: {signal: INT}, limits: {nice: 5}, log: {dir: logs}, on-failure: end", ""},
		{"a task with an unknown key in restart", "kind: task, command: [x], restart: {polici: never}", `unknown key "polici"`},
		{"an unknown kind keeps the keys of a service", "kind: daemon, command: [x], ready: {fd: 3}", "expected one of service, task"},
	} {
		t.Run(c.about, func(t *testing.T) {
			text := "version: 1\nservices: {web: {" + c.service + "}}\n"
			if c.text != "" {
				reject(t, text, c.text, "")
			} else if _, complaints := one(text); complaints != nil {
				t.Error(said(complaints))
			}
		})
	}
}

func TestTimesWithBounds(t *testing.T) {
	for _, c := range []struct{ about, key, low, high, below, above, text string }{
		{"health.period", "health: {tcp: \"1\", timeout: 100ms, period: %}", "100ms", "24h", "99ms", "24h1s", "a time from 100ms to 24h"},
		{"schedule.every", "kind: task, schedule: {every: %}", "1s", "24h", "999ms", "25h", "a time from 1s to 24h"},
		{"ready.timeout", "ready: {fd: 3, timeout: %}", "1ms", "24h", "0s", "25h", "a time above 0 and at most 24h"},
	} {
		t.Run(c.about, func(t *testing.T) {
			spec := func(value string) string {
				return "version: 1\nservices: {web: {command: [x], " + strings.Replace(c.key, "%", value, 1) + "}}\n"
			}
			for _, value := range []string{c.low, c.high} {
				if _, complaints := one(spec(value)); complaints != nil {
					t.Errorf("%s: %s", value, said(complaints))
				}
			}
			for _, value := range []string{c.below, c.above} {
				reject(t, spec(value), "expected "+c.text, "")
			}
		})
	}
}

func TestAnAnswerMayTakeAsLongAsThePeriod(t *testing.T) {
	s, complaints := one("version: 1\nservices: {web: {command: [x], health: {tcp: \"1\", period: 5s}}}\n")
	if complaints != nil || time.Duration(s.Services["web"].Health.Timeout) != 5*time.Second {
		t.Errorf("got %s", said(complaints))
	}
}

func TestSlots(t *testing.T) {
	spec := func(rest string) string {
		return "version: 1\nprofiles: {dir: p, name: \"[a-z-]+\"}\nservices: {gw: {per-profile: true, command: [x]}, web: {command: [x]}" + rest + "\n"
	}
	for _, c := range []struct{ about, rest, text, hint string }{
		{"a service that may be seen", "}\ncontrol: {allow: [{uid: 5, services: [web]}]}", "", ""},
		{"all slots of a per-profile one", "}\ncontrol: {allow: [{uid: 5, services: [gw]}]}", "", ""},
		{"one of them", "}\ncontrol: {allow: [{gid: 5, services: [gw-a-b]}]}", "", ""},
		{"one whose profile can't be", "}\ncontrol: {allow: [{gid: 5, services: [gw-A]}]}", `there is no service "gw-A"`, "known here: gw-default, web"},
		{"a service that isn't there", "}\ncontrol: {allow: [{gid: 5, services: [webb]}]}", `there is no service "webb"`, "did you mean web?"},
		{"a redirect to a slot", "}\nmain: {redirect: [{args: [x], to: gw-a}]}", "", ""},
		{"a redirect to all slots", "}\nmain: {redirect: [{args: [x], to: gw}]}", `there is no service "gw"`, ""},
		{"a service that a profile's slot could be", ", gw-a: {command: [x]}}", `a profile "a" would have the name "gw-a" too`, "another name"},
		{"a service that none could be", ", gw-9: {command: [x]}}", "", ""},
		{"two per-profile ones with a common beginning", ", gw-b: {per-profile: true, command: [x]}}", `a profile "b-a" would have the name "gw-b-a" too`, ""},
		{"a service whose name only begins alike", ", gwx: {command: [x]}}", "", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			if c.text != "" {
				reject(t, spec(c.rest), c.text, c.hint)
			} else if _, complaints := one(spec(c.rest)); complaints != nil {
				t.Error(said(complaints))
			}
		})
	}
}

func TestGuessesEnd(t *testing.T) {
	d := &decoder{}
	for i := range maxGuesses {
		if got := d.meant("wbe", []string{"web"}); got != "did you mean web?" {
			t.Fatalf("guess %d is %q", i, got)
		}
	}
	if got := d.meant("wbe", []string{"web"}); got != "see the 1 names under services" {
		t.Errorf("the guess after the last is %q", got)
	}
	many := make([]string, maxKnown+3)
	for i := range many {
		many[i] = strings.Repeat("x", i+50)
	}
	got := meant("a", many)
	if !strings.HasSuffix(got, " and 3 more") || strings.Count(got, ",") != maxKnown-1 || len(got) > maxKnown*(maxQuoted+8) {
		t.Errorf("of many words the hint is %q", got)
	}
}

package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/api"
)

// note gives what there is to say about a slot beyond its state, each thing once: the verdict, its health, why it is as it
// is, when the next run comes, how the last one ended. One that simply runs has nothing to say.
func note(v api.Service, now time.Time) string {
	var parts []string
	add := func(text string) {
		if text != "" && !strings.Contains(strings.Join(parts, ", "), text) {
			parts = append(parts, text)
		}
	}
	runs := v.State == "up" || v.State == "ready"
	if v.State == "failed" {
		add(strings.TrimPrefix(v.Verdict, "failed: "))
	} else {
		add(v.Verdict)
	}
	if v.Healthy != nil && !*v.Healthy {
		add("unhealthy")
	}
	if !runs || v.Why != "runs" && v.Why != v.State { // the reason of one that runs may be just that
		add(v.Why)
	}
	if v.HoldUntil != nil {
		add("next run in " + short(v.HoldUntil.Sub(now)))
	}
	if e := v.LastExit; e != nil && !tells(v.Why, *e) {
		add("last: " + exit(*e))
	}
	return strings.Join(parts, ", ")
}

// exit says how a run ended.
func exit(e api.Exit) string {
	if e.Signal != "" {
		return "killed by " + e.Signal
	}
	return "exit " + strconv.Itoa(e.Code)
}

// tells says whether a reason tells already how a run ended, in the supervisor's words.
func tells(why string, e api.Exit) bool {
	return strings.Contains(why, exit(e)) || strings.Contains(why, "killed by SIG"+e.Signal)
}

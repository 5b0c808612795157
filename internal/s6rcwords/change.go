package s6rcwords

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6rc"
)

// maxRCWait stands for no limit: the longest that the control socket waits.
const maxRCWait = 24 * time.Hour

// errTime says that -t is over.
var errTime = errors.New("timed out")

// change starts or stops what is selected, level by level, as s6-rc says it: what one level needs is in the ones before it.
func (r *rcCall) change(names []string) int {
	set, up, code := r.selected(names)
	if code == 0 && up == nil {
		up, code = r.states()
	}
	if code != 0 {
		return code
	}
	closed := rcClosure(r.catalogue, set, r.down)
	starts, stops := map[string]bool{}, map[string]bool{}
	for _, s := range r.catalogue.Services {
		in := closed[s.Name]
		switch {
		case in && !r.down && !up[s.Name]:
			if s.Broken != "" {
				code := r.Fail(rcInvalid, "%s can't be started: %s", s.Name, s.Broken)
				r.hint("`berth s6 explain` shows what is wrong")
				return code
			}
			starts[s.Name] = true
		case (in && r.down || !in && !r.down && r.prune) && up[s.Name]:
			if s.Essential && !r.essentials {
				r.say(1, "warning: %s is essential and stays up; -D stops it, too", s.Name)
				continue
			}
			stops[s.Name] = true
		}
	}
	r.keep(stops, up)
	begun := time.Now()
	if code := r.move(stops, true, begun); code != 0 {
		return code
	}
	return r.move(starts, false, begun)
}

// keep takes out of what is stopped what something essential needs that is up.
func (r *rcCall) keep(stops, up map[string]bool) {
	stay := map[string]bool{}
	for _, s := range r.catalogue.Services {
		if s.Essential && up[s.Name] && !r.essentials {
			stay[s.Name] = true
		}
	}
	for name := range rcClosure(r.catalogue, stay, false) {
		delete(stops, name)
	}
}

// layers puts names into layers: each needs only what is in layers before it, what isn't named on the way included.
func (r *rcCall) layers(set map[string]bool) [][]string {
	at := map[string]int{}
	var all [][]string
	for _, s := range r.catalogue.Services { // each stands behind what it requires
		level := 0
		for _, need := range s.Requires {
			level = max(level, at[need]+1)
		}
		at[s.Name] = level
		for len(all) <= level {
			all = append(all, nil)
		}
		if set[s.Name] {
			all[level] = append(all[level], s.Name)
		}
	}
	return slices.DeleteFunc(all, func(l []string) bool { return len(l) == 0 })
}

// move starts or stops layer by layer. What a failed one is needed by isn't tried.
func (r *rcCall) move(set map[string]bool, down bool, begun time.Time) int {
	layers := r.layers(set)
	if down {
		slices.Reverse(layers)
	}
	doing, done := "starting", "successfully started"
	if down {
		doing, done = "stopping", "successfully stopped"
	}
	for _, names := range layers {
		for _, name := range names {
			r.say(2, "info: service %s: %s", name, doing)
		}
		if r.dry {
			for _, name := range names {
				r.say(2, "info: service %s: %s", name, done)
			}
			continue
		}
		st, err := r.order(names, down, begun)
		for _, name := range names {
			if up, known := st[name]; err == nil || known && up != down {
				r.say(2, "info: service %s: %s", name, done)
			} else if !errors.Is(err, errTime) {
				r.say(1, "warning: unable to %s service %s", map[bool]string{false: "start", true: "stop"}[down], name)
			}
		}
		switch {
		case errors.Is(err, errTime):
			r.Fail(rcTimeout, "timed out")
			return rcTimeout
		case err != nil:
			return r.failed(err)
		}
	}
	return 0
}

// failed words why a layer failed.
func (r *rcCall) failed(err error) int {
	code := rcFailed
	if e, ok := rcError(err); ok && slices.Contains([]api.Code{api.Nobody, api.Forbidden, api.Untrusted, api.Stopping}, e.Code) {
		code = chain.System
	}
	r.Fail(code, "%s", err)
	if e, ok := rcError(err); ok {
		r.hint(e.Hint)
	}
	return code
}

// order gives a layer an order and waits; what is up afterwards is told with an error. Each time to go down that services
// have of their own is an order of its own, and all wait together.
func (r *rcCall) order(names []string, down bool, begun time.Time) (map[string]bool, error) {
	left := maxRCWait
	if r.timeout > 0 {
		if left = r.timeout - time.Since(begun); left < time.Millisecond {
			return nil, errTime
		}
	}
	groups := map[time.Duration][]string{}
	for _, name := range names {
		limit := left
		if s := rcAtom(r.catalogue, name); down && s.Kind == s6rc.Longrun && s.TimeoutDown > 0 { // a oneshot's ends its script
			limit = min(left, s.TimeoutDown)
		}
		groups[limit] = append(groups[limit], name)
	}
	failed := make(chan error, len(groups))
	for limit, group := range groups {
		go func() {
			err := r.tell(group, down, limit)
			if errors.Is(err, errTime) && limit < left {
				err = fmt.Errorf("%s: not down after %s (timeout-down), and still told to go", strings.Join(group, ", "), limit)
			}
			failed <- err
		}()
	}
	var err error
	for range groups {
		err = cmp.Or(<-failed, err)
	}
	if err == nil {
		return nil, nil
	}
	up, _ := r.upNow()
	return up, err
}

// tell gives one order and waits for so long.
func (r *rcCall) tell(names []string, down bool, limit time.Duration) error {
	do := r.client.Start
	if down {
		do = r.client.Stop
	}
	_, err := do(context.Background(), api.Action{Slots: names, Wait: true, TimeoutMS: limit.Milliseconds()})
	if rcTimedOut(err) {
		return errTime
	}
	return err
}

// upNow is states without a word about what fails.
func (r *rcCall) upNow() (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), rcPatience)
	defer cancel()
	st, err := r.client.Status(ctx)
	up := map[string]bool{}
	for _, s := range st.Services {
		up[s.Name] = s.Ready
	}
	return up, err
}

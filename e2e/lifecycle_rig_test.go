package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A slotState is what `berth status --json` says of one slot.
type slotState struct {
	Name     string
	State    string
	Desired  string
	Pid      int
	Restarts int
	LastExit *struct {
		Code   int
		Signal string
	} `json:"last_exit"`
	Ready     bool
	HoldUntil *time.Time `json:"hold_until"`
	Verdict   string
	Why       string
}

// runs says whether something runs in the slot.
func (s *slotState) runs() bool { return s.Pid > 0 && (s.State == "up" || s.State == "ready") }

// slots asks the supervisor for all its slots; nil while it doesn't answer.
func (c *container) slots(t *testing.T) map[string]slotState {
	t.Helper()
	r := c.look(t, "berth", "status", "--json")
	if r.code != 0 {
		return nil
	}
	var all struct{ Services []slotState }
	if err := json.Unmarshal([]byte(r.out), &all); err != nil {
		t.Fatalf("berth status --json: %v: %q", err, r.out)
	}
	by := map[string]slotState{}
	for _, s := range all.Services {
		by[s.Name] = s
	}
	return by
}

// serving is startUp for a container whose supervisor answers.
func serving(t *testing.T, args ...string) *container {
	t.Helper()
	c := startUp(t, args...)
	c.supervised(t)
	return c
}

// supervised waits until the supervisor answers and gives its slots.
func (c *container) supervised(t *testing.T) map[string]slotState {
	t.Helper()
	var all map[string]slotState
	eventually(t, "the supervisor answers", func() bool {
		all = c.slots(t)
		if all == nil && !c.running(t) {
			t.Fatalf("the container ended with %d:\n%s", c.code(t), docker(t, "logs", c.id).all())
		}
		return all != nil
	})
	return all
}

// awaitSlot waits until a slot is as it should be.
func (c *container) awaitSlot(t *testing.T, name, what string, condition func(s slotState) bool) slotState {
	t.Helper()
	// A look costs some processes of its own, so each waits until there is news.
	const news = `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		out=$(berth status --json "$1" 2>/dev/null) || :; [ "$out" = "$2" ] || break; sleep 0.1; done; printf %s "$out"`
	var s slotState
	seen := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		r := c.look(t, "sh", "-c", news, "-", name, seen)
		if r.code != 0 {
			break // the container has ended
		}
		seen = r.out
		var all struct{ Services []slotState }
		if json.Unmarshal([]byte(seen), &all) == nil && len(all.Services) == 1 {
			if s = all.Services[0]; condition(s) {
				return s
			}
		}
	}
	t.Fatalf("%s %s: not within %v, it is %+v\n%s", name, what, patience, s, docker(t, "logs", c.id).all())
	return s
}

// awaitRun waits until something runs in a slot that isn't the process of a pid.
func (c *container) awaitRun(t *testing.T, name string, but int) slotState {
	t.Helper()
	return c.awaitSlot(t, name, "runs", func(s slotState) bool { return s.runs() && s.Pid != but })
}

// awaitGateway waits until a profile's gateway runs and has said so: signals reach its own handlers from then on.
func (c *container) awaitGateway(t *testing.T, profile string, but int) slotState {
	t.Helper()
	s := c.awaitRun(t, "gateway-"+profile, but)
	state := "/opt/data/profiles/" + profile + "/gateway_state.json"
	if profile == "default" {
		state = "/opt/data/gateway_state.json"
	}
	eventually(t, "the gateway of "+profile+" says that it runs", func() bool {
		return c.look(t, "sh", "-c", fmt.Sprintf(`for i in 1 2 3 4 5 6 7 8 9 10; do
			if grep -q '"gateway_state":"running"' %[1]s && grep -q '"pid":%[2]d[,}]' %[1]s; then exit 0; fi; sleep 0.1; done 2>/dev/null; exit 1`, state, s.Pid)).code == 0
	})
	return s
}

// wantsDown checks that a slot is there, wanted down, and has nothing in it.
func (c *container) wantsDown(t *testing.T, name string) {
	t.Helper()
	s, there := c.slots(t)[name]
	if !there || s.State != "down" || s.Desired != "down" || s.Pid != 0 {
		t.Errorf("%s is %+v, want it there and down", name, s)
	}
}

// hermes types words of the app's in the container, as root.
func (c *container) hermes(t *testing.T, words ...string) result {
	t.Helper()
	return c.exec(t, append([]string{"hermes"}, words...)...)
}

// does is hermes for words that have to succeed: what they print.
func (c *container) does(t *testing.T, words ...string) string {
	t.Helper()
	r := c.hermes(t, words...)
	noTrace(t, r)
	if r.code != 0 {
		t.Fatalf("hermes %s: exit code %d\n%s", strings.Join(words, " "), r.code, r.all())
	}
	return r.all()
}

// refuses is hermes for words that have to be refused: what they print.
func (c *container) refuses(t *testing.T, words ...string) string {
	t.Helper()
	r := c.hermes(t, words...)
	noTrace(t, r)
	if r.code != 1 {
		t.Errorf("hermes %s: exit code %d, want 1\n%s", strings.Join(words, " "), r.code, r.all())
	}
	has(t, r.err, "berth: ")
	return r.all()
}

// codes runs commands one after the other, as root, and gives the code and the output of each.
func (c *container) codes(t *testing.T, commands ...[]string) []result {
	t.Helper()
	// One exec for all: each costs the engine a start of its own.
	var script strings.Builder
	for _, words := range commands {
		fmt.Fprintf(&script, "out=$(%s 2>&1 < /dev/null) && code=0 || code=$?; printf '%%s %%s\\0' \"$code\" \"$out\"\n", quoteAll(words))
	}
	var all []result
	for text := range strings.SplitSeq(strings.TrimSuffix(c.sh(t, script.String()), "\x00"), "\x00") {
		code, out, _ := strings.Cut(text, " ")
		n, err := strconv.Atoi(code)
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		all = append(all, result{out: out, code: n})
	}
	if len(all) != len(commands) {
		t.Fatalf("%d results of %d commands", len(all), len(commands))
	}
	return all
}

// gateways gives the processes that run a gateway.
func (c *container) gateways(t *testing.T) []process {
	t.Helper()
	var found []process
	for _, p := range c.named(t, "hermes") {
		if p.gateway {
			found = append(found, p)
		}
	}
	return found
}

// killHard kills a process of the container, as root.
func (c *container) killHard(t *testing.T, pid int) {
	t.Helper()
	c.sh(t, fmt.Sprintf("kill -9 %d", pid))
}

// environOf gives the environment of a process, a line a variable, read as its own user.
func (c *container) environOf(t *testing.T, pid int) []string {
	t.Helper()
	return strings.Split(c.asOwner(t, pid, fmt.Sprintf(`tr '\0' '\n' < /proc/%d/environ`, pid)), "\n")
}

// asOwner runs a script as the user that a process runs as.
func (c *container) asOwner(t *testing.T, pid int, script string) string {
	t.Helper()
	owner := c.sh(t, fmt.Sprintf(`awk '/^Uid:/{u=$3} /^Gid:/{g=$3} END{print u":"g}' /proc/%d/status`, pid))
	return must(t, "exec", "--user", owner, c.id, "sh", "-c", script)
}

// An event is one line of the supervisor's history.
type event struct {
	Seq      int
	Time     time.Time
	Slot     string
	From, To string
	Why      string
	Pid      int
	Exit     *struct {
		Code   int
		Signal string
	}
}

// events gives the history of a slot since its container started.
func (c *container) events(t *testing.T, slot string) []event {
	t.Helper()
	var all []event
	for line := range strings.Lines(c.sees(t, "berth", "events", "--json", slot)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("berth events --json: %v: %q", err, line)
		}
		all = append(all, e)
	}
	return all
}

// starts gives the times at which a slot's runs began.
func (c *container) starts(t *testing.T, slot string) []time.Time {
	t.Helper()
	var all []time.Time
	for _, e := range c.events(t, slot) {
		if e.From == "starting" && e.To == "up" {
			all = append(all, e.Time)
		}
	}
	return all
}

// changed makes a spec that is the image's own with some services changed, and gives the options that use it. The app's
// user may write below /spec, where scripts keep their marks.
func changed(t *testing.T, services string) []string {
	t.Helper()
	v := prepared(t, "chown 10000:10000 .; printf '%s' "+quoteAll([]string{"version: 1\nextends: /etc/berth/berth.yaml\nservices:\n" + services})+" > berth.yaml")
	return []string{v.at("/spec"), "-e", "BERTH_SPEC=/spec/berth.yaml"}
}

// marked is a shell script that makes profiles on a volume, each with its marker, settings and a state file's text.
func marked(states map[string]string) string {
	var b strings.Builder
	for name, state := range states {
		dir := "profiles/" + name
		if name == "default" {
			dir = "."
		}
		fmt.Fprintf(&b, "mkdir -p %[1]s; echo '# a profile' > %[1]s/SOUL.md; echo 'model: x' > %[1]s/config.yaml; ", quoteAll([]string{dir}))
		if state != "" {
			fmt.Fprintf(&b, "printf '%%s' %s > %s/gateway_state.json; ", quoteAll([]string{state}), quoteAll([]string{dir}))
		}
	}
	return b.String()
}

const wantsRunning = `{"gateway_state":"running","desired_state":"running"}`

// bootLog gives the lines that the last boots left on the volume, by the profile that they are about.
func (v *volume) bootLog(t *testing.T) []string {
	t.Helper()
	text := v.sh(t, "cat logs/container-boot.log 2>/dev/null || :")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// awaitBootLog waits until the boot log has a number of lines.
func (v *volume) awaitBootLog(t *testing.T, lines int) []string {
	t.Helper()
	var all []string
	eventually(t, fmt.Sprintf("the boot log has %d lines", lines), func() bool {
		all = v.bootLog(t)
		return len(all) >= lines
	})
	return all
}

// found tells what the boot log's last line about a profile says: the prior state and the action.
func found(lines []string, profile string) (prior, action string) {
	for _, line := range lines {
		if !strings.Contains(line, " profile="+profile+" ") {
			continue
		}
		for field := range strings.FieldsSeq(line) {
			if v, ok := strings.CutPrefix(field, "prior_state="); ok {
				prior = v
			}
			if v, ok := strings.CutPrefix(field, "action="); ok {
				action = v
			}
		}
	}
	return prior, action
}

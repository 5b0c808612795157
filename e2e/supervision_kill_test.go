package e2e

import (
	"strings"
	"testing"
)

// murder kills a random service's process by KILL, a hundred times, and waits each time until another one runs in its
// slot. One script for all of it: each docker exec costs the engine more than the whole of a kill. It prints how often
// each was hit.
const murder = `
pid() { berth status "$1" | awk 'NR == 2 && ($2 == "up" || $2 == "ready") {print $4}'; }
n=0
while [ $n -lt 100 ]; do
	set -- $(berth status | awk 'NR > 1 && ($2 == "up" || $2 == "ready") {print $1 " " $4}' | shuf -n 1)
	[ -n "$2" ] || continue
	kill -9 "$2"
	while now=$(pid "$1"); [ -z "$now" ] || [ "$now" = "$2" ]; do :; done
	echo "$1"
	n=$((n + 1))
done`

func TestA115_AHundredKillsOfRandomServices(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, append(changed(t, `
  gateway: {restart: {hold-max: 10ms, final-codes: [0, 78]}}
  dashboard: {restart: {hold-max: 10ms, final-codes: [0, 78]}}
  brood: {restart: {hold-max: 10ms}, command: [sh, -c, 'sleep 1000 & (sleep 1001 &) ; wait']}
  talker: {restart: {hold-max: 10ms}, log: {dir: logs/talker}, command: [sh, -c, 'while echo talks; do sleep 0.01; done']}
  asked: {restart: {hold-max: 10ms}, ready: {exec: ["true"]}, health: {exec: ["true"], period: 1s, timeout: 1s}, command: [sleep, "1002"]}
`), running, "-e", "HERMES_DASHBOARD=1", hermes)...)
	names := []string{"gateway-default", "dashboard", "brood", "talker", "asked"}
	for _, name := range names {
		c.awaitRun(t, name, 0)
	}
	// What PID 1 holds open, less the sockets of who asks at the moment.
	const open = `for f in /proc/1/fd/*; do readlink "$f" 2>/dev/null || :; done | sed 's/:.*//' | grep -vx socket | wc -l`
	before := c.sh(t, open)
	hit := map[string]int{}
	for name := range strings.FieldsSeq(c.slow(t, murder)) {
		hit[name]++
	}
	all := 0
	for _, name := range names {
		all += hit[name]
		s := c.awaitRun(t, name, 0)
		if s.Restarts < hit[name] {
			t.Errorf("%s was killed %d times and restarted %d times", name, hit[name], s.Restarts)
		}
	}
	if all != 100 {
		t.Errorf("killed %v, want a hundred", hit)
	}
	c.noOrphans(t, "none")
	eventually(t, "PID 1 holds as much open as before ("+before+")", func() bool { return c.sh(t, open) == before })
	// Nothing of a killed one's group is left beside the new one: main's, two of brood's, and asked's.
	eventually(t, "no more sleep than one set", func() bool { return len(c.named(t, "sleep")) == 4 })
	c.stopped(t, 143)
}

// slow is sh for a script that takes its time.
func (c *container) slow(t *testing.T, script string) string {
	t.Helper()
	c.sh(t, "cat > /tmp/script <<'END'\n"+script+"\nEND\n(sh -eu /tmp/script > /tmp/said 2> /tmp/complained; echo $? > /tmp/code) > /dev/null 2>&1 < /dev/null &")
	for last := ""; ; {
		// The wait ends when nothing has happened for long.
		eventually(t, "the script goes on", func() bool {
			now := c.sh(t, "wc -c < /tmp/said; cat /tmp/code 2>/dev/null || :")
			moved := now != last
			last = now
			return moved
		})
		if strings.Contains(last, "\n") {
			break
		}
	}
	if code := c.sh(t, "cat /tmp/code"); code != "0" {
		t.Fatalf("the script ended with %s:\n%s", code, c.sh(t, "cat /tmp/complained"))
	}
	return c.sh(t, "cat /tmp/said")
}

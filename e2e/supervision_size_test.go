package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestA116_WithServicesAndProfilesPID1IsSmallAndIdle(t *testing.T) {
	needs(t, hermes)
	states := map[string]string{"default": wantsRunning}
	for i := range 10 {
		states["p"+strconv.Itoa(i)] = wantsRunning
	}
	v := prepared(t, marked(states))
	// The engine's question would be what PID 1 does.
	c := startUp(t, "--no-healthcheck", v.data(), "-e", "HERMES_DASHBOARD=1", hermes)
	for name := range states {
		c.awaitGateway(t, name, 0)
	}
	c.awaitDashboard(t, 0)
	pid := c.inspect(t, "{{.State.Pid}}")
	pss, err := strconv.Atoi(host(t, `awk '/^Pss:/{print $2}' /proc/`+pid+`/smaps_rollup`))
	if err != nil {
		t.Fatal(err)
	}
	if pss >= 20<<10 {
		t.Errorf("PID 1 holds %d KiB, want less than 20 MiB", pss)
	}
	// Not a wait for something: an interval in which next to nothing may happen. The look at the profiles' directory is
	// the one thing that goes on, and takes less than the kernel's clock counts.
	ticks := func() int {
		f := strings.Fields(host(t, `sed 's/.*) //' /proc/`+pid+`/stat`))
		user, _ := strconv.Atoi(f[11])
		system, err := strconv.Atoi(f[12])
		if err != nil {
			t.Fatal(err)
		}
		return user + system
	}
	var spent int
	for range 5 {
		before := ticks()
		<-time.After(2 * time.Second)
		if spent = ticks() - before; spent == 0 {
			return
		}
	}
	t.Errorf("PID 1 used %d ticks in an idle interval, want none", spent)
}

package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// host runs a script where all processes of the engine's host are seen.
func host(t *testing.T, script string) string {
	t.Helper()
	return kept(t, "/", script)
}

func TestPID1IsSmallAndIdle(t *testing.T) {
	needs(t, hermes)
	for name, image := range map[string]string{"the Hermes image": hermes, "the image from nothing": bare(t)} {
		t.Run(name, func(t *testing.T) {
			args := []string{image, "/probe", "wait"}
			if image == hermes {
				args = []string{image, "sleep", "infinity"}
			}
			c := start(t, args...)
			pid := c.inspect(t, "{{.State.Pid}}")
			eventually(t, "main runs", func() bool {
				return host(t, `grep -l "^PPid:[[:space:]]*`+pid+`$" /proc/[0-9]*/status 2>/dev/null | head -n 1 | xargs -r -I{} sh -c 'tr "\0" " " < $(dirname {})/cmdline' | grep -c -e sleep -e wait || :`) == "1"
			})
			// Not a wait for something: an interval in which nothing may happen. It is counted from a moment at which the
			// last of the boot is over, so that one quiet interval out of several is enough.
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
			for range 3 {
				before := ticks()
				<-time.After(2 * time.Second)
				if spent = ticks() - before; spent == 0 {
					break
				}
			}
			if spent != 0 {
				t.Errorf("PID 1 used %d ticks in an idle interval, want none", spent)
			}
			pss, err := strconv.Atoi(host(t, `awk '/^Pss:/{print $2}' /proc/`+pid+`/smaps_rollup`))
			if err != nil {
				t.Fatal(err)
			}
			if pss > 8<<10 {
				t.Errorf("PID 1 holds %d KiB, want at most 8 MiB", pss)
			}
		})
	}
}

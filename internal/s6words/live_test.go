package s6words

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/s6dir"
)

// service lays a service directory down that sleeps until it is told to end.
func service(t testing.TB, dir string, more map[string]string) {
	t.Helper()
	files := map[string]string{"run": "#!/bin/sh\nexec sleep 1000\n"}
	maps.Copy(files, more)
	for name, text := range files {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		must(t, os.WriteFile(path, []byte(text), mode))
	}
}

// What both do to a service that the real supervisor runs.
func TestTheRealSupervisorObeysBoth(t *testing.T) {
	needs(t)
	const state = `; s6-svstat -o up,wantedup,normallyup,ready,exitcode,signal d`
	finish := map[string]string{"finish": "#!/bin/sh\nsleep 0.1\n"}
	for _, c := range []struct {
		name, script string
		files        map[string]string
	}{
		{"down and waited for", "s6-svc -wd -T 9000 -d d; echo $?" + state, finish},
		{"down for good", "s6-svc -wD -T 9000 -d d; echo $?" + state + `; until [ -z "$(ls d/event)" ]; do sleep 0.02; done`, finish},
		{"up again", "s6-svc -wD -T 9000 -d d; s6-svc -wu -T 9000 -u d; echo $?" + state, finish},
		{"up already", "s6-svc -wu -T 9000 -u d; echo $?" + state, nil},
		{"restarted", "s6-svc -wr -T 9000 -r d; echo $?" + state, finish},
		{"restarted and ready, which it can't say", "s6-svc -wR -T 9000 -r d; echo $?" + state, nil},
		{"ready", "s6-svc -wD -T 9000 -d d; s6-svc -wU -T 9000 -u d; echo $?" + state, map[string]string{"run": "#!/bin/sh\nsleep 0.1; echo >&3; exec sleep 1000\n", "notification-fd": "3\n"}},
		{"killed, and it comes again", "s6-svc -wd -T 9000 -k d; echo $?; s6-svwait -u -t 9000 d; echo $?", nil},
		{"not in time", "s6-svc -wd -T 100 -u d; echo $?; s6-svwait -d -t 100 d; echo $?; s6-svwait -U -t 50 d; echo $?", nil},
		{"down with a file for it", "s6-svc -wD -T 9000 -D d; echo $?; ls d/down" + state + "; s6-svc -wu -T 9000 -U d; ls d/down" + state, nil},
		{"once", "s6-svc -wD -T 9000 -O -t d" + state + "; s6-svdt d | cut -d' ' -f2-; s6-svdt-clear d; s6-svdt d", nil},
		{"fails for good", "s6-svwait -t 9000 -u d; echo $?; s6-svc -wu -T 9000 -u d; echo $?", map[string]string{"run": "#!/bin/sh\nsleep 0.3; exit 3\n", "finish": "#!/bin/sh\nexit 125\n", "down": ""}},
		{"one of two", "s6-svwait -o -t 9000 -d d nonesuch; echo $?; s6-svwait -a -u -t 9000 d d; echo $?", nil},
		{"who supervises ends", "s6-svc -dx d; s6-svwait -D -t 9000 d; echo $?", nil},
		{"a program that makes it so", "s6-svlisten1 -d -t 9000 d s6-svc -d d; echo $?" + state + "; s6-svlisten1 -d -t 9000 d nonesuch; echo $?", finish},
		{"restarts seen by who listens", "s6-svlisten1 -r -t 9000 d s6-svc -t d; echo $?" + state, finish},
		{"a block of services", "s6-svlisten -d -t 9000 d '' s6-svc -d d; echo $?; s6-svlisten -u -t 9000 ' d' ' d' '' s6-svc -u d; echo $?" + state, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got [2]outcome
			for i, programs := range []string{"/usr/bin", links(t)} {
				dir := t.TempDir()
				d := filepath.Join(dir, "d")
				service(t, d, c.files)
				supervise(t, d)
				if _, err := os.Stat(d + "/down"); err != nil {
					await(t, "the service", func() bool { s, err := s6dir.ReadStatus(d); return err == nil && s.Pid != 0 })
				}
				got[i] = run(t, programs, dir, c.script)
			}
			if got[0].Stdout != got[1].Stdout || got[0].Code != got[1].Code {
				t.Errorf("%s\nthe real one: %d\n%s%sours: %d\n%s%s", c.script, got[0].Code, got[0].Stdout, got[0].stderr, got[1].Code, got[1].Stdout, got[1].stderr)
			}
		})
	}
}

package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/api"
)

func TestReady(t *testing.T) {
	var many []api.Reason
	for i := range 1000 {
		many = append(many, api.Reason{Slot: fmt.Sprintf("svc-%d", i), Why: strings.Repeat("long ", 100)})
	}
	for _, c := range []struct {
		about string
		ready api.Ready
		code  int
		out   string
		json  string
	}{
		{"yes", api.Ready{Ready: true}, 0, "ready\n", `{"ready":true,"reasons":[]}` + "\n"},
		{"no, with a reason", api.Ready{Reasons: []api.Reason{{Slot: "web", Why: "starting: free to start"}}}, 3, "not ready: web: starting: free to start\n", `{"ready":false,"reasons":[{"slot":"web","why":"starting: free to start"}]}` + "\n"},
		{"no, with several, one of them the container's", api.Ready{Reasons: []api.Reason{{Why: "berth is stopping"}, {Slot: "db", Why: "unhealthy:\n500\x1b[2K"}}}, 3, "not ready: berth is stopping\nnot ready: db: unhealthy: 500?[2K\n", ""},
		{"no, for reasons that this caller may not see", api.Ready{}, 3, "not ready\n", `{"ready":false,"reasons":[]}` + "\n"},
		{"no, for more reasons than an engine keeps", api.Ready{Reasons: many}, 3, "", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := newRig(t)
			r.set(func() { r.answer = c.ready })
			a := berth(t, "ready")
			if a.code != c.code || a.err != "" || c.out != "" && a.out != c.out {
				t.Errorf("%+v, want %d and %q", a, c.code, c.out)
			}
			if len(a.out) > 4096 || strings.HasPrefix(c.about, "no, for more") && !strings.HasSuffix(a.out, "…\nand 980 more\n") {
				t.Errorf("%d bytes: %q", len(a.out), a.out)
			}
			for _, args := range [][]string{{"ready", "-q"}, {"ready", "--quiet", "--json"}} {
				if a := berth(t, args...); a != (answer{code: c.code}) {
					t.Errorf("%q: %+v", args, a)
				}
			}
			if a := berth(t, "ready", "--json"); a.code != c.code || a.err != "" || c.json != "" && a.out != c.json {
				t.Errorf("--json: %+v, want %q", a, c.json)
			}
		})
	}
	berth(t, "ready", "web").wants(t, 2, "", `unexpected word "web"`)
}

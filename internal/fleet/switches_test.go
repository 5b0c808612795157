package fleet

import (
	"errors"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// switched boots a spec with one service, web, under different variables, and says whether it is off for each.
func switched(key string, on, off [][]string) func(*testing.T) {
	return func(t *testing.T) {
		for i, cases := range [][][]string{on, off} {
			for _, env := range cases {
				g := newRig(t, `services: {web: {`+key+`, command: `+stays+`}}`, env...).up()
				if i == 0 {
					g.is("web", supervise.Ready)
					continue
				}
				s := g.status("web")
				if s.State != supervise.Down || !strings.Contains(s.Why, "not enabled") {
					t.Errorf("with %q it is %s: %s", env, s.State, s.Why)
				}
				err := g.fleet.Supervisor().Start(deadline(t), "test", true, "web")
				if err == nil || supervise.HintFor(err) == "" {
					t.Errorf("with %q it was started: %v", env, err)
				}
			}
		}
	}
}

func switchKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"enabled":  switched(`enabled: "${ON}"`, [][]string{{"ON=1"}, {"ON=Yes"}}, [][]string{nil, {"ON="}, {"ON=0"}, {"ON=maybe"}}),
		"if-set":   switched(`if-set: [A, B]`, [][]string{{"A=x", "B=0"}}, [][]string{nil, {"A=x"}, {"A=x", "B="}}),
		"if-unset": switched(`if-unset: [A]`, [][]string{nil, {"A="}}, [][]string{{"A=x"}, {"A=0"}}),
		"lease":    whoTakesALease,
		"per-profile": func(t *testing.T) {
			g := newRig(t, profiles+`services: {gateway: {per-profile: true, command: [sh, -c, 'echo "$0 $1" >>ran; exec sleep 300', "{profile}", "${NAME}"], env: {NAME: "<{profile}>"}}}`)
			g.profile("default", `{"desired_state":"running"}`)
			g.profile("a", `{"desired_state":"running"}`)
			g.profile("b", "")
			g.up()
			g.has("ran", "default <default>\n")
			g.has("ran", "a <a>\n")
			if s := g.status("gateway-b"); s.State != supervise.Down || s.Desired != supervise.WantDown {
				t.Errorf("gateway-b is %s", s.State)
			}
		},
		"unless-main": func(t *testing.T) {
			g := newRig(t, profiles+`main: {command: [app]}
services:
	gateway: {per-profile: true, unless-main: [dashboard, serve], command: `+stays+`}
	web: {command: `+stays+`}`)
			g.profile("a", `{"desired_state":"running"}`)
			g.put("gateway.pid", "1")
			g.up("app", "serve", "--port", "1")
			g.is("web", supervise.Ready)
			if got := strings.Join(g.slots(), " "); got != "web" || g.told("info: reconcile: skipping (serve container") != 1 {
				t.Errorf("slots %q; %+v", got, g.notes)
			}
			if _, err := g.fleet.Register(deadline(t), "test", "a"); !errors.Is(err, ErrElsewhere) {
				t.Errorf("registered: %v", err)
			}
			if g.read("gateway.pid") != "1" || g.read("logs/container-boot.log") != "" {
				t.Error("something of the other container's was touched")
			}
		},
	}
}

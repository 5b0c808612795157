package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/api"
)

func TestVerbs(t *testing.T) {
	for _, c := range []struct {
		about string
		args  string
		out   string
		told  string
	}{
		{"start", "start web", "web: ready, pid 77\n", "start web wait=false within 10s"},
		{"start of several, each once", "start web db web", "db: ready, pid 77\nweb: ready, pid 77\n", "start db,web wait=false within 10s"},
		{"start that waits a minute", "start web --wait", "web: ready, pid 77\n", "start web wait=true within 1m0s"},
		{"start that waits as long as it is told", "start --wait --timeout 90s web", "web: ready, pid 77\n", "start web wait=true within 1m30s"},
		{"a time-out waits by itself", "start --timeout 5m web", "web: ready, pid 77\n", "start web wait=true within 5m0s"},
		{"seconds need no unit", "start --timeout 7 web", "web: ready, pid 77\n", "start web wait=true within 7s"},
		{"stop", "stop web", "web: down: said so\n", "stop web wait=false within 10s"},
		{"stop that waits", "stop web --wait", "web: down: said so\n", "stop web wait=true within 1m0s"},
		{"restart", "restart web --timeout=1h", "web: ready, pid 77\n", "restart web wait=true within 1h0m0s"},
		{"reload always waits", "reload web", "web: reloaded, ready, pid 12\n", "reload web wait=true within 1m0s"},
		{"reload with its own patience", "reload web --wait --timeout 3s", "web: reloaded, ready, pid 12\n", "reload web wait=true within 3s"},
	} {
		t.Run(c.about, func(t *testing.T) {
			why := func(v *api.Service) {
				if strings.HasPrefix(c.args, "stop") {
					v.Why = "said so"
				}
			}
			r := newRig(t, service("web", "ready", 12, why), service("db", "down", 0))
			if d := cmp.Diff(answer{0, c.out, ""}, berth(t, strings.Fields(c.args)...), cmp.AllowUnexported(answer{})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff([]string{c.told}, r.orders()); d != "" {
				t.Errorf("told (-want +got):\n%s", d)
			}
		})
	}
}

func TestVerbsThatAreRefused(t *testing.T) {
	verbs := []string{"start", "stop", "restart", "reload"}
	for _, c := range []struct {
		about     string
		refuses   error
		out, said string
	}{
		{"an unknown slot", api.Errorf(api.UnknownSlot, "did you mean web?", "start %q: there is no such slot", "weg"), "", "berth: start \"weg\": there is no such slot\nberth: hint: did you mean web?\n"},
		{"a state that doesn't allow it", api.Errorf(api.Conflict, "set the variable", "start web: it is not enabled"), "", "berth: start web: it is not enabled\nberth: hint: set the variable\n"},
		{"a time that ran out shows how far it came", fmt.Errorf("web: it is starting: %w", context.DeadlineExceeded), "web: ready, pid 12\n", "berth: web: it is starting: context deadline exceeded\nberth: hint: it stays ordered; "},
		{"a failure shows what became of it", errors.New("start web: exit 3"), "web: ready, pid 12\n", "berth: start web: exit 3\nberth: hint: `berth events`"},
		{"several failures have a line each", errors.Join(errors.New("start db: a"), errors.New("start web: b")), "web: ready, pid 12\n", "berth: start db: a\n    start web: b\nberth: hint: "},
	} {
		for _, verb := range verbs {
			t.Run(verb+": "+c.about, func(t *testing.T) {
				r := newRig(t, service("web", "ready", 12))
				r.set(func() { r.refuses = c.refuses })
				a := berth(t, verb, "web", "--wait")
				a.wants(t, 1, c.out, c.said)
				if a.out != c.out {
					t.Errorf("stdout is %q, want %q", a.out, c.out)
				}
			})
		}
	}
}

// A mistake in the words is found before anybody is asked.
func TestVerbsWithWrongWords(t *testing.T) {
	r := newRig(t, service("web", "ready", 12))
	for _, verb := range []string{"start", "stop", "restart", "reload", "logs"} {
		berth(t, verb).wants(t, 2, "", "SLOT is missing\nberth: hint: write `berth "+verb+" SLOT`; `berth status` lists the slots\n")
	}
	for _, text := range []string{"", "0", "-1s", "25h", "soon", "1e9", "10us", "99999999999"} {
		berth(t, "start", "web", "--timeout="+text).wants(t, 2, "", "say how long, such as 90s or 5m; at most 24h\nberth: hint: see `berth start --help`\n")
	}
	berth(t, "start", "a b").wants(t, 2, "", "hint: names have")
	if told := r.orders(); told != nil {
		t.Errorf("told %q", told)
	}
}

// Every word that asks ends with 4 where nobody answers, and with 1 where what answers isn't berth or broke.
func TestWordsWithoutAServer(t *testing.T) {
	words := [][]string{
		{"status"},
		{"status", "--json"},
		{"status", "web"},
		{"start", "web"},
		{"stop", "web", "--wait"},
		{"restart", "web"},
		{"reload", "web"},
		{"ready"},
		{"ready", "-q"},
		{"ready", "--json"},
		{"events"},
		{"events", "--json"},
		{"events", "web"},
		{"events", "-f"},
		{"logs", "web"},
		{"logs", "-f", "web"},
	}
	for _, args := range words {
		about := strings.Join(args, " ")
		t.Run(about+": nobody", func(t *testing.T) {
			nobody(t)
			berth(t, args...).wants(t, 4, "", "berth: ask berth: nobody answers on the control socket\nberth: hint: is berth PID 1 of this container?")
		})
		for _, c := range []struct{ about, bytes string }{
			{"a hang-up", ""},
			{"no HTTP", "220 mail ready\r\n\r\n"},
			{"half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"},
			{"no JSON", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"},
			{"a bare refusal", "HTTP/1.1 431 X\r\nContent-Length: 0\r\n\r\n"},
		} {
			t.Run(about+": "+c.about, func(t *testing.T) {
				impostor(t, c.bytes, false)
				berth(t, args...).wants(t, 1, "", "berth: ")
			})
		}
	}
}

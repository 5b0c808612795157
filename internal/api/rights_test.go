package api

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// The peers of the matrix: everybody who can have a right, by another way each.
func everyPeer() map[string]Peer {
	return map[string]Peer{
		"root":                          {UID: 0, GID: 5},
		"the app's user":                {UID: appUID, GID: appUID},
		"the server's own user":         {UID: uint32(os.Geteuid())},
		"who may see web":               {UID: 2001, GID: 1},
		"who controls web, gateway-*":   {UID: 2002, GID: 1},
		"a group that may both":         {UID: 5555, GID: 3003},
		"a supplementary group":         {UID: 5555, GID: 1, Groups: []uint32{9, 3003}},
		"a stranger":                    {UID: 6666, GID: 6666},
		"a stranger in the app's group": {UID: 6666, GID: appUID},
		"the last of all users":         {UID: 1<<32 - 2, GID: 1<<32 - 2},
	}
}

func TestWhoMayWhat(t *testing.T) {
	everybody := []string{"root", "the app's user", "the server's own user"}
	webSeers := append(slices.Clone(everybody), "who may see web", "who controls web, gateway-*", "a group that may both", "a supplementary group")
	webMasters := slices.DeleteFunc(slices.Clone(webSeers), func(p string) bool { return p == "who may see web" })
	groups := append(slices.Clone(everybody), "a group that may both", "a supplementary group")
	gateways := append(slices.Clone(everybody), "who controls web, gateway-*")
	anyRight := webSeers
	for _, c := range []struct {
		method, path, body string
		may                []string
	}{
		{"GET", "/v1/version", "", anyRight},
		{"GET", "/v1/status", "", anyRight},
		{"GET", "/v1/ready", "", anyRight},
		{"GET", "/v1/events", "", anyRight},
		{"GET", "/v1/logs", "", anyRight},
		{"GET", "/v1/status?slot=web", "", webSeers},
		{"GET", "/v1/events?slot=web", "", webSeers},
		{"GET", "/v1/logs?slot=web", "", webSeers},
		{"GET", "/v1/status?slot=db", "", groups},
		{"GET", "/v1/status?slot=web&slot=db", "", groups},
		{"GET", "/v1/logs?slot=db", "", groups},
		{"GET", "/v1/events?slot=db", "", groups},
		{"GET", "/v1/status?slot=gateway-default", "", gateways},
		{"POST", "/v1/start", `{"slots":["web"]}`, webMasters},
		{"POST", "/v1/stop", `{"slots":["web"]}`, webMasters},
		{"POST", "/v1/restart", `{"slots":["web"]}`, webMasters},
		{"POST", "/v1/reload", `{"slots":["web"]}`, webMasters},
		{"POST", "/v1/start", `{"slots":["db"]}`, everybody},
		{"POST", "/v1/start", `{"slots":["web","db"]}`, everybody},
		{"POST", "/v1/start", `{"slots":["gateway-coder"]}`, gateways},
		{"POST", "/v1/start", `{"slots":["gateway"]}`, everybody},
		{"POST", "/v1/start", `{"slots":["nowhere"]}`, everybody},
		{"POST", "/v1/heal", "{}", everybody},
		{"GET", "/v1/profiles", "", everybody},
		{"POST", "/v1/profiles/register", `{"name":"coder"}`, everybody},
		{"POST", "/v1/profiles/unregister", `{"name":"coder"}`, everybody},
	} {
		t.Run(c.method+" "+c.path+" "+c.body, func(t *testing.T) {
			r := newRig(t)
			for name, peer := range everyPeer() {
				r.as(peer)
				r.told, r.changes = nil, nil
				status, _, body := r.raw(t, question(c.method, c.path, c.body))
				may := slices.Contains(c.may, name)
				if may != (status == 200) {
					t.Errorf("%s: status %d, %s", name, status, body)
				}
				if may {
					continue
				}
				if e := wellFormed(t, body); status != 403 || e.Code != Forbidden || !strings.Contains(e.Hint, "control.allow") {
					t.Errorf("%s is refused with %d, %s", name, status, body)
				}
				if len(r.told) > 0 || len(r.changes) > 0 {
					t.Errorf("%s had done: %v, %v", name, r.told, r.changes)
				}
			}
		})
	}
}

// Who may see some slots learns nothing of the others.
func TestAnAnswerHasWhatTheCallerMaySee(t *testing.T) {
	r := newRig(t)
	for i, slot := range []string{"web", "db", "", "gateway-default"} {
		r.ring.Add(Event{Seq: uint64(i + 1), Slot: slot, From: "up", To: "ready"})
	}
	r.ready = Ready{Reasons: []Reason{{Slot: "web", Why: "w"}, {Slot: "db", Why: "d"}, {Why: "all"}}}
	for _, c := range []struct {
		uid        uint32
		slots, why string
		events     string
	}{
		{0, "db,gateway-default,web", "w,d,all", "1,2,3,4"},
		{2001, "web", "w", "1"},
		{2002, "gateway-default,web", "w", "1,4"},
	} {
		r.as(Peer{UID: c.uid})
		st, err := r.client.Status(t.Context())
		var slots, why, events []string
		for _, s := range st.Services {
			slots = append(slots, s.Name)
		}
		ready, rerr := r.client.Ready(t.Context())
		for _, w := range ready.Reasons {
			why = append(why, w.Why)
		}
		eerr := r.client.Events(t.Context(), EventsQuery{}, func(e Event) error {
			n, err := json.Marshal(e.Seq)
			events = append(events, string(n))
			return err
		})
		if err != nil || rerr != nil || eerr != nil || ready.Ready {
			t.Errorf("uid %d: %v, %v, %v", c.uid, err, rerr, eerr)
		}
		if got := strings.Join(slots, ","); got != c.slots {
			t.Errorf("uid %d sees the slots %s, want %s", c.uid, got, c.slots)
		}
		if got := strings.Join(why, ","); got != c.why {
			t.Errorf("uid %d sees the reasons %s, want %s", c.uid, got, c.why)
		}
		if got := strings.Join(events, ","); got != c.events {
			t.Errorf("uid %d sees the events %s, want %s", c.uid, got, c.events)
		}
		var heard []string
		lerr := r.client.Logs(t.Context(), LogsQuery{}, func(l LogLine) error { heard = append(heard, l.Text); return nil })
		want := "hello " + c.slots
		if c.uid == 0 {
			want = "hello " // all: no names
		}
		if lerr != nil || len(heard) == 0 || heard[0] != want {
			t.Errorf("uid %d: the log was asked for %q, %v", c.uid, heard, lerr)
		}
	}
}

func TestWhoSeesNothingYetGetsNoLogs(t *testing.T) {
	r := newRig(t, func(s *Server) { s.o.Allow = []Grant{{UIDs: []uint32{7}, See: []string{"later-*"}}} })
	r.as(Peer{UID: 7})
	err := r.client.Logs(t.Context(), LogsQuery{}, func(LogLine) error { t.Error("a line"); return nil })
	if err != nil {
		t.Error(err)
	}
}

// The nearest name to a misspelt one may be one that the caller mustn't know.
func TestAHintNamesNoSlotThatIsHidden(t *testing.T) {
	r := newRig(t, func(s *Server) { s.o.Allow = []Grant{{UIDs: []uint32{7}, See: []string{"unlogged", "dbb"}}} })
	r.as(Peer{UID: 7})
	for _, path := range []string{"/v1/logs?slot=unlogged", "/v1/status?slot=dbb"} {
		_, _, body := r.raw(t, question("GET", path, ""))
		if e := wellFormed(t, body); e.Code != UnknownSlot || strings.Contains(e.Hint, "did you mean") {
			t.Errorf("%s: %v, hint %s", path, e.Text, e.Hint)
		}
	}
}

func TestGrants(t *testing.T) {
	for _, c := range []struct {
		name     string
		patterns []string
		slot     string
		want     bool
	}{
		{"the name itself", []string{"web"}, "web", true},
		{"another", []string{"web"}, "webb", false},
		{"a beginning isn't enough", []string{"web"}, "we", false},
		{"a star", []string{"gateway-*"}, "gateway-a", true},
		{"a star stands for nothing too", []string{"gateway-*"}, "gateway-", true},
		{"a star at the end only", []string{"*-a"}, "gateway-a", false},
		{"everything", []string{"*"}, "web", true},
		{"not the container as a whole", []string{"*"}, "", false},
		{"nothing", nil, "web", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := covers(c.patterns, c.slot); got != c.want {
				t.Errorf("%v covers %q: %v", c.patterns, c.slot, got)
			}
		})
	}
}

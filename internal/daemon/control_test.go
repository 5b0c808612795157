package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/supervise"
)

// desired gives what is recorded of a profile.
func (c *console) desired(profile string) string {
	name := "gateway_state.json"
	if profile != "default" {
		name = "profiles/" + profile + "/" + name
	}
	var keys struct {
		Desired string `json:"desired_state"`
	}
	_ = json.Unmarshal([]byte(c.read(name)), &keys)
	return keys.Desired
}

func TestTheControlSocketAnswers(t *testing.T) {
	c := serving(t, `services:
	web: {command: `+stays+`, ready: {file: go}}
	off: {enabled: "no", command: `+stays+`}
	ended: {restart: {final-codes: [78]}, command: [sh, -c, exit 78]}
	setup: {kind: task, command: [sh, -c, exit 0]}`, in(forever)...).ask(t)
	c.is("web", "up")
	c.is("ended", "done")
	c.is("setup", "done")
	st, err := c.Status(deadline(t))
	ok(t, err)
	var names []string
	by := map[string]api.Service{}
	for _, v := range st.Services {
		names = append(names, v.Name+" "+v.State+" "+v.Desired)
		by[v.Name] = v
	}
	if got := strings.Join(names, ", "); got != "ended done up, off down down, setup done up, web up up" {
		t.Errorf("status: %s", got)
	}
	if v := by["ended"]; v.LastExit == nil || v.LastExit.Code != 78 || !strings.Contains(v.Why, "final") || v.Pid != 0 {
		t.Errorf("ended: %+v", v)
	}
	if v := by["web"]; v.Pid == 0 || v.Ready || time.Since(v.Since) < 0 {
		t.Errorf("web: %+v", v)
	}
	ready, err := c.Ready(deadline(t))
	ok(t, err)
	if ready.Ready || !slices.ContainsFunc(ready.Reasons, func(r api.Reason) bool { return r.Slot == "web" && r.Why != "" }) {
		t.Errorf("ready: %+v", ready)
	}
	c.put("go")
	c.is("web", "ready")
	v, err := c.Version(deadline(t))
	ok(t, err)
	if v.Version != "test" || v.Pid != c.p.p.Pid() {
		t.Errorf("version: %+v", v)
	}

	pid := c.is("web", "ready").Pid
	c.do(c.Restart, "web")
	if now := c.is("web", "ready"); now.Pid == pid || now.Restarts != 0 {
		t.Errorf("restarted: %+v", now)
	}
	c.do(c.Stop, "web")
	c.is("web", "down")
	c.do(c.Start, "web", "setup")

	for _, some := range []struct {
		about string
		err   error
		code  api.Code
		words string
	}{
		{"a slot that isn't there", second(c.Start(deadline(t), api.Action{Slots: []string{"wep"}})), api.UnknownSlot, `start "wep": no such slot`},
		{"one among others", second(c.Stop(deadline(t), api.Action{Slots: []string{"web", "nope"}})), api.UnknownSlot, `stop "nope": no such slot`},
		{"one that is off", second(c.Start(deadline(t), api.Action{Slots: []string{"off"}})), api.Conflict, "not enabled"},
		{"one that can't reload", second(c.Reload(deadline(t), api.Action{Slots: []string{"web"}})), api.Conflict, "reload"},
		{"none", second(c.Start(deadline(t), api.Action{})), api.Usage, "no slot"},
	} {
		if text, hint := c.refused(some.err, some.code); !strings.Contains(text, some.words) || hint == "" {
			t.Errorf("%s: %q, hint %q", some.about, text, hint)
		}
	}
	if got := c.is("web", "ready"); got.Desired != "up" {
		t.Errorf("a refused order touched %+v", got)
	}

	seen := map[string]bool{}
	var last uint64
	ok(t, c.Events(deadline(t), api.EventsQuery{}, func(e api.Event) error {
		seen[e.Slot+" "+e.To] = true
		if e.Seq != last+1 {
			t.Errorf("event %d follows %d", e.Seq, last)
		}
		last = e.Seq
		return nil
	}))
	for _, want := range []string{"web ready", "web down", "ended done", "setup done"} {
		if !seen[want] {
			t.Errorf("no event says %q", want)
		}
	}
	if !strings.Contains(c.p.err.String(), "info: restart web: asked by ") {
		t.Errorf("nobody is told who asked:\n%s", c.p.err)
	}
	c.term(7)
}

func second[A any](_ A, err error) error { return err }

// While the container ends, orders are refused, and what is asked is answered.
func TestOrdersWhileTheContainerEnds(t *testing.T) {
	c := serving(t, `services: {web: {command: [sh, -c, 'trap "while [ ! -e go ]; do sleep 0.01; done; exit" TERM; echo >up; while :; do sleep 0.01; done']}}`, in(forever)...).ask(t)
	c.has("up", "\n")
	c.is("web", "ready")
	c.tell()
	c.is("web", "stopping")
	_, err := c.Start(deadline(t), api.Action{Slots: []string{"web"}})
	c.refused(err, api.Stopping)
	c.put("go")
	c.ends(7)
	_, err = c.Status(deadline(t))
	c.refused(err, api.Nobody)
}

// start, stop and restart say what holds after the container's next start too; nothing else does.
func TestWhatAPersonWantsIsRecorded(t *testing.T) {
	r := serving(t, instances+`services: {gateway: {per-profile: true, reload: {signal: HUP}, command: [sh, -c, 'trap : HUP; echo up; while :; do sleep 0.01; done']}, web: {command: `+stays+`}}`, in(forever)...)
	r.wanting(t, "default", "running").wanting(t, "a", "stopped").wanting(t, "b", "")
	c := r.ask(t)
	c.is("gateway-default", "ready")
	c.is("gateway-a", "down")
	c.do(c.Start, "gateway-a")
	if got := c.desired("a"); got != "running" {
		t.Errorf("after start: %q", got)
	}
	c.do(c.Stop, "gateway-default", "web")
	if got := c.desired("default"); got != "stopped" {
		t.Errorf("after stop: %q", got)
	}
	c.do(c.Restart, "gateway-b")
	if got := c.desired("b"); got != "running" {
		t.Errorf("after restart: %q", got)
	}
	pid := c.is("gateway-b", "ready").Pid
	ok(t, syscall.Kill(pid, syscall.SIGKILL))
	until(t, "it comes back", func() bool { v := c.is("gateway-b", "ready"); return v.Pid != pid })
	was := c.read("profiles/b/gateway_state.json") + c.read("profiles/a/gateway_state.json")
	c.do(c.Reload, "gateway-b")
	_, err := c.Stop(deadline(t), api.Action{Slots: []string{"gateway-b", "nope"}})
	c.refused(err, api.UnknownSlot)
	c.term(7)
	if now := c.read("profiles/b/gateway_state.json") + c.read("profiles/a/gateway_state.json"); now != was {
		t.Errorf("a reload, a crash, a refusal or the end recorded %s", now)
	}
	again := *c
	again.p = r.off(t)
	again.is("gateway-a", "ready")
	again.is("gateway-b", "ready")
	again.is("gateway-default", "down")
	again.is("web", "ready") // of which nothing is recorded
	again.term(7)
}

// An order that can't be recorded is done all the same, and says for how long it holds.
func TestAnOrderThatCanNotBeRecorded(t *testing.T) {
	r := serving(t, instances+`services: {gateway: {per-profile: true, command: `+stays+`}}`, in(forever)...)
	r.wanting(t, "a", "")
	ok(t, os.Mkdir(filepath.Join(r.Dir, "profiles/a/gateway_state.json"), 0o755))
	c := r.ask(t)
	c.is("gateway-a", "down")
	_, err := c.Start(deadline(t), api.Action{Slots: []string{"gateway-a"}, Wait: true})
	if text, hint := c.refused(err, api.Failed); !strings.Contains(text, "record that gateway-a is wanted up") || !strings.Contains(hint, "it is done") {
		t.Errorf("%q, hint %q", text, hint)
	}
	c.is("gateway-a", "ready")
	c.term(7)
}

func TestProfilesByTheSocket(t *testing.T) {
	r := serving(t, instances+`services: {gateway: {per-profile: true, command: `+stays+`}}`, in(forever)...)
	r.wanting(t, "a", "running")
	c := r.ask(t)
	c.is("gateway-a", "ready")
	list, err := c.Profiles(deadline(t))
	ok(t, err)
	want := api.ProfileList{Profiles: []api.Profile{{Name: "default", Slots: []string{"gateway-default"}}, {Name: "a", Slots: []string{"gateway-a"}}}}
	if d := cmp.Diff(want, list); d != "" {
		t.Error(d)
	}
	_, err = c.Register(deadline(t), "a")
	c.refused(err, api.Conflict)
	_, err = c.Register(deadline(t), "nobody")
	c.refused(err, api.UnknownName)
	ok(t, c.Unregister(deadline(t), "nobody"), c.Unregister(deadline(t), "a"))
	_, err = c.Status(deadline(t), "gateway-a")
	c.refused(err, api.UnknownSlot)
	p, err := c.Register(deadline(t), "a")
	if err != nil || !slices.Equal(p.Slots, []string{"gateway-a"}) || c.is("gateway-a", "down").Desired != "down" {
		t.Errorf("registered: %+v, %v", p, err)
	}
	ok(t, os.MkdirAll(filepath.Join(r.Dir, "profiles/new"), 0o777))
	c.put("profiles/new/SOUL.md")
	c.is("gateway-new", "down") // without a word
	c.term(7)
}

// A volume that hangs under a record holds up the person for a bound only.
func TestARecordThatHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	let := make(chan struct{})
	defer close(let)
	go cancel()
	if err := bounded(ctx, func() error { <-let; return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := bounded(t.Context(), func() error { return os.ErrClosed }); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// The spec's rights are the server's: a per-profile service is all of its slots.
func TestGrants(t *testing.T) {
	s := &spec.Spec{Services: map[string]spec.Service{"gateway": {PerProfile: true}, "web": {}}, Control: spec.Control{Allow: []spec.Allow{
		{UID: 7, Services: []string{"gateway", "web"}, May: spec.MaySee}, {GID: 8, Services: []string{"gateway-a"}, May: spec.MayControl},
	}}}
	want := []api.Grant{{UIDs: []uint32{7}, See: []string{"gateway-*", "web"}}, {GIDs: []uint32{8}, Control: []string{"gateway-a"}}}
	if got := grants(s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// What travels says the same as what the supervisor says.
func TestWhatTravels(t *testing.T) {
	at := time.Now()
	good := true
	s := supervise.Status{
		Name: "web", State: supervise.Holding, Desired: supervise.WantUp, Pid: 0, Since: at, Restarts: 3, LastExit: &supervise.Exit{Signal: syscall.SIGKILL},
		Ready: true, Healthy: &good, HoldUntil: &at, Verdict: "failing", Why: "killed by SIGKILL",
	}
	utc := at.UTC()
	want := api.Service{
		Name: "web", State: "holding", Desired: "up", Since: utc, Restarts: 3, LastExit: &api.Exit{Code: 137, Signal: "KILL"}, Ready: true, Healthy: &good,
		HoldUntil: &utc, Verdict: "failing", Why: "killed by SIGKILL",
	}
	if d := cmp.Diff(want, service(&s)); d != "" {
		t.Error(d)
	}
	if at.Location() == time.UTC && s.HoldUntil != &at {
		t.Error("the supervisor's own was changed")
	}
	e := event(supervise.Event{Seq: 4, Time: at, Slot: "web", From: supervise.Up, To: supervise.Done, Why: "exit 3", Who: "me", Pid: 9, Exit: &supervise.Exit{Code: 3}, Lost: 2})
	if d := cmp.Diff(api.Event{Seq: 4, Time: utc, Slot: "web", From: "up", To: "done", Why: "exit 3", Who: "me", Pid: 9, Exit: &api.Exit{Code: 3}, Lost: 2}, e); d != "" {
		t.Error(d)
	}
	if exit(nil) != nil || service(&supervise.Status{}).HoldUntil != nil {
		t.Error("something came of nothing")
	}
}

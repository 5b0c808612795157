package fleet

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

func itoa(n int) string { return strconv.Itoa(n) }

// What a person wants of a profile's slot is in its state file, beside what the app keeps there.
func TestDesire(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways[:len(gateways)-1]+`, web: {command: `+stays+`}, off: {per-profile: true, enabled: "no", command: `+stays+`}}`)
	g.profile("default", `{"gateway_state":"running","pid":7}`)
	g.profile("a", "")
	g.up()
	g.is("gateway-default", supervise.Ready)
	ok(t, g.fleet.Desire(false, "gateway-default", "web"))
	if word, keys := g.desired("default"); word != "stopped" || keys["pid"] != 7.0 {
		t.Errorf("recorded %v", keys)
	}
	ok(t, g.fleet.Desire(true, "gateway-a", "no-such-slot"))
	if word, _ := g.desired("a"); word != "running" {
		t.Errorf("recorded %q", word)
	}
	ok(t, g.fleet.Desire(false, "off-a")) // the spec says of it
	if word, _ := g.desired("a"); word != "running" {
		t.Errorf("recorded %q", word)
	}
	if info, err := os.Stat(g.at("profiles/a/gateway_state.json")); err != nil || info.Mode().Perm() != 0o644 || owner(info) != g.uid {
		t.Errorf("%v, %v", info, err)
	}
}

// What can't be recorded is told, slot by slot.
func TestDesireThatCanNotBeRecorded(t *testing.T) {
	t.Parallel()
	g := newRig(t, gateways)
	g.profile("a", "")
	g.profile("b", "")
	ok(t, os.Mkdir(g.at("profiles/a/gateway_state.json"), 0o755))
	g.up()
	err := g.fleet.Desire(true, "gateway-a", "gateway-b")
	if err == nil || !strings.HasPrefix(err.Error(), "record that gateway-a is wanted up: ") || strings.Contains(err.Error(), "gateway-b") {
		t.Errorf("got %v", err)
	}
	if word, _ := g.desired("b"); word != "running" {
		t.Errorf("the other one: %q", word)
	}
}

// A crash, a restart by policy, a stop of all: none of them is a person's word.
func TestNothingElseIsRecorded(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services: {gateway: {per-profile: true, restart: {final-codes: [78]}, command: [sh, -c, 'echo >>ran; [ $(wc -l <ran) -gt 2 ] && exit 78; exit 1']}}`)
	g.profile("default", `{"desired_state":"running","n":1}`)
	was := g.read("gateway_state.json")
	g.up()
	g.is("gateway-default", supervise.Done)
	g.order((*supervise.Supervisor).Stop, "gateway-default") // the supervisor's own word is no record
	g.ended()
	if got := g.read("gateway_state.json"); got != was {
		t.Errorf("recorded %s", got)
	}
}

// The port is the profile's by its name, unless its own settings say another, at each start anew.
func TestAProfilesSettingsSayItsPort(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services: {gateway: {per-profile: true, port: {env: API_PORT, range: [7000, 7000], except: default}, env: {URL: "http://here:${API_PORT}"},
	command: [sh, -c, 'echo "$API_PORT $URL" >>"port-{profile}"; exec sleep 300']}}`)
	g.profile("default", `{"desired_state":"running"}`)
	g.put(".env", "API_PORT=1\n")
	g.profile("a", `{"desired_state":"running"}`)
	g.up()
	g.has("port-a", "7000 http://here:7000\n")
	g.has("port-default", " http://here:\n")
	for _, c := range []struct{ text, want string }{
		{"API_PORT=8123\n", "8123 http://here:8123\n"},
		{"API_PORT=\nOTHER=1\n", "7000 http://here:7000\n"},
		{"export API_PORT='8124' # mine\n", "8124 http://here:8124\n"},
		{"API_PORT=${BASE}1\n", " http://here:\n"},
		{"API_PORT=70000\n", " http://here:\n"},
	} {
		g.put("profiles/a/.env", c.text)
		g.put("port-a", "")
		g.order((*supervise.Supervisor).Restart, "gateway-a")
		g.has("port-a", "\n")
		if got := g.read("port-a"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

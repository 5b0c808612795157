package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait; only a hang reaches it.
const patience = 30 * time.Second

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func (x *try) state(t *testing.T) map[string]any {
	t.Helper()
	state := map[string]any{}
	data, err := os.ReadFile(filepath.Join(x.home, "gateway_state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return state
	}
	if err != nil {
		t.Fatal(err)
	}
	// Replaced as a whole, it never has half a text.
	if err := json.Unmarshal(data, &state); err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	return state
}

func (x *try) begin() <-chan int {
	ended := make(chan int, 1)
	go func() { ended <- x.run() }()
	return ended
}

func (x *try) ends(t *testing.T, ended <-chan int) int {
	t.Helper()
	select {
	case code := <-ended:
		return code
	case <-time.After(patience):
		t.Fatalf("it doesn't end")
		return -1
	}
}

func TestAGatewayLives(t *testing.T) {
	x := newTry(t, "gateway", "run")
	x.write(t, "config.yaml", "")
	x.write(t, "gateway_state.json", `{"desired_state":"running","other":{"kept":[1]}}`)
	x.write(t, "gateway.pid", `{"pid":4194999}`) // stale: nobody holds the lock
	ended := x.begin()
	eventually(t, "it runs", func() bool { return x.state(t)["gateway_state"] == "running" })
	s := x.state(t)
	if s["desired_state"] != "running" || s["kind"] != "hermes-gateway" || s["pid"] != float64(os.Getpid()) {
		t.Errorf("state %v", s)
	}
	if other, ok := s["other"].(map[string]any); !ok || len(other) != 1 {
		t.Errorf("a key it doesn't know is %v", s["other"])
	}
	if _, err := time.Parse(time.RFC3339Nano, s["updated_at"].(string)); err != nil {
		t.Error(err)
	}
	if pid := gatewayPid(x.home); pid != os.Getpid() {
		t.Errorf("gateway.pid names %d", pid)
	}
	x.signals <- syscall.SIGHUP // changes nothing
	x.signals <- syscall.SIGTERM
	if code := x.ends(t, ended); code != 0 {
		t.Errorf("code %d: %s", code, x.errs.String())
	}
	if s := x.state(t); s["gateway_state"] != "stopped" || s["desired_state"] != "running" || s["restart_requested"] != false {
		t.Errorf("state %v", s)
	}
	if _, err := os.Lstat(filepath.Join(x.home, "gateway.pid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gateway.pid: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(x.home, "*.tmp*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestAGatewayDrains(t *testing.T) {
	x := newTry(t, "gateway", "run")
	x.write(t, "config.yaml", "")
	x.env["HERMES_STANDIN_DRAIN"] = "1h"
	ended := x.begin()
	eventually(t, "it runs", func() bool { return x.state(t)["gateway_state"] == "running" })
	x.signals <- syscall.SIGTERM
	eventually(t, "it drains", func() bool { return x.state(t)["gateway_state"] == "draining" })
	select {
	case code := <-ended:
		t.Fatalf("it ended with %d before it had drained", code)
	default:
	}
	x.signals <- syscall.SIGTERM // enough
	if code := x.ends(t, ended); code != 0 {
		t.Errorf("code %d", code)
	}
}

func TestOneGatewayAHome(t *testing.T) {
	x := newTry(t, "gateway", "run")
	x.write(t, "config.yaml", "")
	ended := x.begin()
	eventually(t, "it runs", func() bool { return x.state(t)["gateway_state"] == "running" })
	second := newTry(t, "gateway", "run")
	second.env["HERMES_HOME"] = x.home
	if code := second.run(); code != 1 || !strings.Contains(second.errs.String(), "another gateway runs here") {
		t.Errorf("the second ended with %d: %s", code, second.errs.String())
	}
	x.signals <- syscall.SIGTERM
	if code := x.ends(t, ended); code != 0 {
		t.Errorf("code %d", code)
	}
}

func TestHowAGatewayEnds(t *testing.T) {
	for _, c := range []struct {
		about  string
		config bool
		exit   string
		signal os.Signal
		code   int
		state  string
	}{
		{"no configuration: don't restart", false, "", nil, 78, ""},
		{"asked to end well", true, "0", nil, 0, "stopped"},
		{"asked to ask for a restart", true, "75", nil, 75, "stopped"},
		{"asked for what helps nobody", true, "78", nil, 78, "stopped"},
		{"asked to fail at once", true, "1", nil, 1, "startup_failed"},
		{"a code that is none is not asked", true, "many", syscall.SIGTERM, 0, "stopped"},
		{"USR1 asks for a restart", true, "", syscall.SIGUSR1, 75, "stopped"},
	} {
		t.Run(c.about, func(t *testing.T) {
			x := newTry(t, "gateway", "run", "--replace")
			if c.config {
				x.write(t, "config.yaml", "")
			}
			x.env["HERMES_STANDIN_EXIT"] = c.exit
			if c.signal != nil {
				x.signals <- c.signal
			}
			if code := x.ends(t, x.begin()); code != c.code {
				t.Errorf("code %d, want %d: %s", code, c.code, x.errs.String())
			}
			s := x.state(t)
			if got, _ := s["gateway_state"].(string); got != c.state {
				t.Errorf("state %q, want %q", got, c.state)
			}
			if c.code == 75 && s["restart_requested"] != true {
				t.Errorf("restart_requested is %v", s["restart_requested"])
			}
		})
	}
}

func TestAStateThatIsNoObjectGivesWay(t *testing.T) {
	for _, old := range []string{"", "null", "[1]", "{", "\x00"} {
		x := newTry(t)
		x.write(t, "gateway_state.json", old)
		if err := setState(x.home, map[string]any{"gateway_state": "running"}); err != nil {
			t.Fatal(err)
		}
		if s := x.state(t); len(s) != 1 || s["gateway_state"] != "running" {
			t.Errorf("after %q: %v", old, s)
		}
	}
}

func TestADashboardServes(t *testing.T) {
	for _, verb := range []string{"dashboard", "serve"} {
		t.Run(verb, func(t *testing.T) { servesPages(t, verb) })
	}
}

func servesPages(t *testing.T, verb string) {
	t.Helper()
	x := newTry(t, verb, "--no-open", "--port", "0")
	ended := x.begin()
	var at string
	eventually(t, "it says where", func() bool {
		at = regexp.MustCompile(`http://\S+`).FindString(x.stdout(t))
		return at != ""
	})
	response, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %s", response.Status)
	}
	missing, err := http.Get(at + "nothing")
	if err != nil {
		t.Fatal(err)
	}
	defer missing.Body.Close()
	if missing.StatusCode != http.StatusNotFound {
		t.Errorf("status of what isn't there %s", missing.Status)
	}
	x.signals <- syscall.SIGTERM
	if code := x.ends(t, ended); code != 0 {
		t.Errorf("code %d: %s", code, x.errs.String())
	}
}

func TestADashboardWhosePortIsTakenFails(t *testing.T) {
	x := newTry(t, "dashboard", "--port", "99999")
	if code := x.ends(t, x.begin()); code != 1 || !strings.Contains(x.errs.String(), "serve dashboard") {
		t.Errorf("code %d: %s", code, x.errs.String())
	}
}

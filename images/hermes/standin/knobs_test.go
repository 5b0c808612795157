package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gateway is a gateway of the test's own with its settings and its wishes.
func gateway(t *testing.T, wishes map[string]string) *try {
	t.Helper()
	x := newTry(t, "gateway", "run")
	x.write(t, "config.yaml", "")
	for name, value := range wishes {
		x.write(t, "standin."+name, value+"\n")
	}
	return x
}

func (x *try) lives(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(x.home, lifecycle))
	if err != nil {
		t.Fatal(err)
	}
	var l map[string]any
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAFileBeatsAVariable(t *testing.T) {
	x := newTry(t)
	x.env["HERMES_STANDIN_EXIT"] = "75"
	if got := x.exitAsked(); got != 75 {
		t.Errorf("by the variable %d", got)
	}
	x.write(t, "standin.exit", " 78\n")
	if got := x.exitAsked(); got != 78 {
		t.Errorf("by the file %d", got)
	}
	for _, none := range []string{"", "x", "-1", "256"} {
		x.write(t, "standin.exit", none)
		if got := x.exitAsked(); got != -1 {
			t.Errorf("%q is %d", none, got)
		}
	}
}

func TestHowAGatewayLivedIsWritten(t *testing.T) {
	x := gateway(t, map[string]string{"exit": "75"})
	if code := x.ends(t, x.begin()); code != 75 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	l := x.lives(t)
	if l["phase"] != "exited" || l["exit_code"] != float64(75) || l["prior_unclean_exit"] != false || l["pid"] != float64(os.Getpid()) {
		t.Errorf("it is %v", l)
	}
	// A crash leaves everything as it was, and the next one sees it.
	x = gateway(t, map[string]string{"crash": "1"})
	ended := x.begin()
	<-x.died
	if l := x.lives(t); l["phase"] != "running" || x.state(t)["gateway_state"] != "running" || gatewayPid(x.home) != os.Getpid() {
		t.Errorf("a crash leaves %v and %v", l, x.state(t))
	}
	x.signals <- syscall.SIGTERM // the test's own gateway is still there
	x.ends(t, ended)
	x.write(t, lifecycle, `{"phase":"running"}`)
	if code := x.ends(t, begunAgain(x)); code != 0 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	if l := x.lives(t); l["prior_unclean_exit"] != true {
		t.Errorf("after a crash it is %v", l)
	}
	for _, before := range []string{`{"phase":"exited"}`, "no JSON", "[]"} {
		x.write(t, lifecycle, before)
		x.ends(t, begunAgain(x))
		if l := x.lives(t); l["prior_unclean_exit"] != false {
			t.Errorf("after %q it is %v", before, l)
		}
	}
}

// begunAgain begins a gateway that is told to end as soon as it is up.
func begunAgain(x *try) <-chan int {
	delete(x.env, "HERMES_STANDIN_CRASH")
	_ = os.Remove(filepath.Join(x.home, "standin.crash"))
	x.signals <- syscall.SIGTERM
	return x.begin()
}

func TestAStubbornGatewayDoesNotEnd(t *testing.T) {
	x := gateway(t, map[string]string{"stubborn": "1"})
	ended := x.begin()
	eventually(t, "it runs", func() bool { return x.state(t)["gateway_state"] == "running" })
	x.signals <- syscall.SIGTERM
	x.signals <- syscall.SIGINT
	x.signals <- syscall.SIGUSR1 // which asks for a restart, and is heard: so the others were
	if code := x.ends(t, ended); code != 75 {
		t.Errorf("code %d", code)
	}
}

func TestASlowGatewayCanBeToldToEnd(t *testing.T) {
	x := gateway(t, map[string]string{"slow": "1h"})
	ended := x.begin()
	eventually(t, "it starts", func() bool { return x.state(t)["gateway_state"] == "starting" })
	x.signals <- syscall.SIGHUP // changes nothing
	x.signals <- syscall.SIGTERM
	if code := x.ends(t, ended); code != 0 || x.state(t)["gateway_state"] != "stopped" {
		t.Errorf("code %d, state %v", code, x.state(t))
	}
	x = gateway(t, map[string]string{"slow": "1ms", "exit": "0"})
	if code := x.ends(t, x.begin()); code != 0 || !strings.Contains(x.stdout(t), "running") {
		t.Errorf("code %d: %s", code, x.stdout(t))
	}
}

func TestAGatewayFailsLater(t *testing.T) {
	x := gateway(t, map[string]string{"exit": "1", "after": "1ms"})
	if code := x.ends(t, x.begin()); code != 1 || !strings.Contains(x.stdout(t), "running") {
		t.Errorf("code %d: %s", code, x.stdout(t))
	}
}

func TestAGatewayTalks(t *testing.T) {
	x := gateway(t, map[string]string{"flood": "1000", "talk": "1ms"})
	ended := x.begin()
	eventually(t, "it talks", func() bool { return strings.Contains(x.stdout(t), "tick 3\n") })
	x.signals <- syscall.SIGTERM
	x.ends(t, ended)
	lines := strings.Split(x.stdout(t), "\n")
	at := slices.Index(lines, "hermes gateway: flood 1")
	for i := range 1000 {
		if want := fmt.Sprintf("hermes gateway: flood %d", i+1); at < 0 || lines[at+i] != want {
			t.Fatalf("line %d is not %q", i+1, want)
		}
	}
	if lines[at+1000] != "hermes gateway: tick 1" {
		t.Errorf("behind the flood stands %q", lines[at+1000])
	}
}

func TestAProgramTellsWhatItWasStartedWith(t *testing.T) {
	for verb, args := range map[string][]string{"gateway": {"gateway", "run"}, "dashboard": {"dashboard", "--port", "0"}, "serve": {"serve", "--port", "0"}} {
		x := newTry(t, args...)
		x.write(t, "config.yaml", "")
		x.env["HERMES_STANDIN_TELL"], x.env["HERMES_STANDIN_EXIT"] = "1", "0"
		if code := x.ends(t, x.begin()); code != 0 {
			t.Fatalf("%s: code %d: %s", verb, code, x.errs.String())
		}
		data, err := os.ReadFile(filepath.Join(x.home, "standin."+verb+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			Argv, Environ []string
			Cwd           string
			UID           int
			Groups        []int
		}
		if err := json.Unmarshal(data, &told); err != nil {
			t.Fatal(err)
		}
		cwd, err := os.Getwd()
		if err != nil || told.Cwd != cwd || told.UID != os.Getuid() || !slices.Equal(told.Environ, os.Environ()) || !slices.Equal(told.Argv, append([]string{"hermes"}, args...)) {
			t.Errorf("%s told %s", verb, data)
		}
	}
	x := gateway(t, map[string]string{"exit": "0"})
	x.ends(t, x.begin())
	if _, err := os.Lstat(filepath.Join(x.home, "standin.gateway.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unasked it tells: %v", err)
	}
}

func TestAProfilesGateway(t *testing.T) {
	for _, args := range [][]string{{"-p", "coder", "gateway", "run"}, {"gateway", "run", "-p", "coder"}, {"gateway", "run", "--profile", "coder", "--replace"}} {
		x := newTry(t, args...)
		profile := filepath.Join(x.home, "profiles", "coder")
		if err := os.MkdirAll(profile, 0o755); err != nil {
			t.Fatal(err)
		}
		x.write(t, "profiles/coder/config.yaml", "")
		x.write(t, "profiles/coder/standin.exit", "78")
		x.write(t, "standin.exit", "0")
		if code := x.ends(t, x.begin()); code != 78 {
			t.Errorf("%q: code %d: %s", args, code, x.errs.String())
		}
		if _, err := os.Lstat(filepath.Join(profile, "gateway_state.json")); err != nil {
			t.Error(err)
		}
	}
}

func TestWhomADashboardServes(t *testing.T) {
	basic := map[string]string{"HERMES_DASHBOARD_BASIC_AUTH_USERNAME": "me", "HERMES_DASHBOARD_BASIC_AUTH_PASSWORD": "long"}
	for _, c := range []struct {
		about, host string
		env         map[string]string
		code        int
	}{
		{"the machine itself", "127.0.0.2", nil, 0},
		{"by name", "localhost", nil, 0},
		{"everybody, and nobody asks who is there", "0.0.0.0", nil, 78},
		{"with the word that opened once", "0.0.0.0", map[string]string{"HERMES_DASHBOARD_INSECURE": "1"}, 78},
		{"half a way to log in", "0.0.0.0", map[string]string{"HERMES_DASHBOARD_BASIC_AUTH_USERNAME": "me"}, 78},
		{"everybody who can log in", "0.0.0.0", basic, 0},
		{"by another way", "0.0.0.0", map[string]string{"HERMES_DASHBOARD_OAUTH_CLIENT_ID": "x"}, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			x := newTry(t, "dashboard", "--host", c.host, "--port", "0")
			x.env = c.env
			if x.env == nil {
				x.env = map[string]string{}
			}
			x.env["HERMES_HOME"] = x.home
			x.write(t, "standin.exit", "0")
			if code := x.ends(t, x.begin()); code != c.code {
				t.Errorf("code %d, want %d: %s", code, c.code, x.errs.String())
			}
			if served := strings.Contains(x.stdout(t), "http://"); served != (c.code == 0) {
				t.Errorf("served %v: %s", served, x.stdout(t))
			}
		})
	}
}

func TestSetupKeepsTheModeOfWhatIsThere(t *testing.T) {
	x := newTry(t, "setup")
	x.write(t, ".env", "A=1\n")
	if code := x.run(); code != 0 {
		t.Fatalf("code %d: %s", code, x.errs.String())
	}
	data, err := os.ReadFile(filepath.Join(x.home, ".env"))
	if err != nil || string(data) != "A=1\nHERMES_MODEL=tiny\n" {
		t.Errorf("%q, %v", data, err)
	}
	info, err := os.Stat(filepath.Join(x.home, ".env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWhatItDrainsByAFile(t *testing.T) {
	x := gateway(t, map[string]string{"drain": "1ms"})
	ended := x.begin()
	eventually(t, "it runs", func() bool { return x.state(t)["gateway_state"] == "running" })
	before := time.Now()
	x.signals <- syscall.SIGTERM
	if code := x.ends(t, ended); code != 0 || time.Since(before) < time.Millisecond {
		t.Errorf("code %d after %v", code, time.Since(before))
	}
}

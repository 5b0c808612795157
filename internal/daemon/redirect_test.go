package daemon

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

func TestRedirect(t *testing.T) {
	m := &spec.Main{
		Command: []spec.Text{"app", "chat"}, Program: "/opt/app/bin/app",
		Redirect: []spec.Redirect{
			{Args: []string{"gateway", "run"}, To: "gateway-default", Unless: &spec.Unless{Flag: "--no-supervise", Env: "NO_SUPERVISE"}},
			{Args: []string{"serve"}, To: "web"},
		},
	}
	s := &spec.Spec{Main: *m, Profiles: &spec.Profiles{}, Services: map[string]spec.Service{"gateway": {PerProfile: true, ProfileArgs: []string{"-p", "{profile}"}}}}
	for _, c := range []struct {
		words, env, to string
	}{
		{"gateway run", "", "gateway-default"},
		{"gateway run --replace", "", "gateway-default"},
		{"app gateway run", "", "gateway-default"},
		{"/opt/app/bin/app gateway run", "", "gateway-default"},
		{"serve", "", "web"},
		{"app app serve", "", ""},
		{"-p coder gateway run", "", ""}, // another slot than the rule's
		{"gateway run -p coder", "", ""},
		{"gateway run --profile=coder", "", ""},
		{"gateway run -pcoder", "", ""},
		{"gateway", "", ""},
		{"gateway start", "", ""},
		{"other gateway run", "", ""},
		{"", "", ""},
		{"gateway run --no-supervise", "", ""},
		{"app gateway run -v --no-supervise", "", ""},
		{"serve --no-supervise", "", "web"},
		{"gateway run", "1", ""},
		{"gateway run", "yes", ""},
		{"gateway run", "0", "gateway-default"},
		{"gateway run", "no", "gateway-default"},
		{"gateway run", "off", "gateway-default"},
		{"gateway run", "garbage", "gateway-default"},
		{"gateway run --no-supervise", "0", ""},
	} {
		got := ""
		if r := redirect(s, strings.Fields(c.words), func(name string) (string, bool) { return c.env, name == "NO_SUPERVISE" && c.env != "" }); r != nil {
			got = r.To
		}
		if got != c.to {
			t.Errorf("%q with NO_SUPERVISE=%s leads to %q, want %q", c.words, c.env, got, c.to)
		}
	}
}

// gatewayApp is an app whose command `gateway run` becomes a slot.
const gatewayApp = instances + `main: {command: [app], redirect: [{args: [gateway, run], to: gateway-default, unless: {flag: --no-supervise, env: NO_SUPERVISE}}]}
services: {gateway: {per-profile: true, command: [sh, -c, 'echo started; exec sleep 300']}}
`

// The container goes on, whatever becomes of the gateway, until it is told to end, and then it is quick about it.
func TestARedirectedMain(t *testing.T) {
	c := serving(t, gatewayApp, "app", "gateway", "run").ask(t)
	v := c.is("gateway-default", "ready")
	if c.desired("default") != "running" {
		t.Errorf("recorded: %s", c.read("gateway_state.json"))
	}
	ok(t, syscall.Kill(v.Pid, syscall.SIGKILL))
	until(t, "it comes back", func() bool { return c.is("gateway-default", "ready").Pid != v.Pid })
	c.do(c.Stop, "gateway-default")
	if c.p.p.Signal(0) != nil {
		t.Error("the container is gone")
	}
	c.term(143)
	said := c.p.err.String()
	for _, want := range []string{"changed: Setup complete; starting gateway-default\n", "as the service gateway-default", "s6 supervision"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
}

// What would have ended main ends the container where there is none: INT and HUP too.
func TestSignalsToARedirectedMain(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		c := serving(t, gatewayApp, "gateway", "run").ask(t)
		c.is("gateway-default", "ready")
		c.p.signal(syscall.SIGUSR1) // means nothing to anybody
		c.p.signal(sig)
		c.ends(128 + int(sig))
	}
}

// Who was told to stay down stays down, whatever the container's command asks; a line says what to do.
func TestARedirectedMainThatIsWantedDown(t *testing.T) {
	r := serving(t, gatewayApp, "gateway", "run")
	r.wanting(t, "default", "stopped")
	c := r.ask(t)
	c.is("gateway-default", "down")
	c.do(c.Start, "gateway-default")
	c.term(143)
	if said := c.p.err.String(); !strings.Contains(said, "stays down") {
		t.Errorf("it said\n%s", said)
	}
	if c.desired("default") != "running" {
		t.Error("the order was not recorded")
	}
}

// With the flag or the variable the command stays main, and its end is the container's.
func TestAMainThatIsNotRedirected(t *testing.T) {
	for _, c := range []struct{ words, env string }{{"gateway run --no-supervise", ""}, {"gateway run", "NO_SUPERVISE=true"}} {
		r := serving(t, strings.Replace(gatewayApp, "command: [app]", `command: [sh, -c, 'echo "main $*"; exit 9', me]`, 1), strings.Fields(c.words)...)
		r.Environ = append(r.Environ, c.env)
		k := r.ask(t)
		k.ends(9)
		if got := k.p.out.String(); got != "main "+c.words+"\n" {
			t.Errorf("%s: %q", c.words, got)
		}
	}
}

// A redirect to a critical service ends with its code.
func TestARedirectedMainThatIsCritical(t *testing.T) {
	serving(t, `main: {command: [app], redirect: [{args: [run], to: web}]}
services: {web: {on-failure: end, restart: {policy: never}, command: [sh, -c, exit 6]}}`, "run").ask(t).ends(6)
}

// Words that berth answers under the app's name are berth itself as main, with the app's name as its own.
func TestNativeWords(t *testing.T) {
	w := &boot.World{
		Environ: []string{"PATH=" + boot.SafePath}, EUID: uint32(os.Geteuid()),
		Spec: &spec.Spec{
			Main:     spec.Main{Command: []spec.Text{"sh"}, Program: "/bin/sh", Native: []string{"status", "profile"}},
			Services: map[string]spec.Service{"a": {}, "gateway": {PerProfile: true, ProfileArgs: []string{"-p", "{profile}"}}},
		},
	}
	w.Identity.Umask = -1
	root, err := fsx.Open("/")
	ok(t, err)
	defer func() { _ = root.Close() }()
	w.Root = root
	for words, itself := range map[string]bool{
		"status": true, "sh status --json": true, "/bin/sh status": true, "-p a profile list": true, "--profile status": false, "other status": false,
		"-c true": false, "": false, "sh": false,
	} {
		args := strings.Fields(words)
		c, err := command(w, args, false)
		if err != nil {
			t.Errorf("%q: %v", words, err)
			continue
		}
		if got := c.Path == exe(t); got != itself {
			t.Errorf("%q runs %s %q", words, c.Path, c.Args)
		}
		if want := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "sh" || a == "/bin/sh" }); itself && !slices.Equal(c.Args, append([]string{"sh"}, want...)) {
			t.Errorf("%q has the words %q", words, c.Args)
		}
		if c, err = command(w, args, true); err != nil || c.Path == exe(t) {
			t.Errorf("outside a container %q runs %v, %v", words, c, err)
		}
	}
}
